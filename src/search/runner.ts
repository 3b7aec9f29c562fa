import { seeded } from "../tensor/random.js";
import type { Trial } from "./active-trial.js";
import { Draws } from "./draws.js";
import type { Space } from "./parameter.js";
import type { Objective, Outcome } from "./study-options.js";

/** What became of a trial. */
export type Result = Outcome | { readonly failure: string };

/** How long a trial may take, and which option says so. */
export interface Limit {
  readonly ms: number;
  readonly by: string;
}

/** Where trials run, one at a time. */
export interface Runner<S extends Space> {
  /** Never throws: what goes wrong is the trial's failure. */
  run(trial: Trial<S>, limit: Limit): Promise<Result>;
  close(): Promise<void>;
}

/** Trials in this thread, which cannot end one that is late: it goes on, unheard. */
export function here<S extends Space>(objective: Objective<S>, seed: number): Runner<S> {
  return {
    async run(trial, limit) {
      const restore = seeded(seedOf(seed, trial.number));
      try {
        return await within(limit, outcomeOf(objective, trial));
      } finally {
        // Not when the objective ends, which may be in the middle of a later trial.
        restore();
      }
    },
    close: async () => undefined,
  };
}

/** The seed of a trial's weights and orders: a matter of the study's seed and its number, wherever and after whatever else it runs. */
export const seedOf = (seed: number, number: number): number => new Draws(seed, number, "search trial").word();

/** What the objective returns, or why it failed. */
export async function outcomeOf<S extends Space>(objective: Objective<S>, trial: Trial<S>): Promise<Result> {
  try {
    return await objective(trial);
  } catch (error) {
    return { failure: error instanceof Error ? `${error.name}: ${error.message}` : String(error) };
  }
}

/** The result, or that there was none in time. */
export async function within({ ms, by }: Limit, result: Promise<Result>): Promise<Result> {
  // What a timer cannot wait for, 24.8 days, is not waited for.
  if (ms > 2 ** 31 - 1) return result;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<Result>((resolve) => {
    timer = setTimeout(() => resolve(lateResult({ ms, by })), ms);
  });
  try {
    return await Promise.race([result, late]);
  } finally {
    clearTimeout(timer);
  }
}

const lateResult = ({ ms, by }: Limit): Result => ({ failure: `not done after ${(ms / 1000).toFixed(1)} s (${by})` });
