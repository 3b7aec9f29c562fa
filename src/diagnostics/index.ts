export { type BiasVariance, type BiasVarianceOptions, biasVariance, type Gap } from "./bias-variance.js";
export {
  type CompareDistributionsOptions,
  compareDistributions,
  type DistributionComparison,
  type FeatureComparison,
} from "./compare-distributions.js";
export type { CheckedEntry, CheckedTensor, Comparison, GradientVerdict, Kink } from "./compare-gradients.js";
export { type CriticalPoint, type CriticalPointOptions, criticalPoint } from "./critical-point.js";
export type { CriticalKind } from "./curvature.js";
export type { DomainClassifier } from "./distributions/domain-classifier.js";
export { type ExponentialAverage, exponentialAverage } from "./exponential-average.js";
export type { FlowLayer, FlowStatistics, FlowWeights } from "./flow-layer.js";
export type { FlowVerdict } from "./flow-verdict.js";
export { type GradientCheck, type GradientCheckOptions, gradientCheck } from "./gradient-check.js";
export { type GradientFlow, type GradientFlowOptions, gradientFlow } from "./gradient-flow.js";
export {
  type LearningCurve,
  type LearningCurveOptions,
  type LearningCurvePoint,
  learningCurve,
} from "./learning-curve.js";
export { type LearningRateFinderOptions, type LearningRates, learningRateFinder } from "./learning-rate-finder.js";
export { type LossLandscape, type LossLandscapeOptions, lossLandscape } from "./loss-landscape.js";
export { type DifferenceMethod, type NumericGradientOptions, numericGradient } from "./numeric-gradient.js";
