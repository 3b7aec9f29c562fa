import type { Sides } from "../../../ops/window.js";
import type { HostArray } from "../../../util/host-array.js";
import { sameShape, sizeOfShape } from "../../../util/shapes.js";
import { turned } from "../../graph/weights.js";
import type { CaffeSettings } from "../net.js";
import { activated } from "./activation.js";
import { operationWriters } from "./operations.js";
import { convolved, deconvolved, pooled } from "./windows.js";
import { type Edge, isOrderless, type Part, perChannel } from "./writer.js";

/** Writes the layers of a layer: what it puts out. @throws Unsupported */
export type LayerWriter = (part: Part) => Edge | readonly Edge[];

const first = ({ inputs }: Part): Edge => inputs[0] as Edge;

/** [height, width, channels, multiplier] → [channels · multiplier, 1, height, width]. */
function depthwiseKernel(kernel: HostArray): HostArray {
  const [height, width, channels, multiplier] = kernel.shape as [number, number, number, number];
  return { ...turned(kernel, [2, 3, 0, 1]), shape: [channels * multiplier, 1, height, width] };
}

const conv: LayerWriter = (part) => {
  const { config } = part.step.layer;
  const { kernel, bias } = part.weights;
  const y = convolved(part, first(part), {
    kernelSize: config.kernelSize,
    filters: Number(config.filters),
    groups: Number(config.groups),
    kernel: turned(kernel as HostArray, [3, 2, 0, 1]),
    bias,
  });
  return activated(part, y, String(config.activation));
};

function depthwise(part: Part, weights: HostArray, bias: HostArray | undefined): Edge {
  const kernel = depthwiseKernel(weights);
  const [filters, groups] = [kernel.shape[0] as number, weights.shape[2] as number];
  return convolved(part, first(part), { kernelSize: part.step.layer.config.kernelSize, filters, groups, kernel, bias });
}

const separable: LayerWriter = (part) => {
  const { writer, weights, step } = part;
  const spread = depthwise(part, weights.depthwiseKernel as HostArray, undefined);
  const kernel = turned(weights.pointwiseKernel as HostArray, [3, 2, 0, 1]);
  const filters = kernel.shape[0] as number;
  const settings: CaffeSettings = {
    num_output: filters,
    kernel_size: [1],
    ...(weights.bias ? {} : { bias_term: false }),
  };
  const blobs = [kernel, ...(weights.bias ? [weights.bias] : [])];
  const shape = [...spread.shape.slice(0, 2), filters];
  const y = writer.layer("Convolution", [spread], { settings: { convolution_param: settings }, blobs, shape });
  return activated(part, y, String(step.layer.config.activation));
};

const dense: LayerWriter = (part) => {
  const { writer, weights, step } = part;
  const x = first(part);
  if (x.shape.length !== 1) throw writer.unsupported(step, "a product at each pixel; a 1 × 1 convolution is one");
  const kernel = weights.kernel as HostArray;
  const [rows, units] = kernel.shape as [number, number];
  const { pixels, channels } = x.image ?? { pixels: 1, channels: rows };
  const blob = { ...turned({ ...kernel, shape: [pixels, channels, units] }, [2, 1, 0]), shape: [units, rows] };
  const settings: CaffeSettings = { num_output: units, ...(weights.bias ? {} : { bias_term: false }) };
  const blobs = [blob, ...(weights.bias ? [weights.bias] : [])];
  const { image: _, ...row } = x;
  const y = writer.layer("InnerProduct", [row], { settings: { inner_product_param: settings }, blobs, shape: [units] });
  return activated(part, y, String(step.layer.config.activation));
};

