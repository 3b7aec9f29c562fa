import type { Kernels } from "#kernels/kernels";
import { asTensor, filled, type Tensor, type TensorLike } from "../../tensor/tensor.js";
import { checkBoolean, checkOptions } from "../../util/check.js";
import { type DType, requireFloat, sizeOf } from "../../util/dtypes.js";
import { DTypeError, ShapeError, ValueError } from "../../util/errors.js";
import { type Shape, sameShape, showShape } from "../../util/shapes.js";
import { type ActivationName, activationNamed, activationNames } from "../activation.js";
import { dense } from "../dense.js";
import type { FusedActivation } from "../fused.js";
import { type Form, pack, packedProduct, product, scratchFor } from "../gemm.js";
import { bySteps, maskBySteps } from "./sequence.js";

/** Options of every recurrent operation. */
export interface RecurrentOptions {
  /** `[batch, steps]`: where it is false or 0, the step is padding and the state stays as it is. Default: none. */
  mask?: TensorLike | null;
  /** Of the state (of an LSTM and a GRU, of the candidate); default `"tanh"`. It is one whose slope follows from its result. */
  activation?: ActivationName;
  /**
   * `[batch, units]`, a constant: what every state is multiplied by where the recurrent kernel takes it, the same at each step. A dropout mask
   * here is the one of Gal and Ghahramani 2016. Default: none.
   */
  recurrentDropoutMask?: TensorLike | null;
  /** True: from the last step to the first; the results are in the order in which the steps were taken. Default: false. */
  goBackwards?: boolean;
}

/** Options of the operations with gates. */
export interface GatedOptions extends RecurrentOptions {
  /** Of the gates; default `"sigmoid"`. */
  recurrentActivation?: ActivationName;
}

export const recurrentOptions = ["mask", "recurrentDropoutMask", "activation", "goBackwards", "initialState"] as const;

/** What the kernels are told of an activation, as arguments. */
export type Activation = readonly [code: number, alpha: number];

/** Those whose slope follows from their result, which is all that the way back through the steps has. */
export const stepActivations = (): ActivationName[] =>
  activationNames.filter((each) => activationNamed(each).code !== undefined);

/** @throws ValueError for an unknown one, and for one whose slope does not follow from its result */
export function stepActivation(operation: string, argument: string, name: string): Activation {
  const { code, alpha }: Partial<FusedActivation> = activationNamed(name, operation, argument);
  if (code !== undefined && alpha !== undefined) return [code, alpha];
  throw new ValueError(
    `${operation}: ${argument} expected one whose slope follows from its result (${stepActivations().join(", ")}), which is all that is kept of a step for the way back, got "${name}"`,
  );
}

/** The arguments of a recurrent operation, checked, with the products of its inputs over all steps. */
export interface Prepared {
  /** x · kernel + bias, [steps, batch, gates · units]. */
  z: Tensor;
  recurrentKernel: Tensor;
  mask: Tensor | null;
  /** Of a dropout of the states, `[batch, units]`. */
  factors: Tensor | null;
  activation: Activation;
  steps: number;
  units: number;
  /** `[batch, units]` as given, or zeros. */
  state(name: string, given: TensorLike | null | undefined): Tensor;
}

interface Arguments {
  operation: string;
  gates: number;
  x: TensorLike;
  kernel: TensorLike;
  recurrentKernel: TensorLike;
  /** Of the products of the inputs, `[gates · units]`. */
  bias: TensorLike | null;
  options: RecurrentOptions;
  /** Names of the options. */
  known: readonly string[];
}

