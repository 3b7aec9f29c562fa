import type { Tensor, TensorLike } from "../tensor/tensor.js";
import { asTensor } from "../tensor/tensor.js";
import { checkNumber, show } from "../util/check.js";
import { requireFloat } from "../util/dtypes.js";
import { DTypeError, ValueError } from "../util/errors.js";
import { normalizeAxes } from "../util/shapes.js";
import { div, maximum, mul } from "./arithmetic.js";
import { where } from "./compare.js";
import { stack } from "./join.js";
import { type Axes, norm } from "./reduce.js";
import { isFinite as finite } from "./unary.js";

/**
 * Scales x down to a Euclidean norm where its own is above it: x · limit / max(‖x‖, limit), as in TensorFlow (Pascanu, Mikolov and Bengio, On
 * the difficulty of training recurrent neural networks, 2013). Any shape. A norm that is NaN or infinite leaves no direction: all becomes NaN.
 *
 * @param limit > 0
 * @param axis the norm is taken along these axes (default: all)
 * @throws ValueError, ShapeError for an axis out of range, DTypeError where `x` is not of a float type
 * @example
 * wg.clipByNorm([6, 8], 5).toArray(); // [3, 4]
 * wg.clipByNorm([[3, 4], [0.3, 0.4]], 1, 1).toArray(); // [[0.6, 0.8], [0.3, 0.4]]
 */
export function clipByNorm(x: TensorLike, limit: number, axis?: Axes): Tensor {
  const t = asTensor(x, undefined, "clipByNorm", "x");
  requireFloat("clipByNorm", "x", t.dtype);
  checkNumber("clipByNorm", "limit", limit, { above: 0 });
  const axes = normalizeAxes("clipByNorm", axis, t.rank);
  return mul(t, shrinking(norm(t, "euclidean", axes, true), limit));
}

/**
 * Scales tensors down together, so that the norm of all their elements, √Σ‖x‖², is at most `limit`: each x · limit / max(norm, limit), as in
 * TensorFlow. Their direction stays, which clipping one by one changes. A norm that is NaN or infinite makes everything NaN.
 *
 * @param tensors of one float type
 * @param limit > 0
 * @returns the tensors and the norm before
 * @throws ValueError, DTypeError where one is not of a float type
 * @example
 * const { clipped, globalNorm } = wg.clipByGlobalNorm([[3, 0], [[4]]], 1);
 * globalNorm.item(); // 5
 * clipped.map((x) => x.toArray()); // [[0.6, 0], [[0.8]]]
 */
export function clipByGlobalNorm(
  tensors: readonly TensorLike[],
  limit: number,
): { clipped: Tensor[]; globalNorm: Tensor } {
  const operation = "clipByGlobalNorm";
  if (!Array.isArray(tensors) || tensors.length === 0) {
    throw new ValueError(`${operation}: tensors expected an array of at least one, got ${show(tensors)}`);
  }
  const list = tensors.map((each, i) => asTensor(each, undefined, operation, `tensors[${i}]`));
  const { dtype } = list[0] as Tensor;
  list.forEach((each, i) => {
    requireFloat(operation, `tensors[${i}]`, each.dtype);
    if (each.dtype === dtype) return;
    throw new DTypeError(`${operation}: tensors expected one dtype, got ${dtype} and ${each.dtype}; convert with cast`);
  });
  checkNumber(operation, "limit", limit, { above: 0 });
  const norms = list.map((each) => norm(each));
  const globalNorm = norms.length === 1 ? (norms[0] as Tensor) : norm(stack(norms));
  const factor = shrinking(globalNorm, limit);
  return { clipped: list.map((each) => mul(each, factor)), globalNorm };
}

/** limit / max(norm, limit); NaN where the norm is not finite. */
function shrinking(length: Tensor, limit: number): Tensor {
  const factor = div(limit, maximum(length, limit));
  return where(finite(length), factor, Number.NaN);
}
