import type { LayerConfig } from "../../../nn/layer.js";
import { fromHost } from "../../../util/file-array.js";
import type { Shape } from "../../../util/shapes.js";
import { attention, multiHeadAttention } from "./attention.js";
import { type Json, OwnConfig, object, snake } from "./config.js";
import { croppedAs, paddedAs } from "./padding.js";
import { positionalEmbedding, sinusoidalPositionalEmbedding } from "./positions.js";
import { direct, type Held, type NamedArray, plain, type Writer, type Written } from "./written.js";

/** Activation and bias behind a kernel. */
const ending = (c: OwnConfig): Json => ({
  activation: c.activation(),
  use_bias: c.get("useBias"),
  ...c.ofWeight("bias", 1),
});

const kernels =
  (rank: number, ...weights: readonly string[]) =>
  (c: OwnConfig): Json => ({
    ...ending(c),
    ...Object.assign({}, ...weights.map((weight) => c.ofWeight(weight, rank))),
  });

const depthwiseKernel = (arrays: readonly NamedArray[]): Held =>
  direct(arrays.map(([name, array]) => [name === "kernel" ? "depthwiseKernel" : name, array]));

const window = ["kernelSize", "strides", "dilationRate"];

/** A layer whose window goes over what is padded. */
const padded =
  (length: "kernelSize" | "poolSize", write: Writer, canBeZeros: (c: OwnConfig) => boolean = () => true): Writer =>
  (c, row, out) => {
    const { word, before } = paddedAs(c, row, length, canBeZeros(c));
    const { config, ...written } = write(c, row, out);
    return { ...written, config: { ...config, padding: word, data_format: "channels_last" }, before };
  };

const conv = (className: string, rank: number): Writer =>
  padded("kernelSize", plain(className, ["filters", ...window, "groups"], kernels(rank, "kernel")));

const depthwise = (className: string, rank: number): Writer =>
  padded("kernelSize", (c) => ({
    className,
    config: { ...c.pick(...window, "depthMultiplier"), ...kernels(rank, "depthwise")(c) },
    hold: depthwiseKernel,
  }));

const separable = (className: string, rank: number): Writer =>
  padded(
    "kernelSize",
    plain(className, ["filters", ...window, "depthMultiplier"], kernels(rank, "depthwise", "pointwise")),
  );

const transposed =
  (className: string, rank: number): Writer =>
  (c, row, out) => {
    const { word, ...cropped } = croppedAs(c, row, out);
    const config = {
      ...c.pick("filters", ...window),
      padding: word,
      data_format: "channels_last",
      ...kernels(rank, "kernel")(c),
      // What is cut by numbers leaves as much as is added behind.
      output_padding: (typeof c.get("padding") === "string" ? c.get("outputPadding") : undefined) ?? null,
    };
    return { className, config, hold: direct, ...cropped };
  };

/** Zeros around what is not negative change no maximum; means leave out what is padded. */
const pooling = (className: string): Writer =>
  padded(
    "poolSize",
    plain(className, ["poolSize", "strides"]),
    (c) => className.startsWith("Max") && c.isFedNonNegative,
  );

const globalPooling = (className: string): Writer =>
  plain(className, ["keepdims"], () => ({ data_format: "channels_last" }));

const affine = (c: OwnConfig): Json => ({
  ...c.pick("epsilon", "center", "scale"),
  ...c.ofWeight("gamma", 1),
  ...c.ofWeight("beta", 1),
});

const dropout = (className: string): Writer =>
  plain(className, ["rate"], (c) => {
    if (c.get("mode") === "inverted") return {};
    throw c.unsupported(`mode "${c.get("mode")}"`);
  });

const recurrent =
  (className: string, keys: readonly string[] = [], more: (c: OwnConfig) => Json = () => ({})): Writer =>
  (c) => ({
    className,
    config: {
      ...c.pick(
        "units",
        "useBias",
        "returnSequences",
        "goBackwards",
        "stateful",
        "dropout",
        "recurrentDropout",
        ...keys,
      ),
      activation: c.activation(),
      ...more(c),
      ...c.ofWeight("kernel", 2),
      ...c.ofWeight("recurrent", 2),
      ...c.ofWeight("bias", 1),
      return_state: false,
    },
    hold: (arrays) => ({ own: [], inner: { cell: { name: `${snake(c.kind)}_cell`, ...direct(arrays) } } }),
  });

const gates = (c: OwnConfig): Json => ({ recurrent_activation: c.activation("recurrentActivation") });

