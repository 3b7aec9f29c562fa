import { costOf, lastReport, type Pruning } from "../pruner.js";
import type { FrozenTrial } from "../trial.js";

/** The steps at which trials are sorted out: `first`, `first · factor`, `first · factor²`, … */
export interface Ladder {
  /** The least steps that a trial goes. */
  readonly first: number;
  /** η: one in so many goes on. */
  readonly factor: number;
}

/** Where a trial stands: the highest rung that its last report has just reached, and its cost there. */
export interface Standing {
  readonly rung: number;
  readonly cost: number;
}

/** The rungs that a trial has reached, from the lowest, with its cost at each. */
export function standings({ first, factor }: Ladder, trial: FrozenTrial, direction: Pruning["direction"]): Standing[] {
  const cost = costOf(direction);
  const reached: Standing[] = [];
  let rung = 0;
  let height = first;
  for (const { step, value } of trial.intermediate) {
    // Steps count from 0: the report of step 0 is one step done.
    if (step + 1 < height) continue;
    for (; step + 1 >= height; height *= factor) reached.push({ rung: rung++, cost: cost(value) });
  }
  return reached;
}

/** The rung that the last report reached, or undefined where it reached none. */
export function newRung(ladder: Ladder, trial: FrozenTrial, direction: Pruning["direction"]): Standing | undefined {
  const now = standings(ladder, trial, direction);
  const before = standings(ladder, { ...trial, intermediate: trial.intermediate.slice(0, -1) }, direction);
  return lastReport(trial) && now.length > before.length ? now[now.length - 1] : undefined;
}

/** The costs of other trials at a rung. */
export function costsAt(
  ladder: Ladder,
  rung: number,
  { trial, trials, direction }: Pruning,
  among: (other: FrozenTrial) => boolean = () => true,
): number[] {
  return trials
    .filter((other) => other.number !== trial.number && other.state !== "failed" && among(other))
    .flatMap((other) => standings(ladder, other, direction)[rung]?.cost ?? []);
}
