import { asTensor, checkSameShape, type TensorLike } from "../tensor/tensor.js";
import type { Variable } from "../tensor/variable.js";
import type { FloatDType } from "../util/dtypes.js";
import { ValueError } from "../util/errors.js";

/** See `Model.setWeights`. */
export function setWeights(variables: readonly Variable[], weights: readonly TensorLike[], dtype: FloatDType): void {
  if (!Array.isArray(weights) || weights.length !== variables.length) {
    throw new ValueError(
      `setWeights: weights expected ${variables.length} tensors as getWeights returns them, got ${Array.isArray(weights) ? weights.length : typeof weights}`,
    );
  }
  const values = weights.map((each) => asTensor(each, dtype, "setWeights", "weights"));
  values.forEach((value, i) => {
    const { name, shape } = variables[i] as Variable;
    checkSameShape("setWeights", `"${name}"`, shape, value.shape);
  });
  for (const [i, value] of values.entries()) (variables[i] as Variable).assign(value);
}
