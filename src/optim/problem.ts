import type { Kernels } from "#kernels/kernels";
import type { FloatDType } from "../util/dtypes.js";
import type { Range } from "./clipping.js";

/** One batch as a function of the weights, for an optimizer that tries its steps out. Vectors are addresses; all lie as the weights do. */
export interface Problem {
  readonly k: Kernels;
  readonly dtype: FloatDType;
  /** The parts of a vector that are trained. */
  readonly runs: readonly Range[];
  readonly weights: number;
  /** Of the last evaluation. */
  readonly gradients: number;
  readonly learningRate: number;
  /** What the optimizer must know again in its next step, as plain data; undefined before its first. */
  state: unknown;
  /** The address of a vector of its own that lasts, zeros at first. */
  slot(name: string): number;
  /** The address of a double for results, and of DOT_PARTS more behind it. */
  readonly cell: number;
  /** The loss at the weights as they are, and its gradients: on the same rows, with the same units dropped. */
  evaluate(): number;
}
