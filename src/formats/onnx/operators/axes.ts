import type { Operation } from "../../../nn/operations/operation.js";
import { ShapeError } from "../../../util/errors.js";
import type { Builder } from "../../graph/builder.js";
import { axisIn, dimsOf, PLAIN, type Value } from "../../graph/values.js";

export const rankOf = (value: Value): number => dimsOf(value).length;

/** An axis that counts from the front; the rank itself stands for behind the last. @throws ShapeError */
export function positive(axis: number, rank: number): number {
  const place = axis < 0 ? axis + rank : axis;
  if (place >= 0 && place <= rank) return place;
  throw new ShapeError(`axis expected from ${-rank} to ${rank - 1}, got ${axis}`);
}

/** An operation whose attributes name axes: with channels last it gets the places of the same axes. */
export function alongAxes(
  builder: Builder,
  x: Value,
  operation: Operation,
  attributes: (place: (axis: number) => number, rank: number) => Record<string, unknown>,
  others: readonly Value[] = [],
): Value[] {
  const given = x.kind === "flow" && x.layout.kind === "flattened" ? builder.plain(x) : x;
  const rank = rankOf(given);
  const place = (axis: number) => (given.kind === "flow" ? axisIn(given, axis) : positive(axis, rank));
  return builder.operate(
    operation,
    [given, ...others],
    attributes(place, rank),
    given.kind === "flow" ? given.layout : PLAIN,
  );
}
