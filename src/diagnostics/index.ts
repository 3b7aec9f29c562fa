export { type ExponentialAverage, exponentialAverage } from "./exponential-average.js";
