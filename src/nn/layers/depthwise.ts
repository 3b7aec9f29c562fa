import { slideInside } from "../../ops/conv/geometry.js";
import { depthwiseConv2d as depthwiseOp, separableConv2d as separableOp } from "../../ops/depthwise.js";
import { checkImagePadding, checkPair, type Padding, type Pair } from "../../ops/window.js";
import type { Tensor } from "../../tensor/tensor.js";
import type { Variable } from "../../tensor/variable.js";
import { checkNumber, checkOptions } from "../../util/check.js";
import type { Shape } from "../../util/shapes.js";
import type { ConstraintLike, InitializerLike, RegularizerLike } from "../by-name.js";
import { type Layer, layerOptions } from "../layer.js";
import {
  checkInput,
  convolutional,
  IMAGE,
  IMAGE_EXAMPLE,
  narrowed,
  type StepsWindowOptions,
  widened,
  windowOfSteps,
} from "./conv.js";
import { type BiasedOptions, biasedOptions, biasPart, kernelPart } from "./kernel-options.js";

/** What the kernel of a depthwise convolution is told. */
interface DepthwiseOptions {
  /** Output channels of each input channel. Default: 1. */
  depthMultiplier?: number;
  /** Default: `"glorotUniform"`. */
  depthwiseInitializer?: InitializerLike;
  /** Default: that of `compile`, else none. */
  depthwiseRegularizer?: RegularizerLike;
  /** Default: none. */
  depthwiseConstraint?: ConstraintLike;
}

/** What the kernel is told that mixes channels. */
interface PointwiseOptions {
  /** Output channels. */
  filters: number;
  /** Default: `"glorotUniform"`. */
  pointwiseInitializer?: InitializerLike;
  /** Default: that of `compile`, else none. */
  pointwiseRegularizer?: RegularizerLike;
  /** Default: none. */
  pointwiseConstraint?: ConstraintLike;
}

export interface DepthwiseConv2DOptions extends BiasedOptions, DepthwiseOptions {
  /** The window's height and width in pixels, one number for both. */
  kernelSize: Pair;
  /** The window's steps. Default: 1. */
  strides?: Pair;
  /** `"valid"` (default), `"same"`, a number of zeros on every side, or `[[top, bottom], [left, right]]`. */
  padding?: Padding;
  /** The distance of the kernel's taps. Default: 1. */
  dilationRate?: Pair;
}

export interface DepthwiseConv1DOptions extends BiasedOptions, DepthwiseOptions, StepsWindowOptions {}

const windowOptions = ["kernelSize", "strides", "padding", "depthMultiplier", "dilationRate"];
const namesOf = (prefix: string) => [`${prefix}Initializer`, `${prefix}Regularizer`, `${prefix}Constraint`];

/** The options that both layers take, checked. */
function windowOf(kind: string, config: DepthwiseConv2DOptions) {
  const kernelSize = checkPair(kind, "kernelSize", config.kernelSize);
  const strides = checkPair(kind, "strides", config.strides ?? 1);
  const padding = checkImagePadding(kind, "padding", config.padding ?? "valid");
  const dilationRate = checkPair(kind, "dilationRate", config.dilationRate ?? 1);
  const depthMultiplier = checkMultiplier(kind, config.depthMultiplier);
  return {
    saved: { kernelSize, strides, padding, depthMultiplier, dilationRate },
    sizeOf(input: Shape, name: string): [number, number] {
      checkInput(kind, name, input, IMAGE, IMAGE_EXAMPLE);
      const { y, x } = slideInside(`${kind} "${name}"`, input, kernelSize, {
        strides,
        padding,
        dilations: dilationRate,
      });
      return [y.output, x.output];
    },
  };
}

