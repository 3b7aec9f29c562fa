import type { Tensor, TensorLike } from "../tensor/tensor.js";
import { checkNumber, show } from "../util/check.js";
import { ShapeError, ValueError } from "../util/errors.js";
import { add, div, mul, pow } from "./arithmetic.js";
import { floatOf } from "./elementwise.js";
import { pad } from "./pad.js";
import { slice } from "./slice.js";
import { square } from "./unary.js";

/**
 * Local response normalization across channels: y[…, c] = x[…, c] / (bias + alpha · Σ x[…, i]²)^beta over c − radius ≤ i ≤ c + radius, as in
 * TensorFlow. Krizhevsky et al. 2012 (AlexNet). ONNX, PyTorch and Caffe divide alpha by the number of channels in the sum: give
 * alpha / size and (size − 1) / 2.
 *
 * @param x `[..., channels]`, rank ≥ 1
 * @param depthRadius channels on either side, or [before, behind]; default 5
 * @param bias, alpha, beta default: 1, 1 and 0.5; bias > 0, alpha ≥ 0
 * @throws ShapeError for a scalar, DTypeError where `x` is not of a float type, ValueError for a wrong parameter
 * @example
 * wg.localResponseNormalization([1, 2, 4], 1, 1, 1, 1).toArray(); // [0.1667, 0.0909, 0.1905]
 */
export function localResponseNormalization(
  x: TensorLike,
  depthRadius: number | readonly [number, number] = 5,
  bias = 1,
  alpha = 1,
  beta = 0.5,
): Tensor {
  const operation = "localResponseNormalization";
  const t = floatOf(operation, x);
  const sides = Array.isArray(depthRadius) ? depthRadius : [depthRadius, depthRadius];
  if (sides.length !== 2 || !sides.every((n) => Number.isInteger(n) && n >= 0)) {
    throw new ValueError(
      `${operation}: depthRadius expected a whole number ≥ 0, or one before and one behind, got ${show(depthRadius)}`,
    );
  }
  checkNumber(operation, "bias", bias, { above: 0 });
  checkNumber(operation, "alpha", alpha, { min: 0 });
  checkNumber(operation, "beta", beta);
  if (t.rank === 0) throw new ShapeError(`${operation}: x expected [..., channels], got a scalar; reshape it to [1]`);
  const outer = t.shape.slice(0, -1);
  const padded = pad(square(t), [...outer.map(() => [0, 0] as const), sides as [number, number]]);
  const parts = Array.from({ length: sides[0] + sides[1] + 1 }, (_, i) =>
    slice(padded, [...outer.map(() => 0), i], t.shape),
  );
  const total = parts.reduce((sum, part) => add(sum, part));
  return div(t, pow(add(mul(total, alpha), bias), beta));
}
