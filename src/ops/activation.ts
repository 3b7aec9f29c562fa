import type { Tensor, TensorLike } from "../tensor/tensor.js";
import { checkBoolean, checkName, checkNumber, checkOptions } from "../util/check.js";
import { elementwise, floatOf } from "./elementwise.js";
import { activationCodes } from "./fused.js";
import { hardSwish, mish } from "./gated.js";

/**
 * linear(x) = x: no activation.
 *
 * @throws DTypeError where `x` is not of a float type
 * @example
 * wg.linear([-1, 2]).toArray(); // [-1, 2]
 */
export function linear(x: TensorLike): Tensor {
  return floatOf("linear", x);
}

const reluOp = elementwise("relu", {
  forward: (k, y, x, size) => k.relu_forward(y, x, 0, size),
  backward: (k, dx, dy, y, size) => k.relu_backward(dx, dy, y, 0, size),
  fused: () => ({ code: activationCodes.relu, alpha: 0 }),
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

const leakyReluOp = elementwise<{ alpha: number }>("leakyRelu", {
  forward: (k, y, x, size, { alpha }) => k.leaky_relu_forward(y, x, alpha, 0, size),
  backward: (k, dx, dy, y, size, { alpha }) => k.leaky_relu_backward(dx, dy, y, alpha, 0, size),
  fused: ({ alpha }) => ({ code: activationCodes.leakyRelu, alpha }),
});

/**
 * leakyRelu(x) = x where x > 0, else alpha · x. Any shape.
 *
 * @param alpha the slope below 0, ≥ 0; default 0.2
 * @throws DTypeError where `x` is not of a float type, ValueError for a negative `alpha`
 * @example
 * wg.leakyRelu([-1, 0, 2], 0.5).toArray(); // [-0.5, 0, 2]
 */
export function leakyRelu(x: TensorLike, alpha = 0.2): Tensor {
  // The gradient is told from the sign of the result, which a negative slope would turn.
  checkNumber("leakyRelu", "alpha", alpha, { min: 0 });
  return leakyReluOp([x], { alpha });
}

const eluOp = elementwise<{ alpha: number }>("elu", {
  forward: (k, y, x, size, { alpha }) => k.elu_forward(y, x, alpha, 0, size),
  backward: (k, dx, dy, y, size, { alpha }) => k.elu_backward(dx, dy, y, alpha, 0, size),
  fused: ({ alpha }) => ({ code: activationCodes.elu, alpha }),
});

/**
 * elu(x) = x where x > 0, else alpha · (eˣ − 1). Any shape. Clevert et al. 2015.
 *
 * @param alpha minus the limit far below 0, ≥ 0; default 1
 * @throws DTypeError where `x` is not of a float type, ValueError for a negative `alpha`
 * @example
 * wg.elu([-Infinity, 0, 2]).toArray(); // [-1, 0, 2]
 */
export function elu(x: TensorLike, alpha = 1): Tensor {
  checkNumber("elu", "alpha", alpha, { min: 0 });
  return eluOp([x], { alpha });
}

/** With the constants of the paper. */
export const seluOp = elementwise("selu", {
  forward: (k, y, x, size) => k.selu_forward(y, x, 0, size),
  backward: (k, dx, dy, y, size) => k.selu_backward(dx, dy, y, 0, size),
  fused: () => ({ code: activationCodes.selu, alpha: 0 }),
});

const geluOp = elementwise("gelu", {
  from: "x",
  forward: (k, y, x, size) => k.gelu_forward(y, x, 0, size),
  backward: (k, dx, dy, x, size) => k.gelu_backward(dx, dy, x, 0, size),
});

const geluTanhOp = elementwise("gelu", {
  from: "x",
  forward: (k, y, x, size) => k.gelu_tanh_forward(y, x, 0, size),
  backward: (k, dx, dy, x, size) => k.gelu_tanh_backward(dx, dy, x, 0, size),
});

/**
 * gelu(x) = x · Φ(x) = x/2 · (1 + erf(x/√2)), Φ the normal distribution function. Any shape. Hendrycks and Gimpel 2016.
 *
 * @param options `approximate`: x/2 · (1 + tanh(√(2/π) · (x + 0.044715 x³))) instead, as older models were trained with; default false
 * @throws DTypeError where `x` is not of a float type, ValueError for an unknown option
 * @example
 * wg.gelu([-Infinity, 0, 10]).toArray(); // [-0, 0, 10]
 */
export function gelu(x: TensorLike, options: { approximate?: boolean } = {}): Tensor {
  checkOptions("gelu", options, ["approximate"]);
  const { approximate = false } = options;
  checkBoolean("gelu", "approximate", approximate);
  return approximate ? geluTanhOp([x]) : geluOp([x]);
}

const siluOp = elementwise("silu", {
  from: "x",
  forward: (k, y, x, size) => k.silu_forward(y, x, 0, size),
  backward: (k, dx, dy, x, size) => k.silu_backward(dx, dy, x, 0, size),
});

/**
 * silu(x) = x · sigmoid(x), also called swish. Any shape. Elfwing et al. 2017.
 *
 * @throws DTypeError where `x` is not of a float type
 * @example
 * wg.silu([0, 100]).toArray(); // [0, 100]
 */
export function silu(x: TensorLike): Tensor {
  return siluOp([x]);
}

const tanhOp = elementwise("tanh", {
  forward: (k, y, x, size) => k.tanh_forward(y, x, 0, size),
  backward: (k, dx, dy, y, size) => k.tanh_backward(dx, dy, y, 0, size),
  fused: () => ({ code: activationCodes.tanh, alpha: 0 }),
});

/**
 * tanh(x) = (eˣ − e^−x) / (eˣ + e^−x). Any shape.
 *
 * @throws DTypeError where `x` is not of a float type
 * @example
 * wg.tanh([-Infinity, 0, 20]).toArray(); // [-1, 0, 1]
 */
export function tanh(x: TensorLike): Tensor {
  return tanhOp([x]);
}

const sigmoidOp = elementwise("sigmoid", {
  forward: (k, y, x, size) => k.sigmoid_forward(y, x, 0, size),
  backward: (k, dx, dy, y, size) => k.sigmoid_backward(dx, dy, y, 0, size),
  fused: () => ({ code: activationCodes.sigmoid, alpha: 0 }),
});

/**
 * sigmoid(x) = 1 / (1 + e^−x). Any shape; no x overflows.
 *
 * @throws DTypeError where `x` is not of a float type
 * @example
 * wg.sigmoid([-1000, 0, 1000]).toArray(); // [0, 0.5, 1]
 */
export function sigmoid(x: TensorLike): Tensor {
  return sigmoidOp([x]);
}

const softplusOp = elementwise("softplus", {
  forward: (k, y, x, size) => k.softplus_forward(y, x, 0, size),
  backward: (k, dx, dy, y, size) => k.softplus_backward(dx, dy, y, 0, size),
  fused: () => ({ code: activationCodes.softplus, alpha: 0 }),
});

/**
 * softplus(x) = ln(1 + eˣ), a smooth relu. Any shape; no x overflows.
 *
 * @throws DTypeError where `x` is not of a float type
 * @example
 * wg.softplus([-1000, 1000]).toArray(); // [0, 1000]
 */
export function softplus(x: TensorLike): Tensor {
  return softplusOp([x]);
}

/** With slope 1/6. */
export const hardSigmoidOp = elementwise("hardSigmoid", {
  forward: (k, y, x, size) => k.hard_sigmoid_forward(y, x, 0, size),
  backward: (k, dx, dy, y, size) => k.hard_sigmoid_backward(dx, dy, y, 0, size),
  fused: () => ({ code: activationCodes.hardSigmoid, alpha: 0 }),
});

const relu6Op = elementwise("relu6", {
  from: "x",
  forward: (k, y, x, size) => k.clip_forward(y, x, 0, 6, 0, size),
  backward: (k, dx, dy, x, size) => k.clip_backward(dx, dy, x, 0, 6, 0, size),
});

/**
 * relu6(x) = min(max(x, 0), 6), any shape. The gradient is 1 where 0 ≤ x ≤ 6, else 0. Howard et al. 2017 (MobileNet).
 *
 * @throws DTypeError where `x` is not of a float type
 * @example
 * wg.relu6([-1, 3, 9]).toArray(); // [0, 3, 6]
 */
export function relu6(x: TensorLike): Tensor {
  return relu6Op([x]);
}

const hardSigmoidKeras2Op = elementwise("hardSigmoidKeras2", {
  forward: (k, y, x, size) => k.hard_sigmoid_keras2_forward(y, x, 0, size),
  backward: (k, dx, dy, y, size) => k.hard_sigmoid_keras2_backward(dx, dy, y, 0, size),
  fused: () => ({ code: activationCodes.hardSigmoidKeras2, alpha: 0 }),
});

/**
 * hardSigmoidKeras2(x) = min(max(0.2 x + 0.5, 0), 1): what Keras 1 and 2, TensorFlow.js, Theano and ONNX call hard sigmoid, whose slope Keras 3
 * made 1/6 (`hardSigmoid`). Any shape. The gradient at ±2.5 is 0.
 *
 * @throws DTypeError where `x` is not of a float type
 * @example
 * wg.hardSigmoidKeras2([-2.5, 0, 2.5]).toArray(); // [0, 0.5, 1]
 */
export function hardSigmoidKeras2(x: TensorLike): Tensor {
  return hardSigmoidKeras2Op([x]);
}

/** An activation as a layer uses it. */
export interface Activation {
  /** The name in this library's spelling. */
  readonly name: string;
  /** With its default parameters. */
  readonly forward: (x: TensorLike) => Tensor;
  /** What its backward kernel reads beside dy. */
  readonly backwardFrom: "x" | "y";
  /** Its number, where a matrix product can apply it as it stores: exactly where `backwardFrom` is `"y"`. */
  readonly code: number | undefined;
  /** The parameter that goes with `code`, 0 where it has none. */
  readonly alpha: number;
}

/** @__NO_SIDE_EFFECTS__ */
const fused = (name: keyof typeof activationCodes, forward: (x: TensorLike) => Tensor, alpha = 0): Activation => ({
  name,
  forward,
  backwardFrom: "y",
  code: activationCodes[name],
  alpha,
});
/** @__NO_SIDE_EFFECTS__ */
const unfused = (name: string, forward: (x: TensorLike) => Tensor): Activation => ({
  name,
  forward,
  backwardFrom: "x",
  code: undefined,
  alpha: 0,
});

const leakyReluActivation = fused("leakyRelu", (x) => leakyRelu(x), 0.2);
const hardSigmoidActivation = fused("hardSigmoid", (x) => hardSigmoidOp([x]));
const hardSwishActivation = unfused("hardSwish", hardSwish);
const siluActivation = unfused("silu", silu);

const activations = {
  linear: fused("linear", linear),
  relu: fused("relu", relu),
  leakyRelu: leakyReluActivation,
  leaky_relu: leakyReluActivation,
  elu: fused("elu", (x) => elu(x), 1),
  selu: fused("selu", (x) => seluOp([x])),
  gelu: unfused("gelu", (x) => gelu(x)),
  relu6: unfused("relu6", relu6),
  hardSwish: hardSwishActivation,
  hard_swish: hardSwishActivation,
  mish: unfused("mish", mish),
  silu: siluActivation,
  swish: siluActivation,
  tanh: fused("tanh", tanh),
  sigmoid: fused("sigmoid", sigmoid),
  softplus: fused("softplus", softplus),
  hardSigmoid: hardSigmoidActivation,
  hard_sigmoid: hardSigmoidActivation,
  hardSigmoidKeras2: fused("hardSigmoidKeras2", hardSigmoidKeras2),
};

/** The spellings that `activationNamed` takes: this library's and Keras's. */
export type ActivationName = keyof typeof activations;
export const activationNames = /* @__PURE__ */ Object.keys(activations) as readonly ActivationName[];

/**
 * The activation of a name.
 *
 * @throws ValueError for an unknown name, with the nearest known one
 * @example
 * activationNamed("leaky_relu").code; // 2
 */
export function activationNamed(name: string, operation = "activation", argument = "name"): Activation {
  return activations[checkName(operation, argument, name, activationNames)];
}
