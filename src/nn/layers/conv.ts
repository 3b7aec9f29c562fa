import type { ActivationName } from "../../ops/activation.js";
import { slideInside } from "../../ops/conv/geometry.js";
import { conv1d as conv1dOp, conv2d as conv2dOp, type Padding1D, paddingOfSteps } from "../../ops/conv.js";
import { reshape } from "../../ops/shape.js";
import { checkImagePadding, checkPair, type Padding, type Pair } from "../../ops/window.js";
import type { Tensor } from "../../tensor/tensor.js";
import type { Variable } from "../../tensor/variable.js";
import { checkNumber, checkOptions } from "../../util/check.js";
import { ShapeError } from "../../util/errors.js";
import { type Shape, showShape } from "../../util/shapes.js";
import { type Layer, type LayerOptions, layerOptions, type WeightSpec, type Weights } from "../layer.js";
import { commonOf } from "./common.js";
import {
  type BiasedOptions,
  type BiasPart,
  biasedOptions,
  biasPart,
  type KernelOptions,
  kernelOptions,
  kernelPart,
} from "./kernel-options.js";

export interface Conv2DOptions extends BiasedOptions, KernelOptions {
  /** Output channels. */
  filters: number;
  /** The window's height and width in pixels, one number for both. */
  kernelSize: Pair;
  /** The window's steps. Default: 1. */
  strides?: Pair;
  /** `"valid"` (default), `"same"`, a number of zeros on every side, or `[[top, bottom], [left, right]]`. */
  padding?: Padding;
  /** The distance of the kernel's taps. Default: 1. */
  dilationRate?: Pair;
  /** Output channels fall into so many groups, each made of its own group of input channels. Default: 1. */
  groups?: number;
}

const options2d = ["filters", "kernelSize", "strides", "padding", "dilationRate", "groups"];

/** @throws ShapeError that names the layer */
export function checkInput(kind: string, name: string, input: Shape, axes: readonly string[], example: string): void {
  if (input.length === axes.length && input.every((n) => n > 0)) return;
  throw new ShapeError(
    `${kind} "${name}": input expected [batch, ${axes.join(", ")}], got ${showShape([null, ...input])}; ` +
      `add layers.reshape({ targetShape: ${example} }) before it`,
  );
}

export const IMAGE = ["height", "width", "channels"] as const;
export const IMAGE_EXAMPLE = "[height, width, channels]";

/** @throws ShapeError where `groups` does not divide the channels */
function checkGroups(kind: string, name: string, channels: number, groups: number): void {
  if (channels % groups === 0) return;
  throw new ShapeError(
    `${kind} "${name}": input expected channels that groups ${groups} divides, got ${channels}; change groups`,
  );
}

/** What sets one kind of convolution apart. */
interface Parts {
  kind: string;
  config: LayerOptions;
  bias: BiasPart;
  /** The options beside those of bias and activation, as they are saved. */
  saved: Record<string, unknown>;
  outputShape(input: Shape, name: string): Shape;
  kernels(input: Shape): WeightSpec[];
  /** The layer's operation, with a bias and an activation that it applies as it stores. */
  run(x: Tensor, weights: Weights, behind: { bias: Tensor | null; activation: ActivationName }): Tensor;
  withoutBias(): Layer;
}

/** A layer that ends in bias and activation. */
export function convolutional({
  kind,
  config,
  bias: part,
  saved,
  outputShape,
  kernels,
  run,
  withoutBias,
}: Parts): Layer {
  const common = commonOf(kind, config);
  const { activation } = part;
  const linear = (x: Tensor, weights: Weights) => run(x, weights, { bias: weights.bias ?? null, activation: "linear" });
  return {
    kind,
    ...common,
    config: { ...common.config, ...saved, ...part.config },
    outputShape,
    weights(input) {
      const shape = outputShape(input, kind);
      return [...kernels(input), ...part.weights(shape[shape.length - 1] as number)];
    },
    ...(part.redundant ? { withoutBias } : {}),
    call: (x, weights) =>
      activation.fused
        ? run(x, weights, { bias: weights.bias ?? null, activation: activation.fused })
        : activation.forward(linear(x, weights)),
    head: { activation: activation.name, logits: linear },
  };
}

/**
 * y = activation(x ∗ kernel + bias) over images: x `[batch, height, width, channels]`, kernel `[height, width, channels / groups, filters]`,
 * bias `[filters]`. With padding "valid" an axis of length n becomes ⌊(n − (kernelSize − 1) · dilationRate − 1) / strides⌋ + 1 long, with
 * "same" ⌈n / strides⌉.
 *
 * LeCun et al., "Gradient-Based Learning Applied to Document Recognition", 1998, section II.
 *
 * @throws ValueError for an unknown or impossible option; ShapeError at `compile` where the input does not fit
 * @example
 * const layer = wg.layers.conv2d({ filters: 8, kernelSize: 3, padding: "same", activation: "relu" });
 * layer.outputShape([28, 28, 1], "conv"); // [28, 28, 8]
 */
