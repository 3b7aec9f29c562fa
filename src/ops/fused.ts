import type { Kernels } from "#kernels/kernels";
import type { Tensor } from "../tensor/tensor.js";

/** What an operation applies to each element as it stores: the number of an activation, and its parameter. */
export interface FusedActivation {
  code: number;
  alpha: number;
}

/** The gradient before the activation, written over `dy`, from the operation's result `y`. */
export function beforeActivation(k: Kernels, dy: Tensor, y: Tensor, { code, alpha }: FusedActivation): Tensor {
  if (code !== 0) k.activation_gradient(dy.at, dy.at, y.at, code, alpha, 0, dy.size);
  return dy;
}
