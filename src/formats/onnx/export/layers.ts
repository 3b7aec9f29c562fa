import { type Padding, paddingAlong, reach, type Sides, sidesOf } from "../../../ops/window.js";
import type { HostArray } from "../../../util/host-array.js";
import type { Shape } from "../../../util/shapes.js";
import { turned } from "../../graph/weights.js";
import { activated } from "./activation.js";
import { attentionWriters } from "./attention.js";
import { requireOpset } from "./call.js";
import { dot } from "./dot.js";
import { resizedTo } from "./images.js";
import { normalizationWriters } from "./normalization.js";
import { operationWriter } from "./operation.js";
import { recurrentWriters } from "./recurrent.js";
import { sequenceWriters } from "./sequence.js";
import type { Edge, Part } from "./writer.js";

/** Writes the nodes of a layer. @throws Unsupported */
export type LayerWriter = (part: Part) => Edge | readonly Edge[];

const numbersOf = (value: unknown): readonly number[] =>
  typeof value === "number" ? [value, value] : (value as number[]);

/** The window of a layer over one axis or two, as ONNX's attributes. */
function windowOf({ step }: Part, size: unknown, axes: number) {
  const { config } = step.layer;
  const kernel = numbersOf(size).slice(0, axes);
  const strides = numbersOf(config.strides).slice(0, axes);
  const dilations = numbersOf(config.dilationRate ?? 1).slice(0, axes);
  const sides = kernel.map((k, i): Sides => {
    const given = config.padding as Padding | Sides;
    const extent = reach(k, dilations[i] as number);
    if (config.padding === "causal") return [extent - 1, 0];
    const along = axes === 1 && Array.isArray(given) ? (given as Sides) : paddingAlong(given as Padding, i as 0 | 1);
    return sidesOf(along, step.inputShape[i] as number, extent, strides[i] as number);
  });
  return { kernel, strides, dilations, sides, pads: padsOf(sides) };
}

const padsOf = (sides: readonly Sides[]): number[] => [...sides.map(([a]) => a), ...sides.map(([, b]) => b)];

/** Bias and activation behind a convolution are a weight of its node and a node of their own. */
function convolved(
  part: Part,
  x: Edge,
  kernel: HostArray,
  attributes: Record<string, number | readonly number[]>,
): Edge {
  const { writer, weights, step } = part;
  const inputs = [x, writer.tensor(kernel, "kernel"), ...(weights.bias ? [writer.tensor(weights.bias, "bias")] : [])];
  const y = writer.node("Conv", inputs, attributes, { rank: x.rank, isFirst: true });
  return activated(part, y, String(step.layer.config.activation));
}

/** [...window, in, out] → [out, in, ...window] */
const outFirst = (axes: 1 | 2): readonly number[] => (axes === 1 ? [2, 1, 0] : [3, 2, 0, 1]);

function conv(axes: 1 | 2): LayerWriter {
  return (part) => {
    const { step, weights, writer, inputs } = part;
    const { kernel, strides, dilations, pads } = windowOf(part, step.layer.config.kernelSize, axes);
    const w = turned(weights.kernel as HostArray, outFirst(axes));
    const group = Number(step.layer.config.groups);
    return convolved(part, writer.first(inputs[0] as Edge), w, {
      kernel_shape: kernel,
      strides,
      dilations,
      pads,
      group,
    });
  };
}

/** [height, width, channels, multiplier] → [channels · multiplier, 1, height, width], or the same without a width. */
function depthwiseKernel(kernel: HostArray): HostArray {
  const size = kernel.shape.slice(0, -2);
  const [channels, multiplier] = kernel.shape.slice(-2) as [number, number];
  const places = size.map((_, i) => i);
  return {
    ...turned(kernel, [size.length, size.length + 1, ...places]),
    shape: [channels * multiplier, 1, ...size],
  };
}

const depthwise =
  (axes: 1 | 2): LayerWriter =>
  (part) => {
    const { step, weights, writer, inputs } = part;
    const { kernel, strides, dilations, pads } = windowOf(part, step.layer.config.kernelSize, axes);
    const group = step.inputShape[axes] as number;
    const w = depthwiseKernel(weights.kernel as HostArray);
    return convolved(part, writer.first(inputs[0] as Edge), w, {
      kernel_shape: kernel,
      strides,
      dilations,
      pads,
      group,
    });
  };

