import { type Padding1D, paddingOfSteps } from "../../ops/conv.js";
import { conv2dTranspose as transposeOp } from "../../ops/conv-transpose.js";
import {
  checkImagePadding,
  checkPair,
  type Padding,
  type Pair,
  paddingAlong,
  reach,
  sidesOf,
} from "../../ops/window.js";
import type { Variable } from "../../tensor/variable.js";
import { checkNumber, checkOptions, show } from "../../util/check.js";
import { ShapeError, ValueError } from "../../util/errors.js";
import { type Shape, showShape } from "../../util/shapes.js";
import { type Layer, layerOptions } from "../layer.js";
import { checkInput, convolutional, IMAGE, IMAGE_EXAMPLE, narrowed, widened } from "./conv.js";
import {
  type BiasedOptions,
  biasedOptions,
  biasPart,
  type KernelOptions,
  kernelOptions,
  kernelPart,
} from "./kernel-options.js";

export interface Conv2DTransposeOptions extends BiasedOptions, KernelOptions {
  /** Output channels. */
  filters: number;
  /** The window's height and width in pixels, one number for both. */
  kernelSize: Pair;
  /** The distance of the input's pixels in the output. Default: 1. */
  strides?: Pair;
  /**
   * `"valid"` (default): an axis of length n becomes n · strides + max(kernelSize − strides, 0) long; `"same"`: n · strides; a number of pixels
   * cut away on every side, or `[[top, bottom], [left, right]]`: (n − 1) · strides + kernelSize − what is cut. kernelSize is the dilated one.
   */
  padding?: Padding;
  /**
   * Pixels added at the bottom and right of (n − 1) · strides + kernelSize − 2 · pad, pad 0 for "valid" and ⌊kernelSize / 2⌋ for "same", as in
   * Keras; less than `strides`. Default: as `padding` says.
   */
  outputPadding?: Pair;
  /** The distance of the kernel's taps. Default: 1. */
  dilationRate?: Pair;
}

const options = ["filters", "kernelSize", "strides", "padding", "outputPadding", "dilationRate"];

function checkOutputPadding(
  kind: string,
  value: unknown,
  strides: readonly [number, number],
): readonly [number, number] {
  const pair = Array.isArray(value) && value.length === 2 ? value : [value, value];
  for (const [i, n] of pair.entries()) {
    checkNumber(kind, "outputPadding", n, { min: 0, whole: true });
    if (n < (strides[i] as number)) continue;
    throw new ValueError(`${kind}: outputPadding expected less than strides ${show([...strides])}, got ${show(value)}`);
  }
  return pair as [number, number];
}

/** The window along one axis. */
interface Along {
  /** Of the dilated kernel. */
  readonly extent: number;
  readonly stride: number;
  readonly padding: ReturnType<typeof paddingAlong>;
  readonly more: number | undefined;
}

/** How long an axis of length n becomes. */
function lengthOf(n: number, { extent, stride, padding, more }: Along): number {
  if (typeof padding === "string" && more === undefined) {
    return n * stride + (padding === "valid" ? Math.max(extent - stride, 0) : 0);
  }
  const same = Math.floor(extent / 2);
  const [before, behind] = padding === "same" ? [same, same] : sidesOf(padding, n, extent, stride);
  return (n - 1) * stride + extent - before - behind + (more ?? 0);
}

/** @throws ShapeError where nothing of the output is left */
function checkLeft(kind: string, name: string, shape: Shape): Shape {
  if (shape.every((n) => n > 0)) return shape;
  throw new ShapeError(
    `${kind} "${name}": padding expected to leave some of the output, got ${showShape([null, ...shape])}; cut less or use a larger kernel`,
  );
}

/**
 * The transposed convolution, which learns to enlarge: each input pixel lays its multiple of the kernel over the output, `strides` apart. x
 * `[batch, height, width, channels]`, kernel `[height, width, filters, channels]`, bias `[filters]`.
 *
 * Zeiler et al., "Deconvolutional Networks", CVPR 2010.
 *
 * @throws ValueError for an unknown or impossible option; ShapeError at `compile` where the input does not fit
 * @example
 * const layer = wg.layers.conv2dTranspose({ filters: 8, kernelSize: 3, strides: 2, padding: "same" });
 * layer.outputShape([7, 7, 16], "up"); // [14, 14, 8]
 */
