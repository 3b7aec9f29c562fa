// What other networks for images have.

export { elu, leakyReLU, softmax } from "../activations.js";
export { conv1dTranspose, conv2dTranspose } from "../conv-transpose.js";
export { cropping1D, cropping2D } from "../cropping.js";
export { depthwiseConv1d, depthwiseConv2d, separableConv1d, separableConv2d } from "../depthwise.js";
export { groupNormalization } from "../group-normalization.js";
export { prelu } from "../prelu.js";
export { normalization, rescaling } from "../rescaling.js";
export { resizing, upSampling1D, upSampling2D } from "../up-sampling.js";