/** @throws ShapeError, DTypeError, ValueError */
export function prepare({ operation, gates, known, options, ...given }: Arguments): Prepared {
  checkOptions(operation, options, known);
  const { activation = "tanh", goBackwards = false, mask } = options;
  checkBoolean(operation, "goBackwards", goBackwards);
  const f = stepActivation(operation, "activation", activation);
  const x = asTensor(given.x, undefined, operation, "x");
  requireFloat(operation, "x", x.dtype);
  if (x.rank !== 3) {
    throw new ShapeError(
      `${operation}: x expected [batch, steps, features], got ${showShape(x.shape)}; reshape one sequence to [1, steps, features]`,
    );
  }
  const [batch, steps, features] = x.shape as [number, number, number];
  const recurrentKernel = asTensor(given.recurrentKernel, x.dtype, operation, "recurrentKernel");
  const units = recurrentKernel.shape[0] ?? 0;
  const width = gates * units;
  const many = gates === 1 ? "units" : `${gates} · units`;
  const check = checkTensor(operation, x.dtype);
  check("recurrentKernel", `[units, ${many}]`, recurrentKernel, [units, width]);
  const kernel = asTensor(given.kernel, x.dtype, operation, "kernel");
  check("kernel", `[features, ${many}]`, kernel, [features, width]);
  const bias = given.bias === null ? null : asTensor(given.bias, x.dtype, operation, "bias");
  if (bias) check("bias", `[${many}]`, bias, [width]);
  const dropout = options.recurrentDropoutMask ?? null;
  const factors = dropout === null ? null : asTensor(dropout, x.dtype, operation, "recurrentDropoutMask");
  if (factors) check("recurrentDropoutMask", "[batch, units]", factors, [batch, units]);
  return {
    factors,
    z: dense(bySteps(x, goBackwards), kernel, bias),
    recurrentKernel,
    mask: maskBySteps(operation, mask, x, goBackwards),
    activation: f,
    steps,
    units,
    state(name, value) {
      if (value === undefined || value === null) return filled([batch, units], 0, x.dtype);
      const t = asTensor(value, x.dtype, operation, name);
      check(name, "[batch, units]", t, [batch, units]);
      return t;
    },
  };
}

/** Holds a tensor against x's dtype and a shape, `what` in words. @throws ShapeError, DTypeError */
export function checkTensor(operation: string, dtype: DType) {
  return (argument: string, what: string, t: Tensor, wanted: Shape): void => {
    if (!sameShape(t.shape, wanted)) {
      throw new ShapeError(
        `${operation}: ${argument} expected ${what} ${showShape(wanted)}, got ${showShape(t.shape)}`,
      );
    }
    if (t.dtype !== dtype) {
      throw new DTypeError(
        `${operation}: ${argument} expected ${dtype} as x, got ${t.dtype}; convert it with cast(${argument}, "${dtype}")`,
      );
    }
  };
}

/** The same product in every step, C (+)= A · B by the address of C and A: B is packed once, before the first. */
export function inEveryStep(
  k: Kernels,
  form: Form,
  like: Tensor,
  b: number,
  sizes: { m: number; n: number; k: number },
): (c: number, a: number, accumulate: boolean, bias?: number) => void {
  const scratch = scratchFor(like, [form, sizes]);
  const panels = pack(k, form, { b, ...sizes }, scratch);
  return (c, a, accumulate, bias = 0) =>
    packedProduct(k, form, { c, a, b, ...sizes }, scratch, panels, { accumulate, bias });
}

/** dkernel += Σ h′ᵀ · dz over all steps as one product: `states` begin with those before the first step. */
export function kernelGradient(k: Kernels, dkernel: Tensor | null, states: Tensor, dz: Tensor): void {
  if (!dkernel) return;
  const [m, n] = dkernel.shape as [number, number];
  const sizes = { m, n, k: dz.size / Math.max(1, n) };
  const scratch = scratchFor(dz, ["gemm_tn", sizes]);
  product(k, "gemm_tn", { c: dkernel.at, a: states.at, b: dz.at, ...sizes }, scratch, { accumulate: true });
}

/** The gradient of the initial state: what came through the first step, and its own part of `dy`, the gradient of all states. */
export function initialGradient(k: Kernels, dh0: Tensor | null, dh: Tensor, dy: Tensor): void {
  if (!dh0) return;
  k.accumulate_into(dh0.at, dh.at, 0, dh.size);
  k.accumulate_into(dh0.at, dy.at, 0, dh.size);
}

/** The address of a step in a tensor that holds them all, of `width` elements each. */
export function stepsOf(t: Tensor, width: number): (step: number) => number {
  const bytes = width * sizeOf(t.dtype);
  return (step) => t.at + step * bytes;
}

/** The bytes of a step's mask; 0 without one. */
export function masksOf(mask: Tensor | null, batch: number): (step: number) => number {
  return mask ? stepsOf(mask, batch) : () => 0;
}
