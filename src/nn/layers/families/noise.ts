// What changes steps of training alone.

export { alphaDropout, dropout, spatialDropout1D, spatialDropout2D } from "../dropout.js";
export { gaussianDropout, gaussianNoise } from "../noise.js";
