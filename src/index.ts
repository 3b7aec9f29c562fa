export { capabilities, init } from "./backend/engine.js";
export {
  elu,
  gelu,
  hardSigmoid,
  leakyRelu,
  linear,
  relu,
  selu,
  sigmoid,
  silu,
  softplus,
  tanh,
} from "./ops/activation.js";
export { type DenseOptions, dense } from "./ops/dense.js";
export { matmul } from "./ops/matmul.js";
export { transpose } from "./ops/transpose.js";
export {
  abs,
  ceil,
  clipByValue,
  cos,
  erf,
  exp,
  expm1,
  floor,
  isFinite,
  isNaN,
  log,
  log1p,
  neg,
  reciprocal,
  round,
  rsqrt,
  sign,
  sin,
  sqrt,
  square,
} from "./ops/unary.js";
export { customGrad, grad, stopGradient, valueAndGrad } from "./tensor/grad.js";
export { scope } from "./tensor/scope.js";
export { type NestedArray, Tensor, type TensorLike, tensor } from "./tensor/tensor.js";
export { Variable, variable } from "./tensor/variable.js";
