import type { AnyLayer } from "../../nn/layer.js";
import * as make from "../../nn/layers/index.js";
import { add, mul } from "../../nn/operations/arithmetic.js";
import { localResponseNormalization } from "../../nn/operations/normalization.js";
import { sum } from "../../nn/operations/reduction.js";
import type { Sides } from "../../ops/window.js";
import { sizeOfShape } from "../../util/shapes.js";
import { known } from "../graph/builder.js";
import { product } from "../graph/rows.js";
import { type Flow, type Known, PLAIN, transposed } from "../graph/values.js";
import { activationOf, Config, scalar } from "./config.js";
import { applied } from "./lstm.js";
import { featuresOf, type Maker, type Place, penalty } from "./place.js";
import { bidirectional, gravesBidirectional, lastStep, oneWay, simpleRnn } from "./recurrent.js";

const dense: Maker = (c, x, place) => {
  const [nin, units] = [featuresOf(c, x, [2, 3]), c.size("nout")];
  if (c.flag("hasLayerNorm", false)) throw c.unsupported("layer normalization within");
  const kernel = place.parameters.take(c.where, [nin, units]);
  const bias = c.flag("hasBias", true) ? place.parameters.take(c.where, [units]) : undefined;
  const { name, behind } = activationOf(c);
  const options = { activation: name, ...penalty(c, place, "kernelRegularizer") };
  const y = product(place.builder, x, kernel, bias, options);
  return behind ? behind(place.builder, y) : y;
};

/** What training alone needs lies behind. */
const denseWith =
  (shape: (c: Config) => number[]): Maker =>
  (c, x, place) => {
    const y = dense(c, x, place);
    place.parameters.take(c.where, shape(c));
    return y;
  };

/** Rows added before and behind, or as the mode Same has it. */
function sidesOf(c: Config, n: number, kernel: number, stride: number, padding: number, dilation: number): Sides {
  if (c.text("convolutionMode", "Truncate") !== "Same") return [padding, padding];
  const needed = Math.max(0, (Math.ceil(n / stride) - 1) * stride + (kernel - 1) * dilation + 1 - n);
  const less = Math.floor(needed / 2);
  return [less, needed - less];
}

interface Window {
  readonly kernel: [number, number];
  readonly strides: [number, number];
  readonly dilationRate: [number, number];
  readonly padding: [Sides, Sides];
}

function windowOf(c: Config, x: Flow): Window {
  const mode = c.text("convolutionMode", "Truncate");
  if (!["Same", "Truncate", "Strict"].includes(mode)) throw c.unsupported(`convolution mode ${mode}`);
  const kernel = c.pair("kernelSize", 1);
  const [strides, dilationRate, pads] = [c.pair("stride", 1), c.pair("dilation", 1), c.pair("padding", 0, 0)];
  const pixels = x.dims.length === 4 ? x.dims.slice(2) : [x.dims[1] as number, 1];
  const side = (i: 0 | 1) => sidesOf(c, pixels[i] as number, kernel[i], strides[i], pads[i], dilationRate[i]);
  return { kernel, strides, dilationRate, padding: [side(0), side(1)] };
}

/** Bias, then the kernel `[filters, channels, height, width]`. */
function kernelOf(
  c: Config,
  { parameters }: Place,
  shape: readonly number[],
  filters: number,
  perm: readonly number[],
) {
  const bias = c.flag("hasBias", true) ? parameters.take(c.where, [filters]) : undefined;
  const kernel = transposed(parameters.take(c.where, shape, "c"), perm);
  return {
    useBias: bias !== undefined,
    weights: { kernel, ...(bias ? { bias } : {}) } as Record<string, Known["array"]>,
  };
}

const convolution: Maker = (c, x, place) => {
  const image = place.builder.last(x);
  const [channels, filters] = [featuresOf(c, image, [4]), c.size("nout")];
  const { kernel, ...window } = windowOf(c, image);
  const { useBias, weights } = kernelOf(c, place, [filters, channels, ...kernel], filters, [2, 3, 1, 0]);
  const { name, behind } = activationOf(c);
  const more = { activation: name, useBias, ...penalty(c, place, "kernelRegularizer") };
  const y = place.builder.through(make.conv2d({ filters, kernelSize: kernel, ...window, ...more }), image, weights);
  return behind ? behind(place.builder, y) : y;
};

const convolution1d: Maker = (c, x, place) => {
  const [channels, filters] = [featuresOf(c, x, [3]), c.size("nout")];
  const { kernel, strides, dilationRate, padding } = windowOf(c, x);
  const { useBias, weights } = kernelOf(c, place, [filters, channels, kernel[0]], filters, [2, 1, 0]);
  const { name, behind } = activationOf(c);
  const layer = make.conv1d({
    filters,
    kernelSize: kernel[0],
    strides: strides[0],
    dilationRate: dilationRate[0],
    padding: padding[0],
    activation: name,
    useBias,
    ...penalty(c, place, "kernelRegularizer"),
  });
  const y = place.builder.through(layer, x, weights);
  return behind ? behind(place.builder, y) : y;
};

