import type { Direction } from "../../sampler.js";
import type { FrozenTrial } from "../../trial.js";

/** How many of `n` trials are good: a tenth, at most 25 (Optuna's default γ). */
export const goodOf = (n: number): number => Math.min(Math.ceil(0.1 * n), 25);

/** What each of `n` trials weighs, the oldest first: the last 25 count whole, the others the less the older they are. */
export function weightsOf(n: number): number[] {
  const ramp = Math.max(0, n - 25);
  return Array.from({ length: n }, (_, i) => {
    if (i >= ramp) return 1;
    return ramp === 1 ? 1 / n : 1 / n + ((1 - 1 / n) * i) / (ramp - 1);
  });
}

/**
 * The good trials and the others, each in the order of their numbers. Complete ones go by their values; pruned ones come after them, those
 * that were stopped late first. Failed ones are not good, nor, as a constant liar says, are those that still run.
 */
export function split(
  trials: readonly FrozenTrial[],
  direction: Direction,
  good: (n: number) => number,
): { below: FrozenTrial[]; above: FrozenTrial[] } {
  const sign = direction === "maximize" ? -1 : 1;
  const ranked = trials
    .flatMap((trial) => {
      const rank = rankOf(trial, sign);
      return rank ? [{ trial, rank }] : [];
    })
    .sort((a, b) => compare(a.rank, b.rank) || a.trial.number - b.trial.number);
  const count = good(ranked.length);
  const others = trials.filter(({ state }) => state === "running" || state === "failed");
  const inOrder = (some: FrozenTrial[]) => some.sort((a, b) => a.number - b.number);
  const [below, above] = [ranked.slice(0, count), ranked.slice(count)].map((part) =>
    part.map(({ trial }) => trial),
  ) as [FrozenTrial[], FrozenTrial[]];
  return { below: inOrder(below), above: inOrder([...above, ...others]) };
}

type Rank = readonly [kind: number, step: number, value: number];

function rankOf({ state, values, intermediate }: FrozenTrial, sign: number): Rank | undefined {
  if (state === "complete" && values) return [0, 0, orWorst(sign * (values[0] as number))];
  if (state !== "pruned") return undefined;
  const last = intermediate.at(-1);
  return last ? [1, -last.step, orWorst(sign * last.value)] : [2, 0, 0];
}

const orWorst = (value: number): number => (Number.isNaN(value) ? Number.POSITIVE_INFINITY : value);

function compare(a: Rank, b: Rank): number {
  const i = a.findIndex((each, k) => each !== b[k]);
  return i < 0 ? 0 : (a[i] as number) < (b[i] as number) ? -1 : 1;
}