/**
 * A convolution of each channel by itself: x `[batch, height, width, channels]`, kernel `[height, width, channels, depthMultiplier]`, output
 * and bias with channels · depthMultiplier channels. Sizes follow as in `conv2d`.
 *
 * Howard et al., "MobileNets: Efficient Convolutional Neural Networks for Mobile Vision Applications", 2017, section 3.1.
 *
 * @throws ValueError for an unknown or impossible option; ShapeError at `compile` where the input does not fit
 * @example
 * wg.layers.depthwiseConv2d({ kernelSize: 3, depthMultiplier: 2 }).outputShape([8, 8, 3], "depthwise"); // [6, 6, 6]
 */
export function depthwiseConv2d(config: DepthwiseConv2DOptions): Layer {
  const kind = "depthwiseConv2d";
  checkOptions(kind, config, [...windowOptions, ...namesOf("depthwise"), ...biasedOptions, ...layerOptions], true);
  const { saved, sizeOf } = windowOf(kind, config);
  const { kernelSize, strides, padding, depthMultiplier, dilationRate } = saved;
  const kernel = kernelPart(kind, config, "depthwise");
  return convolutional({
    kind,
    config,
    bias: biasPart(kind, config),
    saved: { ...saved, ...kernel.config },
    outputShape: (input, name) => [...sizeOf(input, name), (input[2] as number) * depthMultiplier],
    kernels: (input) => [kernel.weight([...kernelSize, input[2] as number, depthMultiplier])],
    run: (x, weights, behind) =>
      depthwiseOp(x, weights.kernel as Variable, strides, padding, { dilations: dilationRate, ...behind }),
    withoutBias: () => depthwiseConv2d({ ...config, useBias: false }),
  });
}

export interface SeparableConv2DOptions extends DepthwiseConv2DOptions, PointwiseOptions {}

export interface SeparableConv1DOptions extends DepthwiseConv1DOptions, PointwiseOptions {}

/**
 * A depthwise convolution, then a 1 × 1 convolution to `filters` channels, bias and activation behind both. Weights: `depthwiseKernel`
 * `[height, width, channels, depthMultiplier]` and `pointwiseKernel` `[1, 1, channels · depthMultiplier, filters]`.
 *
 * Chollet, "Xception: Deep Learning with Depthwise Separable Convolutions", CVPR 2017.
 *
 * @throws ValueError for an unknown or impossible option; ShapeError at `compile` where the input does not fit
 * @example
 * const layer = wg.layers.separableConv2d({ filters: 16, kernelSize: 3, padding: "same" });
 * layer.weights([8, 8, 3]).map(({ name }) => name); // ["depthwiseKernel", "pointwiseKernel", "bias"]
 */
export function separableConv2d(config: SeparableConv2DOptions): Layer {
  const kind = "separableConv2d";
  const kernels = [...namesOf("depthwise"), ...namesOf("pointwise")];
  checkOptions(kind, config, ["filters", ...windowOptions, ...kernels, ...biasedOptions, ...layerOptions], true);
  const filters = checkNumber(kind, "filters", config.filters, { min: 1, whole: true });
  const { saved, sizeOf } = windowOf(kind, config);
  const { kernelSize, strides, padding, depthMultiplier, dilationRate } = saved;
  const depthwise = kernelPart(kind, config, "depthwise", "depthwiseKernel");
  const pointwise = kernelPart(kind, config, "pointwise", "pointwiseKernel");
  return convolutional({
    kind,
    config,
    bias: biasPart(kind, config),
    saved: { filters, ...saved, ...depthwise.config, ...pointwise.config },
    outputShape: (input, name) => [...sizeOf(input, name), filters],
    kernels: (input) => {
      const channels = input[2] as number;
      return [
        depthwise.weight([...kernelSize, channels, depthMultiplier]),
        pointwise.weight([1, 1, channels * depthMultiplier, filters]),
      ];
    },
    run: (x, weights, behind) =>
      separableOp(x, weights.depthwiseKernel as Variable, weights.pointwiseKernel as Variable, strides, padding, {
        dilations: dilationRate,
        ...behind,
      }),
    withoutBias: () => separableConv2d({ ...config, useBias: false }),
  });
}

