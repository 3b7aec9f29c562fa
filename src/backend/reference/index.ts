import type { Kernels } from "#kernels/kernels";
import { activation } from "./activation.js";
import { dense } from "./dense.js";
import { gemm } from "./gemm.js";
import { memory } from "./memory.js";
import type { Real } from "./real.js";
import { transpose } from "./transpose.js";
import { unary } from "./unary.js";

/** Every kernel as plain loops over the same bytes, with the same signatures: the oracle of the tests and the fallback without SIMD. */
export function referenceKernels(real: Real): Kernels {
  return {
    ...activation(real),
    ...dense(real),
    ...gemm(real),
    ...memory(real),
    ...transpose(real),
    ...unary(real),
  } satisfies Kernels;
}
