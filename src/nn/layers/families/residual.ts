// What residual networks add to convolutions.

export { batchNormalization } from "../batch-normalization.js";
export {
  globalAveragePooling1D,
  globalAveragePooling2D,
  globalMaxPooling1D,
  globalMaxPooling2D,
} from "../global-pooling.js";
export { add, average, concatenate, maximum, minimum, multiply, subtract } from "../merge.js";
export { zeroPadding1D, zeroPadding2D } from "../padding.js";
