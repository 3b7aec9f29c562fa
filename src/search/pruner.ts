import type { Direction } from "./sampler.js";
import type { FrozenTrial } from "./trial.js";

/** What a pruner may know when it judges a trial that has just reported. */
export interface Pruning {
  readonly trial: FrozenTrial;
  /** Every trial of the study in the order of their numbers, the judged one too. */
  readonly trials: readonly FrozenTrial[];
  readonly direction: Direction;
}

/** Says whether a running trial is worth its further steps. Like a sampler, it keeps nothing between its answers. */
export interface Pruner {
  readonly name: string;
  shouldPrune(pruning: Pruning): boolean;
}

/** The last step that a trial reported, or undefined. */
export function lastReport({
  intermediate,
}: FrozenTrial): { readonly step: number; readonly value: number } | undefined {
  return intermediate[intermediate.length - 1];
}

/** The value that was reported at a step. */
export function valueAt({ intermediate }: FrozenTrial, step: number): number | undefined {
  return intermediate.find((each) => each.step === step)?.value;
}

/** Values turned so that less is better; what is not a number is the worst. */
export function costOf(direction: Direction): (value: number) => number {
  return (value) => {
    if (Number.isNaN(value)) return Number.POSITIVE_INFINITY;
    return direction === "minimize" ? value : -value;
  };
}
