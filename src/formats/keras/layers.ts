import type { AnyLayer } from "../../nn/layer.js";
import * as make from "../../nn/layers/index.js";
import { stepActivations } from "../../ops/recurrent/steps.js";
import type { HostArray } from "../../util/host-array.js";
import type { LayerConfig } from "./config.js";
import { convolutions } from "./convolutions.js";
import { ending, type Made, type Maker, padding, plain } from "./made.js";

const pool1d =
  (pool: typeof make.maxPooling1D): Maker =>
  (c) => {
    const poolSize = c.single("pool_size", 2);
    return { isSpatial: true, layer: pool({ poolSize, strides: c.single("strides", poolSize), padding: padding(c) }) };
  };

const pool2d =
  (pool: typeof make.maxPooling2D): Maker =>
  (c) => {
    const poolSize = c.pair("pool_size", 2);
    const strides = c.has("strides") ? c.pair("strides", 2) : poolSize;
    return { isSpatial: true, layer: pool({ poolSize, strides, padding: padding(c) }) };
  };

const globalPool =
  (pool: (options: { keepdims: boolean }) => AnyLayer): Maker =>
  (c) => ({ isSpatial: true, layer: pool({ keepdims: c.get("keepdims", false) }) });

const merge =
  (layer: () => AnyLayer): Maker =>
  () =>
    plain(layer());

/** An activation within the steps. */
function ofSteps(c: LayerConfig, key: string, otherwise: string): string {
  const name = c.activation(key, otherwise);
  if (stepActivations().some((each) => each === name)) return name;
  throw c.unsupported(
    `${key} "${name}", whose slope does not follow from its result, which is all that is kept of a step`,
  );
}

/** What the three recurrent layers share. */
function recurrent(c: LayerConfig) {
  c.get("reset_after", true);
  return {
    units: c.get("units", 0),
    activation: ofSteps(c, "activation", "tanh"),
    useBias: c.get("use_bias", true),
    returnSequences: c.get("return_sequences", false),
    returnState: c.get("return_state", false),
    goBackwards: c.get("go_backwards", false),
    stateful: c.get("stateful", false),
    dropout: c.get("dropout", 0),
    recurrentDropout: c.get("recurrent_dropout", 0),
    ...c.ofWeight("kernel"),
    ...c.ofWeight("recurrent"),
    ...c.regularizerOf("bias"),
  };
}

const gateActivation = (c: LayerConfig): string =>
  ofSteps(c, "recurrent_activation", c.dialect.version === 1 ? "hard_sigmoid" : "sigmoid");

/** Keras 1 has kernel, recurrent kernel and bias of each gate by themselves: those of one kind become columns of one array. */
function gates(c: LayerConfig, order: readonly number[]): Pick<Made, "weights"> {
  if (c.dialect.version !== 1) return {};
  return {
    weights: (arrays) =>
      arrays.length !== 3 * order.length
        ? arrays
        : [0, 1, 2].map((kind) => columns(order.map((gate) => arrays[3 * gate + kind] as HostArray))),
  };
}

function columns(parts: readonly HostArray[]): HostArray {
  const [first] = parts as [HostArray];
  const width = first.shape.at(-1) as number;
  const rows = first.data.length / width;
  const data = new Float32Array(rows * width * parts.length);
  parts.forEach(({ data: part }, gate) => {
    for (let row = 0; row < rows; row++) {
      data.set(part.subarray(row * width, (row + 1) * width) as Float32Array, (row * parts.length + gate) * width);
    }
  });
  return { data, shape: [...first.shape.slice(0, -1), width * parts.length] };
}

const sides = (c: LayerConfig, key: string): [[number, number], [number, number]] => {
  const value = c.get<number | readonly (number | readonly number[])[]>(key, 1);
  const list = typeof value === "number" ? [value, value] : value;
  const [a, b] = list.map((each) => (typeof each === "number" ? [each, each] : [...each]) as [number, number]);
  return [a as [number, number], b as [number, number]];
};