const deconvolution: Maker = (c, x, place) => {
  const image = place.builder.last(x);
  const [channels, filters] = [featuresOf(c, image, [4]), c.size("nout")];
  const { kernel, strides, dilationRate, padding } = windowOf(c, image);
  const { useBias, weights } = kernelOf(c, place, [channels, filters, ...kernel], filters, [2, 3, 1, 0]);
  const { name, behind } = activationOf(c);
  const layer = make.conv2dTranspose({
    filters,
    kernelSize: kernel,
    strides,
    dilationRate,
    padding: c.text("convolutionMode", "Truncate") === "Same" ? "same" : padding,
    activation: name,
    useBias,
  });
  const y = place.builder.through(layer, image, weights);
  return behind ? behind(place.builder, y) : y;
};

const isPadded = (padding: readonly Sides[]) => padding.flat().some((n) => n > 0);

/** Means and sums count what is added around, unless the layer says otherwise. */
const subsampling: Maker = (c, x, { builder }) => {
  const isImage = x.dims.length === 4;
  const given = isImage ? builder.last(x) : x;
  if (x.dims.length < 3) throw c.damaged("an image or a sequence as input", `${x.dims.length} axes`);
  const { kernel, strides, dilationRate, padding } = windowOf(c, given);
  const kind = c.text("poolingType", "MAX");
  if (dilationRate.some((n) => n !== 1)) throw c.unsupported("dilation");
  if (kind !== "MAX" && kind !== "AVG" && kind !== "SUM") throw c.unsupported(`pooling type ${kind}`);
  const counts = kind === "SUM" || (kind === "AVG" && c.flag("avgPoolIncludePadInDivisor", true));
  const before = counts && isPadded(padding.slice(0, isImage ? 2 : 1));
  const around = isImage ? make.zeroPadding2D({ padding }) : make.zeroPadding1D({ padding: padding[0] });
  const padded = before ? builder.through(around, given) : given;
  const [rest, only] = before ? ["valid" as const, "valid" as const] : [padding, padding[0]];
  const images = kind === "MAX" ? make.maxPooling2D : make.averagePooling2D;
  const sequences = kind === "MAX" ? make.maxPooling1D : make.averagePooling1D;
  const layer = isImage
    ? images({ poolSize: kernel, strides, padding: rest })
    : sequences({ poolSize: kernel[0], strides: strides[0], padding: only });
  const y = builder.through(layer, padded);
  if (kind !== "SUM") return y;
  const factor = scalar(isImage ? sizeOfShape(kernel) : kernel[0]);
  return { ...(builder.one(mul, [y, factor], {}, y.layout) as Flow), dims: y.dims };
};

const globalPooling: Maker = (c, x, { builder }) => {
  const isImage = x.dims.length === 4;
  const given = isImage ? builder.last(x) : x;
  if (x.dims.length < 3) throw c.damaged("an image or a sequence as input", `${x.dims.length} axes`);
  if (c.get("poolingDimensions") !== undefined) throw c.unsupported("poolingDimensions");
  const kind = c.text("poolingType", "MAX");
  const keepdims = !c.flag("collapseDimensions", true);
  const layout = keepdims ? given.layout : PLAIN;
  if (kind === "SUM") {
    const axis = isImage ? [1, 2] : [1];
    return builder.one(sum, [given], { axis, keepDims: keepdims }, layout) as Flow;
  }
  const layers = {
    MAX: isImage ? make.globalMaxPooling2D : make.globalMaxPooling1D,
    AVG: isImage ? make.globalAveragePooling2D : make.globalAveragePooling1D,
  };
  if (kind !== "MAX" && kind !== "AVG") throw c.unsupported(`pooling type ${kind}`);
  return { ...builder.through(layers[kind]({ keepdims }), given), layout };
};

const batchNormalization: Maker = (c, x, { builder, parameters }) => {
  const given = x.dims.length === 4 ? builder.last(x) : builder.plain(x);
  const size = given.dims[given.layout.kind === "channelsLast" ? 1 : given.dims.length - 1] as number;
  if (c.get("nout") !== undefined && c.size("nout") !== size)
    throw c.damaged(`an input of ${c.get("nout")} features`, `${size}`);
  const isFixed = c.flag("lockGammaBeta", false);
  const fixed = (value: number) => ({ data: new Float32Array(size).fill(value), shape: [size] });
  const gamma = isFixed ? fixed(c.number("gamma", 1)) : parameters.take(c.where, [size]);
  const beta = isFixed ? fixed(c.number("beta", 0)) : parameters.take(c.where, [size]);
  const movingMean = parameters.take(c.where, [size]);
  const spread = parameters.take(c.where, [size]);
  // Some have the logarithm, to the base of 10, of the deviation.
  const isLog = c.flag("useLogStd", false);
  const movingVariance = isLog ? { ...spread, data: Float32Array.from(spread.data, (v) => 10 ** (2 * v)) } : spread;
  const layer = make.batchNormalization({ epsilon: c.number("eps", 1e-5), momentum: c.number("decay", 0.9) });
  return builder.through(layer, given, { gamma, beta, movingMean, movingVariance });
};

