import { importance } from "../../search/importance.js";
import type { Choice, Direction, FrozenTrial, Parameter, Space, TrialState } from "../../search/index.js";
import { checkSpace, isValueOf } from "../../search/space.js";
import { StateError } from "../../util/errors.js";
import { seenSpace } from "./seen-space.js";
import { thinned } from "./thinned.js";

/** A study as it has been read from its storage. */
export interface StudyView {
  readonly name: string;
  readonly directions: readonly Direction[];
  /** Undefined where another program has begun the study: then the ranges are those of the trials. */
  readonly space: Space | undefined;
  readonly trials: readonly FrozenTrial[];
}

/** One of the values that are to be made small, or large. */
export interface Target {
  readonly index: number;
  readonly direction: Direction;
  /** What axes and tables call it. */
  readonly name: string;
  /** The trials that have it as a finite number, by their numbers. */
  readonly known: readonly Known[];
  /** The best of them, the earlier of two that are as good. */
  readonly best: Known | undefined;
  /** By parameter, the largest first; undefined where it cannot be told. */
  readonly importances: ReadonlyMap<string, number> | undefined;
}

export interface Known {
  readonly trial: FrozenTrial;
  readonly value: number;
}

/** What the charts draw. */
export interface Digest {
  readonly name: string;
  readonly space: Space;
  readonly targets: readonly Target[];
  readonly directions: readonly Direction[];
  /** How many trials there are in each state. */
  readonly counts: ReadonlyMap<TrialState, number>;
  /** How many trials there are. */
  readonly all: number;
  /** They, or so many of them as can be drawn. */
  readonly trials: readonly FrozenTrial[];
  readonly complete: readonly FrozenTrial[];
}

/** The states in the order in which legends and counts name them. */
export const STATES: readonly TrialState[] = ["complete", "pruned", "failed", "running", "waiting"];

export function digest({ name, directions, space, trials }: StudyView): Digest {
  const known = space ? checkSpace("searchReport", space) : seenSpace(trials);
  const ordered = thinned(
    [...trials].sort((a, b) => a.number - b.number),
    directions,
  );
  const targets = directions.map((direction, index): Target => {
    const found = ordered.flatMap((trial): Known[] => {
      const value = trial.state === "complete" ? trial.values?.[index] : undefined;
      return value !== undefined && Number.isFinite(value) ? [{ trial, value }] : [];
    });
    return {
      index,
      direction,
      name: directions.length === 1 ? "value" : `value ${index}`,
      known: found,
      best: bestOf(found, direction),
      importances: importancesOf({ space: known, directions, trials: ordered }, index),
    };
  });
  const complete = ordered.filter(({ state }) => state === "complete");
  const counts = new Map(STATES.map((state) => [state, trials.filter((trial) => trial.state === state).length]));
  return { name, directions, space: known, targets, counts, all: trials.length, trials: ordered, complete };
}

/** Whether `a` is the better value. */
export function isBetter(direction: Direction, a: number, b: number): boolean {
  return direction === "minimize" ? a < b : a > b;
}

function bestOf(known: readonly Known[], direction: Direction): Known | undefined {
  let best: Known | undefined;
  for (const each of known) if (!best || isBetter(direction, each.value, best.value)) best = each;
  return best;
}

function importancesOf(
  study: Parameters<typeof importance>[0],
  target: number,
): ReadonlyMap<string, number> | undefined {
  if (Object.keys(study.space).length === 0) return undefined;
  try {
    return new Map(Object.entries(importance(study, { target })));
  } catch (error) {
    // Too few trials, or trials that are all the same: the charts say so.
    if (error instanceof StateError) return undefined;
    throw error;
  }
}

/** The names of the parameters, the most important first. */
export function byImportance({ space }: Digest, { importances }: Target): string[] {
  const share = (name: string) => importances?.get(name) ?? 0;
  return Object.keys(space).sort((a, b) => share(b) - share(a));
}

/** The value of a parameter, undefined where the trial has none that its range holds. */
export function ownValue(parameter: Parameter, { params }: FrozenTrial, name: string): Choice | undefined {
  const value = params[name];
  return value !== undefined && isValueOf(parameter, value) ? value : undefined;
}