/** The axis or axes of a normalization. */
const axisOf = (c: LayerConfig): number | readonly number[] => c.get<number | readonly number[]>("axis", -1);

const ends = (c: LayerConfig, key: string): [number, number] => c.pair(key, 1);

type Numbers = number | readonly number[];

/** Attention without heads. */
function attention<O extends object>(
  c: LayerConfig,
  { layer, ...own }: O & { layer: (options: never) => AnyLayer },
): Made {
  c.only("called", undefined);
  c.only("return_attention_scores", false);
  for (const key of ["training", "score_mode", "seed", "use_attention_mask"]) c.get(key, undefined);
  const options = { ...own, causal: c.get("use_causal_mask", false), dropout: c.get("dropout", 0) };
  return plain(layer(options as never));
}

/** Keras has the numbers in the config, or as weights with a count behind them; here they are weights. */
const normalization: Maker = (c) => {
  const axis = c.isNone("axis") ? null : c.get<Numbers>("axis", -1);
  const given = ["mean", "variance"].map((key) => c.get<unknown>(key, undefined));
  const lists = given.map((value) => [value].flat(Number.POSITIVE_INFINITY) as number[]);
  const own = given.every((value) => value !== undefined) ? { mean: lists[0], variance: lists[1] } : {};
  return {
    layer: make.normalization({ axis: axis as number, invert: c.get("invert", false), ...(own as { mean: number[] }) }),
    weights: (arrays) => (arrays.length === 0 && "mean" in own ? undefined : arrays.slice(0, 2)),
  };
};

