import type { Kernels } from "#kernels/kernels";
import { asTensor, empty, type Tensor, type TensorLike } from "../tensor/tensor.js";
import { checkBoolean, show } from "../util/check.js";
import { requireFloat } from "../util/dtypes.js";
import { ShapeError, ValueError } from "../util/errors.js";
import { normalizeAxes, type Shape, showShape } from "../util/shapes.js";
import { div, squaredDifference, sub } from "./arithmetic.js";
import { type BinaryKernel, binary, binaryBackward } from "./broadcast.js";
import { cast } from "./cast.js";
import { logicalNot, requireBool } from "./compare.js";
import { op } from "./op.js";
import { keptView, reduceAxes, reducedCount, reducedShape, stretchInto } from "./reduction.js";

/** Which axes a reduction runs over: one, several, or (undefined) all. Negative ones count from the end. */
export type Axes = number | readonly number[] | undefined;

interface Attributes {
  axes: readonly number[];
  keepDims: boolean;
}

/**
 * The function that runs a reduction record over any axes.
 *
 * @__NO_SIDE_EFFECTS__
 */
function reduction<S = void>(
  name: string,
  record: {
    /** Reduces x into y. What it returns is kept for `backward`. */
    forward(k: Kernels, y: Tensor, x: Tensor, axes: readonly number[]): S;
    /** Adds into dx. dy and y have size 1 along the reduced axes. */
    backward(k: Kernels, dx: Tensor, dy: Tensor, x: Tensor, y: Tensor, count: number, saved: S): void;
    /** True where nothing to reduce has no result. */
    needsElements?: boolean;
    /** True where it takes int32 too: by way of float64, which holds it. */
    integers?: boolean;
  },
) {
  const run = op<[x: unknown], Attributes, S>(name, {
    shape: ([x], { axes, keepDims }) => {
      if (record.needsElements) checkNotEmpty(name, x, axes);
      return reducedShape(x, axes, keepDims);
    },
    dtype: ([x]) => requireFloat(name, "x", x),
    forward: (k, y, [x], { axes }) => record.forward(k, y, x, axes),
    backward: (k, [dx], dy, { x: [x], y, attributes: { axes }, saved }) => {
      if (!dx || dx.size === 0) return;
      const count = reducedCount(x.shape, axes);
      record.backward(k, dx, keptView(dy, x.shape, axes), x, keptView(y, x.shape, axes), count, saved);
    },
  });
  return (x: TensorLike, axis: Axes, keepDims: boolean): Tensor => {
    const t = asTensor(x, undefined, name, "x");
    checkBoolean(name, "keepDims", keepDims);
    const attributes = { axes: normalizeAxes(name, axis, t.rank), keepDims };
    if (!record.integers || t.dtype !== "int32") return run([t], attributes);
    return cast(run([cast(t, "float64")], attributes), "int32");
  };
}

export function checkNotEmpty(operation: string, shape: Shape, axes: readonly number[]): void {
  if (reducedCount(shape, axes) > 0) return;
  throw new ShapeError(
    `${operation}: x expected at least one element along the reduced axes, got shape ${showShape(shape)}`,
  );
}

/** A temporary y = f(a, b) with the shape of a. */
function temporary(kernel: BinaryKernel, a: Tensor, b: Tensor): Tensor {
  const y = empty(a.shape, a.dtype);
  binary(kernel, y, a, b);
  return y;
}

const sumOp = reduction("sum", {
  forward: (k, y, x, axes) => reduceAxes(y, x, axes, k.reduce_sum),
  backward: (k, dx, dy) => stretchInto(k, dx, dy),
  integers: true,
});

/**
 * The sum over the given axes (default: all); 0 where there is nothing to add. Added in a tree, so the rounding error grows with the
 * logarithm of the number of elements.
 *
 * @param axis one axis or several; negative ones count from the end
 * @param keepDims true: the reduced axes stay, with size 1
 * @throws ShapeError for an axis out of range, DTypeError where `x` is not of a float type (`sum`, `prod`, `max` and `min`: or int32)
 * @example
 * wg.sum([[1, 2], [3, 4]], 0).toArray(); // [4, 6]
 */
