import type { Shape } from "../util/shapes.js";

/**
 * Inputs and outputs of one unit. A kernel is [in, out], or [...window, in, out] for a convolution, where the window multiplies both.
 */
export function fans(shape: Shape): { fanIn: number; fanOut: number } {
  if (shape.length < 2) {
    const n = shape[0] ?? 1;
    return { fanIn: n, fanOut: n };
  }
  const window = shape.slice(0, -2).reduce((product, n) => product * n, 1);
  return { fanIn: window * (shape.at(-2) as number), fanOut: window * (shape.at(-1) as number) };
}
