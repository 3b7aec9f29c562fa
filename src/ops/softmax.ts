import { asTensor, type Tensor, type TensorLike } from "../tensor/tensor.js";
import { requireFloat } from "../util/dtypes.js";
import { normalizeAxis } from "../util/shapes.js";
import { logSoftmaxOfRows, softmaxOfRows } from "./softmax/rows.js";
import { transpose } from "./transpose.js";

/**
 * softmax(x)ⱼ = e^xⱼ / Σ e^x along one axis, any shape; each row along it sums to 1. The greatest element is subtracted first, so no
 * element is too large. A row with NaN, with +∞ or of nothing but −∞ is NaN.
 *
 * @param axis default: the last one; every other costs two transpositions
 * @throws DTypeError where `x` is not of a float type, ShapeError for a scalar or an axis that `x` does not have
 * @example
 * wg.softmax([[1000, 1000]]).toArray(); // [[0.5, 0.5]]
 */
export function softmax(x: TensorLike, axis = -1): Tensor {
  return alongAxis("softmax", x, axis, softmaxOfRows);
}

/**
 * logSoftmax(x)ⱼ = xⱼ − ln Σ e^x along one axis, any shape, exact where softmax itself underflows.
 *
 * @param axis default: the last one; every other costs two transpositions
 * @throws DTypeError where `x` is not of a float type, ShapeError for a scalar or an axis that `x` does not have
 * @example
 * wg.logSoftmax([[0, -1000]]).toArray(); // [[0, -1000]]
 */
export function logSoftmax(x: TensorLike, axis = -1): Tensor {
  return alongAxis("logSoftmax", x, axis, logSoftmaxOfRows);
}

/** The kernels run along the last axis: another one changes places with it, and back. */
function alongAxis(operation: string, x: TensorLike, axis: number, f: (x: Tensor) => Tensor): Tensor {
  const t = asTensor(x, undefined, operation, "x");
  const last = t.rank - 1;
  const along = normalizeAxis(operation, axis, t.rank);
  if (along === last) return f(t);
  requireFloat(operation, "x", t.dtype);
  const swap = t.shape.map((_, i) => (i === along ? last : i === last ? along : i));
  return transpose(f(transpose(t, swap)), swap);
}
