import { div, maximum, mul } from "../../ops/arithmetic.js";
import { einsum } from "../../ops/einsum.js";
import { sum } from "../../ops/reduce.js";
import { expandDims } from "../../ops/shape.js";
import { sqrt } from "../../ops/unary.js";
import type { Tensor } from "../../tensor/tensor.js";
import { checkBoolean, checkOptions, show } from "../../util/check.js";
import { ShapeError, ValueError } from "../../util/errors.js";
import { type Shape, showShape } from "../../util/shapes.js";
import { type Layer, type LayerOptions, layerOptions } from "../layer.js";
import { commonOf } from "./common.js";
import { merging } from "./merge.js";

export interface DotOptions extends LayerOptions {
  /** The axis of both inputs, counted with the batch, that is summed over, or one for each; negative: from the end. */
  axes: number | readonly [number, number];
  /** True: vectors of length 1 along the axis first, so that it is the cosine of their angle. Default: false. */
  normalize?: boolean;
}

/** What lengths are divided by at least. */
export const SHORTEST = 1e-12;

/**
 * The sums of products of two inputs over an axis, row by row: `[batch, n]` and `[batch, n]` → `[batch, 1]`, `[batch, i, n]` and `[batch, j, n]` over
 * axis 2 → `[batch, i, j]`.
 *
 * @throws ValueError for an unknown or impossible option, ShapeError at `apply` where the axes differ in size
 * @example
 * const [a, b] = [wg.input({ shape: [4, 3] }), wg.input({ shape: [5, 3] })];
 * wg.layers.dot({ axes: 2 }).apply([a, b]).shape; // [null, 4, 5]
 */
export function dot(config: DotOptions): Layer {
  const kind = "dot";
  checkOptions(kind, config, ["axes", "normalize", ...layerOptions], true);
  const { axes } = config;
  const pair: readonly unknown[] = Array.isArray(axes) ? axes : [axes, axes];
  if (pair.length !== 2 || pair.some((axis) => !Number.isInteger(axis) || axis === 0)) {
    throw new ValueError(`${kind}: axes expected an axis other than the batch's 0, or two of them, got ${show(axes)}`);
  }
  const [ofA, ofB] = pair as [number, number];
  const normalize = checkBoolean(kind, "normalize", config.normalize ?? false);
  const common = commonOf(kind, config);
  const place = (axis: number, rank: number) => (axis < 0 ? axis + rank : axis);
  const outputShape = (inputs: readonly Shape[], name: string): Shape => {
    const [a, b, ...more] = inputs as [Shape, Shape, ...Shape[]];
    if (more.length > 0) throw new ShapeError(`${kind} "${name}": apply expected two inputs, got ${inputs.length}`);
    const [p, q] = [place(ofA, a.length + 1) - 1, place(ofB, b.length + 1) - 1];
    if (a[p] === undefined || a[p] !== b[q]) {
      throw new ShapeError(
        `${kind} "${name}": axes expected two of one size, got ${show(axes)} of ${showShape([null, ...a])} and ${showShape([null, ...b])}`,
      );
    }
    const rest = [...a.filter((_, i) => i !== p), ...b.filter((_, i) => i !== q)];
    return rest.length === 0 ? [1] : rest;
  };
  const call = (x: readonly Tensor[]): Tensor => {
    const [a, b] = x as [Tensor, Tensor];
    const [p, q] = [place(ofA, a.rank), place(ofB, b.rank)];
    const [left, right] = normalize ? [unit(a, p), unit(b, q)] : [a, b];
    if (a.rank === 2 && b.rank === 2) return sum(mul(left, right), 1, true);
    const y = einsum(dotEquation(a.rank, b.rank, p, q), left, right);
    return y.rank === 1 ? expandDims(y, 1) : y;
  };
  return merging(kind, { ...common, config: { ...common.config, axes, normalize } }, outputShape, call);
}

/** The sum of products over axis p of one tensor and q of the other, for each row, as `einsum` has it. */
export function dotEquation(ofA: number, ofB: number, p: number, q: number): string {
  const letters = (rank: number, summed: number, from: number) =>
    Array.from({ length: rank }, (_, i) => (i === 0 ? "z" : i === summed ? "y" : String.fromCharCode(from + i)));
  const [l, r] = [letters(ofA, p, 96), letters(ofB, q, 108)];
  const kept = [...l, ...r.slice(1)].filter((letter) => letter !== "y");
  return `${l.join("")},${r.join("")}->${kept.join("")}`;
}

/** Vectors along an axis divided by their length. */
function unit(x: Tensor, axis: number): Tensor {
  return div(x, maximum(sqrt(sum(mul(x, x), axis, true)), SHORTEST));
}
