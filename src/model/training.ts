// All that a model needs in order to learn and not in order to predict, in one piece: see training-code.ts.

export { blocksOf } from "./blocks.js";
export { compileAgain, compileOptions } from "./compile.js";
export { evaluate } from "./evaluate.js";
export { fit } from "./fit.js";
export { targetRows } from "./inputs.js";
export { trainOnBatch } from "./train.js";
export { TrainingSteps } from "./training-steps.js";
