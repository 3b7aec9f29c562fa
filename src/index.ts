import "#whole";

export { capabilities, init } from "./backend/engine.js";
export { type MemoryStats, memory } from "./backend/memory-stats.js";
export type { Capabilities, InitOptions } from "./backend/options.js";
export { BaseModel } from "./model/base.js";
export type { Callback, CallbackLike, FitContext, Logs } from "./model/callback.js";
export * as callbacks from "./model/callbacks.js";
export type { CompileOptions } from "./model/compile.js";
export { type FunctionalOptions, model, sequential } from "./model/constructors.js";
export type { CopyOptions } from "./model/copy.js";
export type { EvaluateOptions } from "./model/evaluate.js";
export type { FitOptions } from "./model/fit.js";
export { foldBatchNorm } from "./model/fold-batch-norm.js";
export type { Functional } from "./model/functional.js";
export { History } from "./model/history.js";
export type { Model } from "./model/model.js";
export type { Preprocessing } from "./model/preprocessing.js";
export { type RecomputeBatchNormOptions, recomputeBatchNorm } from "./model/recompute-batch-norm.js";
export { Sequential, type SequentialOptions } from "./model/sequential.js";
export type { WeightAveraging } from "./model/weight-average.js";
export type { Constraint } from "./nn/constraints.js";
export * as constraints from "./nn/constraints.js";
export * as initializers from "./nn/initializers.js";
export type { AnyLayer, Layer, LayerOptions } from "./nn/layer.js";
export * as layers from "./nn/layers/index.js";
export type { FusedLoss, Loss } from "./nn/loss.js";
export * as losses from "./nn/losses.js";
export type { Metric } from "./nn/metric.js";
export * as metrics from "./nn/metrics.js";
export type { Regularizer, RegularizerOptions, RegularizerRows } from "./nn/regularizers.js";
export * as regularizers from "./nn/regularizers.js";
export { type InputOptions, input, type SymbolicTensor } from "./nn/symbolic.js";
export {
  elu,
  gelu,
  hardSigmoidKeras2,
  leakyRelu,
  linear,
  relu,
  relu6,
  sigmoid,
  silu,
  softplus,
  tanh,
} from "./ops/activation.js";
export { acos, acosh, asin, asinh, atan, atanh, cosh, sinh, tan } from "./ops/angles.js";
export {
  add,
  div,
  divNoNan,
  maximum,
  minimum,
  mul,
  pow,
  squaredDifference,
  sub,
} from "./ops/arithmetic.js";
export { type AttentionOptions, attention, attentionWeights } from "./ops/attention.js";
export { type BatchNormOptions, batchNorm } from "./ops/batchnorm.js";
export { type BlockOrder, depthToSpace, spaceToDepth } from "./ops/blocks.js";
export { broadcastTo } from "./ops/broadcast-to.js";
export { cast } from "./ops/cast.js";
export { clipByValue } from "./ops/clip.js";
export { clipByGlobalNorm, clipByNorm } from "./ops/clip-norm.js";
export {
  equal,
  greater,
  greaterEqual,
  less,
  lessEqual,
  logicalAnd,
  logicalNot,
  logicalOr,
  logicalXor,
  notEqual,
  where,
} from "./ops/compare.js";
export {
  type Conv1DOptions,
  type ConvOptions,
  conv1d,
  conv2d,
  type Padding1D,
} from "./ops/conv.js";
export { conv2dTranspose } from "./ops/conv-transpose.js";
export { type LossAndOutput, sigmoidBinaryCrossEntropy, softmaxCrossEntropy } from "./ops/crossentropy.js";
export { cumprod, cumsum } from "./ops/cumulative.js";
export { type DenseOptions, dense } from "./ops/dense.js";
export { type DepthwiseConvOptions, depthwiseConv2d, separableConv2d } from "./ops/depthwise.js";
export { type DropoutMode, dropout } from "./ops/dropout.js";
export { einsum } from "./ops/einsum.js";
export { hardSwish, mish } from "./ops/gated.js";
export { gather } from "./ops/gather.js";
export { gatherND, takeAlongAxis } from "./ops/gather-nd.js";
export { type GroupNormOptions, groupNorm, instanceNorm } from "./ops/groupnorm.js";
export { concat, stack } from "./ops/join.js";
export { type LayerNormOptions, layerNorm, type RmsNormOptions, rmsNorm } from "./ops/layernorm.js";
export { halfSquaredError } from "./ops/loss.js";
export { localResponseNormalization } from "./ops/lrn.js";
export { matmul } from "./ops/matmul.js";
export { fmod, mod } from "./ops/modulo.js";
export { argMax, argMin, type TopkOptions, topk } from "./ops/order.js";
export { type PadMode, pad } from "./ops/pad.js";
export { penalty } from "./ops/penalty.js";
export { type AvgPoolOptions, avgPool, avgPool1d, maxPool, maxPool1d, type PoolOptions } from "./ops/pooling.js";
export { prelu } from "./ops/prelu.js";
export { celu, hardSigmoid, logSigmoid, selu, softsign, thresholdedRelu } from "./ops/rectifiers.js";
export {
  type GruOptions,
  gru,
  type LstmOptions,
  lstm,
  type Recurrence,
  type SimpleRnnOptions,
  simpleRnn,
} from "./ops/recurrent.js";
export {
  all,
  any,
  logSumExp,
  max,
  mean,
  min,
  moments,
  norm,
  prod,
  std,
  sum,
  variance,
} from "./ops/reduce.js";
export { type ResizeNearestOptions, type ResizeOptions, resizeBilinear, resizeNearestNeighbor } from "./ops/resize.js";
export { ceil, floor, round } from "./ops/rounding.js";
export { type ScatterReduction, scatterElements, scatterND, tensorScatterUpdate } from "./ops/scatter.js";
export { expandDims, flatten, reshape, squeeze } from "./ops/shape.js";
export { reverse, slice, stridedSlice, tile } from "./ops/slice.js";
export { logSoftmax, softmax } from "./ops/softmax.js";
export { split, unstack } from "./ops/split.js";
export { transpose } from "./ops/transpose.js";
export { tril, triu } from "./ops/triangle.js";
export {
  abs,
  cos,
  erf,
  exp,
  expm1,
  isFinite,
  isInf,
  isNaN,
  log,
  log1p,
  neg,
  reciprocal,
  rsqrt,
  sign,
  sin,
  sqrt,
  square,
} from "./ops/unary.js";
export type { Padding, Pair } from "./ops/window.js";
export type { ManualSchedule } from "./optim/manual.js";
export type { Optimizer } from "./optim/optimizer.js";
export * as optimizers from "./optim/optimizers.js";
export type { Schedule } from "./optim/schedule.js";
export * as schedules from "./optim/schedules.js";
export { eye, full, linspace, oneHot, ones, onesLike, range, zeros, zerosLike } from "./tensor/create.js";
export { customGrad, grad, stopGradient, valueAndGrad } from "./tensor/grad.js";
export { randomNormal, randomUniform, setSeed, truncatedNormal } from "./tensor/random.js";
export { scope } from "./tensor/scope.js";
export { type NestedArray, Tensor, type TensorLike, tensor } from "./tensor/tensor.js";
export { Variable, variable } from "./tensor/variable.js";
