import { asTensor, type Tensor, type TensorLike } from "../tensor/tensor.js";
import { checkNumber, checkOptions } from "../util/check.js";
import { type ActivationName, activationNamed } from "./activation.js";
import { checkRank, slideInside } from "./conv/geometry.js";
import {
  backwardInput,
  backwardKernel,
  type Convolution,
  type Convolve,
  checkBias,
  forward,
  geometryOf,
  into,
  withBias,
} from "./conv/passes.js";
import { reshape } from "./shape.js";
import { checkImagePadding, checkPadding, checkPair, type Padding, type Pair, type Sides } from "./window.js";

export interface ConvOptions {
  /** The distance of the kernel's taps: 1 (default) is none between them. */
  dilations?: Pair;
  /** Output channels fall into so many groups, each made of its own group of input channels; default 1. */
  groups?: number;
  /** `[filters]`, added to every pixel; default null, none. */
  bias?: TensorLike | null;
  /** Applied to every element of the result; default `"linear"`, none. */
  activation?: ActivationName;
  /** The parameter of `leakyRelu` and `elu`; default: the function's own. */
  alpha?: number;
}

/** The operation under a name of its own. @__NO_SIDE_EFFECTS__ */
export const convolve = (name: string): Convolve =>
  withBias(name, {
    shape([x, kernel, bias], attributes) {
      const { batch, filters, y, x: across } = geometryOf(name, x, kernel, attributes);
      checkBias(name, bias, filters);
      return [batch, y.output, across.output, filters];
    },
    forward(k, y, [x, kernel, bias = null], attributes) {
      forward(k, y, x, kernel, geometryOf(name, x.shape, kernel.shape, attributes), { bias, ...attributes });
    },
    backward(k, [dx, dkernel], dz, [x, kernel], attributes, fresh) {
      const g = geometryOf(name, x.shape, kernel.shape, attributes);
      if (dx) backwardInput(k, dx, dz, kernel, g, into(fresh));
      if (dkernel) backwardKernel(k, dkernel, x, dz, g);
    },
    assigns: [0],
  });

const conv2dOp = /* @__PURE__ */ convolve("conv2d");
const conv1dOp = /* @__PURE__ */ convolve("conv1d");

/** What the options of a convolution come to. @throws ValueError */
export function checkConvolution(
  operation: string,
  strides: unknown,
  pad: unknown,
  options: ConvOptions,
  known: readonly string[],
): Convolution & { bias: TensorLike | null; activation: ReturnType<typeof activationNamed> } {
  checkOptions(operation, options, known);
  const activation = activationNamed(options.activation ?? "linear", operation, "activation");
  return {
    strides: checkPair(operation, "strides", strides),
    padding: checkImagePadding(operation, "pad", pad),
    dilations: checkPair(operation, "dilations", options.dilations ?? 1),
    groups: checkNumber(operation, "groups", options.groups ?? 1, { min: 1, whole: true }),
    code: activation.code ?? 0,
    alpha: checkNumber(operation, "alpha", options.alpha ?? activation.alpha, { min: 0 }),
    bias: options.bias ?? null,
    activation,
  };
}

/** The names of `ConvOptions`. */
export const convolutionOptions = ["dilations", "groups", "bias", "activation", "alpha"];

/**
 * f(x ∗ filter + bias) over images, ∗ the cross-correlation that deep learning calls convolution:
 *
 * y[n, i, j, o] = f(bias[o] + Σ over p, q, c of x[n, i · strides[0] + p · dilations[0] − top, j · strides[1] + q · dilations[1] − left, c] ·
 * filter[p, q, c, o]), with x 0 outside of the image.
 *
 * LeCun et al., "Gradient-Based Learning Applied to Document Recognition", 1998, section II.
 *
 * @param x `[batch, height, width, channels]`
 * @param filter `[height, width, in, out]`, in = channels / groups
 * @param strides the steps of the window in pixels, one number or `[height, width]`; default 1
 * @param pad `"valid"` (default), `"same"`, a number of zeros on every side, or `[[top, bottom], [left, right]]`
 * @throws ShapeError for sizes that do not fit, DTypeError where `x` is not of a float type, ValueError for an unknown or impossible option
 * @example
 * const image = wg.reshape(wg.range(0, 9), [1, 3, 3, 1]);
 * wg.conv2d(image, wg.ones([2, 2, 1, 1])).toTypedArray(); // [8, 12, 20, 24]
 * wg.conv2d(image, wg.ones([3, 3, 1, 1]), 2, "same", { bias: [-20], activation: "relu" }).shape; // [1, 2, 2, 1]
 */
