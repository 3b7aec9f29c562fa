import type { Regularizer } from "../nn/regularizers.js";
import { add, mul } from "../ops/arithmetic.js";
import { penalty } from "../ops/penalty.js";
import type { Tensor } from "../tensor/tensor.js";
import type { Compiled } from "./compile.js";
import type { Parameter, Parameters } from "./parameters.js";

type Shared = Pick<Compiled, "kernelRegularizer" | "biasRegularizer">;

/** A weight's own regularizer, else that of `compile` for its kind. γ, β and moving averages are of neither kind. */
export function regularizerOf({ regularizer, variable }: Parameter, shared: Shared): Regularizer | undefined {
  if (regularizer) return regularizer;
  if (/kernel$/i.test(variable.name)) return shared.kernelRegularizer;
  return /bias$/i.test(variable.name) ? shared.biasRegularizer : undefined;
}

/** Whether a penalty is divided by the number of training rows. */
export function needsTrainingRows({ list }: Parameters, shared: Shared): boolean {
  return list.some((each) => regularizerOf(each, shared)?.rows === "training");
}

/**
 * loss + Σ (l1 · Σ|w| + l2 · Σw²) / m over the regularized weights. The number of training rows may change between the runs of one
 * recorded step, so 1/m is read from memory there; a mini-batch's rows are fixed with its shape.
 *
 * @param perRow 1 / m for the training rows, a scalar
 */
export function penalized(
  loss: Tensor,
  { list }: Parameters,
  shared: Shared,
  batchRows: number,
  perRow: Tensor,
): Tensor {
  let total = loss;
  for (const parameter of list) {
    const { l1 = 0, l2 = 0, rows = 1 } = regularizerOf(parameter, shared) ?? {};
    if (l1 === 0 && l2 === 0) continue;
    const { variable } = parameter;
    if (rows === "training") {
      total = add(total, mul(penalty(variable, { l1, l2 }), perRow));
    } else {
      const m = rows === "batch" ? batchRows : rows;
      total = add(total, penalty(variable, { l1: l1 / m, l2: l2 / m }));
    }
  }
  return total;
}