const batchNormalization: LayerWriter = (part) => {
  const { writer, weights, step } = part;
  const x = first(part);
  const { epsilon, momentum, momentumConvention } = step.layer.config;
  const kept = momentumConvention === "pytorch" ? 1 - Number(momentum) : Number(momentum);
  const one = { data: Float32Array.of(1), shape: [1] };
  const [mean, variance] = [weights.movingMean, weights.movingVariance].map((each) => perChannel(x, each as HostArray));
  const y = writer.layer("BatchNorm", [x], {
    settings: { batch_norm_param: { moving_average_fraction: kept, eps: Number(epsilon) } },
    blobs: [mean as HostArray, variance as HostArray, one],
  });
  const { gamma, beta } = weights;
  if (!gamma && !beta) return y;
  const size = x.shape.at(-1) as number;
  const factor = gamma ? perChannel(x, gamma) : { data: new Float32Array(size).fill(1), shape: [size] };
  const blobs = [factor, ...(beta ? [perChannel(x, beta)] : [])];
  return writer.layer("Scale", [y], { settings: { scale_param: beta ? { bias_term: true } : {} }, blobs });
};

const globalPool =
  (pool: "MAX" | "AVE"): LayerWriter =>
  (part) => {
    const { writer, step } = part;
    const x = first(part);
    const channels = x.shape[2] as number;
    const settings = { pooling_param: { pool, global_pooling: true } };
    const y = writer.layer("Pooling", [x], { settings, shape: [1, 1, channels] });
    return step.layer.config.keepdims ? y : writer.layer("Flatten", [y], { shape: [channels] });
  };

const flatten: LayerWriter = (part) => {
  const x = first(part);
  if (x.shape.length === 1) return x;
  const [pixels, channels] = [sizeOfShape(x.shape.slice(0, -1)), x.shape.at(-1) as number];
  const y = part.writer.layer("Flatten", [x], { shape: [pixels * channels] });
  return isOrderless(x.shape) ? y : { ...y, image: { channels, pixels } };
};

const reshape: LayerWriter = (part) => {
  const { writer, step } = part;
  const x = first(part);
  const to = step.outputShape;
  if (sameShape(to, x.shape)) return x;
  if (to.length === 1) return flatten(part);
  if (!isOrderless(to) || !isOrderless(x.shape) || x.image) {
    throw writer.unsupported(
      step,
      "pixels in another order than channels; Caffe's images have their channels in front",
    );
  }
  const dim = [0, to.at(-1) as number, ...to.slice(0, -1)];
  return writer.layer("Reshape", [x], { settings: { reshape_param: { shape: { dim } } }, shape: to });
};

/** Zeros that the convolution behind lays around the image. */
const padded: LayerWriter = (part) => {
  const given = part.step.layer.config.padding;
  const zeros = [0, 1].map((axis): Sides => {
    const each = typeof given === "number" ? given : (given as (number | Sides)[])[axis];
    return typeof each === "number" ? [each, each] : (each as Sides);
  });
  return { ...first(part), zeros: zeros as [Sides, Sides] };
};

const cropped: LayerWriter = (part) => {
  const { writer, step } = part;
  return [0, 1].reduce((x, axis) => {
    const given = step.layer.config.cropping;
    const each = typeof given === "number" ? given : (given as (number | Sides)[])[axis];
    const from = typeof each === "number" ? each : (each as Sides)[0];
    return writer.cut(x, axis as 0 | 1, from, step.outputShape[axis] as number);
  }, first(part));
};

const merged =
  (settingsOf: (count: number) => CaffeSettings): LayerWriter =>
  ({ writer, step, inputs }) => {
    const [x, ...others] = inputs as [Edge, ...Edge[]];
    if (others.some(({ shape, image }) => !sameShape(shape, x.shape) || !image !== !x.image)) {
      throw writer.unsupported(step, "inputs of different shapes");
    }
    return writer.layer("Eltwise", [x, ...others], { settings: { eltwise_param: settingsOf(inputs.length) } });
  };

