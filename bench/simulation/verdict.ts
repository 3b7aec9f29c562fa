import type { FrozenTrial } from "../../src/search/trial.js";
import type { Entry, Kind } from "./journal.js";

export interface Verdict {
  readonly trials: number;
  readonly complete: number;
  /** Trials of dead workers that were enqueued again. */
  readonly retries: number;
  /** Trials whose worker lived and heard that it had been taken for dead. */
  readonly mistaken: number;
  /** Numbers that two workers were given. */
  readonly duplicates: readonly number[];
  /** Numbers that were told and are not as they were told; begun and never ended; failed and not, or not only once, tried again. */
  readonly lost: readonly number[];
  /** Numbers below the last one that no trial has. */
  readonly holes: readonly number[];
}

/** Holds what the storage has against what the workers have heard from it. */
export function judge(trials: readonly FrozenTrial[], entries: readonly Entry[]): Verdict {
  const of = (kind: Kind) => entries.filter(([each]) => each === kind);
  const begun = of("begun").map(([, number]) => number);
  const byNumber = new Map(trials.map((trial) => [trial.number, trial]));
  const lost = new Set<number>();
  for (const [, number, value] of of("finished")) {
    const trial = byNumber.get(number);
    if (trial?.state !== "complete" || trial.values?.[0] !== value) lost.add(number);
  }
  for (const number of begun) {
    const state = byNumber.get(number)?.state;
    if (state !== "complete" && state !== "failed") lost.add(number);
  }
  const followed = new Map<number, number>();
  for (const { attributes } of trials) {
    const before = (attributes.retry_history as number[] | undefined)?.at(-1);
    if (before !== undefined) followed.set(before, (followed.get(before) ?? 0) + 1);
  }
  for (const { number, state } of trials) {
    if ((followed.get(number) ?? 0) !== (state === "failed" ? 1 : 0)) lost.add(number);
  }
  const last = Math.max(-1, ...byNumber.keys());
  return {
    trials: trials.length,
    complete: trials.filter(({ state }) => state === "complete").length,
    retries: followed.size,
    mistaken: of("lost").length,
    duplicates: repeated(begun),
    lost: [...lost].sort((a, b) => a - b),
    holes: Array.from({ length: last + 1 }, (_, i) => i).filter((number) => !byNumber.has(number)),
  };
}

function repeated(numbers: readonly number[]): number[] {
  const seen = new Set<number>();
  return numbers.filter((number) => seen.size === seen.add(number).size);
}