export function conv2d(
  x: TensorLike,
  filter: TensorLike,
  strides: Pair = 1,
  pad: Padding = "valid",
  options: ConvOptions = {},
): Tensor {
  const { bias, activation, ...attributes } = checkConvolution("conv2d", strides, pad, options, convolutionOptions);
  const t = asTensor(x, undefined, "conv2d", "x");
  const y = conv2dOp(bias === null ? [t, filter] : [t, filter, bias], attributes);
  return activation.code === undefined ? activation.forward(y) : y;
}

/** Zeros along one axis. */
export type Padding1D = "same" | "valid" | number | readonly [number, number];

export interface Conv1DOptions extends Omit<ConvOptions, "dilations"> {
  /** The distance of the kernel's taps: 1 (default) is none between them. */
  dilation?: number;
}

/** The padding of one axis as that of the height of images one pixel wide. @throws ValueError */
export function paddingOfSteps(operation: string, argument: string, pad: unknown): Padding {
  const [along] = checkPadding(operation, argument, pad, 1) as ["same" | "valid" | Sides];
  return typeof along === "string" ? along : [along, [0, 0]];
}

/**
 * As `conv2d` along one axis: y[n, i, o] = f(bias[o] + Σ over p, c of x[n, i · stride + p · dilation − before, c] · filter[p, c, o]).
 *
 * @param x `[batch, steps, channels]`
 * @param filter `[width, in, out]`, in = channels / groups
 * @param stride the window's step; default 1
 * @param pad `"valid"` (default), `"same"`, a number of zeros at both ends, or `[before, after]`
 * @throws ShapeError for sizes that do not fit, DTypeError where `x` is not of a float type, ValueError for an unknown or impossible option
 * @example
 * wg.conv1d([[[1], [2], [4], [8]]], [[[1]], [[-1]]]).toTypedArray(); // [-1, -2, -4]
 */
export function conv1d(
  x: TensorLike,
  filter: TensorLike,
  stride = 1,
  pad: Padding1D = "valid",
  options: Conv1DOptions = {},
): Tensor {
  const operation = "conv1d";
  checkOptions(operation, options, ["dilation", ...convolutionOptions.slice(1)]);
  const { dilation = 1, ...others } = options;
  checkNumber(operation, "stride", stride, { min: 1, whole: true });
  checkNumber(operation, "dilation", dilation, { min: 1, whole: true });
  const padding = paddingOfSteps(operation, "pad", pad);
  const checked = checkConvolution(
    operation,
    [stride, 1],
    padding,
    { ...others, dilations: [dilation, 1] },
    convolutionOptions,
  );
  const { bias, activation, ...attributes } = checked;
  const t = asTensor(x, undefined, operation, "x");
  const kernel = asTensor(filter, t.dtype, operation, "filter");
  checkRank(operation, "x", t.shape, ["batch", "steps", "channels"]);
  checkRank(operation, "filter", kernel.shape, ["width", "in", "out"]);
  const [batch, steps, channels] = t.shape as [number, number, number];
  const [width, inputs, filters] = kernel.shape as [number, number, number];
  slideInside(operation, [steps, 1], [width, 1], attributes, ["number of steps", "width"]);
  const both = [reshape(t, [batch, steps, 1, channels]), reshape(kernel, [width, 1, inputs, filters])];
  const y = conv1dOp(bias === null ? both : [...both, bias], attributes);
  const out = reshape(y, [batch, y.shape[1] as number, filters]);
  return activation.code === undefined ? activation.forward(out) : out;
}
