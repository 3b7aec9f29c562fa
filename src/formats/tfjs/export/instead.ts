import { LEAST } from "../../../nn/layers/rescaling.js";
import { toHost } from "../../../util/file-array.js";
import type { Shape } from "../../../util/shapes.js";
import type { Json, OwnConfig } from "../../keras/export/config.js";
import { cutFrom } from "../../keras/export/padding.js";
import type { Helper, NamedArray, Written } from "../../keras/export/written.js";
import { lacksInTfjs } from "./lacking.js";
import { resizedByProducts } from "./resizing.js";
import { overImages, reshaped, withAxes } from "./steps.js";

// Layers that TensorFlow.js lacks and what does the same there, in training too but for groups: it finds no gradient of a normalization without scale.

type Rule = (written: Written, row: Shape, out: Shape, c: OwnConfig) => Written | undefined;

/** A layer as TensorFlow.js has it. @throws Unsupported where it has no equal */
export function insteadInTfjs(written: Written, c: OwnConfig, row: Shape, out: Shape): Written {
  const isNested = out.length === 0;
  const found = isNested ? written : rules.reduce((last, rule) => rule(last, row, out, c) ?? last, written);
  const lack = lacksInTfjs(found.className, found.config);
  if (lack !== undefined) throw c.unsupported(lack);
  if (c.isFedMasked && found.className === "GlobalAveragePooling1D") {
    throw c.unsupported("TensorFlow.js takes the mean over all steps, those that a mask leaves out too");
  }
  return found;
}

const helper = (suffix: string, className: string, config: Json, shape: Shape): Helper => ({
  suffix,
  className,
  config,
  shape,
});

/** The activation as a layer of its own. */
const leakyRelu: Rule = (written, _, out) => {
  const { className, config, behind = [], shape = out } = written;
  if (config.activation !== "leaky_relu") return undefined;
  const alpha = { alpha: 0.2 };
  if (className === "Activation") return { ...written, className: "LeakyReLU", config: alpha };
  if (config.recurrent_activation !== undefined || className === "SimpleRNN") return undefined;
  const layer = helper("activation", "LeakyReLU", alpha, shape);
  return { ...written, config: { ...config, activation: "linear" }, behind: [layer, ...behind], shape };
};

const keepdims: Rule = (written, _, out) => {
  const { keepdims, ...config } = written.config;
  if (!keepdims) return undefined;
  return { ...written, config, behind: [reshaped("reshape", out)], shape: out.slice(-1) };
};

/** a − b = a + (−1) · b */
const subtract: Rule = (written, row) =>
  written.className === "Subtract"
    ? { ...written, className: "Add", before: [helper("negative", "Rescaling", { scale: -1, offset: 0 }, row)] }
    : undefined;

const spatialDropout: Rule = ({ className, config, ...written }) =>
  className === "SpatialDropout2D"
    ? { ...written, className: "Dropout", config: { ...config, noise_shape: [null, 1, 1, null] } }
    : undefined;

/** Mean and variance as numbers of two layers, or one, that scale and shift. */
const normalization: Rule = ({ className, config, ...written }, row, _, c) => {
  const axis = [config.axis].flat() as number[];
  const isOfChannels = axis.length === 0 || (axis.length === 1 && [-1, row.length].includes(axis[0] as number));
  if (className !== "Normalization" || !isOfChannels) return undefined;
  const [mean, variance] = c.arrays.map(numbersOf) as [number[], number[]];
  const deviation = variance.map((each) => Math.max(Math.sqrt(each), LEAST));
  const rescaling = (scale: unknown, offset: unknown) => ({ scale, offset });
  const hold = () => ({ own: [] });
  const whole = { ...written, className: "Rescaling", hold };
  if (config.invert) return { ...whole, config: rescaling(single(deviation), single(mean)) };
  const shift = rescaling(1, single(mean.map((each) => -each)));
  const before = [helper("mean", "Rescaling", shift, row)];
  return { ...whole, before, config: rescaling(single(deviation.map((each) => 1 / each)), 0) };
};

const numbersOf = ([name, array]: NamedArray): number[] => Array.from(toHost(name, array, "float64").data);

/** One number by itself. */
const single = (list: readonly number[]): number | readonly number[] =>
  list.length === 1 ? (list[0] as number) : list;

/** A part of what comes out where nothing is added. */
const outputPadding: Rule = ({ className, config, behind = [], ...written }, row, out) => {
  const axes = /^Conv([12])DTranspose$/.exec(className)?.[1];
  if (axes === undefined || !config.output_padding) return undefined;
  const [lengths, strides] = [config.kernel_size, config.strides].map((each) => [each].flat() as number[]);
  const windows = row.slice(0, Number(axes)).map((size, axis) => ({
    size,
    length: lengths?.[axis] as number,
    stride: strides?.[axis] as number,
  }));
  const left = windows.map(({ size, length, stride }, axis) => (size - 1) * stride + length - (out[axis] as number));
  const before = left.map((n) => (config.padding === "same" ? Math.floor(Math.max(n, 0) / 2) : 0));
  const cut = cutFrom(windows, before, out);
  if (!cut) return undefined;
  const plain = { ...config, padding: "valid", output_padding: null };
  return { ...written, className, config: plain, ...cut, behind: [...cut.behind, ...behind] };
};

