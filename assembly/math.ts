// Elementary functions of one vector, the same bits on every engine. Coefficients are minimax fits on the reduced range (Remez exchange);
// test/kernels/ulp.test.ts measures every bound that is stated beside a function.

export { acos, asin, atan } from "./arc";
export { gaussian, gaussianTail, erf } from "./erf";
export { exp, expm1, log, log1p, sigmoid, softplus, tanh } from "./exponential";
export { acosh, asinh, atanh, cosh, sinh } from "./hyperbolic";
export { accumulateLong, all, loadSome, mapLong, signBit } from "./lanes";
export { cos, sin, tan } from "./trigonometry";
