import { asTensor, type Tensor, type TensorLike } from "../tensor/tensor.js";
import { checkBoolean, checkNumber, checkOptions } from "../util/check.js";
import { requireFloat } from "../util/dtypes.js";
import { ShapeError } from "../util/errors.js";
import { normalizeAxis, showShape, sizeOfShape } from "../util/shapes.js";
import { takeAlongAxis } from "./gather-nd.js";
import { op } from "./op.js";
import { checkNotEmpty } from "./reduce.js";
import { reducedShape } from "./reduction.js";

interface PeakAttributes {
  axis: number;
  keepDims: boolean;
  last: boolean;
}

/**
 * argMax and argMin: x [outer, n, inner] → [outer, inner].
 *
 * @__NO_SIDE_EFFECTS__
 */
function argPeak(name: string, sign: 1 | -1) {
  const run = op<[x: unknown], PeakAttributes>(name, {
    shape: ([x], { axis, keepDims }) => {
      checkNotEmpty(name, x, [axis]);
      return reducedShape(x, [axis], keepDims);
    },
    dtype: ([x]) => {
      requireFloat(name, "x", x);
      return "int32";
    },
    forward: (k, y, [x], { axis, last }) => {
      const inner = sizeOfShape(x.shape.slice(axis + 1));
      k.arg_peak(y.at, x.at, x.shape[axis] as number, inner, sign, Number(last), 0, y.size);
    },
  });
  return (x: TensorLike, axis: number, keepDims: boolean, last: boolean): Tensor => {
    const t = asTensor(x, undefined, name, "x");
    checkBoolean(name, "keepDims", keepDims);
    checkBoolean(name, "selectLastIndex", last);
    return run([t], { axis: normalizeAxis(name, axis, t.rank), keepDims, last });
  };
}

const argMaxOp = argPeak("argMax", 1);
const argMinOp = argPeak("argMin", -1);

/**
 * Where the greatest element stands along an axis (default 0), as int32; the first of equals, and the first NaN where there is one.
 *
 * @param keepDims true: the axis stays, with size 1
 * @param selectLastIndex true: the last of equals, and the last NaN
 * @throws ShapeError for an axis out of range or of size 0, DTypeError where `x` is not of a float type
 * @example
 * wg.argMax([[1, 5, 2], [7, 0, 3]], 1).toArray(); // [1, 0]
 * wg.argMax([4, 9, 9], 0, false, true).item(); // 2
 */
export function argMax(x: TensorLike, axis = 0, keepDims = false, selectLastIndex = false): Tensor {
  return argMaxOp(x, axis, keepDims, selectLastIndex);
}

/**
 * Where the least element stands along an axis (default 0), as int32; the first of equals, and the first NaN where there is one.
 *
 * @param keepDims, selectLastIndex, @throws as `argMax`
 * @example
 * wg.argMin([[1, 5, 2], [7, 0, 3]], 1).toArray(); // [0, 1]
 */
export function argMin(x: TensorLike, axis = 0, keepDims = false, selectLastIndex = false): Tensor {
  return argMinOp(x, axis, keepDims, selectLastIndex);
}

export interface TopkOptions {
  /** Along which axis; default −1, the last. */
  axis?: number;
  /** True (default): the greatest; false: the least. */
  largest?: boolean;
}

const topIndicesOp = op<[x: unknown], { axis: number; k: number; largest: boolean }>("topk", {
  shape: ([x], { axis, k }) => x.with(axis, k),
  dtype: () => "int32",
  forward: (kernels, y, [x], { axis, k, largest }) => {
    const inner = sizeOfShape(x.shape.slice(axis + 1));
    const lines = sizeOfShape(x.shape.slice(0, axis)) * inner;
    kernels.top_indices(y.at, x.at, x.shape[axis] as number, k, inner, largest ? 1 : -1, 0, lines);
  },
});

/**
 * The `k` greatest elements along an axis in descending order (with `largest: false` the least, ascending), and where they stand, as int32.
 * Of equals the lower index comes first; NaN is greater than all, as in PyTorch. With k the whole size it sorts. Gradients go to the
 * elements that were taken.
 *
 * @param k from 0 to the size of the axis; default 1
 * @throws ShapeError for a scalar, an axis out of range or more than it has, ValueError for another `k`, DTypeError where `x` is not of a
 *   float type
 * @example
 * const { values, indices } = wg.topk([3, 9, 7, 9], 3);
 * values.toArray(); // [9, 9, 7]
 * indices.toArray(); // [1, 3, 2]
 */
export function topk(x: TensorLike, k = 1, options: TopkOptions = {}): { values: Tensor; indices: Tensor } {
  checkOptions("topk", options, ["axis", "largest"]);
  const t = asTensor(x, undefined, "topk", "x");
  requireFloat("topk", "x", t.dtype);
  const axis = normalizeAxis("topk", options.axis ?? -1, t.rank);
  const largest = checkBoolean("topk", "largest", options.largest ?? true);
  checkNumber("topk", "k", k, { min: 0, whole: true });
  const n = t.shape[axis] as number;
  if (k > n)
    throw new ShapeError(`topk: k expected at most ${n}, the size of axis ${axis} of ${showShape(t.shape)}, got ${k}`);
  const indices = topIndicesOp([t], { axis, k, largest });
  return { values: takeAlongAxis(t, indices, axis), indices };
}