export function sum(x: TensorLike, axis?: Axes, keepDims = false): Tensor {
  return sumOp(x, axis, keepDims);
}

const meanOp = reduction("mean", {
  forward: (k, y, x, axes) => {
    reduceAxes(y, x, axes, k.reduce_sum);
    k.divide_by(y.at, y.at, reducedCount(x.shape, axes), 0, y.size);
  },
  backward: (k, dx, dy, _x, _y, count) => {
    const share = empty(dy.shape, dy.dtype);
    k.divide_by(share.at, dy.at, count, 0, share.size);
    stretchInto(k, dx, share);
  },
});

/**
 * The arithmetic mean over the given axes (default: all); NaN where there is nothing to average.
 *
 * @param axis, keepDims, @throws as in `sum`
 * @example
 * wg.mean([[1, 2], [3, 4]]).item(); // 2.5
 */
export function mean(x: TensorLike, axis?: Axes, keepDims = false): Tensor {
  return meanOp(x, axis, keepDims);
}

const productOp = reduction("prod", {
  forward: (k, y, x, axes) => reduceAxes(y, x, axes, k.reduce_product),
  backward: (k, dx, dy, x, y) => {
    // Each factor's gradient is the product of the others, by division where that is possible: zeros are counted and taken as 1.
    const zero = empty([], x.dtype);
    k.fill(zero.at, 0, 0, 1);
    const isZero = temporary(k.mark_peaks, x, zero);
    const axes = dy.shape.flatMap((n, i) => (n === x.shape[i] ? [] : [i]));
    const zeros = empty(dy.shape, x.dtype);
    reduceAxes(zeros, isZero, axes, k.reduce_sum);
    const product = empty(y.shape, y.dtype);
    reduceAxes(product, temporary(k.add_forward, x, isZero), axes, k.reduce_product);
    const share = temporary(k.product_share, x, zeros);
    binaryBackward(k.mul_backward, dx, share, share, temporary(k.mul_forward, product, dy));
  },
  integers: true,
});

/**
 * The product over the given axes (default: all); 1 where there is nothing to multiply. The gradient is right where factors are 0.
 *
 * @param axis, keepDims, @throws as in `sum`
 * @example
 * wg.prod([[1, 2], [3, 4]], 1).toArray(); // [2, 12]
 */
export function prod(x: TensorLike, axis?: Axes, keepDims = false): Tensor {
  return productOp(x, axis, keepDims);
}

/** dx += dy, in equal shares among the elements that `mark` finds at the peak y. */
function shareAmongPeaks(k: Kernels, mark: BinaryKernel, dx: Tensor, dy: Tensor, x: Tensor, y: Tensor): void {
  const peaks = temporary(mark, x, y);
  const count = empty(y.shape, y.dtype);
  const axes = y.shape.flatMap((n, i) => (n === x.shape[i] ? [] : [i]));
  reduceAxes(count, peaks, axes, k.reduce_sum_of_magnitudes);
  const share = temporary(k.div_no_nan_forward, dy, count);
  binaryBackward(k.mul_backward, dx, peaks, peaks, share);
}

const maxOp = reduction("max", {
  forward: (k, y, x, axes) => reduceAxes(y, x, axes, k.reduce_maximum),
  backward: (k, dx, dy, x, y) => shareAmongPeaks(k, k.mark_peaks, dx, dy, x, y),
  needsElements: true,
  integers: true,
});

/**
 * The greatest element over the given axes (default: all); NaN where one is NaN. Equal greatest elements share the gradient evenly.
 *
 * @param axis, keepDims as in `sum`
 * @throws as `sum`, and ShapeError where there is no element
 * @example
 * wg.max([[1, 5], [3, 4]], 1).toArray(); // [5, 4]
 */