/** To whole multiples each pixel is repeated. */
const nearest: Rule = ({ className, config, ...written }, row) => {
  const [height, width] = [config.height, config.width] as [number, number];
  const size = [height / (row[0] as number), width / (row[1] as number)];
  if (className !== "Resizing" || config.interpolation !== "nearest" || !size.every(Number.isInteger)) return undefined;
  return {
    ...written,
    className: "UpSampling2D",
    config: { size, interpolation: "nearest", data_format: "channels_last" },
  };
};

/** A kernel for each channel by itself. */
const ofEachChannel: Rule = (written, row) => {
  const { className, config, hold } = written;
  const channels = row.at(-1) as number;
  if (!/^Conv[12]D$/.test(className) || channels === 1 || config.groups !== channels) return undefined;
  const multiplier = (config.filters as number) / channels;
  const renamed = Object.entries(config).flatMap(([key, value]) => {
    if (key === "filters" || key === "groups") return [];
    return [[key.replace(/^kernel_(?!size)/, "depthwise_"), value] as const];
  });
  return {
    ...written,
    className: `Depthwise${className}`,
    config: { ...withAxes(Object.fromEntries(renamed), (axes) => axes.slice(0, -1)), depth_multiplier: multiplier },
    hold(arrays) {
      const { own, ...held } = hold(arrays);
      return {
        ...held,
        own: own.map(([name, array]) =>
          name === "kernel"
            ? ["depthwise_kernel", { ...array, shape: [...array.shape.slice(0, -2), channels, multiplier] }]
            : [name, array],
        ),
      };
    },
  };
};

const groupNormalization: Rule = ({ className, config, ...written }, row) => {
  const { groups, epsilon, center, scale } = config as {
    groups: number;
    epsilon: number;
    center: boolean;
    scale: boolean;
  };
  // What is scaled alone and what is both are a convolution of single pixels.
  if (className !== "GroupNormalization" || (center && !scale)) return undefined;
  const channels = row.at(-1) as number;
  const pixels = row.slice(0, -1).reduce((product, n) => product * n, 1);
  const [first, second] = [
    [pixels, groups, channels / groups],
    [groups, pixels, channels / groups],
  ] as const;
  const turned = (suffix: string, shape: Shape) => helper(suffix, "Permute", { dims: [2, 1, 3] }, shape);
  const normalized = { axis: [2, 3], epsilon, center: false, scale: false };
  const before = [
    reshaped("groups", first),
    turned("turned", second),
    helper("normalized", "LayerNormalization", normalized, second),
    turned("back", first),
  ];
  if (!scale) return { ...written, before, className: "Reshape", config: { target_shape: row } };
  const renamed = Object.entries(config).flatMap(([key, value]) => {
    const found = /^(gamma|beta)(_.*)$/.exec(key);
    return found ? [[`${found[1] === "gamma" ? "depthwise" : "bias"}${found[2]}`, value] as const] : [];
  });
  const image = [pixels, 1, channels];
  return {
    ...written,
    className: "DepthwiseConv2D",
    config: {
      kernel_size: [1, 1],
      strides: [1, 1],
      padding: "valid",
      data_format: "channels_last",
      depth_multiplier: 1,
      activation: "linear",
      use_bias: center,
      ...Object.fromEntries(renamed),
    },
    before: [...before, reshaped("pixels", image)],
    behind: [reshaped("reshape", row)],
    shape: image,
    hold: (arrays) => ({
      own: arrays.map(([name, array]) =>
        name === "gamma" ? ["depthwise_kernel", { ...array, shape: [1, 1, channels, 1] }] : ["bias", array],
      ),
    }),
  };
};

/**
 * A table of positions as the bias of a dense layer that is fed 0: TensorFlow.js finds no gradient where the indices of an embedding come from weights.
 * The kernel has a gradient of 0 and stays.
 */
const positions: Rule = ({ config, hold }, row, _, c) => {
  if (!/^(sinusoidalP|p)ositionalEmbedding$/.test(c.kind)) return undefined;
  const units = row.reduce((product, n) => product * n, 1);
  const renamed = Object.entries(config).flatMap(([key, value]) => {
    const found = /^embeddings(_.*)$/.exec(key);
    return found ? [[`bias${found[1]}`, value] as const] : [];
  });
  const ofTable = withAxes(Object.fromEntries(renamed), () => [0]);
  return {
    className: "Dense",
    config: {
      units,
      activation: "linear",
      use_bias: true,
      kernel_initializer: ZEROS,
      ...ofTable,
      ...(config.trainable === false ? { trainable: false } : {}),
    },
    before: [
      reshaped("numbers", [units, 1]),
      helper("largest", "GlobalMaxPooling1D", {}, [1]),
      helper("nothing", "Rescaling", { scale: 0, offset: 0 }, [1]),
    ],
    behind: [reshaped("table", row), { ...helper("sum", "Add", {}, row), takesInput: true }],
    shape: [units],
    hold(arrays) {
      const [[, table]] = hold(arrays).own as [NamedArray];
      const bytes = table.bytes.subarray(0, 4 * units);
      return {
        own: [
          ["kernel", { dtype: "float32", shape: [1, units], bytes: new Uint8Array(4 * units) }],
          ["bias", { dtype: "float32", shape: [units], bytes }],
        ],
      };
    },
  };
};

const ZEROS = { class_name: "Zeros", config: {} };

/** In this order: some make what others look at. */
const rules: readonly Rule[] = [
  positions,
  leakyRelu,
  keepdims,
  subtract,
  spatialDropout,
  normalization,
  nearest,
  resizedByProducts,
  ofEachChannel,
  groupNormalization,
  outputPadding,
  overImages,
];
