import type { Builder } from "../../graph/builder.js";
import { axisIn, dimsOf, PLAIN, type Value } from "../../graph/values.js";

export const rankOf = (value: Value): number => dimsOf(value).length;
export const positive = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis);

/** An operation whose attributes name axes: with channels last it gets the places of the same axes. */
export function alongAxes(
  builder: Builder,
  x: Value,
  name: string,
  attributes: (place: (axis: number) => number, rank: number) => Record<string, unknown>,
): Value[] {
  const given = x.kind === "flow" && x.layout.kind === "flattened" ? builder.plain(x) : x;
  const rank = rankOf(given);
  const place = (axis: number) => (given.kind === "flow" ? axisIn(given, axis) : positive(axis, rank));
  return builder.operate(name, [given], attributes(place, rank), given.kind === "flow" ? given.layout : PLAIN);
}