/** Each layer that Keras has and we have, by Keras 2's and 3's name. */
export const layers: Readonly<Record<string, Maker>> = {
  Dense: (c) => plain(make.dense({ units: c.get("units", 0), ...ending(c), ...c.ofWeight("kernel") })),
  ...convolutions,
  BatchNormalization: (c) => {
    const axis = c.get<number | readonly number[]>("axis", -1);
    const at = typeof axis === "number" ? axis : axis[0];
    return {
      // The channels' axis is the last of our data, also where Keras has it in front of the pixels.
      isSpatial: at === 1,
      layer: make.batchNormalization({
        momentum: c.get("momentum", 0.99),
        epsilon: c.get("epsilon", 1e-3),
        center: c.get("center", true),
        scale: c.get("scale", true),
        ...c.regularizerOf("gamma"),
        ...c.regularizerOf("beta"),
      }),
    };
  },
  LayerNormalization: (c) =>
    plain(
      make.layerNormalization({
        axis: axisOf(c),
        epsilon: c.get("epsilon", 1e-3),
        center: c.get("center", true),
        scale: c.get("scale", true),
        ...c.regularizerOf("gamma"),
        ...c.regularizerOf("beta"),
      }),
    ),
  RMSNormalization: (c) => plain(make.rmsNormalization({ axis: axisOf(c), epsilon: c.get("epsilon", 1e-6) })),
  UnitNormalization: (c) => plain(make.unitNormalization({ axis: axisOf(c) })),
  GroupNormalization: (c) => {
    const axis = c.get<number>("axis", -1);
    if (axis !== -1 && axis !== 1) throw c.unsupported(`axis ${axis}`);
    return {
      isSpatial: axis === 1,
      layer: make.groupNormalization({
        groups: c.get("groups", 32),
        epsilon: c.get("epsilon", 1e-3),
        center: c.get("center", true),
        scale: c.get("scale", true),
        ...c.regularizerOf("gamma"),
        ...c.regularizerOf("beta"),
      }),
    };
  },
  MultiHeadAttention: (c) => {
    for (const [key, value] of [
      ["use_gate", false],
      ["sliding_window", undefined],
      ["attention_axes", [1]],
      ["called", undefined],
    ] as const) {
      c.only(key, value);
    }
    c.get("flash_attention", undefined);
    const outputShape = c.get<number | readonly number[] | undefined>("output_shape", undefined);
    if (Array.isArray(outputShape) && outputShape.length !== 1) throw c.unsupported(`output_shape [${outputShape}]`);
    return plain(
      make.multiHeadAttention({
        numHeads: c.get("num_heads", 1),
        keyDim: c.get("key_dim", 1),
        valueDim: c.get("value_dim", c.get("key_dim", 1)),
        ...(outputShape === undefined ? {} : { outputShape: [outputShape].flat()[0] as number }),
        dropout: c.get("dropout", 0),
        useBias: c.get("use_bias", true),
        causal: c.get("use_causal_mask", false),
        useMask: c.get("use_attention_mask", false),
        ...c.ofWeight("kernel"),
        ...c.regularizerOf("bias"),
      }),
    );
  },
  Attention: (c) =>
    attention(c, {
      useScale: c.get("use_scale", false),
      layer: make.attention,
      scoreMode: c.get<"dot" | "concat">("score_mode", "dot"),
    }),
  AdditiveAttention: (c) => attention(c, { useScale: c.get("use_scale", true), layer: make.additiveAttention }),
  Rescaling: (c) => plain(make.rescaling({ scale: c.get<Numbers>("scale", 1), offset: c.get<Numbers>("offset", 0) })),
  Normalization: normalization,
  Resizing: (c) => {
    for (const key of ["crop_to_aspect_ratio", "pad_to_aspect_ratio", "antialias"]) c.only(key, false);
    for (const key of ["fill_mode", "fill_value"]) c.get(key, undefined);
    const interpolation = c.get<"nearest" | "bilinear">("interpolation", "bilinear");
    if (!["nearest", "bilinear"].includes(interpolation)) throw c.unsupported(`interpolation "${interpolation}"`);
    return {
      isSpatial: true,
      layer: make.resizing({ height: c.get("height", 1), width: c.get("width", 1), interpolation }),
    };
  },
  Identity: () => plain(make.activation({ activation: "linear" })),
  ThresholdedReLU: (c) =>
    plain(make.operation({ operation: "thresholdedRelu", attributes: { theta: c.get("theta", 1) } })),
  MaxPooling1D: pool1d(make.maxPooling1D),
  AveragePooling1D: pool1d(make.averagePooling1D),
  MaxPooling2D: pool2d(make.maxPooling2D),
  AveragePooling2D: pool2d(make.averagePooling2D),
  GlobalMaxPooling1D: globalPool(make.globalMaxPooling1D),
  GlobalAveragePooling1D: globalPool(make.globalAveragePooling1D),
  GlobalMaxPooling2D: globalPool(make.globalMaxPooling2D),
  GlobalAveragePooling2D: globalPool(make.globalAveragePooling2D),
  Activation: (c) => plain(make.activation({ activation: c.activation() })),
  Softmax: (c) => {
    const axis = c.get("axis", -1);
    return plain(axis === -1 ? make.activation({ activation: "softmax" }) : make.softmax({ axis }));
  },
  ReLU: (c) => {
    c.only("negative_slope", 0);
    c.only("threshold", 0);
    const most = c.get<number | undefined>("max_value", undefined);
    if (most === undefined) return plain(make.activation({ activation: "relu" }));
    return plain(make.operation({ operation: "clipByValue", attributes: { min: 0, max: most } }));
  },
  LeakyReLU: (c) => plain(make.leakyReLU({ alpha: c.get("negative_slope", c.get("alpha", 0.3)) })),
  ELU: (c) => plain(make.elu({ alpha: c.get("alpha", 1) })),
  PReLU: (c) => plain(make.prelu({ sharedAxes: c.get<readonly number[]>("shared_axes", []), ...c.ofWeight("alpha") })),
  AlphaDropout: (c) => plain(make.alphaDropout({ rate: c.get("rate", 0.5) })),
  Dropout(c) {
    const rate = c.get("rate", 0.5);
    const shape = JSON.stringify(c.get("noise_shape", null));
    if (shape === "[null,1,null]") return plain(make.spatialDropout1D({ rate }));
    if (shape === "[null,1,1,null]") return plain(make.spatialDropout2D({ rate }));
    return plain(make.dropout({ rate }));
  },
  SpatialDropout1D: (c) => plain(make.spatialDropout1D({ rate: c.get("rate", 0.5) })),
  SpatialDropout2D: (c) => ({ isSpatial: true, layer: make.spatialDropout2D({ rate: c.get("rate", 0.5) }) }),
  GaussianNoise: (c) => plain(make.gaussianNoise({ stddev: c.get("stddev", 0.1) })),
  GaussianDropout: (c) => plain(make.gaussianDropout({ rate: c.get("rate", 0.5) })),
  ZeroPadding1D: (c) => ({ isSpatial: true, layer: make.zeroPadding1D({ padding: ends(c, "padding") }) }),
  ZeroPadding2D: (c) => ({ isSpatial: true, layer: make.zeroPadding2D({ padding: sides(c, "padding") }) }),
  Cropping1D: (c) => ({ isSpatial: true, layer: make.cropping1D({ cropping: ends(c, "cropping") }) }),
  Cropping2D: (c) => ({ isSpatial: true, layer: make.cropping2D({ cropping: sides(c, "cropping") }) }),
  UpSampling1D: (c) => plain(make.upSampling1D({ size: c.single("size", 2) })),
  UpSampling2D: (c) => ({
    isSpatial: true,
    layer: make.upSampling2D({
      size: c.pair("size", 2),
      interpolation: c.get<"nearest" | "bilinear">("interpolation", "nearest"),
    }),
  }),
  Permute: (c) => plain(make.permute({ dims: c.get<readonly number[]>("dims", []) })),
  RepeatVector: (c) => plain(make.repeatVector({ n: c.get("n", 1) })),
  Add: merge(make.add),
  Subtract: merge(make.subtract),
  Multiply: merge(make.multiply),
  Average: merge(make.average),
  Maximum: merge(make.maximum),
  Minimum: merge(make.minimum),
  Dot: (c) =>
    plain(make.dot({ axes: c.get<number | [number, number]>("axes", -1), normalize: c.get("normalize", false) })),
  Concatenate: (c) => plain(make.concatenate({ axis: c.get("axis", -1) })),
  Embedding: (c) => {
    return plain(
      make.embedding({
        inputDim: c.get("input_dim", 0),
        outputDim: c.get("output_dim", 0),
        maskZero: c.get("mask_zero", false),
        ...c.ofWeight("embeddings"),
      }),
    );
  },
  Masking: (c) => plain(make.masking({ maskValue: c.get("mask_value", 0) })),
  SimpleRNN: (c) => plain(make.simpleRNN(recurrent(c))),
  LSTM: (c) => ({
    layer: make.lstm({
      ...recurrent(c),
      recurrentActivation: gateActivation(c),
      unitForgetBias: c.get("unit_forget_bias", true),
    }),
    // Keras 1 has them as input, cell, forget, output.
    ...gates(c, [0, 2, 1, 3]),
  }),
  GRU: (c) => ({
    layer: make.gru({
      ...recurrent(c),
      recurrentActivation: gateActivation(c),
      resetAfter: c.get("reset_after", c.dialect.version === 3),
    }),
    ...gates(c, [0, 1, 2]),
  }),
  Bidirectional: (c, nested) => {
    const { layer } = nested(c.get("layer", undefined));
    const backward = c.get<unknown>("backward_layer", undefined);
    c.get("return_sequences", undefined);
    const mergeMode = c.isNone("merge_mode") ? null : c.get<"concat">("merge_mode", "concat");
    const other = backward === undefined ? {} : { backwardLayer: nested(backward).layer as never };
    return plain(make.bidirectional({ layer: layer as never, ...other, mergeMode }));
  },
  TimeDistributed: (c, nested) =>
    plain(make.timeDistributed({ layer: nested(c.get("layer", undefined)).layer as never })),
};
