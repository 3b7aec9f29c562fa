import type { Direction, FrozenTrial } from "../../search/index.js";
import { paretoFront } from "../../search/pareto.js";

/** More points tell a reader no more, and make a file that no browser opens. */
export const MOST = 5000;

/** So many of the best stay in any case. */
export const BEST = 10;

/**
 * Trials, in the order of their numbers, of which there are not too many: at even distances, with all that the page must be right about, which
 * are the best ones, those that were the best when they came, and the front.
 */
export function thinned(trials: readonly FrozenTrial[], directions: readonly Direction[]): readonly FrozenTrial[] {
  if (trials.length <= MOST) return trials;
  const kept = new Set(directions.flatMap((direction, index) => notable(trials, direction, index)));
  if (directions.length > 1) for (const trial of paretoFront(trials, directions)) kept.add(trial);
  const stride = Math.ceil(trials.length / MOST);
  return trials.filter((trial, i) => i % stride === 0 || kept.has(trial));
}

function notable(trials: readonly FrozenTrial[], direction: Direction, index: number): FrozenTrial[] {
  const cost = ({ state, values }: FrozenTrial) => {
    const value = state === "complete" ? values?.[index] : undefined;
    return value === undefined || !Number.isFinite(value) ? undefined : direction === "minimize" ? value : -value;
  };
  const known = trials.flatMap((trial) => {
    const found = cost(trial);
    return found === undefined ? [] : [{ trial, cost: found }];
  });
  let best = Number.POSITIVE_INFINITY;
  const records = known.filter((each) => {
    const isRecord = each.cost < best;
    best = Math.min(best, each.cost);
    return isRecord;
  });
  const order = [...known].sort((a, b) => a.cost - b.cost);
  return [...records, ...order.slice(0, BEST)].map(({ trial }) => trial);
}