export function conv2dTranspose(config: Conv2DTransposeOptions): Layer {
  const kind = "conv2dTranspose";
  checkOptions(kind, config, [...options, ...kernelOptions, ...biasedOptions, ...layerOptions], true);
  const filters = checkNumber(kind, "filters", config.filters, { min: 1, whole: true });
  const kernelSize = checkPair(kind, "kernelSize", config.kernelSize);
  const strides = checkPair(kind, "strides", config.strides ?? 1);
  const padding = checkImagePadding(kind, "padding", config.padding ?? "valid");
  const dilationRate = checkPair(kind, "dilationRate", config.dilationRate ?? 1);
  const { outputPadding: asked } = config;
  const outputPadding = asked === undefined ? undefined : checkOutputPadding(kind, asked, strides);
  const kernel = kernelPart(kind, config);

  const along = ([0, 1] as const).map((axis) => ({
    extent: reach(kernelSize[axis], dilationRate[axis]),
    stride: strides[axis],
    padding: paddingAlong(padding, axis),
    more: outputPadding?.[axis],
  })) as [Along, Along];
  const outputShape = (input: Shape, name: string): Shape => {
    checkInput(kind, name, input, IMAGE, IMAGE_EXAMPLE);
    return checkLeft(kind, name, [
      lengthOf(input[0] as number, along[0]),
      lengthOf(input[1] as number, along[1]),
      filters,
    ]);
  };
  return convolutional({
    kind,
    config,
    bias: biasPart(kind, config),
    saved: {
      filters,
      kernelSize,
      strides,
      padding,
      ...(outputPadding ? { outputPadding } : {}),
      dilationRate,
      ...kernel.config,
    },
    outputShape,
    kernels: (input) => [kernel.weight([...kernelSize, filters, input[2] as number])],
    run: (x, weights, behind) =>
      transposeOp(x, weights.kernel as Variable, outputShape(x.shape.slice(1), kind), strides, padding, {
        dilations: dilationRate,
        ...behind,
      }),
    withoutBias: () => conv2dTranspose({ ...config, useBias: false }),
  });
}

export interface Conv1DTransposeOptions extends BiasedOptions, KernelOptions {
  /** Output channels. */
  filters: number;
  /** The window's length in steps. */
  kernelSize: number;
  /** The distance of the input's steps in the output. Default: 1. */
  strides?: number;
  /** As in `conv2dTranspose`: `"valid"` (default), `"same"`, a number of steps cut away at both ends, or `[before, after]`. */
  padding?: Padding1D;
  /** As in `conv2dTranspose`; less than `strides`. Default: as `padding` says. */
  outputPadding?: number;
  /** The distance of the kernel's taps. Default: 1. */
  dilationRate?: number;
}

/**
 * `conv2dTranspose` along one axis, such as time: x `[batch, steps, channels]`, kernel `[kernelSize, filters, channels]`, bias `[filters]`.
 *
 * @throws ValueError for an unknown or impossible option; ShapeError at `compile` where the input does not fit
 * @example
 * wg.layers.conv1dTranspose({ filters: 8, kernelSize: 3, strides: 2, padding: "same" }).outputShape([7, 16], "up"); // [14, 8]
 */
export function conv1dTranspose(config: Conv1DTransposeOptions): Layer {
  const kind = "conv1dTranspose";
  checkOptions(kind, config, [...options, ...kernelOptions, ...biasedOptions, ...layerOptions], true);
  const whole = { min: 1, whole: true };
  const filters = checkNumber(kind, "filters", config.filters, whole);
  const kernelSize = checkNumber(kind, "kernelSize", config.kernelSize, whole);
  const strides = checkNumber(kind, "strides", config.strides ?? 1, whole);
  const asked = config.padding ?? "valid";
  const padding = paddingOfSteps(kind, "padding", asked);
  const dilationRate = checkNumber(kind, "dilationRate", config.dilationRate ?? 1, whole);
  const { outputPadding } = config;
  if (outputPadding !== undefined) checkOutputPadding(kind, outputPadding, [strides, strides]);
  const kernel = kernelPart(kind, config);
  const along = {
    extent: reach(kernelSize, dilationRate),
    stride: strides,
    padding: paddingAlong(padding, 0),
    more: outputPadding,
  };
  const outputShape = (input: Shape, name: string): Shape => {
    checkInput(kind, name, input, ["steps", "channels"], "[steps, channels]");
    return checkLeft(kind, name, [lengthOf(input[0] as number, along), filters]);
  };
  return convolutional({
    kind,
    config,
    bias: biasPart(kind, config),
    saved: {
      filters,
      kernelSize,
      strides,
      padding: asked,
      ...(outputPadding === undefined ? {} : { outputPadding }),
      dilationRate,
      ...kernel.config,
    },
    outputShape,
    kernels: (input) => [kernel.weight([kernelSize, filters, input[1] as number])],
    run(x, weights, behind) {
      const [steps] = outputShape(x.shape.slice(1), kind) as [number];
      const options = { dilations: [dilationRate, 1] as const, ...behind };
      const filter = widened(weights.kernel as Variable, 1);
      return narrowed(transposeOp(widened(x, 2), filter, [steps, 1, filters], [strides, 1], padding, options));
    },
    withoutBias: () => conv1dTranspose({ ...config, useBias: false }),
  });
}
