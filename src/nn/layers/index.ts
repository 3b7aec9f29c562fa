export { activation } from "./activation.js";
export { batchNormalization } from "./batch-normalization.js";
export { dense } from "./dense.js";
export { dropout, spatialDropout1D, spatialDropout2D } from "./dropout.js";
export { gaussianDropout, gaussianNoise } from "./noise.js";
export { flatten, reshape } from "./reshape.js";
