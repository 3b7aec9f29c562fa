import { checkNumber, checkOptions } from "../../util/check.js";
import { ValueError } from "../../util/errors.js";
import { integerPower } from "../../util/math.js";
import type { Pruner, Pruning } from "../pruner.js";
import type { FrozenTrial } from "../trial.js";
import { quantile } from "./percentile.js";
import { costsAt, type Ladder, newRung } from "./rungs.js";

export interface HalvingOptions {
  /** The least steps that a trial goes. Default: 1. */
  minResource?: number;
  /** η: at each rung one trial in so many goes on. Default: 3. */
  reductionFactor?: number;
}

/**
 * Asynchronous successive halving: rungs stand at minResource · ηᵏ steps, and a trial that reaches one goes on if it is no worse than the
 * quantile 1/η of those that have reached it before; the first one goes on. Nobody waits for anybody, so it suits many workers. Li et al.,
 * "A System for Massively Parallel Hyperparameter Tuning", MLSys 2020, with the rule of Ray Tune's ASHAScheduler: a pruned trial is not
 * taken up again, as it is in the paper, so that one among few is judged by how far it is behind.
 *
 * @throws ValueError
 * @example
 * asha({ minResource: 1, reductionFactor: 3 }).name; // "asha"
 */
export function asha(options: HalvingOptions = {}): Pruner {
  const ladder = ladderOf("asha", options);
  return { name: "asha", shouldPrune: (pruning) => isBehind(ladder, pruning) };
}

/**
 * Successive halving in rounds of `trials`: of each round ⌈trials / ηᵏ⌉ go on past rung k. A trial is pruned as soon as so many of its round
 * were better at the same rung, whoever came first. Jamieson and Talwalkar, "Non-stochastic Best Arm Identification", AISTATS 2016.
 *
 * @param options.trials of a round: the trials numbered 0 to trials − 1 are the first
 * @throws ValueError
 * @example
 * successiveHalving({ trials: 16, reductionFactor: 4 }).name; // "successiveHalving"
 */
export function successiveHalving(options: HalvingOptions & { trials: number }): Pruner {
  const operation = "successiveHalving";
  checkOptions(operation, options, ["minResource", "reductionFactor", "trials"], true);
  const { trials: size, ...rest } = options;
  checkNumber(operation, "trials", size, { min: 2, whole: true });
  const ladder = ladderOf(operation, rest);
  const roundOf = ({ number }: FrozenTrial) => Math.floor(number / size);
  return {
    name: operation,
    shouldPrune(pruning) {
      const { trial, direction } = pruning;
      const standing = newRung(ladder, trial, direction);
      if (!standing) return false;
      if (standing.cost === Number.POSITIVE_INFINITY) return true;
      const costs = costsAt(ladder, standing.rung, pruning, (other) => roundOf(other) === roundOf(trial));
      const places = Math.ceil(size / integerPower(ladder.factor, standing.rung + 1));
      return costs.filter((cost) => cost < standing.cost).length >= places;
    },
  };
}

/**
 * Hyperband: several ladders of successive halving side by side, from one that sorts out early to one that lets every trial go all its
 * steps, for curves whose beginnings say little. A trial's number settles its ladder, each ladder having as many trials as cost it the
 * same steps as the others. Li et al., "Hyperband: A Novel Bandit-Based Approach to Hyperparameter Optimization", JMLR 2018.
 *
 * @param options.maxResource the steps of a whole trial
 * @throws ValueError
 * @example
 * hyperband({ maxResource: 27 }).name; // "hyperband"
 */
export function hyperband(options: HalvingOptions & { maxResource: number }): Pruner {
  const operation = "hyperband";
  checkOptions(operation, options, ["minResource", "reductionFactor", "maxResource"], true);
  const { maxResource, ...rest } = options;
  const { first, factor } = ladderOf(operation, rest);
  checkNumber(operation, "maxResource", maxResource, { min: 1, whole: true });
  if (first > maxResource) {
    throw new ValueError(`${operation}: minResource expected at most maxResource, ${maxResource}, got ${first}`);
  }
  const ladders: { readonly ladder: Ladder; readonly trials: number }[] = [];
  const brackets = rungsBelow(maxResource / first, factor);
  for (let s = brackets; s >= 0; s--) {
    const trials = Math.ceil(((brackets + 1) / (s + 1)) * integerPower(factor, s));
    ladders.push({ ladder: { first: first * integerPower(factor, brackets - s), factor }, trials });
  }
  const round = ladders.reduce((sum, { trials }) => sum + trials, 0);

  const bracketOf = ({ number }: FrozenTrial): number => {
    let place = number % round;
    return ladders.findIndex(({ trials }) => {
      place -= trials;
      return place < 0;
    });
  };
  return {
    name: operation,
    shouldPrune(pruning) {
      const bracket = bracketOf(pruning.trial);
      const { ladder } = ladders[bracket] as { ladder: Ladder };
      return isBehind(ladder, pruning, (other) => bracketOf(other) === bracket);
    },
  };
}

/** How many times `factor` goes into `range`: ⌊log range⌋ to that base, without logarithms. */
function rungsBelow(range: number, factor: number): number {
  let rungs = 0;
  for (let height = factor; height <= range; height *= factor) rungs++;
  return rungs;
}

function isBehind(ladder: Ladder, pruning: Pruning, among?: (other: FrozenTrial) => boolean): boolean {
  const standing = newRung(ladder, pruning.trial, pruning.direction);
  if (!standing) return false;
  if (standing.cost === Number.POSITIVE_INFINITY) return true;
  const costs = costsAt(ladder, standing.rung, pruning, among);
  // Not a rank among them, ⌊n / η⌋, which of five lets only the best go on: most of the good trials that it cuts would be among the best
  // 1/η of all that come there in the end (bench/README.md).
  return costs.length > 0 && standing.cost > quantile(costs, 1 / ladder.factor);
}

function ladderOf(operation: string, options: HalvingOptions): Ladder {
  checkOptions(operation, options, ["minResource", "reductionFactor"]);
  const { minResource = 1, reductionFactor = 3 } = options;
  checkNumber(operation, "minResource", minResource, { min: 1, whole: true });
  checkNumber(operation, "reductionFactor", reductionFactor, { min: 2, whole: true });
  return { first: minResource, factor: reductionFactor };
}
