export { type BiasVariance, type BiasVarianceOptions, biasVariance, type Gap } from "./bias-variance.js";
export { type ExponentialAverage, exponentialAverage } from "./exponential-average.js";
