import type { Kernels } from "#kernels/kernels";
import { empty, type Tensor } from "../../tensor/tensor.js";
import { inEveryStep, stepsOf } from "./steps.js";

/** The states as the products take them. */
export interface Hidden {
  /** All of them, that before the first step first. */
  readonly states: Tensor;
  /** The one before a step, made where it is none of those that are there. */
  take(step: number): number;
}

/** The states of which `at` has the address: as they are, or each times the factors of a dropout, `[batch, units]`, the same at every step. */
export function hiddenOf(
  k: Kernels,
  steps: number,
  states: Tensor,
  at: (step: number) => number,
  factors: Tensor | null,
): Hidden {
  if (!factors) return { states, take: at };
  const made = empty([steps, ...factors.shape], factors.dtype);
  const to = stepsOf(made, factors.size);
  return {
    states: made,
    take(step) {
      times(k, to(step), at(step), factors);
      return to(step);
    },
  };
}

/** The way back through the products of every step: dh (+)= dz · kernelᵀ, times the factors. */
export function backInEveryStep(
  k: Kernels,
  kernel: Tensor,
  batch: number,
  factors: Tensor | null,
): (dh: number, dz: number, accumulate: boolean) => void {
  const [n, width] = kernel.shape as [number, number];
  const back = inEveryStep(k, "gemm_nt", kernel, kernel.at, { m: batch, n, k: width });
  if (!factors) return back;
  const whole = empty(factors.shape, factors.dtype);
  return (dh, dz, accumulate) => {
    back(whole.at, dz, false);
    if (accumulate) k.mul_backward(dh, whole.at, factors.at, factors.at, ...elements(factors.size));
    else times(k, dh, whole.at, factors);
  };
}

function times(k: Kernels, y: number, x: number, factors: Tensor): void {
  k.mul_forward(y, x, factors.at, ...elements(factors.size));
}

/** Sizes, strides and range of so many elements in a row, of two operands. */
const elements = (size: number) => [1, 1, size, 0, 0, 0, 1, 0, 0, 0, 1, 0, size] as const;
