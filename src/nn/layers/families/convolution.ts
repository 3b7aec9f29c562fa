// Convolutions, and what has stood between them since LeNet.

export { conv1d, conv2d } from "../conv.js";
export { averagePooling1D, averagePooling2D, maxPooling1D, maxPooling2D } from "../pooling.js";
