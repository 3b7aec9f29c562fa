export { cosine, cosineRestarts, cyclical, oneCycle } from "./cycles.js";
export { exponentialDecay, inverseSqrtDecay, inverseTimeDecay, polynomialDecay } from "./decays.js";
export { constant, piecewiseConstant, sequence, warmup } from "./joined.js";
export { manual } from "./manual.js";
