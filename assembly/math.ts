// Elementary functions of one vector, the same bits on every engine. Coefficients are minimax fits on the reduced range (Remez exchange);
// test/kernels/ulp.test.ts measures every bound that is stated beside a function.

export { gaussian, gaussianTail, erf } from "./erf";
export { exp, expm1, log, log1p, sigmoid, softplus, tanh } from "./exponential";
export { accumulateLong, all, loadSome, mapLong, signBit, storeSome } from "./lanes";
export { cos, sin } from "./trigonometry";
