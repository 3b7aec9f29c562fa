export { activation } from "./activation.js";
export { batchNormalization } from "./batch-normalization.js";
export { conv1d, conv2d } from "./conv.js";
export { conv2dTranspose } from "./conv-transpose.js";
export { dense } from "./dense.js";
export { depthwiseConv2d, separableConv2d } from "./depthwise.js";
export { dropout, spatialDropout1D, spatialDropout2D } from "./dropout.js";
export { gaussianDropout, gaussianNoise } from "./noise.js";
export { flatten, reshape } from "./reshape.js";
