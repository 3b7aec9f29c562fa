import type { Kernels } from "#kernels/kernels";
import { activation } from "./activation.js";
import { dropout } from "./dropout.js";
import { memory } from "./memory.js";
import { optimizer } from "./optimizer.js";
import { penalty } from "./penalty.js";
import { random } from "./random.js";
import type { Real } from "./real.js";

/** Every kernel as plain loops over the same bytes, with the same signatures: the oracle of the tests and the fallback without SIMD. */
export function referenceKernels(real: Real): Kernels {
  return {
    ...activation(real),
    ...dropout(real),
    ...memory(real),
    ...optimizer(real),
    ...penalty(real),
    ...random(real),
  } satisfies Kernels;
}
