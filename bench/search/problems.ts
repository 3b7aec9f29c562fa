import { Draws } from "../../src/search/draws.js";
import { study } from "../../src/search/index.js";
import { quantile } from "../../src/search/pruners/percentile.js";
import type { Sampler } from "../../src/search/sampler.js";
import { random } from "../../src/search/samplers/random.js";
import { functions, pointOf, type TestFunction } from "./functions.js";
import { digits, network, space } from "./networks.js";
import { simulate } from "./simulate.js";

export const SEEDS = 20;

/** Something to search, of which each run tells the best so far after each trial. */
export interface Problem {
  readonly name: string;
  /** What is small where a search went well. */
  readonly measure: string;
  run(sampler: Sampler, trials: number, seed: number): Promise<number[]>;
  /** The median of what random search has after each number of trials. */
  chance(trials: number): Promise<number[]>;
}

export async function problems(): Promise<Problem[]> {
  return [...functions.map(ofFunction), await ofDigits()];
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);

/** The medians of several runs after each trial. */
export const medians = (runs: readonly number[][]): number[] =>
  (runs[0] as number[]).map((_, i) => median(runs.map((run) => run[i] as number)));

/** The regret is that of the trial whose noisy value is least: its value without the noise, above the function's least one. */
function ofFunction({ name, space, value, least, noise }: TestFunction): Problem {
  const run = async (sampler: Sampler, trials: number, seed: number) => {
    const exact: number[] = [];
    const seen = simulate({ space, sampler, trials, seed }, (values, number) => {
      exact.push(value(pointOf(values)));
      return (exact[number] as number) + noise * new Draws(seed, number, "noise").normal();
    }).map(({ values }) => values?.[0] as number);
    let best = 0;
    return seen.map((each, i) => {
      if (each < (seen[best] as number)) best = i;
      return (exact[best] as number) - least;
    });
  };
  return {
    name,
    measure: "regret",
    run,
    chance: async (trials) =>
      medians(await Promise.all(Array.from({ length: SEEDS }, (_, seed) => run(random(), trials, seed)))),
  };
}

/** Trials of random search that the best of fewer are drawn from: they do not depend on each other. */
const POOL = 2000;

/** Loss of the dev rows after 8 epochs: about 15 ms a trial. */
async function ofDigits(): Promise<Problem> {
  const { train, dev } = await digits();
  const losses = async (sampler: Sampler, trials: number, seed: number) => {
    const found = await study({
      space,
      sampler,
      seed,
      async objective(trial) {
        const model = network(trial, 64);
        await model.fit(train, { epochs: 8, batchSize: 64 });
        const { crossEntropy } = await model.evaluate(dev);
        return crossEntropy as number;
      },
    });
    await found.optimize({ trials, progress: false });
    return found.trials.map(({ values }) => values?.[0] ?? Number.POSITIVE_INFINITY);
  };
  return {
    name: "digits",
    measure: "loss of the dev rows",
    async run(sampler, trials, seed) {
      let best = Number.POSITIVE_INFINITY;
      return (await losses(sampler, trials, seed)).map((loss) => {
        best = Math.min(best, loss);
        return best;
      });
    },
    async chance(trials) {
      const sorted = (await losses(random(), POOL, SEEDS)).sort((a, b) => a - b);
      return Array.from({ length: trials }, (_, i) => sorted[medianRank(i + 1)] as number);
    },
  };
}

/** The rank of the best of `n` of the pool, from 0, that half of all draws reach. */
function medianRank(n: number): number {
  let none = 1;
  for (let rank = 0; ; rank++) {
    none *= (POOL - rank - n) / (POOL - rank);
    if (none <= 0.5) return rank;
  }
}