const separable =
  (axes: 1 | 2): LayerWriter =>
  (part) => {
    const { step, weights, writer, inputs } = part;
    const { kernel, strides, dilations, pads } = windowOf(part, step.layer.config.kernelSize, axes);
    const group = step.inputShape[axes] as number;
    const first = writer.node(
      "Conv",
      [
        writer.first(inputs[0] as Edge),
        writer.tensor(depthwiseKernel(weights.depthwiseKernel as HostArray), "depthwise"),
      ],
      { kernel_shape: kernel, strides, dilations, pads, group },
      { rank: axes + 2, isFirst: true },
    );
    const mix = turned(weights.pointwiseKernel as HostArray, outFirst(axes));
    return convolved(part, first, mix, { kernel_shape: kernel.map(() => 1) });
  };

const convTranspose =
  (axes: 1 | 2): LayerWriter =>
  (part) => {
    const { step, weights, writer, inputs } = part;
    const { config } = step.layer;
    const [kernel, strides, dilations] = [config.kernelSize, config.strides, config.dilationRate].map((each) =>
      numbersOf(each).slice(0, axes),
    ) as unknown as [readonly number[], readonly number[], readonly number[]];
    const placed = kernel.map((k, i) => {
      const [n, out, stride] = [step.inputShape[i], step.outputShape[i], strides[i]] as [number, number, number];
      const extent = reach(k, dilations[i] as number);
      // As the gradient of a convolution over the output: its padding is cut away.
      const given = config.padding as Padding | Sides;
      const along = axes === 1 && Array.isArray(given) ? (given as Sides) : paddingAlong(given as Padding, i as 0 | 1);
      const sides = sidesOf(along, out, extent, stride);
      return { sides, more: out - ((n - 1) * stride + extent - sides[0] - sides[1]) };
    });
    if (placed.some(({ more }) => more < 0))
      throw writer.unsupported(step, `padding ${JSON.stringify(config.padding)} of its sizes`);
    const bias = weights.bias ? [writer.tensor(weights.bias, "bias")] : [];
    const w = writer.tensor(turned(weights.kernel as HostArray, outFirst(axes)), "kernel");
    const y = writer.node(
      "ConvTranspose",
      [writer.first(inputs[0] as Edge), w, ...bias],
      {
        kernel_shape: kernel,
        strides,
        dilations,
        pads: padsOf(placed.map(({ sides }) => sides)),
        output_padding: placed.map(({ more }) => more),
      },
      { rank: axes + 2, isFirst: true },
    );
    return activated(part, y, String(config.activation));
  };

const dense: LayerWriter = (part) => {
  const { step, weights, writer, inputs } = part;
  const x = writer.last(inputs[0] as Edge);
  const kernel = writer.tensor(weights.kernel as HostArray, "kernel");
  const bias = weights.bias ? [writer.tensor(weights.bias, "bias")] : [];
  const like = { rank: x.rank, isFirst: false };
  const product =
    x.rank === 2 && weights.bias
      ? writer.node("Gemm", [x, kernel, ...bias], {}, like)
      : bias.reduce((y, b) => writer.node("Add", [y, b], {}, like), writer.node("MatMul", [x, kernel], {}, like));
  return activated(part, product, String(step.layer.config.activation));
};

const batchNormalization: LayerWriter = ({ step, weights, writer, inputs }) => {
  const x = writer.first(inputs[0] as Edge);
  const { movingMean, movingVariance } = weights as Record<string, HostArray>;
  const channels = (movingMean as HostArray).data.length;
  const all = (value: number): HostArray => ({ data: new Float32Array(channels).fill(value), shape: [channels] });
  const constants = [
    writer.tensor(weights.gamma ?? all(1), "gamma"),
    writer.tensor(weights.beta ?? all(0), "beta"),
    writer.tensor(movingMean as HostArray, "mean"),
    writer.tensor(movingVariance as HostArray, "variance"),
  ];
  const { epsilon, momentum, momentumConvention } = step.layer.config;
  const kept = momentumConvention === "pytorch" ? 1 - Number(momentum) : Number(momentum);
  const attributes = { epsilon: { float: Number(epsilon) }, momentum: { float: kept } };
  return writer.node("BatchNormalization", [x, ...constants], attributes, { rank: x.rank, isFirst: x.rank > 2 });
};

function pool(opType: "MaxPool" | "AveragePool", axes: 1 | 2): LayerWriter {
  return (part) => {
    const { step, writer, inputs } = part;
    const { kernel, strides, pads } = windowOf(part, step.layer.config.poolSize, axes);
    const x = writer.first(inputs[0] as Edge);
    return writer.node(opType, [x], { kernel_shape: kernel, strides, pads }, x);
  };
}

