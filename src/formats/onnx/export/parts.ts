import type { Edge, Writer } from "./writer.js";

/** What is the whole axis from or to. */
export const END = 2 ** 31 - 1;

/** A part of x along axes, one step after the other; other steps take operator set 10. */
export function sliced(
  writer: Writer,
  x: Edge,
  starts: readonly number[],
  ends: readonly number[],
  axes: readonly number[],
  { steps, like = x }: { readonly steps?: readonly number[]; readonly like?: Omit<Edge, "name"> } = {},
): Edge {
  if (writer.opset < 10) return writer.node("Slice", [x], { starts, ends, axes }, like);
  const given = Object.entries({ starts, ends, axes, ...(steps ? { steps } : {}) });
  return writer.node("Slice", [x, ...given.map(([name, list]) => writer.integers(list, name))], {}, like);
}

/** x with more elements around it. */
export function padded(
  writer: Writer,
  x: Edge,
  sides: readonly (readonly [number, number])[],
  mode: string,
  value: number,
  like: Omit<Edge, "name"> = x,
): Edge {
  const pads = [...sides.map(([a]) => a), ...sides.map(([, b]) => b)];
  if (writer.opset < 11) return writer.node("Pad", [x], { mode, pads, value: { float: value } }, like);
  const places = writer.integers(pads, "pads");
  if (mode !== "constant") return writer.node("Pad", [x, places], { mode }, like);
  const constant = like.dtype ? writer.integers([value], "value", []) : writer.floats([value], "value", []);
  return writer.node("Pad", [x, places, constant], { mode }, like);
}