/** A layer within a layer: the config of it, and who keeps its weights. */
function nested(c: OwnConfig): { saved: Json; layer: Written; name: string } {
  const { kind, config } = c.get<{ kind: string; config: LayerConfig }>("layer");
  const name = snake(kind);
  // Its input is not known here; a layer within one has no options that depend on it.
  const layer = writtenAs(new OwnConfig(kind, name, config, c.reader), [], []);
  if ([...(layer.before ?? []), ...(layer.behind ?? [])].length > 0) {
    throw c.unsupported(`a ${kind} that takes several layers of Keras, which one within another cannot be`);
  }
  // With the module also in Keras 2, as its last versions have it: without, Keras 3 finds no such class.
  const saved = object({ version: 3 }, "keras.layers", layer.className, {
    name,
    dtype: "float32",
    ...layer.config,
  });
  return { saved, layer, name };
}

const bidirectional: Writer = (c) => {
  const { saved, layer, name } = nested(c);
  return {
    className: "Bidirectional",
    config: { layer: saved, merge_mode: c.get("mergeMode") },
    hold(arrays) {
      const side = (way: string) => {
        const own = arrays.filter(([key]) => key.startsWith(way));
        const bare = (key: string) => key.charAt(way.length).toLowerCase() + key.slice(way.length + 1);
        return { name: `${way}_${name}`, ...layer.hold(own.map(([key, array]) => [bare(key), array])) };
      };
      return { own: [], inner: { forward_layer: side("forward"), backward_layer: side("backward") } };
    },
  };
};

const timeDistributed: Writer = (c) => {
  const { saved, layer, name } = nested(c);
  return {
    className: "TimeDistributed",
    config: { layer: saved },
    hold: (arrays) => ({ own: [], inner: { layer: { name, ...layer.hold(arrays) } } }),
  };
};

/** Operations on one tensor that Keras has as layers: their class and options; undefined with other attributes. */
const asLayers: Readonly<Record<string, (attributes: Json, row: Shape) => readonly [string, Json] | undefined>> = {
  clipByValue: ({ min, max }) =>
    min === 0 && typeof max === "number" ? ["ReLU", { max_value: max, negative_slope: 0, threshold: 0 }] : undefined,
  mean: (attributes, row) => overPixels("GlobalAveragePooling", attributes, row),
  max: (attributes, row) => overPixels("GlobalMaxPooling", attributes, row),
  transpose({ perm }) {
    const [batch, ...dims] = perm as readonly number[];
    return batch === 0 ? ["Permute", { dims }] : undefined;
  },
  reshape({ shape }) {
    const [batch, ...row] = shape as readonly number[];
    return batch === -1 && row.every((n) => n > 0) ? ["Reshape", { target_shape: row }] : undefined;
  },
};

/** A reduction over all axes between the batch and the channels. */
function overPixels(name: string, { axis, keepDims = false }: Json, row: Shape): readonly [string, Json] | undefined {
  const rank = row.length + 1;
  const axes = [axis as number | readonly number[]].flat().map((each) => (each < 0 ? each + rank : each));
  const pixels = rank - 2;
  const isAll = axes.length === pixels && axes.every((each) => each >= 1 && each <= pixels);
  if (!isAll || pixels < 1 || pixels > 2) return undefined;
  return [`${name}${pixels}D`, { data_format: "channels_last", keepdims: keepDims }];
}

const operation: Writer = (c, row) => {
  const name = c.get<string>("operation");
  const operands = c.get<readonly { kind: string }[]>("operands") ?? [{ kind: "input" }];
  const isOne = operands.length === 1 && operands[0]?.kind === "input";
  const found = isOne ? asLayers[name]?.(c.get<Json>("attributes"), row) : undefined;
  if (!found) throw c.unsupported(`no layer of Keras is wg.${name}`);
  if (c.isFedMasked && name === "mean") throw c.unsupported("behind a mask, which Keras's mean heeds");
  return { className: found[0], config: found[1], hold: direct };
};