function globalPool(opType: "GlobalMaxPool" | "GlobalAveragePool"): LayerWriter {
  return ({ step, writer, inputs }) => {
    const x = writer.first(inputs[0] as Edge);
    const y = writer.node(opType, [x], {}, x);
    return step.layer.config.keepdims ? y : writer.node("Flatten", [y], { axis: 1 }, { rank: 2, isFirst: false });
  };
}

const reshaped =
  (rowOf: (part: Part) => Shape): LayerWriter =>
  (part) => {
    const { writer, inputs } = part;
    const row = rowOf(part);
    const shape = writer.integers([0, ...row], "shape");
    return writer.node(
      "Reshape",
      [writer.last(inputs[0] as Edge), shape],
      {},
      { rank: row.length + 1, isFirst: false },
    );
  };

/** Pixels added or cut at both ends of each axis. */
const sidesIn = (value: unknown, axes: number): readonly Sides[] =>
  (axes === 1 ? [value] : (value as unknown[])).map((each) =>
    typeof each === "number" ? [each, each] : (each as Sides),
  );

function padded(axes: 1 | 2): LayerWriter {
  return ({ step, writer, inputs }) => {
    const x = writer.first(inputs[0] as Edge);
    const sides = sidesIn(step.layer.config.padding, axes);
    const pads = [0, 0, ...sides.map(([a]) => a), 0, 0, ...sides.map(([, b]) => b)];
    if (writer.opset < 11) return writer.node("Pad", [x], { pads }, x);
    return writer.node("Pad", [x, writer.integers(pads, "pads")], {}, x);
  };
}

function cropped(axes: 1 | 2): LayerWriter {
  return ({ step, writer, inputs }) => {
    const x = writer.first(inputs[0] as Edge);
    const sides = sidesIn(step.layer.config.cropping, axes);
    const [starts, places] = [sides.map(([a]) => a), sides.map((_, i) => i + 2)];
    const ends = sides.map(([, b], i) => (step.inputShape[i] as number) - b);
    if (writer.opset < 10) return writer.node("Slice", [x], { starts, ends, axes: places }, x);
    const given = [writer.integers(starts, "starts"), writer.integers(ends, "ends"), writer.integers(places, "axes")];
    return writer.node("Slice", [x, ...given], {}, x);
  };
}

const upSampled: LayerWriter = ({ step, writer, inputs }) => {
  const x = writer.first(inputs[0] as Edge);
  const [down, across] = numbersOf(step.layer.config.size) as [number, number];
  const scales = writer.floats([1, 1, down, across], "scales");
  const isLinear = step.layer.config.interpolation === "bilinear";
  if (writer.opset < 11) {
    if (isLinear)
      throw writer.unsupported(step, `interpolation "bilinear" in operator set ${writer.opset}; it takes 11`);
    return writer.node(writer.opset < 10 ? "Upsample" : "Resize", [x, scales], { mode: "nearest" }, x);
  }
  const nearest = { mode: "nearest", coordinate_transformation_mode: "asymmetric", nearest_mode: "floor" };
  const linear = { mode: "linear", coordinate_transformation_mode: "half_pixel" };
  return writer.node("Resize", [x, writer.none, scales], isLinear ? linear : nearest, x);
};

const merged =
  (opType: string): LayerWriter =>
  ({ writer, inputs }) => {
    const alike = inputs.every(({ isFirst, rank }) => isFirst && rank === inputs[0]?.rank);
    const [first, ...others] = alike ? inputs : inputs.map((each) => writer.last(each));
    const rank = Math.max(...inputs.map((each) => each.rank));
    if (opType === "Mean" || opType === "Max" || opType === "Min") {
      return writer.node(opType, [first as Edge, ...others], {}, { ...(first as Edge), rank });
    }
    const like = { rank, isFirst: alike };
    return others.reduce((a, b) => writer.node(opType, [a, b], {}, like), first as Edge);
  };

const concatenated: LayerWriter = ({ step, writer, inputs }) => {
  const rank = step.inputShape.length + 1;
  const axis = Number(step.layer.config.axis);
  const at = axis < 0 ? axis + rank : axis;
  const isFirst = inputs.every((each) => each.isFirst);
  const given = isFirst ? inputs : inputs.map((each) => writer.last(each));
  const place = isFirst ? (at === rank - 1 ? 1 : at + 1) : at;
  return writer.node("Concat", given, { axis: place }, { rank, isFirst });
};

const passed: LayerWriter = ({ inputs }) => inputs[0] as Edge;

