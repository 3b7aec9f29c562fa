import type { Draws } from "./draws.js";
import type { Space, Values } from "./parameter.js";
import type { FrozenTrial } from "./trial.js";

export type Direction = "minimize" | "maximize";

/** What a sampler may know when it chooses the values of a trial. */
export interface Sampling {
  readonly space: Space;
  readonly directions: readonly Direction[];
  /** The trials so far in the order of their numbers, running ones too, without the one that is to be chosen. */
  readonly trials: readonly FrozenTrial[];
  /** Of the trial that is to be chosen, from 0. */
  readonly number: number;
  /** Random numbers of this trial alone: the same for the same study seed and number. */
  readonly draws: Draws;
  readonly seed: number;
}

/**
 * Chooses the values of a trial. It keeps nothing between trials: what it knows it reads from the trials, so any process may ask for the
 * next one and a resumed study goes on as if it had never stopped.
 */
export interface Sampler {
  readonly name: string;
  /** False where it does not look at the trials so far, which are then not read for it. Default: true. */
  readonly learns?: boolean;
  sample(sampling: Sampling): Values;
}
