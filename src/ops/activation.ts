import type { Tensor, TensorLike } from "../tensor/tensor.js";
import { requireFloat } from "../util/dtypes.js";
import { op } from "./op.js";

const reluOp = op<[x: unknown]>("relu", {
  shape: ([x]) => x,
  dtype: ([x]) => requireFloat("relu", "x", x),
  forward: (k, y, [x]) => k.relu_forward(y.at, x.at, 0, y.size),
  backward: (k, [dx], dy, { y }) => dx && k.relu_backward(dx.at, dy.at, y.at, 0, y.size),
});

/**
 * relu(x) = max(x, 0), any shape. The gradient at 0 is 0.
 *
 * @throws DTypeError where `x` is not of a float type
 * @example
 * wg.relu([-1, 0, 2]).toArray(); // [0, 0, 2]
 */
export function relu(x: TensorLike): Tensor {
  return reluOp([x]);
}
