import type { Tensor, TensorLike } from "../tensor/tensor.js";
import { elementwise } from "./elementwise.js";

const floorOp = elementwise("floor", {
  forward: (k, y, x, size) => k.floor_forward(y, x, 0, size),
});

/**
 * floor(x) is the greatest whole number ≤ x. No gradient flows. Any shape.
 *
 * @throws DTypeError where `x` is not of a float type
 * @example
 * wg.floor([-1.5, 1.5]).toArray(); // [-2, 1]
 */
export function floor(x: TensorLike): Tensor {
  return floorOp([x]);
}

const ceilOp = elementwise("ceil", {
  forward: (k, y, x, size) => k.ceil_forward(y, x, 0, size),
});

/**
 * ceil(x) is the least whole number ≥ x. No gradient flows. Any shape.
 *
 * @throws DTypeError where `x` is not of a float type
 * @example
 * wg.ceil([-1.5, 1.5]).toArray(); // [-1, 2]
 */
export function ceil(x: TensorLike): Tensor {
  return ceilOp([x]);
}

const roundOp = elementwise("round", {
  forward: (k, y, x, size) => k.round_forward(y, x, 0, size),
});

/**
 * round(x) is the nearest whole number, the even one of two, as in NumPy. No gradient flows. Any shape.
 *
 * @throws DTypeError where `x` is not of a float type
 * @example
 * wg.round([0.5, 1.5, 2.6]).toArray(); // [0, 2, 3]
 */
export function round(x: TensorLike): Tensor {
  return roundOp([x]);
}
