import { asTensor, type Tensor, type TensorLike } from "../tensor/tensor.js";
import { checkNumber, checkOptions, show } from "../util/check.js";
import { ShapeError } from "../util/errors.js";
import { type Shape, showShape } from "../util/shapes.js";
import { type ActivationName, activationNamed } from "./activation.js";
import { checkRank, type Geometry, slide, slideInside } from "./conv/geometry.js";
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

const known = ["dilations", "groups", "bias", "activation", "alpha"];

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
  const { bias, activation, ...attributes } = checkConvolution("conv2d", strides, pad, options, known);
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
  checkOptions(operation, options, ["dilation", ...known.slice(1)]);
  const { dilation = 1, ...others } = options;
  checkNumber(operation, "stride", stride, { min: 1, whole: true });
  checkNumber(operation, "dilation", dilation, { min: 1, whole: true });
  const padding = paddingOfSteps(operation, "pad", pad);
  const checked = checkConvolution(operation, [stride, 1], padding, { ...others, dilations: [dilation, 1] }, known);
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

/** The convolution that x comes out of: from an image of the wanted shape, by the same filter. */
function geometryBehind(operation: string, x: Shape, kernel: Shape, attributes: Convolution): Geometry {
  checkRank(operation, "x", x, ["batch", "height", "width", "channels"]);
  checkRank(operation, "filter", kernel, ["height", "width", "out", "in"]);
  const [batch, height, width, filters] = x as [number, number, number, number];
  const [, , channels, inputs] = kernel as [number, number, number, number];
  if (inputs !== filters) {
    throw new ShapeError(
      `${operation}: x expected ${inputs} channels for a filter ${showShape(kernel)}, [height, width, out, in], got ${showShape(x)}; ` +
        "change the filter's last size",
    );
  }
  const wanted = attributes.outputShape as Shape;
  const { y, x: across } = slide(wanted, kernel, attributes);
  const fits = wanted[2] === channels && y.output === height && across.output === width;
  if (!fits) {
    const reason =
      wanted[2] === channels
        ? `one that a convolution with this filter, these strides and this padding makes ${height} × ${width}, got ${wanted[0]} × ${wanted[1]}, which it makes ${y.output} × ${across.output}`
        : `${channels} channels as the filter ${showShape(kernel)}, got ${wanted[2]}`;
    throw new ShapeError(`${operation}: outputShape expected ${reason}`);
  }
  return { batch, channels, filters, groups: 1, y, x: across };
}

const conv2dTransposeOp = /* @__PURE__ */ withBias("conv2dTranspose", {
  shape([x, kernel, bias], attributes) {
    const { batch, channels, y, x: across } = geometryBehind("conv2dTranspose", x, kernel, attributes);
    checkBias("conv2dTranspose", bias, channels);
    return [batch, y.input, across.input, channels];
  },
  forward(k, y, [x, kernel, bias = null], attributes) {
    const g = geometryBehind("conv2dTranspose", x.shape, kernel.shape, attributes);
    backwardInput(k, y, x, kernel, g, { bias, ...attributes });
  },
  backward(k, [dx, dkernel], dz, [x, kernel], attributes, fresh) {
    const g = geometryBehind("conv2dTranspose", x.shape, kernel.shape, attributes);
    if (dx) forward(k, dx, dz, kernel, g, into(fresh));
    if (dkernel) backwardKernel(k, dkernel, dz, x, g);
  },
  assigns: [0],
});

/**
 * The transposed convolution (upsampling by a learned kernel): what `conv2d` does to gradients, as a forward operation. Each pixel of x lays
 * its multiple of the filter over the output, `strides` apart:
 *
 * y[n, i · strides[0] + p · dilations[0] − top, j · strides[1] + q · dilations[1] − left, o] += x[n, i, j, c] · filter[p, q, o, c], then f(y + bias).
 *
 * Zeiler et al., "Deconvolutional Networks", CVPR 2010; Dumoulin and Visin, "A guide to convolution arithmetic for deep learning", 2016, chapter 4.
 *
 * @param x `[batch, height, width, in]`
 * @param filter `[height, width, out, in]`
 * @param outputShape `[height, width, out]` or `[batch, height, width, out]`: the input of a `conv2d` with these strides and padding that
 *   puts out x's height and width; with a stride above 1 there are several
 * @param strides the distance of x's pixels in the output, one number or `[height, width]`; default 1
 * @param pad the padding of that `conv2d`: what it adds is cut away here; default `"valid"`
 * @throws ShapeError for sizes that do not fit, DTypeError where `x` is not of a float type, ValueError for an unknown or impossible option
 * @example
 * wg.conv2dTranspose(wg.ones([1, 2, 1, 1]), wg.ones([2, 1, 1, 1]), [3, 1, 1]).toTypedArray(); // [1, 2, 1]
 * wg.conv2dTranspose(wg.ones([1, 4, 4, 8]), wg.ones([3, 3, 2, 8]), [8, 8, 2], 2, "same").shape; // [1, 8, 8, 2]
 */
export function conv2dTranspose(
  x: TensorLike,
  filter: TensorLike,
  outputShape: Shape,
  strides: Pair = 1,
  pad: Padding = "valid",
  options: Omit<ConvOptions, "groups"> = {},
): Tensor {
  const operation = "conv2dTranspose";
  const allowed = known.filter((name) => name !== "groups");
  const { bias, activation, ...attributes } = checkConvolution(operation, strides, pad, options, allowed);
  const t = asTensor(x, undefined, operation, "x");
  const valid = Array.isArray(outputShape) && outputShape.every((n) => Number.isInteger(n) && n >= 0);
  if (!valid || !(outputShape.length === 3 || (outputShape.length === 4 && outputShape[0] === t.shape[0]))) {
    throw new ShapeError(
      `${operation}: outputShape expected [height, width, out] or the same with x's batch before it, got ${show(outputShape)}`,
    );
  }
  const wanted = { ...attributes, outputShape: outputShape.slice(-3) };
  const y = conv2dTransposeOp(bias === null ? [t, filter] : [t, filter, bias], wanted);
  return activation.code === undefined ? activation.forward(y) : y;
}
