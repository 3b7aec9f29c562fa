import type { Tensor, TensorLike } from "../../tensor/tensor.js";
import { requireFloat } from "../../util/dtypes.js";
import { op } from "../op.js";
import { matrixOf } from "../rows.js";

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

/** `softmax` along the last axis, as its kernel runs. */
export function softmaxOfRows(x: TensorLike): Tensor {
  return softmaxOp([x]);
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

/** `logSoftmax` along the last axis. */
export function logSoftmaxOfRows(x: TensorLike): Tensor {
  return logSoftmaxOp([x]);
}
