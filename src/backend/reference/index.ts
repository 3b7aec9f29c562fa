import type { Kernels } from "#kernels/kernels";
import { activation } from "./activation.js";
import { batchnorm } from "./batchnorm.js";
import { crossentropy } from "./crossentropy.js";
import { loss } from "./loss.js";
import { memory } from "./memory.js";
import type { Real } from "./real.js";
import { softmax } from "./softmax.js";

/** Every kernel as plain loops over the same bytes, with the same signatures: the oracle of the tests and the fallback without SIMD. */
export function referenceKernels(real: Real): Kernels {
  return {
    ...activation(real),
    ...batchnorm(real),
    ...crossentropy(real),
    ...loss(real),
    ...memory(real),
    ...softmax(real),
  } satisfies Kernels;
}
