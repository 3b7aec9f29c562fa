import { asTensor, type Tensor, type TensorLike } from "../tensor/tensor.js";
import { requireFloat } from "../util/dtypes.js";
import { ShapeError } from "../util/errors.js";
import { normalizeAxis, showShape } from "../util/shapes.js";
import { op } from "./op.js";
import { matrixOf } from "./rows.js";

const softmaxOp = op<[x: unknown]>("softmax", {
  shape: ([x]) => x,
  dtype: ([x]) => requireFloat("softmax", "x", x),
  forward: (k, y, [x]) => {
    const { rows, columns } = matrixOf(x.shape);
    k.softmax_forward(y.at, x.at, columns, 0, rows);
  },
  backward: (k, [dx], dy, { y }) => {
    const { rows, columns } = matrixOf(y.shape);
    if (dx) k.softmax_backward(dx.at, dy.at, y.at, columns, 0, rows);
  },
});

/**
 * softmax(x)ⱼ = e^xⱼ / Σ e^x over the last axis, `[..., classes]`; each row sums to 1. The greatest element is subtracted first, so no
 * element is too large. A row with NaN, with +∞ or of nothing but −∞ is NaN.
 *
 * @param axis the last one, the default
 * @throws DTypeError where `x` is not of a float type, ShapeError for a scalar or another axis
 * @example
 * wg.softmax([[1000, 1000]]).toArray(); // [[0.5, 0.5]]
 */
export function softmax(x: TensorLike, axis = -1): Tensor {
  return softmaxOp([overLastAxis("softmax", x, axis)]);
}

const logSoftmaxOp = op<[x: unknown]>("logSoftmax", {
  shape: ([x]) => x,
  dtype: ([x]) => requireFloat("logSoftmax", "x", x),
  forward: (k, y, [x]) => {
    const { rows, columns } = matrixOf(x.shape);
    k.log_softmax_forward(y.at, x.at, columns, 0, rows);
  },
  backward: (k, [dx], dy, { y }) => {
    const { rows, columns } = matrixOf(y.shape);
    if (dx) k.log_softmax_backward(dx.at, dy.at, y.at, columns, 0, rows);
  },
});

/**
 * logSoftmax(x)ⱼ = xⱼ − ln Σ e^x over the last axis, `[..., classes]`, exact where softmax itself underflows.
 *
 * @param axis the last one, the default
 * @throws DTypeError where `x` is not of a float type, ShapeError for a scalar or another axis
 * @example
 * wg.logSoftmax([[0, -1000]]).toArray(); // [[0, -1000]]
 */
export function logSoftmax(x: TensorLike, axis = -1): Tensor {
  return logSoftmaxOp([overLastAxis("logSoftmax", x, axis)]);
}

function overLastAxis(operation: string, x: TensorLike, axis: number): Tensor {
  const t = asTensor(x);
  if (normalizeAxis(operation, axis, t.rank) !== t.rank - 1) {
    throw new ShapeError(
      `${operation}: axis expected the last one, ${t.rank - 1}, of x ${showShape(t.shape)}, got ${axis}; transpose x first`,
    );
  }
  return t;
}
