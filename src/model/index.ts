export * as callbacks from "./callbacks.js";
export { Sequential, type SequentialOptions, sequential } from "./sequential.js";
