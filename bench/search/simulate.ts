import { Draws } from "../../src/search/draws.js";
import type { Space, Values } from "../../src/search/parameter.js";
import type { Direction, Sampler } from "../../src/search/sampler.js";
import type { FrozenTrial, TrialState } from "../../src/search/trial.js";

export interface Outcome {
  readonly state?: TrialState;
  readonly values?: readonly number[];
  readonly intermediate?: FrozenTrial["intermediate"];
}

export interface Simulation {
  readonly space: Space;
  readonly sampler: Sampler;
  readonly trials: number;
  readonly seed: number;
  readonly directions?: readonly Direction[];
  /** Trials that run at the same time. Default 1. */
  readonly parallel?: number;
  /** Trials that are there before. */
  readonly before?: readonly FrozenTrial[];
}

/** The trials that a sampler chooses, one after the other, without a study around them. */
export function simulate(
  { space, sampler, trials, seed, directions = ["minimize"], parallel = 1, before = [] }: Simulation,
  objective: (values: Values, number: number) => number | Outcome,
): FrozenTrial[] {
  const all = [...before];
  const finish = (number: number) => {
    const trial = all[number] as FrozenTrial;
    const given = objective(trial.params, number);
    const outcome = typeof given === "number" ? { values: [given] } : given;
    all[number] = { ...trial, state: "complete", ...outcome };
  };
  while (all.length < trials) {
    const number = all.length;
    const draws = new Draws(seed, number);
    const params = sampler.sample({ space, directions, trials: [...all], number, draws, seed });
    all.push({ number, state: "running", params, intermediate: [], attributes: {} });
    if (number + 1 - parallel >= before.length) finish(number + 1 - parallel);
  }
  for (let number = Math.max(before.length, all.length + 1 - parallel); number < all.length; number++) finish(number);
  return all;
}
