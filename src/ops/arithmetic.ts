import type { Kernels } from "#kernels/kernels";
import { asTensor, empty, Tensor, type TensorLike } from "../tensor/tensor.js";
import { requireFloat } from "../util/dtypes.js";
import { broadcastShapes, sameShape } from "../util/shapes.js";
import { type BinaryBackwardKernel, type BinaryKernel, binary, binaryBackward } from "./broadcast.js";
import { cast } from "./cast.js";
import { op } from "./op.js";
import { sumInto } from "./reduction.js";
import { floor } from "./rounding.js";

/** Adds the gradient dy of the result into that of the operand `self`. */
export type Gradient = (k: Kernels, dx: Tensor, dy: Tensor, self: Tensor, other: Tensor) => void;

/** A gradient that is dy itself, added or taken away. */
export const direct =
  (kernel: (k: Kernels) => Kernels["accumulate_into"]): Gradient =>
  (k, dx, dy) =>
    sumInto(k, dx, dy, kernel(k));

/** A gradient from a kernel dx += f(dy, a, b): straight into dx, or by way of its full size where the operand was stretched. */
export const through =
  (kernel: (k: Kernels) => BinaryBackwardKernel, order: "ab" | "ba" = "ab"): Gradient =>
  (k, dx, dy, self, other) => {
    const [a, b] = order === "ab" ? [self, other] : [other, self];
    if (sameShape(dx.shape, dy.shape)) {
      binaryBackward(kernel(k), dx, dy, a, b);
      return;
    }
    const full = empty(dy.shape, dy.dtype);
    k.fill(full.at, 0, 0, full.size);
    binaryBackward(kernel(k), full, dy, a, b);
    sumInto(k, dx, full);
  };

/** What a result in float64 becomes before it is an integer: it is one. */
export const whole = (y: Tensor): Tensor => y;

/**
 * An operation of two operands that broadcast; the gradients get their own operand as `self`. With `integers` it takes int32 as well: by
 * way of float64, which holds them exactly.
 *
 * @__NO_SIDE_EFFECTS__
 */
export function binaryOp(
  name: string,
  kernel: (k: Kernels) => BinaryKernel,
  toA: Gradient,
  toB: Gradient,
  integers?: (y: Tensor) => Tensor,
) {
  const run = op<[a: unknown, b: unknown]>(name, {
    shape: ([a, b]) => broadcastShapes(name, a, b),
    dtype: ([a]) => requireFloat(name, "a", a),
    forward: (k, y, [a, b]) => binary(kernel(k), y, a, b),
    backward: (k, [da, db], dy, { x: [a, b] }) => {
      if (da) toA(k, da, dy, a, b);
      if (db) toB(k, db, dy, b, a);
    },
  });
  return (a: TensorLike, b: TensorLike): Tensor => {
    const dtype = [a, b].find((each) => each instanceof Tensor)?.dtype;
    const [p, q] = [asTensor(a, dtype, name, "a"), asTensor(b, dtype, name, "b")];
    if (!integers || p.dtype !== "int32" || q.dtype !== "int32") return run([p, q]);
    return cast(integers(run([cast(p, "float64"), cast(q, "float64")])), "int32");
  };
}

const addOp = binaryOp(
  "add",
  (k) => k.add_forward,
  direct((k) => k.accumulate_into),
  direct((k) => k.accumulate_into),
  whole,
);

/**
 * a + b, element by element. Shapes broadcast by NumPy's rule: aligned at the last axis, a size of 1 is stretched. Both are of one float
 * type, or int32: results beyond its range become the nearest limit.
 *
 * @throws ShapeError where the shapes do not broadcast; DTypeError for uint8 and bool, and where a and b differ in dtype
 * @example
 * wg.add([[1], [2]], [10, 20]).toArray(); // [[11, 21], [12, 22]]
 */
export function add(a: TensorLike, b: TensorLike): Tensor {
  return addOp(a, b);
}

const subOp = binaryOp(
  "sub",
  (k) => k.sub_forward,
  direct((k) => k.accumulate_into),
  direct((k) => k.subtract_from),
  whole,
);

/**
 * a − b, element by element, broadcast as in `add`.
 *
 * @throws as `add`
 * @example
 * wg.sub([5, 7], 2).toArray(); // [3, 5]
 */
export function sub(a: TensorLike, b: TensorLike): Tensor {
  return subOp(a, b);
}

