import type { Sides } from "../../../ops/window.js";
import type { NodeView } from "../node.js";

/** How a window moves over the axes behind the channels. */
export interface Window {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly sides: readonly Sides[];
}

/**
 * A node's window over pixels of these sizes, its padding worked out.
 *
 * @param ceil the last window may reach over the end, as `ceil_mode` asks: the padding grows by what it needs
 */
export function windowOf(node: NodeView, kernel: readonly number[], pixels: readonly number[], ceil = false): Window {
  const axes = kernel.length;
  if (axes > 2) throw node.unsupported(`windows over ${axes} axes; over one or two they are`);
  const list = (name: string, otherwise: number, count = axes): readonly number[] => {
    const given = node.ints(name) ?? new Array<number>(count).fill(otherwise);
    if (given.length !== count) throw node.damaged(`${count} numbers as ${name}`, `${given.length}`);
    return given;
  };
  const [strides, dilations, pads] = [list("strides", 1), list("dilations", 1), list("pads", 0, 2 * axes)];
  const automatic = node.text("auto_pad", "NOTSET");
  const sides = kernel.map((k, i): Sides => {
    const [n, stride, reach] = [pixels[i] as number, strides[i] as number, (k - 1) * (dilations[i] as number) + 1];
    if (automatic === "VALID") return [0, 0];
    if (automatic === "NOTSET" || automatic === "") {
      const [before, behind] = [pads[i] as number, pads[i + axes] as number];
      if (before < 0 || behind < 0) throw node.unsupported("padding below 0");
      return [before, behind + (ceil ? missing(n, before, behind, reach, stride) : 0)];
    }
    const needed = Math.max(0, (Math.ceil(n / stride) - 1) * stride + reach - n);
    const less = Math.floor(needed / 2);
    return automatic === "SAME_LOWER" ? [needed - less, less] : [less, needed - less];
  });
  return { kernel, strides, dilations, sides };
}

/** What the last window needs behind the end; one that begins there already is left out. */
function missing(n: number, before: number, behind: number, reach: number, stride: number): number {
  let count = Math.ceil((n + before + behind - reach) / stride) + 1;
  if ((count - 1) * stride >= n + before) count--;
  return Math.max(0, (count - 1) * stride + reach - n - before - behind);
}
