export { activation } from "./activation.js";
export { batchNormalization } from "./batch-normalization.js";
export { dense } from "./dense.js";
export { dropout } from "./dropout.js";
export { flatten, reshape } from "./reshape.js";