const mulOp = binaryOp(
  "mul",
  (k) => k.mul_forward,
  through((k) => k.mul_backward),
  through((k) => k.mul_backward),
  whole,
);

/**
 * a · b, element by element, broadcast as in `add`.
 *
 * @throws as `add`
 * @example
 * wg.mul([1, 2, 3], [4, 5, 6]).toArray(); // [4, 10, 18]
 */
export function mul(a: TensorLike, b: TensorLike): Tensor {
  return mulOp(a, b);
}

const divOp = binaryOp(
  "div",
  (k) => k.div_forward,
  through((k) => k.div_backward_a),
  through((k) => k.div_backward_b, "ba"),
  floor,
);

/**
 * a / b, element by element, broadcast as in `add`. Division by zero gives ±∞, and NaN for 0 / 0. Of int32 it is the greatest whole number
 * ≤ a / b, as in TensorFlow.js, with the limits of int32 for ±∞ and 0 for NaN.
 *
 * @throws as `add`
 * @example
 * wg.div([1, 9], [2, 3]).toArray(); // [0.5, 3]
 */
export function div(a: TensorLike, b: TensorLike): Tensor {
  return divOp(a, b);
}

const divNoNanOp = binaryOp(
  "divNoNan",
  (k) => k.div_no_nan_forward,
  through((k) => k.div_no_nan_backward_a),
  through((k) => k.div_no_nan_backward_b, "ba"),
);

/**
 * a / b, and 0 where b = 0; the gradients are 0 there too.
 *
 * @throws as `add`, and DTypeError for int32
 * @example
 * wg.divNoNan([1, 3], [0, 2]).toArray(); // [0, 1.5]
 */
export function divNoNan(a: TensorLike, b: TensorLike): Tensor {
  return divNoNanOp(a, b);
}

const powOp = binaryOp(
  "pow",
  (k) => k.pow_forward,
  through((k) => k.pow_backward_a),
  through((k) => k.pow_backward_b, "ba"),
);

/**
 * aᵇ, element by element, broadcast as in `add`. Within 0.51 ULP in float32 and 1 ULP in float64. Special values are IEEE 754's, as in
 * C and NumPy: 1ᵇ = a⁰ = 1 even for NaN, and NaN for a < 0 with a b that is not whole. Gradients: b · aᵇ⁻¹ for a (0 where b = 0) and
 * aᵇ · ln a for b (0 where a = 0 and b ≥ 0).
 *
 * @throws as `add`, and DTypeError for int32
 * @example
 * wg.pow([2, 3], 2).toArray(); // [4, 9]
 */
export function pow(a: TensorLike, b: TensorLike): Tensor {
  return powOp(a, b);
}

const maximumOp = binaryOp(
  "maximum",
  (k) => k.maximum_forward,
  through((k) => k.maximum_backward_a),
  through((k) => k.maximum_backward_b, "ba"),
  whole,
);

/**
 * The greater of a and b, element by element, broadcast as in `add`. NaN where either is NaN. Where they are equal, the whole gradient
 * goes to a.
 *
 * @throws as `add`
 * @example
 * wg.maximum([1, 5], [4, 2]).toArray(); // [4, 5]
 */
export function maximum(a: TensorLike, b: TensorLike): Tensor {
  return maximumOp(a, b);
}

const minimumOp = binaryOp(
  "minimum",
  (k) => k.minimum_forward,
  through((k) => k.minimum_backward_a),
  through((k) => k.minimum_backward_b, "ba"),
  whole,
);

/**
 * The lesser of a and b, element by element, broadcast as in `add`. NaN where either is NaN. Where they are equal, the whole gradient
 * goes to a.
 *
 * @throws as `add`
 * @example
 * wg.minimum([1, 5], [4, 2]).toArray(); // [1, 2]
 */
export function minimum(a: TensorLike, b: TensorLike): Tensor {
  return minimumOp(a, b);
}

const squaredDifferenceOp = binaryOp(
  "squaredDifference",
  (k) => k.squared_difference_forward,
  through((k) => k.squared_difference_backward),
  through((k) => k.squared_difference_backward),
  whole,
);

/**
 * (a − b)², element by element, broadcast as in `add`.
 *
 * @throws as `add`
 * @example
 * wg.squaredDifference([1, 5], 2).toArray(); // [1, 9]
 */
export function squaredDifference(a: TensorLike, b: TensorLike): Tensor {
  return squaredDifferenceOp(a, b);
}
