export * from "./families/convolution.js";
export * from "./families/core.js";
export * from "./families/images.js";
export * from "./families/noise.js";
export * from "./families/residual.js";
export * from "./families/sequences.js";
export { lambda } from "./lambda.js";
export { operation } from "./operation.js";
export { timeDistributed } from "./time-distributed.js";
