export { type BiasVariance, type BiasVarianceOptions, biasVariance, type Gap } from "./bias-variance.js";
export type { CheckedEntry, CheckedTensor, Comparison, GradientVerdict, Kink } from "./compare-gradients.js";
export { type ExponentialAverage, exponentialAverage } from "./exponential-average.js";
export type { FlowLayer, FlowStatistics, FlowWeights } from "./flow-layer.js";
export type { FlowVerdict } from "./flow-verdict.js";
export { type GradientCheck, type GradientCheckOptions, gradientCheck } from "./gradient-check.js";
export { type GradientFlow, type GradientFlowOptions, gradientFlow } from "./gradient-flow.js";
export { type DifferenceMethod, type NumericGradientOptions, numericGradient } from "./numeric-gradient.js";