export function max(x: TensorLike, axis?: Axes, keepDims = false): Tensor {
  return maxOp(x, axis, keepDims);
}

const minOp = reduction("min", {
  forward: (k, y, x, axes) => reduceAxes(y, x, axes, k.reduce_minimum),
  backward: (k, dx, dy, x, y) => shareAmongPeaks(k, k.mark_peaks, dx, dy, x, y),
  needsElements: true,
  integers: true,
});

/**
 * The least element over the given axes (default: all); NaN where one is NaN. Equal least elements share the gradient evenly.
 *
 * @param axis, keepDims, @throws as in `max`
 * @example
 * wg.min([[1, 5], [3, 4]], 1).toArray(); // [1, 3]
 */
export function min(x: TensorLike, axis?: Axes, keepDims = false): Tensor {
  return minOp(x, axis, keepDims);
}

const euclideanOp = reduction("norm", {
  forward: (k, y, x, axes) => {
    reduceAxes(y, x, axes, k.reduce_sum_of_squares, k.reduce_sum);
    k.square_root(y.at, y.at, 0, y.size);
  },
  backward: (k, dx, dy, x, y) => {
    binaryBackward(k.mul_backward, dx, x, x, temporary(k.div_no_nan_forward, dy, y));
  },
});

const manhattanOp = reduction("norm", {
  forward: (k, y, x, axes) => reduceAxes(y, x, axes, k.reduce_sum_of_magnitudes, k.reduce_sum),
  backward: (k, dx, dy, x) => {
    const signed = temporary(k.sign_times, x, dy);
    k.accumulate_into(dx.at, signed.at, 0, dx.size);
  },
});

const greatestOp = reduction("norm", {
  forward: (k, y, x, axes) => reduceAxes(y, x, axes, k.reduce_maximum_magnitude),
  backward: (k, dx, dy, x, y) => shareAmongPeaks(k, k.mark_magnitude_peaks, dx, dy, x, y),
});

/**
 * The norm of the vector of all elements along the given axes (default: all): √Σx² for `"euclidean"` or 2, Σ|x| for 1, max |x| for
 * Infinity. The gradient at 0 is 0. Squares are not scaled: in float32, elements above 1e19 give Infinity.
 *
 * @param ord default: `"euclidean"`
 * @param axis, keepDims as in `sum`
 * @throws as `sum`, and ValueError for another `ord`
 * @example
 * wg.norm([3, 4]).item(); // 5
 */
export function norm(
  x: TensorLike,
  ord: 1 | 2 | number | "euclidean" = "euclidean",
  axis?: Axes,
  keepDims = false,
): Tensor {
  if (ord === "euclidean" || ord === 2) return euclideanOp(x, axis, keepDims);
  if (ord === 1) return manhattanOp(x, axis, keepDims);
  if (ord === Number.POSITIVE_INFINITY) return greatestOp(x, axis, keepDims);
  throw new ValueError(`norm: ord expected 1, 2, "euclidean" or Infinity, got ${show(ord)}`);
}

const logSumExpOp = reduction("logSumExp", {
  forward: (k, y, x, axes) => {
    const peak = empty(reducedShape(x.shape, axes, true), x.dtype);
    reduceAxes(peak, x, axes, k.reduce_maximum);
    const total = empty(peak.shape, x.dtype);
    reduceAxes(total, temporary(k.shifted_exp, x, peak), axes, k.reduce_sum);
    binary(k.shifted_log, keptView(y, x.shape, axes), total, peak);
    return { peak, total };
  },
  // Not from y: a rounding of y counts in full in eˣ⁻ʸ, and y may be large.
  backward: (k, dx, dy, x, _y, _count, { peak, total }) => {
    const exponential = temporary(k.shifted_exp, x, peak);
    binaryBackward(k.mul_backward, dx, exponential, exponential, temporary(k.div_forward, dy, total));
  },
});

