import type { LayerConfig } from "../../../nn/layer.js";
import { type FileArray, fromHost } from "../../../util/file-array.js";
import type { Shape } from "../../../util/shapes.js";
import { type Json, OwnConfig, object, snake } from "./config.js";

/** An array under our name for it. */
export type NamedArray = readonly [name: string, array: FileArray];

/** Where Keras keeps a layer's weights: with the layer itself, or with layers within it. */
export interface Held {
  readonly own: readonly NamedArray[];
  /** By the attribute that Keras 3 has them under; Keras 2 goes by their names. */
  readonly inner?: Readonly<Record<string, Held & { readonly name: string }>>;
}

/** Weights as Keras 2 and TensorFlow.js call them: `lstm/lstm_cell/kernel`. */
export function weightsOf({ own, inner = {} }: Held, path: string): (readonly [name: string, array: FileArray])[] {
  return [
    ...own.map(([name, array]) => [`${path}/${name}`, array] as const),
    ...Object.values(inner).flatMap((held) => weightsOf(held, `${path}/${held.name}`)),
  ];
}

/** One of our layers as Keras has it. */
export interface Written {
  readonly className: string;
  readonly config: Json;
  /** What Keras is told where the layer is called: the fewest inputs, of which the first stands for those that lack, and options. */
  readonly call?: { readonly least: number; readonly options: Json };
  hold(arrays: readonly NamedArray[]): Held;
}

type Writer = (c: OwnConfig, row: Shape) => Written;

const direct = (arrays: readonly NamedArray[]): Held => ({
  own: arrays.map(([name, array]) => [snake(name), array]),
});

/** A layer whose options have the same names in both, or that gets them from `more`. */
const plain =
  (className: string, keys: readonly string[] = [], more: (c: OwnConfig, row: Shape) => Json = () => ({})): Writer =>
  (c, row) => ({ className, config: { ...c.pick(...keys), ...more(c, row) }, hold: direct });

/** Activation and bias behind a kernel. */
const ending = (c: OwnConfig): Json => ({
  activation: c.activation(),
  use_bias: c.get("useBias"),
  ...c.ofWeight("bias", 1),
});

const kernels =
  (rank: number, ...weights: readonly string[]) =>
  (c: OwnConfig): Json => ({
    ...(c.get("padding") === undefined ? {} : { padding: c.padding(), data_format: "channels_last" }),
    ...ending(c),
    ...Object.assign({}, ...weights.map((weight) => c.ofWeight(weight, rank))),
  });

const depthwiseKernel = (arrays: readonly NamedArray[]): Held =>
  direct(arrays.map(([name, array]) => [name === "kernel" ? "depthwiseKernel" : name, array]));

const window = ["kernelSize", "strides", "dilationRate"];

const pooling = (className: string): Writer =>
  plain(className, ["poolSize", "strides"], (c) => ({ padding: c.padding(), data_format: "channels_last" }));

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

const attention =
  (className: string, ...keys: readonly string[]): Writer =>
  (c) => ({
    className,
    config: c.pick("dropout", ...keys),
    call: { least: 2, options: c.get("causal") ? { use_causal_mask: true } : {} },
    hold: direct,
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
  const layer = writtenAs(new OwnConfig(kind, name, config, c.reader), []);
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

/** The one operation that Keras has as a layer. */
const operation: Writer = (c) => {
  const { min, max } = c.get<{ min?: number; max?: number }>("attributes");
  if (c.get("operation") !== "clipByValue" || min !== 0 || typeof max !== "number") {
    throw c.unsupported(`no layer of Keras is wg.${c.get<string>("operation")}`);
  }
  return { className: "ReLU", config: { max_value: max, negative_slope: 0, threshold: 0 }, hold: direct };
};

/** Each layer that we have and Keras has, by our name. */
export const layerWriters: Readonly<Record<string, Writer>> = {
  dense: plain("Dense", ["units"], kernels(2, "kernel")),
  conv1d: plain("Conv1D", ["filters", ...window, "groups"], kernels(3, "kernel")),
  depthwiseConv1d: (c) => ({
    className: "DepthwiseConv1D",
    config: { ...c.pick(...window, "depthMultiplier"), ...kernels(3, "depthwise")(c) },
    hold: depthwiseKernel,
  }),
  separableConv1d: plain(
    "SeparableConv1D",
    ["filters", ...window, "depthMultiplier"],
    kernels(3, "depthwise", "pointwise"),
  ),
  conv1dTranspose: plain("Conv1DTranspose", ["filters", ...window], (c) => ({
    ...kernels(3, "kernel")(c),
    output_padding: c.get("outputPadding") ?? null,
  })),
  conv2d: plain("Conv2D", ["filters", ...window, "groups"], kernels(4, "kernel")),
  depthwiseConv2d: (c) => ({
    className: "DepthwiseConv2D",
    config: { ...c.pick(...window, "depthMultiplier"), ...kernels(4, "depthwise")(c) },
    hold: depthwiseKernel,
  }),
  separableConv2d: plain(
    "SeparableConv2D",
    ["filters", ...window, "depthMultiplier"],
    kernels(4, "depthwise", "pointwise"),
  ),
  conv2dTranspose: plain("Conv2DTranspose", ["filters", ...window], (c) => ({
    ...kernels(4, "kernel")(c),
    output_padding: c.get("outputPadding") ?? null,
  })),
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
  attention: attention("Attention", "useScale", "scoreMode"),
  additiveAttention: attention("AdditiveAttention", "useScale"),
  rescaling: plain("Rescaling", ["scale", "offset"]),
  normalization(c) {
    const axis = [c.get<number | readonly number[]>("axis")].flat();
    if (axis.length > 1 && c.reader.version === 2) {
      throw c.unsupported(`axis [${axis}], of which Keras reads the last alone in such a file; save it as .keras`);
    }
    return {
      className: "Normalization",
      config: { ...c.pick("invert"), axis: axis.length > 1 ? axis : axis[0] },
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
    mask_zero: false,
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

/** Those among them that Keras 2 lacks. */
export const sinceKeras3: ReadonlySet<string> = new Set(["rmsNormalization"]);

/** @param row the shape of one row of its input @throws Unsupported where Keras, or who is to read it, has no equal */
export function writtenAs(c: OwnConfig, row: Shape): Written {
  const writer = Object.hasOwn(layerWriters, c.kind) ? layerWriters[c.kind] : undefined;
  if (!writer) throw c.unsupported("no equal in Keras is known here");
  if (c.reader.version < 3 && sinceKeras3.has(c.kind)) throw c.unsupported("Keras 2 has no such layer");
  const written = writer(c, row);
  const lack = c.reader.lacks?.(written.className, written.config);
  if (lack !== undefined) throw c.unsupported(lack);
  return written;
}
