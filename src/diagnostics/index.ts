export { type BiasVariance, type BiasVarianceOptions, biasVariance, type Gap } from "./bias-variance.js";
