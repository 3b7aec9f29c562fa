export { earlyStopping } from "./early-stopping.js";
export { exponentialMovingAverage } from "./exponential-moving-average.js";
export { modelCheckpoint } from "./model-checkpoint.js";
export { progressBar } from "./progress-bar.js";
export { reduceLROnPlateau } from "./reduce-lr-on-plateau.js";
export { stochasticWeightAveraging } from "./stochastic-weight-averaging.js";
