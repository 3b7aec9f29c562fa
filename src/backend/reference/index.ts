import type { Kernels } from "#kernels/kernels";
import { activation } from "./activation.js";
import { adam } from "./adam.js";
import { adaptive } from "./adaptive.js";
import { angles } from "./angles.js";
import { arithmetic } from "./arithmetic.js";
import { attention } from "./attention.js";
import { batchnorm } from "./batchnorm.js";
import { cast } from "./cast.js";
import { cholesky } from "./cholesky.js";
import { compare } from "./compare.js";
import { constraint } from "./constraint.js";
import { conv } from "./conv.js";
import { crossentropy } from "./crossentropy.js";
import { cumulative } from "./cumulative.js";
import { dense } from "./dense.js";
import { depthwise } from "./depthwise.js";
import { dropout } from "./dropout.js";
import { flat } from "./flat.js";
import { gemm } from "./gemm.js";
import { groupnorm } from "./groupnorm.js";
import { layernorm } from "./layernorm.js";
import { loss } from "./loss.js";
import { matern } from "./matern.js";
import { memory } from "./memory.js";
import { modulo } from "./modulo.js";
import { optimizer } from "./optimizer.js";
import { order } from "./order.js";
import { penalty } from "./penalty.js";
import { pooling } from "./pooling.js";
import { prelu } from "./prelu.js";
import { random } from "./random.js";
import type { Real } from "./real.js";
import { recurrent } from "./recurrent.js";
import { reduce } from "./reduce.js";
import { resize } from "./resize.js";
import { scatter } from "./scatter.js";
import { shape } from "./shape.js";
import { softmax } from "./softmax.js";
import { transpose } from "./transpose.js";
import { unary } from "./unary.js";
import { warp } from "./warp.js";

export { float32, float64 } from "./real.js";

/** Every kernel as plain loops over the same bytes, with the same signatures: the oracle of the tests and the fallback without SIMD. */
export function referenceKernels(real: Real): Kernels {
  return {
    ...activation(real),
    ...adam(real),
    ...adaptive(real),
    ...angles(real),
    ...arithmetic(real),
    ...attention(real),
    ...batchnorm(real),
    ...cast(real),
    ...cholesky(real),
    ...compare(real),
    ...constraint(real),
    ...conv(real),
    ...crossentropy(real),
    ...cumulative(real),
    ...dense(real),
    ...depthwise(real),
    ...dropout(real),
    ...flat(real),
    ...gemm(real),
    ...groupnorm(real),
    ...layernorm(real),
    ...loss(real),
    ...matern(real),
    ...memory(real),
    ...modulo(real),
    ...optimizer(real),
    ...order(real),
    ...penalty(real),
    ...pooling(real),
    ...prelu(real),
    ...random(real),
    ...recurrent(real),
    ...reduce(real),
    ...resize(real),
    ...scatter(real),
    ...shape(real),
    ...softmax(real),
    ...transpose(real),
    ...unary(real),
    ...warp(real),
  } satisfies Kernels;
}