const checkMultiplier = (kind: string, value: unknown) =>
  checkNumber(kind, "depthMultiplier", value ?? 1, { min: 1, whole: true });

/**
 * `depthwiseConv2d` along one axis, such as time: x `[batch, steps, channels]`, kernel `[kernelSize, channels, depthMultiplier]`, output and bias
 * with channels · depthMultiplier channels.
 *
 * @throws ValueError for an unknown or impossible option; ShapeError at `compile` where the input does not fit
 * @example
 * wg.layers.depthwiseConv1d({ kernelSize: 3, depthMultiplier: 2 }).outputShape([9, 3], "depthwise"); // [7, 6]
 */
export function depthwiseConv1d(config: DepthwiseConv1DOptions): Layer {
  const kind = "depthwiseConv1d";
  checkOptions(kind, config, [...windowOptions, ...namesOf("depthwise"), ...biasedOptions, ...layerOptions], true);
  const { saved, image, lengthOf } = windowOfSteps(kind, config);
  const depthMultiplier = checkMultiplier(kind, config.depthMultiplier);
  const kernel = kernelPart(kind, config, "depthwise");
  return convolutional({
    kind,
    config,
    bias: biasPart(kind, config),
    saved: { ...saved, depthMultiplier, ...kernel.config },
    outputShape: (input, name) => [lengthOf(input, name), (input[1] as number) * depthMultiplier],
    kernels: (input) => [kernel.weight([saved.kernelSize, input[1] as number, depthMultiplier])],
    run(x, weights, behind) {
      const { strides, padding, dilations } = image;
      const filter = widened(weights.kernel as Variable, 1);
      return narrowed(depthwiseOp(widened(x, 2), filter, strides, padding, { dilations, ...behind }));
    },
    withoutBias: () => depthwiseConv1d({ ...config, useBias: false }),
  });
}

/**
 * `separableConv2d` along one axis, such as time: x `[batch, steps, channels]`. Weights: `depthwiseKernel` `[kernelSize, channels,
 * depthMultiplier]` and `pointwiseKernel` `[1, channels · depthMultiplier, filters]`.
 *
 * @throws ValueError for an unknown or impossible option; ShapeError at `compile` where the input does not fit
 * @example
 * wg.layers.separableConv1d({ filters: 4, kernelSize: 3, padding: "causal" }).outputShape([9, 2], "separable"); // [9, 4]
 */
export function separableConv1d(config: SeparableConv1DOptions): Layer {
  const kind = "separableConv1d";
  const kernels = [...namesOf("depthwise"), ...namesOf("pointwise")];
  checkOptions(kind, config, ["filters", ...windowOptions, ...kernels, ...biasedOptions, ...layerOptions], true);
  const filters = checkNumber(kind, "filters", config.filters, { min: 1, whole: true });
  const { saved, image, lengthOf } = windowOfSteps(kind, config);
  const depthMultiplier = checkMultiplier(kind, config.depthMultiplier);
  const depthwise = kernelPart(kind, config, "depthwise", "depthwiseKernel");
  const pointwise = kernelPart(kind, config, "pointwise", "pointwiseKernel");
  return convolutional({
    kind,
    config,
    bias: biasPart(kind, config),
    saved: { filters, ...saved, depthMultiplier, ...depthwise.config, ...pointwise.config },
    outputShape: (input, name) => [lengthOf(input, name), filters],
    kernels: (input) => {
      const channels = input[1] as number;
      return [
        depthwise.weight([saved.kernelSize, channels, depthMultiplier]),
        pointwise.weight([1, channels * depthMultiplier, filters]),
      ];
    },
    run(x, weights, behind) {
      const { strides, padding, dilations } = image;
      const [each, mix] = [weights.depthwiseKernel, weights.pointwiseKernel].map((w) => widened(w as Variable, 1));
      const options = { dilations, ...behind };
      return narrowed(separableOp(widened(x, 2), each as Tensor, mix as Tensor, strides, padding, options));
    },
    withoutBias: () => separableConv1d({ ...config, useBias: false }),
  });
}
