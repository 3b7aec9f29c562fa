import type { Tensor, TensorLike } from "../tensor/tensor.js";
import { checkNumber } from "../util/check.js";
import { elu, softplus } from "./activation.js";
import { add, div, mul } from "./arithmetic.js";
import { greater, where } from "./compare.js";
import { floatOf } from "./elementwise.js";
import { abs, neg } from "./unary.js";

// Activations that are made of others, as networks of other frameworks use them.

/**
 * celu(x) = x where x > 0, else alpha · (e^(x / alpha) − 1): an elu whose slope has no jump at 0. Any shape. Barron 2017.
 *
 * @param alpha minus the limit far below 0, > 0; default 1
 * @throws DTypeError where `x` is not of a float type, ValueError where `alpha` is not > 0
 * @example
 * wg.celu([-Infinity, 0, 2], 0.5).toArray(); // [-0.5, 0, 2]
 */
export function celu(x: TensorLike, alpha = 1): Tensor {
  checkNumber("celu", "alpha", alpha, { above: 0 });
  return mul(elu(div(floatOf("celu", x), alpha)), alpha);
}

/**
 * softsign(x) = x / (1 + |x|). Any shape.
 *
 * @throws DTypeError where `x` is not of a float type
 * @example
 * wg.softsign([-1, 0, 3]).toArray(); // [-0.5, 0, 0.75]
 */
export function softsign(x: TensorLike): Tensor {
  const t = floatOf("softsign", x);
  return div(t, add(abs(t), 1));
}

/**
 * logSigmoid(x) = ln sigmoid(x) = −softplus(−x). Any shape; no x overflows.
 *
 * @throws DTypeError where `x` is not of a float type
 * @example
 * wg.logSigmoid([-1000, 1000]).toArray(); // [-1000, -0]
 */
export function logSigmoid(x: TensorLike): Tensor {
  return neg(softplus(neg(floatOf("logSigmoid", x))));
}

/**
 * thresholdedRelu(x) = x where x > theta, else 0. Any shape. Konda et al. 2014.
 *
 * @param theta default 1
 * @throws DTypeError where `x` is not of a float type, ValueError where `theta` is no number
 * @example
 * wg.thresholdedRelu([-1, 1, 2]).toArray(); // [0, 0, 2]
 */
export function thresholdedRelu(x: TensorLike, theta = 1): Tensor {
  checkNumber("thresholdedRelu", "theta", theta);
  const t = floatOf("thresholdedRelu", x);
  return where(greater(t, theta), t, 0);
}