/** Each layer that we have and Keras has, by our name. */
export const layerWriters: Readonly<Record<string, Writer>> = {
  dense: plain("Dense", ["units"], kernels(2, "kernel")),
  conv1d: conv("Conv1D", 3),
  depthwiseConv1d: depthwise("DepthwiseConv1D", 3),
  separableConv1d: separable("SeparableConv1D", 3),
  conv1dTranspose: transposed("Conv1DTranspose", 3),
  conv2d: conv("Conv2D", 4),
  depthwiseConv2d: depthwise("DepthwiseConv2D", 4),
  separableConv2d: separable("SeparableConv2D", 4),
  conv2dTranspose: transposed("Conv2DTranspose", 4),
  batchNormalization: plain("BatchNormalization", [], (c) => {
    const momentum = c.get<number>("momentum");
    return { axis: -1, momentum: c.get("momentumConvention") === "pytorch" ? 1 - momentum : momentum, ...affine(c) };
  }),
  layerNormalization: plain("LayerNormalization", ["axis"], affine),
  groupNormalization: plain("GroupNormalization", ["groups"], (c) => ({ axis: -1, ...affine(c) })),
  unitNormalization: plain("UnitNormalization", ["axis"]),
  rmsNormalization: plain("RMSNormalization", ["axis", "epsilon"]),
  maxPooling1D: pooling("MaxPooling1D"),
  averagePooling1D: pooling("AveragePooling1D"),
  maxPooling2D: pooling("MaxPooling2D"),
  averagePooling2D: pooling("AveragePooling2D"),
  globalMaxPooling1D: globalPooling("GlobalMaxPooling1D"),
  globalAveragePooling1D: globalPooling("GlobalAveragePooling1D"),
  globalMaxPooling2D: globalPooling("GlobalMaxPooling2D"),
  globalAveragePooling2D: globalPooling("GlobalAveragePooling2D"),
  activation: plain("Activation", [], (c) => ({ activation: c.activation() })),
  softmax: plain("Softmax", ["axis"]),
  leakyReLU: plain("LeakyReLU", [], (c) => ({ [c.reader.version === 3 ? "negative_slope" : "alpha"]: c.get("alpha") })),
  elu: plain("ELU", ["alpha"]),
  prelu: plain("PReLU", ["sharedAxes"], (c, row) => c.ofWeight("alpha", row.length)),
  alphaDropout: plain("AlphaDropout", ["rate"]),
  attention: attention("Attention"),
  additiveAttention: attention("AdditiveAttention"),
  multiHeadAttention,
  positionalEmbedding,
  sinusoidalPositionalEmbedding,
  masking: plain("Masking", ["maskValue"]),
  resizing: plain("Resizing", ["height", "width", "interpolation"], () => ({ data_format: "channels_last" })),
  rescaling: plain("Rescaling", ["scale", "offset"]),
  normalization(c) {
    const axis = [c.get<number | readonly number[] | null>("axis") ?? []].flat();
    if (axis.length !== 1 && c.reader.version === 2 && !c.reader.instead) {
      throw c.unsupported(`axis [${axis}], for which Keras takes the last one in such a file; save it as .keras`);
    }
    return {
      className: "Normalization",
      config: { ...c.pick("invert"), axis: axis.length === 1 ? axis[0] : axis },
      // Behind the weights Keras has the count of what they were found from.
      hold: (arrays) => direct([...arrays, ["count", fromHost("save", { data: new Int32Array(1), shape: [] })]]),
    };
  },
  dropout: dropout("Dropout"),
  spatialDropout1D: dropout("SpatialDropout1D"),
  spatialDropout2D: dropout("SpatialDropout2D"),
  gaussianNoise: plain("GaussianNoise", ["stddev"]),
  gaussianDropout: plain("GaussianDropout", ["rate"]),
  zeroPadding1D: plain("ZeroPadding1D", ["padding"]),
  zeroPadding2D: plain("ZeroPadding2D", ["padding"]),
  cropping1D: plain("Cropping1D", ["cropping"]),
  cropping2D: plain("Cropping2D", ["cropping"]),
  upSampling1D: plain("UpSampling1D", ["size"]),
  upSampling2D: plain("UpSampling2D", ["size", "interpolation"]),
  permute: plain("Permute", ["dims"]),
  repeatVector: plain("RepeatVector", ["n"]),
  flatten: plain("Flatten"),
  reshape: plain("Reshape", ["targetShape"]),
  add: plain("Add"),
  subtract: plain("Subtract"),
  multiply: plain("Multiply"),
  average: plain("Average"),
  maximum: plain("Maximum"),
  minimum: plain("Minimum"),
  dot: plain("Dot", ["axes", "normalize"]),
  concatenate: plain("Concatenate", ["axis"]),
  embedding: plain("Embedding", ["inputDim", "outputDim"], (c) => ({
    mask_zero: c.get("maskZero") ?? false,
    ...c.ofWeight("embeddings", 2),
  })),
  simpleRNN: recurrent("SimpleRNN"),
  lstm: recurrent("LSTM", ["unitForgetBias"], (c) => {
    if (c.get("peepholes")) throw c.unsupported("peepholes");
    return gates(c);
  }),
  gru: recurrent("GRU", ["resetAfter"], gates),
  bidirectional,
  timeDistributed,
  operation,
};

/** Those among them that are written in the words of Keras 3 alone: it does not find the inputs of attention in those of Keras 2. */
export const sinceKeras3: ReadonlySet<string> = new Set(["rmsNormalization", "multiHeadAttention"]);

/**
 * @param row the shape of one row of its input
 * @param out that of its output
 * @throws Unsupported where Keras, or who is to read it, has no equal
 */
export function writtenAs(c: OwnConfig, row: Shape, out: Shape): Written {
  const writer = Object.hasOwn(layerWriters, c.kind) ? layerWriters[c.kind] : undefined;
  if (!writer) throw c.unsupported("no equal in Keras is known here");
  if (c.reader.version < 3 && sinceKeras3.has(c.kind)) throw c.unsupported("only Keras 3 reads such a layer");
  const written = writer(c, row, out);
  return c.reader.instead?.(written, c, row, out) ?? written;
}
