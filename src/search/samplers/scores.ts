import { show } from "../../util/check.js";
import { ValueError } from "../../util/errors.js";
import type { Direction, Sampling } from "../sampler.js";
import type { FrozenTrial } from "../trial.js";

/** The one direction of a study. @throws ValueError where it has several */
export function onlyDirection(operation: string, directions: readonly Direction[]): Direction {
  if (directions.length === 1) return directions[0] as Direction;
  throw new ValueError(
    `${operation}: direction expected one, got ${show(directions)}; for several objectives take nsga2()`,
  );
}

/** A trial that counts, and how well it did: less is better. */
export interface Scored {
  readonly trial: FrozenTrial;
  readonly score: number;
}

/**
 * What the finished trials of a study with one objective tell. An infinite value counts as the worst finite one on its side. A pruned
 * trial's value is not known; it is taken for no better than the median of the complete ones, and no better than its last report. A failed
 * one counts as the worst: else a sampler would come back to where it failed.
 */
export function scores({ trials, directions }: Pick<Sampling, "trials" | "directions">): Scored[] {
  const sign = directions[0] === "maximize" ? -1 : 1;
  const complete = trials.flatMap((trial) => {
    const value = trial.state === "complete" ? trial.values?.[0] : undefined;
    return value === undefined || Number.isNaN(value) ? [] : [{ trial, score: sign * value }];
  });
  const finite = complete.map(({ score }) => score).filter(Number.isFinite);
  if (finite.length === 0) return [];
  finite.sort((a, b) => a - b);
  const [least, middle, most] = [0, finite.length >> 1, finite.length - 1].map((i) => finite[i] as number) as [
    number,
    number,
    number,
  ];
  const inside = (score: number) => Math.min(most, Math.max(least, score));
  const others = trials.flatMap((trial) => {
    if (trial.state === "failed") return [{ trial, score: most }];
    if (trial.state !== "pruned") return [];
    const last = trial.intermediate.at(-1)?.value;
    return [{ trial, score: last === undefined || Number.isNaN(last) ? most : Math.max(middle, inside(sign * last)) }];
  });
  return [...complete.map(({ trial, score }) => ({ trial, score: inside(score) })), ...others].sort(
    (a, b) => a.trial.number - b.trial.number,
  );
}
