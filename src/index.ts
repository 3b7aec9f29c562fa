export { capabilities, init } from "./backend/engine.js";
export { relu } from "./ops/activation.js";
export { type BatchNormOptions, batchNorm } from "./ops/batchnorm.js";
export { customGrad, grad, stopGradient, valueAndGrad } from "./tensor/grad.js";
export { scope } from "./tensor/scope.js";
export { type NestedArray, Tensor, type TensorLike, tensor } from "./tensor/tensor.js";
export { Variable, variable } from "./tensor/variable.js";
