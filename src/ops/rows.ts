import type { Shape } from "../util/shapes.js";

/** All axes but the last as rows, the last as columns. */
export function matrixOf(shape: Shape): { rows: number; columns: number } {
  let rows = 1;
  for (let i = 0; i < shape.length - 1; i++) rows *= shape[i] as number;
  return { rows, columns: shape[shape.length - 1] as number };
}
