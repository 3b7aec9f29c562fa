import type { Tensor, TensorLike } from "../tensor/tensor.js";
import { equal } from "./compare.js";
import { elementwise, floatOf } from "./elementwise.js";

const expOp = elementwise("exp", {
  forward: (k, y, x, size) => k.exp_forward(y, x, 0, size),
  backward: (k, dx, dy, y, size) => k.exp_backward(dx, dy, y, 0, size),
});

/**
 * exp(x) = eˣ. Any shape.
 *
 * @throws DTypeError where `x` is not of a float type
 * @example
 * wg.exp([-Infinity, 0]).toArray(); // [0, 1]
 */
export function exp(x: TensorLike): Tensor {
  return expOp([x]);
}

const expm1Op = elementwise("expm1", {
  forward: (k, y, x, size) => k.expm1_forward(y, x, 0, size),
  backward: (k, dx, dy, y, size) => k.expm1_backward(dx, dy, y, 0, size),
});

/**
 * expm1(x) = eˣ − 1, accurate near 0. Any shape.
 *
 * @throws DTypeError where `x` is not of a float type
 * @example
 * wg.expm1([-Infinity, 0, 1e-20]).toArray(); // [-1, 0, 9.999999682655225e-21]
 */
export function expm1(x: TensorLike): Tensor {
  return expm1Op([x]);
}

const logOp = elementwise("log", {
  from: "x",
  forward: (k, y, x, size) => k.log_forward(y, x, 0, size),
  backward: (k, dx, dy, x, size) => k.log_backward(dx, dy, x, 0, size),
});

/**
 * log(x) = ln x; −∞ at 0, NaN below. Any shape.
 *
 * @throws DTypeError where `x` is not of a float type
 * @example
 * wg.log([0, 1]).toArray(); // [-Infinity, 0]
 */
export function log(x: TensorLike): Tensor {
  return logOp([x]);
}

const log1pOp = elementwise("log1p", {
  from: "x",
  forward: (k, y, x, size) => k.log1p_forward(y, x, 0, size),
  backward: (k, dx, dy, x, size) => k.log1p_backward(dx, dy, x, 0, size),
});

/**
 * log1p(x) = ln(1 + x), accurate near 0; −∞ at −1, NaN below. Any shape.
 *
 * @throws DTypeError where `x` is not of a float type
 * @example
 * wg.log1p([-1, 0, 1e-20]).toArray(); // [-Infinity, 0, 9.999999682655225e-21]
 */
export function log1p(x: TensorLike): Tensor {
  return log1pOp([x]);
}

const sqrtOp = elementwise("sqrt", {
  forward: (k, y, x, size) => k.sqrt_forward(y, x, 0, size),
  backward: (k, dx, dy, y, size) => k.sqrt_backward(dx, dy, y, 0, size),
});

/**
 * sqrt(x) = √x; NaN below 0. The gradient at 0 is ∞. Any shape.
 *
 * @throws DTypeError where `x` is not of a float type
 * @example
 * wg.sqrt([0, 4]).toArray(); // [0, 2]
 */
export function sqrt(x: TensorLike): Tensor {
  return sqrtOp([x]);
}

const rsqrtOp = elementwise("rsqrt", {
  forward: (k, y, x, size) => k.rsqrt_forward(y, x, 0, size),
  backward: (k, dx, dy, y, size) => k.rsqrt_backward(dx, dy, y, 0, size),
});

/**
 * rsqrt(x) = 1 / √x. Any shape.
 *
 * @throws DTypeError where `x` is not of a float type
 * @example
 * wg.rsqrt([0.25, 4]).toArray(); // [2, 0.5]
 */
export function rsqrt(x: TensorLike): Tensor {
  return rsqrtOp([x]);
}

const reciprocalOp = elementwise("reciprocal", {
  forward: (k, y, x, size) => k.reciprocal_forward(y, x, 0, size),
  backward: (k, dx, dy, y, size) => k.reciprocal_backward(dx, dy, y, 0, size),
});

/**
 * reciprocal(x) = 1 / x. Any shape.
 *
 * @throws DTypeError where `x` is not of a float type
 * @example
 * wg.reciprocal([-2, 4]).toArray(); // [-0.5, 0.25]
 */
export function reciprocal(x: TensorLike): Tensor {
  return reciprocalOp([x]);
}

const squareOp = elementwise("square", {
  from: "x",
  forward: (k, y, x, size) => k.square_forward(y, x, 0, size),
  backward: (k, dx, dy, x, size) => k.square_backward(dx, dy, x, 0, size),
});

/**
 * square(x) = x². Any shape.
 *
 * @throws DTypeError where `x` is not of a float type
 * @example
 * wg.square([-3, 2]).toArray(); // [9, 4]
 */
export function square(x: TensorLike): Tensor {
  return squareOp([x]);
}

