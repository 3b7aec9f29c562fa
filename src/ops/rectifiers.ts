import type { Tensor, TensorLike } from "../tensor/tensor.js";
import { checkNumber } from "../util/check.js";
import { elu, hardSigmoidOp, seluOp, softplus } from "./activation.js";
import { add, div, mul } from "./arithmetic.js";
import { clipByValue } from "./clip.js";
import { greater, where } from "./compare.js";
import { floatOf } from "./elementwise.js";
import { abs, neg } from "./unary.js";

// Activations that are made of others, or have parameters, as networks of other frameworks use them.

/**
 * selu(x) = gamma · elu(x, alpha): keeps mean 0 and variance 1 from layer to layer after LeCun-normal weights. Klambauer et al. 2017.
 *
 * @param alpha, gamma default: 1.6733 and 1.0507, the paper's, to the last digit; a file may give others, alpha ≥ 0
 * @throws DTypeError where `x` is not of a float type, ValueError for parameters that are no numbers or a negative `alpha`
 * @example
 * wg.selu([0, 1]).toArray(); // [0, 1.0507010221481323]
 */
export function selu(x: TensorLike, alpha: number = SELU.alpha, gamma: number = SELU.gamma): Tensor {
  checkNumber("selu", "alpha", alpha, { min: 0 });
  checkNumber("selu", "gamma", gamma);
  return alpha === SELU.alpha && gamma === SELU.gamma ? seluOp([x]) : mul(elu(floatOf("selu", x), alpha), gamma);
}

const SELU = { alpha: 1.6732632423543772, gamma: 1.0507009873554805 } as const;

/**
 * hardSigmoid(x) = min(max(alpha · x + beta, 0), 1), by default as in Keras 3. Any shape. The gradient at ±3 is 0.
 *
 * @param alpha, beta default: 1/6 and 1/2; ONNX's own default is 0.2 and 1/2
 * @throws DTypeError where `x` is not of a float type, ValueError for parameters that are no numbers
 * @example
 * wg.hardSigmoid([-3, 0, 3]).toArray(); // [0, 0.5, 1]
 * wg.hardSigmoid([-3, 0, 1], 0.2).toArray(); // [0, 0.5, 0.7]
 */
export function hardSigmoid(x: TensorLike, alpha = 1 / 6, beta = 0.5): Tensor {
  checkNumber("hardSigmoid", "alpha", alpha);
  checkNumber("hardSigmoid", "beta", beta);
  if (alpha === 1 / 6 && beta === 0.5) return hardSigmoidOp([x]);
  return clipByValue(add(mul(floatOf("hardSigmoid", x), alpha), beta), 0, 1);
}

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
