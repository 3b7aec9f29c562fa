export { activation } from "./activation.js";
export { elu, leakyReLU, softmax } from "./activations.js";
export { additiveAttention, attention } from "./attention.js";
export { batchNormalization } from "./batch-normalization.js";
export { bidirectional } from "./bidirectional.js";
export { conv1d, conv2d } from "./conv.js";
export { conv1dTranspose, conv2dTranspose } from "./conv-transpose.js";
export { dense } from "./dense.js";
export { depthwiseConv1d, depthwiseConv2d, separableConv1d, separableConv2d } from "./depthwise.js";
export { dot } from "./dot.js";
export { alphaDropout, dropout, spatialDropout1D, spatialDropout2D } from "./dropout.js";
export { embedding } from "./embedding.js";
export {
  globalAveragePooling1D,
  globalAveragePooling2D,
  globalMaxPooling1D,
  globalMaxPooling2D,
} from "./global-pooling.js";
export { groupNormalization } from "./group-normalization.js";
export { lambda } from "./lambda.js";
export { layerNormalization, rmsNormalization, unitNormalization } from "./layer-normalization.js";
export { masking } from "./masking.js";
export { add, average, concatenate, maximum, minimum, multiply, subtract } from "./merge.js";
export { multiHeadAttention } from "./multi-head-attention.js";
export { gaussianDropout, gaussianNoise } from "./noise.js";
export { operation } from "./operation.js";
export { cropping1D, cropping2D, zeroPadding1D, zeroPadding2D } from "./padding.js";
export { permute, repeatVector } from "./permute.js";
export { averagePooling1D, averagePooling2D, maxPooling1D, maxPooling2D } from "./pooling.js";
export { positionalEmbedding, sinusoidalPositionalEmbedding } from "./positional-embedding.js";
export { prelu } from "./prelu.js";
export { gru, lstm, simpleRNN } from "./recurrent.js";
export { normalization, rescaling } from "./rescaling.js";
export { flatten, reshape } from "./reshape.js";
export { timeDistributed } from "./time-distributed.js";
export { resizing, upSampling1D, upSampling2D } from "./up-sampling.js";
