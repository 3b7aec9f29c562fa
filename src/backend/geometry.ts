import type { Memory } from "./memory.js";

const NAMES = [
  "n",
  "h",
  "w",
  "c",
  "f",
  "kh",
  "kw",
  "oh",
  "ow",
  "sy",
  "sx",
  "top",
  "left",
  "dy",
  "dx",
  "groups",
  "forwardRows",
  "forwardImages",
  "inputRows",
  "inputImages",
  "kernelRows",
  "kernelImages",
  "partRows",
  "stripeRows",
  "forwardScratch",
  "inputScratch",
  "kernelScratch",
] as const;

/** What assembly/conv/geometry.ts describes, in its order; the sizes by the letters of assembly/conv.ts. */
export type GeometryWords = Record<(typeof NAMES)[number], number>;

/** The geometry of a convolution at the address `shape`. */
export function geometryAt(memory: Memory, shape: number): GeometryWords {
  const at = shape >>> 2;
  const words = memory.i32;
  return Object.fromEntries(NAMES.map((name, i) => [name, words[at + i]])) as unknown as GeometryWords;
}