const concatenated: LayerWriter = ({ writer, step, inputs }) => {
  if (inputs.some(({ image }) => image))
    throw writer.unsupported(step, "flattened images, whose channels Caffe has in front");
  const rank = step.inputShape.length + 1;
  const axis = Number(step.layer.config.axis);
  const at = axis < 0 ? axis + rank : axis;
  const settings = { concat_param: { axis: at === rank - 1 ? 1 : at + 1 } };
  return writer.layer("Concat", inputs as [Edge, ...Edge[]], { settings, shape: step.outputShape });
};

const prelu: LayerWriter = (part) => {
  const { writer, step, weights } = part;
  const x = first(part);
  const alpha = weights.alpha as HostArray;
  const isShared = alpha.data.length === 1;
  if (!isShared && alpha.data.length !== x.shape.at(-1)) {
    throw writer.unsupported(step, "slopes of pixels; one for each channel there is, or one for all");
  }
  const settings = { prelu_param: isShared ? { channel_shared: true } : {} };
  return writer.layer("PReLU", [x], {
    settings,
    blobs: [isShared ? { data: alpha.data, shape: [1] } : perChannel(x, alpha)],
  });
};

const passed: LayerWriter = first;

/** The layers that Caffe has an equal of. */
export const layerWriters: Readonly<Record<string, LayerWriter>> = {
  activation: (part) => activated(part, first(part), String(part.step.layer.config.activation)),
  softmax(part) {
    const { config } = part.step.layer;
    if (config.axis !== -1 && config.axis !== part.step.inputShape.length)
      throw part.writer.unsupported(part.step, `axis ${config.axis}; the last one is`);
    return activated(part, first(part), "softmax");
  },
  leakyReLU: (part) =>
    part.writer.layer("ReLU", [first(part)], {
      settings: { relu_param: { negative_slope: Number(part.step.layer.config.alpha) } },
    }),
  elu: (part) =>
    part.writer.layer("ELU", [first(part)], {
      settings: { elu_param: { alpha: Number(part.step.layer.config.alpha) } },
    }),
  prelu,
  conv2d: conv,
  depthwiseConv2d: (part) =>
    activated(
      part,
      depthwise(part, part.weights.kernel as HostArray, part.weights.bias),
      String(part.step.layer.config.activation),
    ),
  separableConv2d: separable,
  conv2dTranspose: deconvolved,
  dense,
  batchNormalization,
  maxPooling2D: (part) => pooled(part, "MAX"),
  averagePooling2D: (part) => pooled(part, "AVE"),
  globalMaxPooling2D: globalPool("MAX"),
  globalAveragePooling2D: globalPool("AVE"),
  dropout: (part) =>
    part.writer.layer("Dropout", [first(part)], {
      settings: { dropout_param: { dropout_ratio: Number(part.step.layer.config.rate) } },
    }),
  // Off in inference, and not there in Caffe's training.
  spatialDropout2D: passed,
  gaussianNoise: passed,
  gaussianDropout: passed,
  flatten,
  reshape,
  zeroPadding2D: padded,
  cropping2D: cropped,
  add: merged(() => ({ operation: "SUM" })),
  subtract: merged(() => ({ operation: "SUM", coeff: [1, -1] })),
  average: merged((count) => ({ operation: "SUM", coeff: new Array<number>(count).fill(1 / count) })),
  multiply: merged(() => ({ operation: "PROD" })),
  maximum: merged(() => ({ operation: "MAX" })),
  concatenate: concatenated,
  operation(part) {
    const { operation } = part.step.layer.config as { operation: string };
    const write = Object.hasOwn(operationWriters, operation) ? operationWriters[operation] : undefined;
    const made = write?.(part);
    if (made) return made;
    throw part.writer.unsupported(part.step, `operation "${operation}" of such operands`);
  },
};

/** Layers that lay zeros around an image themselves. */
export const takesZeros: ReadonlySet<string> = new Set([
  ...["conv2d", "depthwiseConv2d", "separableConv2d", "averagePooling2D", "maxPooling2D"],
]);
