import type { Layer, LayerConfig } from "../layer.js";
import type * as layers from "./index.js";

type Layers = typeof layers;

const core = () => import("./families/core.js");
const convolution = () => import("./families/convolution.js");
const images = () => import("./families/images.js");
const noise = () => import("./families/noise.js");
const residual = () => import("./families/residual.js");
const sequences = () => import("./families/sequences.js");
const all = () => import("./index.js");

/**
 * Where each kind is fetched from: with its family, those that networks use together. One by one they would be more to fetch, as what modules
 * share in different combinations becomes a piece for each combination when they are bundled. `all` are those that reach most others anyway.
 */
const modules: { readonly [Kind in keyof Layers]: () => Promise<Pick<Layers, Kind>> } = {
  activation: core,
  add: residual,
  additiveAttention: sequences,
  alphaDropout: noise,
  attention: sequences,
  average: residual,
  averagePooling1D: convolution,
  averagePooling2D: convolution,
  batchNormalization: residual,
  bidirectional: sequences,
  concatenate: residual,
  conv1d: convolution,
  conv1dTranspose: images,
  conv2d: convolution,
  conv2dTranspose: images,
  cropping1D: images,
  cropping2D: images,
  dense: core,
  depthwiseConv1d: images,
  depthwiseConv2d: images,
  dot: sequences,
  dropout: noise,
  elu: images,
  embedding: sequences,
  flatten: core,
  gaussianDropout: noise,
  gaussianNoise: noise,
  globalAveragePooling1D: residual,
  globalAveragePooling2D: residual,
  globalMaxPooling1D: residual,
  globalMaxPooling2D: residual,
  groupNormalization: images,
  gru: sequences,
  lambda: all,
  layerNormalization: sequences,
  leakyReLU: images,
  lstm: sequences,
  masking: sequences,
  maximum: residual,
  maxPooling1D: convolution,
  maxPooling2D: convolution,
  minimum: residual,
  multiHeadAttention: sequences,
  multiply: residual,
  normalization: images,
  operation: all,
  permute: sequences,
  positionalEmbedding: sequences,
  prelu: images,
  repeatVector: sequences,
  rescaling: images,
  reshape: core,
  resizing: images,
  rmsNormalization: sequences,
  separableConv1d: images,
  separableConv2d: images,
  simpleRNN: sequences,
  sinusoidalPositionalEmbedding: sequences,
  softmax: images,
  spatialDropout1D: noise,
  spatialDropout2D: noise,
  subtract: residual,
  timeDistributed: all,
  unitNormalization: sequences,
  upSampling1D: images,
  upSampling2D: images,
  zeroPadding1D: residual,
  zeroPadding2D: residual,
};

/** Makes a layer of one kind from its saved configuration. */
export type LayerFactory = (config: LayerConfig) => Layer;

const isLayerKind = (kind: string): kind is keyof Layers => Object.hasOwn(modules, kind);

/** The factories of the given kinds, fetched together; an unknown kind has none. */
export async function layersByKind(kinds: Iterable<string>): Promise<ReadonlyMap<string, LayerFactory>> {
  const known = [...new Set(kinds)].filter(isLayerKind);
  const factory = async (kind: keyof Layers) =>
    ((await modules[kind]()) as unknown as Record<string, LayerFactory>)[kind] as LayerFactory;
  return new Map(await Promise.all(known.map(async (kind) => [kind, await factory(kind)] as const)));
}