const absOp = elementwise("abs", {
  from: "x",
  forward: (k, y, x, size) => k.abs_forward(y, x, 0, size),
  backward: (k, dx, dy, x, size) => k.abs_backward(dx, dy, x, 0, size),
});

/**
 * abs(x) = |x|. The gradient at 0 is 0. Any shape.
 *
 * @throws DTypeError where `x` is not of a float type
 * @example
 * wg.abs([-3, 2]).toArray(); // [3, 2]
 */
export function abs(x: TensorLike): Tensor {
  return absOp([x]);
}

const negOp = elementwise("neg", {
  forward: (k, y, x, size) => k.neg_forward(y, x, 0, size),
  backward: (k, dx, dy, _, size) => k.neg_backward(dx, dy, 0, size),
});

/**
 * neg(x) = −x. Any shape.
 *
 * @throws DTypeError where `x` is not of a float type
 * @example
 * wg.neg([-3, 2]).toArray(); // [3, -2]
 */
export function neg(x: TensorLike): Tensor {
  return negOp([x]);
}

const signOp = elementwise("sign", {
  forward: (k, y, x, size) => k.sign_forward(y, x, 0, size),
});

/**
 * sign(x) = −1, 0 or 1; −0 and NaN stay. No gradient flows. Any shape.
 *
 * @throws DTypeError where `x` is not of a float type
 * @example
 * wg.sign([-3, 0, 2]).toArray(); // [-1, 0, 1]
 */
export function sign(x: TensorLike): Tensor {
  return signOp([x]);
}

const sinOp = elementwise("sin", {
  from: "x",
  forward: (k, y, x, size) => k.sin_forward(y, x, 0, size),
  backward: (k, dx, dy, x, size) => k.sin_backward(dx, dy, x, 0, size),
});

/**
 * sin(x), x in radians; accurate for |x| ≤ 100,000, and meaningless far beyond. Any shape.
 *
 * @throws DTypeError where `x` is not of a float type
 * @example
 * wg.sin([0]).toArray(); // [0]
 */
export function sin(x: TensorLike): Tensor {
  return sinOp([x]);
}

const cosOp = elementwise("cos", {
  from: "x",
  forward: (k, y, x, size) => k.cos_forward(y, x, 0, size),
  backward: (k, dx, dy, x, size) => k.cos_backward(dx, dy, x, 0, size),
});

/**
 * cos(x), x in radians; accurate for |x| ≤ 100,000, and meaningless far beyond. Any shape.
 *
 * @throws DTypeError where `x` is not of a float type
 * @example
 * wg.cos([0]).toArray(); // [1]
 */
export function cos(x: TensorLike): Tensor {
  return cosOp([x]);
}

const erfOp = elementwise("erf", {
  from: "x",
  forward: (k, y, x, size) => k.erf_forward(y, x, 0, size),
  backward: (k, dx, dy, x, size) => k.erf_backward(dx, dy, x, 0, size),
});

/**
 * erf(x) = 2/√π ∫₀ˣ e^(−t²) dt. Any shape.
 *
 * @throws DTypeError where `x` is not of a float type
 * @example
 * wg.erf([-Infinity, 0, 10]).toArray(); // [-1, 0, 1]
 */
export function erf(x: TensorLike): Tensor {
  return erfOp([x]);
}

const isNaNOp = elementwise("isNaN", { dtype: "bool", forward: (k, y, x, size) => k.is_nan(y, x, 0, size) });

/**
 * Whether each element is NaN, as a `"bool"` tensor of the same shape.
 *
 * @throws DTypeError where `x` is not of a float type
 * @example
 * wg.isNaN([NaN, 1, Infinity]).toArray(); // [true, false, false]
 */
// biome-ignore lint/suspicious/noShadowRestrictedNames: the name that TensorFlow.js gives it
export function isNaN(x: TensorLike): Tensor {
  return isNaNOp([x]);
}

const isFiniteOp = elementwise("isFinite", { dtype: "bool", forward: (k, y, x, size) => k.is_finite(y, x, 0, size) });

/**
 * Whether each element is neither NaN nor infinite, as a `"bool"` tensor of the same shape.
 *
 * @throws DTypeError where `x` is not of a float type
 * @example
 * wg.isFinite([NaN, 1, Infinity]).toArray(); // [false, true, false]
 */
// biome-ignore lint/suspicious/noShadowRestrictedNames: the name that TensorFlow.js gives it
export function isFinite(x: TensorLike): Tensor {
  return isFiniteOp([x]);
}

/**
 * Whether each element is ∞ or −∞, as a `"bool"` tensor of the same shape.
 *
 * @throws DTypeError where `x` is not of a float type
 * @example
 * wg.isInf([NaN, 1, -Infinity]).toArray(); // [false, false, true]
 */
export function isInf(x: TensorLike): Tensor {
  return equal(abs(floatOf("isInf", x)), Number.POSITIVE_INFINITY);
}