/** DL4J does not divide alpha by n. */
const responseNormalization: Maker = (c, x, { builder }) => {
  const image = builder.last(x);
  const attributes = {
    depthRadius: Math.floor(c.number("n", 5) / 2),
    bias: c.number("k", 2),
    alpha: c.number("alpha", 1e-4),
    beta: c.number("beta", 0.75),
  };
  return {
    ...(builder.one(localResponseNormalization, [image], attributes, image.layout) as Flow),
    dims: image.dims,
  };
};

const embedding =
  (ofSequence: boolean): Maker =>
  (c, x, place) => {
    const { builder, parameters } = place;
    const [inputDim, outputDim] = [c.size("nin"), c.size("nout")];
    const embeddings = parameters.take(c.where, [inputDim, outputDim]);
    const bias = c.flag("hasBias", !ofSequence) ? parameters.take(c.where, [outputDim]) : undefined;
    if (x.dims.length !== 2 || (!ofSequence && x.dims[1] !== 1)) {
      throw c.damaged("an input of indices, one a row or step", `[${x.dims.slice(1).join(", ")}]`);
    }
    const layer = make.embedding({ inputDim, outputDim, ...penalty(c, place, "embeddingsRegularizer") });
    const found = builder.through(layer, x, { embeddings });
    const rows = ofSequence ? found : builder.through(make.flatten(), found);
    const isBiased = bias?.data.some((v) => v !== 0);
    const sum =
      bias && isBiased ? (builder.one(add, [rows, known(bias.data, bias.shape, "float32", "bias")]) as Flow) : rows;
    return applied(builder, activationOf(c))(sum);
  };

/** Top, bottom, left, right; or one for height and one for width. */
function borderOf(c: Config, key: string): [Sides, Sides] {
  const list = c.sizes(key, [0], 0);
  const [a = 0, b = a] = list;
  return list.length === 4
    ? [
        [a, b],
        [list[2] as number, list[3] as number],
      ]
    : [
        [a, a],
        [b, b],
      ];
}

const onImage =
  (layer: (c: Config) => AnyLayer): Maker =>
  (c, x, { builder }) =>
    builder.through(layer(c), builder.last(x));

/** Each layer of DL4J that there is here. */
export const layers: Readonly<Record<string, Maker>> = {
  dense,
  output: dense,
  rnnoutput: dense,
  centerlossoutput: denseWith((c) => [c.size("nout"), c.size("nin")]),
  autoencoder: denseWith((c) => [c.size("nin")]),
  convolution,
  convolution1d,
  deconvolution2d: deconvolution,
  subsampling,
  subsampling1d: subsampling,
  globalpooling: globalPooling,
  batchnormalization: batchNormalization,
  localresponsenormalization: responseNormalization,
  lstm: oneWay(false),
  graveslstm: oneWay(true),
  gravesbidirectionallstm: gravesBidirectional,
  simplernn: simpleRnn(false),
  bidirectional,
  lasttimestep(c, x, place) {
    const inner = Config.of(c.get("underlying"), c.where);
    return lastStep(place.builder, layerOf(inner)(inner, x, place));
  },
  embedding: embedding(false),
  embeddingsequence: embedding(true),
  activation: (c, x, { builder }) => {
    const of = activationOf(c);
    return applied(builder, of)(of.name === "softmax" ? builder.plain(x) : x);
  },
  loss: (c, x, { builder }) => applied(builder, activationOf(c))(builder.plain(x)),
  rnnloss: (c, x, { builder }) => applied(builder, activationOf(c))(x),
  cnnloss: (c, x, { builder }) => applied(builder, activationOf(c))(builder.last(x)),
  dropout: (_, x) => x,
  zeropadding: onImage((c) => make.zeroPadding2D({ padding: borderOf(c, "padding") })),
  cropping2d: onImage((c) => make.cropping2D({ cropping: borderOf(c, "cropping") })),
  upsampling2d: onImage((c) => make.upSampling2D({ size: c.pair("size", 2) })),
};

/** @throws Unsupported where there is no such layer here */
export function layerOf(c: Config): Maker {
  const found = Object.hasOwn(layers, c.type) ? layers[c.type] : undefined;
  if (!found) throw c.unsupported("no such layer here");
  return found;
}

/** In training, what a layer drops of its input: DL4J states the share that stays. */
export function dropped(c: Config, x: Flow, { builder }: Place): Flow {
  const own = c.get("idropout") === undefined ? undefined : c.inner("idropout");
  const kept = own?.type === "dropout" ? own.number("p", 0) : c.number("dropOut", 0);
  if (own?.type === "gaussiandropout") return builder.through(make.gaussianDropout({ rate: own.number("rate", 0) }), x);
  if (own?.type === "gaussiannoise") return builder.through(make.gaussianNoise({ stddev: own.number("stddev", 0) }), x);
  if (own && own.type !== "dropout") throw c.unsupported(`dropout of the kind ${own.type}`);
  return kept > 0 && kept < 1 ? builder.through(make.dropout({ rate: 1 - kept }), x) : x;
}
