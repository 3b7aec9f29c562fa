import type { Tensor, TensorLike } from "../tensor/tensor.js";
import { elementwise } from "./elementwise.js";

const tanOp = elementwise("tan", {
  forward: (k, y, x, size) => k.tan_forward(y, x, 0, size),
  backward: (k, dx, dy, y, size) => k.tan_backward(dx, dy, y, 0, size),
});

/**
 * tan(x), x in radians; accurate for |x| ≤ 100,000, and meaningless far beyond. Within 4 ULP. Any shape.
 *
 * @throws DTypeError where `x` is not of a float type
 * @example
 * wg.tan([0]).toArray(); // [0]
 */
export function tan(x: TensorLike): Tensor {
  return tanOp([x]);
}

const asinOp = elementwise("asin", {
  from: "x",
  forward: (k, y, x, size) => k.asin_forward(y, x, 0, size),
  backward: (k, dx, dy, x, size) => k.asin_backward(dx, dy, x, 0, size),
});

/**
 * asin(x), the angle from −π/2 to π/2 whose sine is x; NaN beyond ±1. Within 3 ULP. Any shape.
 *
 * @throws DTypeError where `x` is not of a float type
 * @example
 * wg.asin([0, 1]).toArray(); // [0, 1.5707963705062866]
 */
export function asin(x: TensorLike): Tensor {
  return asinOp([x]);
}

const acosOp = elementwise("acos", {
  from: "x",
  forward: (k, y, x, size) => k.acos_forward(y, x, 0, size),
  backward: (k, dx, dy, x, size) => k.acos_backward(dx, dy, x, 0, size),
});

/**
 * acos(x), the angle from 0 to π whose cosine is x; NaN beyond ±1. Within 2 ULP. Any shape.
 *
 * @throws DTypeError where `x` is not of a float type
 * @example
 * wg.acos([1, 0]).toArray(); // [0, 1.5707963705062866]
 */
export function acos(x: TensorLike): Tensor {
  return acosOp([x]);
}

const atanOp = elementwise("atan", {
  from: "x",
  forward: (k, y, x, size) => k.atan_forward(y, x, 0, size),
  backward: (k, dx, dy, x, size) => k.atan_backward(dx, dy, x, 0, size),
});

/**
 * atan(x), the angle from −π/2 to π/2 whose tangent is x. Within 3 ULP. Any shape.
 *
 * @throws DTypeError where `x` is not of a float type
 * @example
 * wg.atan([0, Infinity]).toArray(); // [0, 1.5707963705062866]
 */
export function atan(x: TensorLike): Tensor {
  return atanOp([x]);
}

const sinhOp = elementwise("sinh", {
  from: "x",
  forward: (k, y, x, size) => k.sinh_forward(y, x, 0, size),
  backward: (k, dx, dy, x, size) => k.sinh_backward(dx, dy, x, 0, size),
});

/**
 * sinh(x) = (eˣ − e^−x) / 2. Within 3 ULP. Any shape.
 *
 * @throws DTypeError where `x` is not of a float type
 * @example
 * wg.sinh([-Infinity, 0]).toArray(); // [-Infinity, 0]
 */
export function sinh(x: TensorLike): Tensor {
  return sinhOp([x]);
}

const coshOp = elementwise("cosh", {
  from: "x",
  forward: (k, y, x, size) => k.cosh_forward(y, x, 0, size),
  backward: (k, dx, dy, x, size) => k.cosh_backward(dx, dy, x, 0, size),
});

/**
 * cosh(x) = (eˣ + e^−x) / 2. Within 3 ULP. Any shape.
 *
 * @throws DTypeError where `x` is not of a float type
 * @example
 * wg.cosh([-Infinity, 0]).toArray(); // [Infinity, 1]
 */
export function cosh(x: TensorLike): Tensor {
  return coshOp([x]);
}

const asinhOp = elementwise("asinh", {
  from: "x",
  forward: (k, y, x, size) => k.asinh_forward(y, x, 0, size),
  backward: (k, dx, dy, x, size) => k.asinh_backward(dx, dy, x, 0, size),
});

/**
 * asinh(x) = ln(x + √(x² + 1)), the inverse of sinh. Within 4 ULP. Any shape.
 *
 * @throws DTypeError where `x` is not of a float type
 * @example
 * wg.asinh([0, Infinity]).toArray(); // [0, Infinity]
 */
export function asinh(x: TensorLike): Tensor {
  return asinhOp([x]);
}

const acoshOp = elementwise("acosh", {
  from: "x",
  forward: (k, y, x, size) => k.acosh_forward(y, x, 0, size),
  backward: (k, dx, dy, x, size) => k.acosh_backward(dx, dy, x, 0, size),
});

/**
 * acosh(x) = ln(x + √(x² − 1)), the inverse of cosh; NaN below 1. Within 4 ULP. Any shape.
 *
 * @throws DTypeError where `x` is not of a float type
 * @example
 * wg.acosh([1, Infinity]).toArray(); // [0, Infinity]
 */
export function acosh(x: TensorLike): Tensor {
  return acoshOp([x]);
}

const atanhOp = elementwise("atanh", {
  from: "x",
  forward: (k, y, x, size) => k.atanh_forward(y, x, 0, size),
  backward: (k, dx, dy, x, size) => k.atanh_backward(dx, dy, x, 0, size),
});

/**
 * atanh(x) = ln((1 + x) / (1 − x)) / 2, the inverse of tanh; ±∞ at ±1, NaN beyond. Within 4 ULP. Any shape.
 *
 * @throws DTypeError where `x` is not of a float type
 * @example
 * wg.atanh([-1, 0]).toArray(); // [-Infinity, 0]
 */
export function atanh(x: TensorLike): Tensor {
  return atanhOp([x]);
}
