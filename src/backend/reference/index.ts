import type { Kernels } from "#kernels/kernels";
import { activation } from "./activation.js";
import { arithmetic } from "./arithmetic.js";
import { cast } from "./cast.js";
import { compare } from "./compare.js";
import { dropout } from "./dropout.js";
import { memory } from "./memory.js";
import { optimizer } from "./optimizer.js";
import { penalty } from "./penalty.js";
import { random } from "./random.js";
import type { Real } from "./real.js";
import { unary } from "./unary.js";
import { reduce } from "./reduce.js";
import { shape } from "./shape.js";
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
    ...arithmetic(real),
    ...cast(real),
    ...compare(real),
    ...memory(real),
    ...unary(real),
    ...reduce(real),
    ...shape(real),
    ...batchnorm(real),
    ...crossentropy(real),
    ...loss(real),
    ...memory(real),
    ...softmax(real),
    ...dropout(real),
    ...memory(real),
    ...optimizer(real),
    ...penalty(real),
    ...random(real),
  } satisfies Kernels;
}