export function conv2d(config: Conv2DOptions): Layer {
  const kind = "conv2d";
  checkOptions(kind, config, [...options2d, ...kernelOptions, ...biasedOptions, ...layerOptions], true);
  const filters = checkNumber(kind, "filters", config.filters, { min: 1, whole: true });
  const kernelSize = checkPair(kind, "kernelSize", config.kernelSize);
  const strides = checkPair(kind, "strides", config.strides ?? 1);
  const padding = checkImagePadding(kind, "padding", config.padding ?? "valid");
  const dilationRate = checkPair(kind, "dilationRate", config.dilationRate ?? 1);
  const groups = checkGroupCount(kind, config.groups, filters);
  const kernel = kernelPart(kind, config);
  return convolutional({
    kind,
    config,
    bias: biasPart(kind, config),
    saved: { filters, kernelSize, strides, padding, dilationRate, groups, ...kernel.config },
    outputShape(input, name) {
      checkInput(kind, name, input, IMAGE, IMAGE_EXAMPLE);
      checkGroups(kind, name, input[2] as number, groups);
      const window = { strides, padding, dilations: dilationRate };
      const { y, x } = slideInside(`${kind} "${name}"`, input, kernelSize, window);
      return [y.output, x.output, filters];
    },
    kernels: (input) => [kernel.weight([...kernelSize, (input[2] as number) / groups, filters])],
    run: (x, weights, behind) =>
      conv2dOp(x, weights.kernel as Variable, strides, padding, { dilations: dilationRate, groups, ...behind }),
    withoutBias: () => conv2d({ ...config, useBias: false }),
  });
}

function checkGroupCount(kind: string, value: unknown, filters: number): number {
  const groups = checkNumber(kind, "groups", value ?? 1, { min: 1, whole: true });
  if (filters % groups === 0) return groups;
  throw new ShapeError(`${kind}: groups expected a divisor of filters ${filters}, got ${groups}; change one of them`);
}

/** With an axis of one pixel behind the `at`th: steps as an image, a kernel over steps as one over such images. */
export const widened = (x: Tensor, at: number): Tensor =>
  reshape(x, [...x.shape.slice(0, at), 1, ...x.shape.slice(at)]);

/** `[batch, steps, 1, channels]` → `[batch, steps, channels]` */
export const narrowed = (y: Tensor): Tensor => reshape(y, [...y.shape.slice(0, 2), y.shape[3] as number]);

/** A window over steps. */
export interface StepsWindowOptions {
  /** The window's length in steps. */
  kernelSize: number;
  /** The window's step. Default: 1. */
  strides?: number;
  /** `"valid"` (default), `"same"`, `"causal"` (y at a step sees no later x), a number of zeros at both ends, or `[before, after]`. */
  padding?: Padding1D | "causal";
  /** The distance of the kernel's taps. Default: 1. */
  dilationRate?: number;
}

/** The options of a window over steps, checked: as they are saved, and as those of a window over images one pixel wide. */
export function windowOfSteps(kind: string, config: StepsWindowOptions) {
  const whole = { min: 1, whole: true };
  const kernelSize = checkNumber(kind, "kernelSize", config.kernelSize, whole);
  const strides = checkNumber(kind, "strides", config.strides ?? 1, whole);
  const dilationRate = checkNumber(kind, "dilationRate", config.dilationRate ?? 1, whole);
  const asked = config.padding ?? "valid";
  const padding: Padding1D = asked === "causal" ? [(kernelSize - 1) * dilationRate, 0] : asked;
  const image = {
    strides: [strides, 1],
    padding: paddingOfSteps(kind, "padding", padding),
    dilations: [dilationRate, 1],
  } as const;
  return {
    saved: { kernelSize, strides, padding: asked, dilationRate },
    padding,
    image,
    /** How many steps come out. @throws ShapeError that names the layer */
    lengthOf(input: Shape, name: string): number {
      checkInput(kind, name, input, ["steps", "channels"], "[steps, channels]");
      const names = ["number of steps", "width"] as const;
      return slideInside(`${kind} "${name}"`, [input[0] as number, 1], [kernelSize, 1], image, names).y.output;
    },
  };
}

export interface Conv1DOptions extends BiasedOptions, KernelOptions, StepsWindowOptions {
  /** Output channels. */
  filters: number;
  /** As in `conv2d`. Default: 1. */
  groups?: number;
}

/**
 * `conv2d` along one axis, such as time: x `[batch, steps, channels]`, kernel `[kernelSize, channels / groups, filters]`, bias `[filters]`.
 *
 * @throws ValueError for an unknown or impossible option; ShapeError at `compile` where the input does not fit
 * @example
 * wg.layers.conv1d({ filters: 4, kernelSize: 3, strides: 2 }).outputShape([9, 2], "conv"); // [4, 4]
 */
export function conv1d(config: Conv1DOptions): Layer {
  const kind = "conv1d";
  checkOptions(kind, config, [...options2d, ...kernelOptions, ...biasedOptions, ...layerOptions], true);
  const filters = checkNumber(kind, "filters", config.filters, { min: 1, whole: true });
  const { saved, padding, lengthOf } = windowOfSteps(kind, config);
  const { kernelSize, strides, dilationRate } = saved;
  const groups = checkGroupCount(kind, config.groups, filters);
  const kernel = kernelPart(kind, config);
  return convolutional({
    kind,
    config,
    bias: biasPart(kind, config),
    saved: { filters, ...saved, groups, ...kernel.config },
    outputShape(input, name) {
      checkInput(kind, name, input, ["steps", "channels"], "[steps, channels]");
      checkGroups(kind, name, input[1] as number, groups);
      return [lengthOf(input, name), filters];
    },
    kernels: (input) => [kernel.weight([kernelSize, (input[1] as number) / groups, filters])],
    run: (x, weights, behind) =>
      conv1dOp(x, weights.kernel as Variable, strides, padding, { dilation: dilationRate, groups, ...behind }),
    withoutBias: () => conv1d({ ...config, useBias: false }),
  });
}