const resized: LayerWriter = (part) => {
  const { step, writer, inputs } = part;
  const { height, width, interpolation } = step.layer.config;
  requireOpset({ part }, 11, "Resize");
  const how: Record<string, string> =
    interpolation === "nearest" ? { mode: "nearest", nearest_mode: "round_prefer_ceil" } : { mode: "linear" };
  return resizedTo(part, writer.first(inputs[0] as Edge), [Number(height), Number(width)], {
    ...how,
    coordinate_transformation_mode: "half_pixel",
  });
};

const softmax: LayerWriter = ({ step, writer, inputs }) => {
  const x = writer.last(inputs[0] as Edge);
  const axis = Number(step.layer.config.axis);
  if (axis === -1 || axis === x.rank - 1) return activated({ writer, step } as Part, x, "softmax");
  // Before operator set 13 it goes over all axes from that one on.
  if (writer.opset < 13) throw writer.unsupported(step, `axis ${axis} in operator set ${writer.opset}; it takes 13`);
  return writer.node("Softmax", [x], { axis }, x);
};

/** The layers that ONNX has an equal of, apart from those around another layer. */
const plainWriters: Readonly<Record<string, LayerWriter>> = {
  activation: (part) => activated(part, part.inputs[0] as Edge, String(part.step.layer.config.activation)),
  softmax,
  dense,
  conv1d: conv(1),
  conv2d: conv(2),
  depthwiseConv1d: depthwise(1),
  depthwiseConv2d: depthwise(2),
  separableConv1d: separable(1),
  separableConv2d: separable(2),
  conv1dTranspose: convTranspose(1),
  conv2dTranspose: convTranspose(2),
  batchNormalization,
  ...normalizationWriters,
  ...recurrentWriters,
  ...attentionWriters,
  maxPooling1D: pool("MaxPool", 1),
  maxPooling2D: pool("MaxPool", 2),
  averagePooling1D: pool("AveragePool", 1),
  averagePooling2D: pool("AveragePool", 2),
  globalMaxPooling1D: globalPool("GlobalMaxPool"),
  globalMaxPooling2D: globalPool("GlobalMaxPool"),
  globalAveragePooling1D: globalPool("GlobalAveragePool"),
  globalAveragePooling2D: globalPool("GlobalAveragePool"),
  // Off in inference, which is what is written.
  alphaDropout: passed,
  dropout: passed,
  spatialDropout1D: passed,
  spatialDropout2D: passed,
  gaussianNoise: passed,
  gaussianDropout: passed,
  flatten: reshaped(({ step }) => step.outputShape),
  reshape: reshaped(({ step }) => step.outputShape),
  zeroPadding1D: padded(1),
  zeroPadding2D: padded(2),
  cropping1D: cropped(1),
  cropping2D: cropped(2),
  upSampling2D: upSampled,
  resizing: resized,
  add: merged("Add"),
  subtract: merged("Sub"),
  multiply: merged("Mul"),
  maximum: merged("Max"),
  minimum: merged("Min"),
  average: merged("Mean"),
  concatenate: concatenated,
  dot,
  leakyReLU: ({ step, writer, inputs }) =>
    writer.node(
      "LeakyRelu",
      [inputs[0] as Edge],
      { alpha: { float: Number(step.layer.config.alpha) } },
      inputs[0] as Edge,
    ),
  elu: ({ step, writer, inputs }) =>
    writer.node("Elu", [inputs[0] as Edge], { alpha: { float: Number(step.layer.config.alpha) } }, inputs[0] as Edge),
  prelu({ writer, inputs, weights }) {
    const x = writer.last(inputs[0] as Edge);
    return writer.node("PRelu", [x, writer.tensor(weights.alpha as HostArray, "alpha")], {}, x);
  },
  permute({ step, writer, inputs }) {
    const perm = [0, ...(step.layer.config.dims as number[])];
    return writer.node("Transpose", [writer.last(inputs[0] as Edge)], { perm }, { rank: perm.length, isFirst: false });
  },
  operation: operationWriter,
  embedding({ step, writer, inputs, weights }) {
    if (step.layer.config.maskZero) throw writer.unsupported(step, "maskZero, as ONNX's operators take no masks");
    const table = writer.tensor(weights.embeddings as HostArray, "embeddings");
    const given = inputs[0] as Edge;
    // Words may come as numbers with a point.
    const x = given.dtype ? given : writer.node("Cast", [given], { to: 7 }, { ...given, dtype: "int32" });
    return writer.node("Gather", [table, x], { axis: 0 }, { rank: x.rank + 1, isFirst: false });
  },
};

/** The layers that ONNX has an equal of. */
export const layerWriters: Readonly<Record<string, LayerWriter>> = {
  ...plainWriters,
  ...sequenceWriters(plainWriters),
};
