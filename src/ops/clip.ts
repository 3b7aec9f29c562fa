import type { Tensor, TensorLike } from "../tensor/tensor.js";
import { asTensor } from "../tensor/tensor.js";
import { show } from "../util/check.js";
import type { DType } from "../util/dtypes.js";
import { ValueError } from "../util/errors.js";
import { maximum, minimum } from "./arithmetic.js";
import { elementwise } from "./elementwise.js";

const clipOp = elementwise<{ min: number; max: number }>("clipByValue", {
  from: "x",
  forward: (k, y, x, size, { min, max }) => k.clip_forward(y, x, min, max, 0, size),
  backward: (k, dx, dy, x, size, { min, max }) => k.clip_backward(dx, dy, x, min, max, 0, size),
});

/**
 * clipByValue(x) = min(max(x, min), max); NaN stays. Any shape. The gradient is 1 where min ≤ x ≤ max, else 0. Limits that are tensors
 * broadcast with x and have the gradient where they are the result; where one min is above its max, the result is max. int32 with such
 * limits stays int32.
 *
 * @param min the least value, −∞ for no limit
 * @param max the greatest value, ∞ for no limit
 * @throws DTypeError where `x` is not of a float type, ValueError where a limit is no number or tensor, or a number above the other,
 *   ShapeError where tensors do not broadcast
 * @example
 * wg.clipByValue([-3, 0.5, 2], 0, 1).toArray(); // [0, 0.5, 1]
 * wg.clipByValue([-3, 0.5, 2], [-1, 1, 0], 1.5).toArray(); // [-1, 1, 1.5]
 */
export function clipByValue(x: TensorLike, min: TensorLike, max: TensorLike): Tensor {
  if (isLimit(min) && isLimit(max)) {
    if (min > max) throw new ValueError(`clipByValue: min expected at most max = ${max}, got ${min}; swap them`);
    return clipOp([x], { min, max });
  }
  const t = asTensor(x, undefined, "clipByValue", "x");
  const [low, high] = [asLimit("min", min, t.dtype), asLimit("max", max, t.dtype)];
  return minimum(maximum(t, low), high);
}

const isLimit = (value: unknown): value is number => typeof value === "number" && !Number.isNaN(value);

function asLimit(argument: string, value: TensorLike, dtype: DType): Tensor {
  if (!isLimit(value) && !(typeof value === "object" && value !== null)) {
    throw new ValueError(
      `clipByValue: ${argument} expected a number or a tensor, got ${show(value)}; give an infinity where there is no limit`,
    );
  }
  return asTensor(value, dtype, "clipByValue", argument);
}
