export { earlyStopping } from "./early-stopping.js";
export { modelCheckpoint } from "./model-checkpoint.js";
export { progressBar } from "./progress-bar.js";
export { reduceLROnPlateau } from "./reduce-lr-on-plateau.js";
