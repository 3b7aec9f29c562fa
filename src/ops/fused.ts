import type { Kernels } from "#kernels/kernels";
import type { Tensor } from "../tensor/tensor.js";

/** The numbers that kernels know the functions by whose derivative follows from their result (assembly/activate.ts). */
export const activationCodes = {
  linear: 0,
  relu: 1,
  leakyRelu: 2,
  elu: 3,
  selu: 4,
  tanh: 5,
  sigmoid: 6,
  softplus: 7,
  hardSigmoid: 8,
  hardSigmoidKeras2: 9,
} as const;

/** What an operation applies to each element as it stores: the number of an activation, 0 for none, and its parameter. */
export interface FusedActivation {
  code: number;
  alpha: number;
}

/** dz = dy · f′, from y = f(z), where dz may be dy. */
export function gradientThrough(k: Kernels, dz: Tensor, dy: Tensor, y: Tensor, { code, alpha }: FusedActivation): void {
  k.activation_gradient(dz.at, dy.at, y.at, code, alpha, 0, y.size);
}

/** The gradient before the activation of an operation with the result `y`, written over `dy`. */
export function beforeActivation(k: Kernels, dy: Tensor, y: Tensor, activation: FusedActivation): Tensor {
  if (activation.code !== 0) gradientThrough(k, dy, dy, y, activation);
  return dy;
}
