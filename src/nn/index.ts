export * as constraints from "./constraints.js";
export * as initializers from "./initializers.js";
export * as layers from "./layers/index.js";
export * as losses from "./losses.js";
export * as metrics from "./metrics.js";
export * as regularizers from "./regularizers.js";
