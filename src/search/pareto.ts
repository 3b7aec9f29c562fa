import type { Direction } from "./sampler.js";
import type { FrozenTrial } from "./trial.js";

/** A trial and what it gave, all to be minimized. */
export interface Costs {
  readonly trial: FrozenTrial;
  readonly costs: readonly number[];
}

/** The complete trials that have a number for each direction. */
export function costsOf(trials: readonly FrozenTrial[], directions: readonly Direction[]): Costs[] {
  return trials.flatMap((trial) => {
    const { state, values } = trial;
    if (state !== "complete" || values?.length !== directions.length || values.some(Number.isNaN)) return [];
    return [{ trial, costs: values.map((value, i) => (directions[i] === "maximize" ? -value : value)) }];
  });
}

/** Whether `a` is nowhere worse than `b` and somewhere better; less is better. */
export function dominates(a: readonly number[], b: readonly number[]): boolean {
  let better = false;
  for (let i = 0; i < a.length; i++) {
    if ((a[i] as number) > (b[i] as number)) return false;
    if ((a[i] as number) < (b[i] as number)) better = true;
  }
  return better;
}

/** The trials that no other one beats in every direction at once (Pareto's front): with one direction, the best. */
export function paretoFront(trials: readonly FrozenTrial[], directions: readonly Direction[]): FrozenTrial[] {
  const all = costsOf(trials, directions);
  const compare = (a: readonly number[], b: readonly number[]): number => {
    const i = a.findIndex((cost, at) => cost !== b[at]);
    if (i < 0) return 0;
    return (a[i] as number) < (b[i] as number) ? -1 : 1;
  };
  const front: Costs[] = [];
  // In this order whatever beats a trial comes before it, and what is on the front beats what others beat: no trial meets all others.
  for (const each of [...all].sort((a, b) => compare(a.costs, b.costs))) {
    if (!front.some(({ costs }) => dominates(costs, each.costs))) front.push(each);
  }
  const found = new Set(front);
  return all.filter((each) => found.has(each)).map(({ trial }) => trial);
}