/**
 * ln Σ eˣ over the given axes (default: all), with the greatest element taken out first, so that nothing overflows; −∞ where there is
 * nothing to add. The gradient is the softmax.
 *
 * @param axis, keepDims, @throws as in `sum`
 * @example
 * wg.logSumExp([1000, 1000]).item(); // 1000.6931762695312
 */
export function logSumExp(x: TensorLike, axis?: Axes, keepDims = false): Tensor {
  return logSumExpOp(x, axis, keepDims);
}

/**
 * Mean and variance over the given axes (default: all), in two passes: the variance is the mean of (x − mean)², over all n elements
 * (not n − 1).
 *
 * @param axis, keepDims, @throws as in `sum`
 * @example
 * wg.moments([1, 3]).variance.item(); // 1
 */
export function moments(x: TensorLike, axis?: Axes, keepDims = false): { mean: Tensor; variance: Tensor } {
  const t = asTensor(x, undefined, "moments", "x");
  requireFloat("moments", "x", t.dtype);
  checkBoolean("moments", "keepDims", keepDims);
  const axes = normalizeAxes("moments", axis, t.rank);
  const kept = mean(t, axes, true);
  return {
    mean: keepDims ? kept : mean(t, axes),
    variance: mean(squaredDifference(t, kept), axes, keepDims),
  };
}

/**
 * The variance over the given axes (default: all): the mean of (x − mean)², over all n elements (not n − 1).
 *
 * @param axis, keepDims, @throws as in `sum`
 * @example
 * wg.variance([1, 3]).item(); // 1
 */
export function variance(x: TensorLike, axis?: Axes, keepDims = false): Tensor {
  const t = asTensor(x, undefined, "variance", "x");
  requireFloat("variance", "x", t.dtype);
  checkBoolean("variance", "keepDims", keepDims);
  const axes = normalizeAxes("variance", axis, t.rank);
  return mean(squaredDifference(t, mean(t, axes, true)), axes, keepDims);
}

/**
 * The standard deviation over the given axes (default: all): the root of `variance`. Its gradient is 0 where all elements are equal.
 *
 * @param axis, keepDims, @throws as in `sum`
 * @example
 * wg.std([1, 3]).item(); // 1
 */
export function std(x: TensorLike, axis?: Axes, keepDims = false): Tensor {
  const t = asTensor(x, undefined, "std", "x");
  requireFloat("std", "x", t.dtype);
  checkBoolean("std", "keepDims", keepDims);
  const axes = normalizeAxes("std", axis, t.rank);
  const spread = norm(sub(t, mean(t, axes, true)), 2, axes, keepDims);
  return div(spread, Math.sqrt(reducedCount(t.shape, axes)));
}

function anyOf(operation: string, x: Tensor, axis: Axes, keepDims: boolean): Tensor {
  checkBoolean(operation, "keepDims", keepDims);
  return cast(sum(cast(x, "float32"), normalizeAxes(operation, axis, x.rank), keepDims), "bool");
}

/**
 * True where any element along the given axes (default: all) is true; false where there is none.
 *
 * @param axis, keepDims as in `sum`
 * @throws DTypeError where `x` is not of dtype bool, ShapeError for an axis out of range
 * @example
 * wg.any([[true, false], [false, false]], 1).toArray(); // [true, false]
 */
export function any(x: TensorLike, axis?: Axes, keepDims = false): Tensor {
  const t = asTensor(x, undefined, "any", "x");
  requireBool("any", "x", t.dtype);
  return anyOf("any", t, axis, keepDims);
}

/**
 * True where every element along the given axes (default: all) is true, also where there is none.
 *
 * @param axis, keepDims, @throws as in `any`
 * @example
 * wg.all([[true, false], [true, true]], 1).toArray(); // [false, true]
 */
export function all(x: TensorLike, axis?: Axes, keepDims = false): Tensor {
  const t = asTensor(x, undefined, "all", "x");
  requireBool("all", "x", t.dtype);
  return logicalNot(anyOf("all", logicalNot(t), axis, keepDims));
}
