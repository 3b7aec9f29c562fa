import { show } from "../../util/check.js";
import { StateError, ValueError } from "../../util/errors.js";
import type { TrialState } from "../trial.js";

// What holds in every storage.

/** What a trial that is run again says of those before it, by Optuna's names: the number of the first, and those of all. */
export interface Retry {
  readonly failed_trial: number;
  readonly retry_history: readonly number[];
}

/** What the trial that follows a dead one says; undefined where none is to follow. @param before what the dead one said */
export function retryOf(number: number, before: Partial<Retry>, retries: number): Retry | undefined {
  const history = [...(before.retry_history ?? []), number];
  return history.length > retries ? undefined : { failed_trial: before.failed_trial ?? number, retry_history: history };
}

/** Why a trial failed that nobody ended. */
export const lostReason = (seconds: number, retry: Retry | undefined): string =>
  `the process that ran it gave no sign of life for ${seconds} s; it was ${retry ? "enqueued again" : "not enqueued again, for it had been often enough"}`;

/** A value as JSON text. @throws ValueError where it has none */
export function toJson(operation: string, argument: string, value: unknown): string {
  try {
    const text = JSON.stringify(value);
    if (text !== undefined) return text;
  } catch (cause) {
    throw new ValueError(
      `${operation}: ${argument} expected what JSON can hold, got ${show(value)}, of which it cannot be made`,
      { cause },
    );
  }
  throw new ValueError(`${operation}: ${argument} expected what JSON can hold, got ${show(value)}`);
}

/** The values that a trial ends with. @throws ValueError where they are not one number a direction */
export function checkEnd(state: TrialState, values: readonly number[] | undefined, directions: number): void {
  if (state === "complete" && values?.length !== directions) {
    throw new ValueError(
      `finish: values expected ${directions === 1 ? "one number" : `${directions} numbers, one a direction`}, got ${show(values)}`,
    );
  }
  if (!values?.some((value) => typeof value !== "number" || Number.isNaN(value))) return;
  throw new ValueError(`finish: values expected numbers, got ${show(values)}; a trial without a value has failed`);
}

export const isOver = (state: TrialState): boolean => state !== "waiting" && state !== "running";

/** @throws StateError where the trial has ended, or is none that runs where one is needed */
export function checkOpen(operation: string, number: number, state: TrialState | undefined, running = false): void {
  if (state === undefined) throw new StateError(`${operation}: trial ${number} expected to be in the study, got none`);
  if (isOver(state)) {
    throw new StateError(
      `${operation}: trial ${number} expected to run, got one that has ended (${state}): it was ended before, or its process gave no sign of life for too long and another one failed it`,
    );
  }
  if (running && state === "waiting") {
    throw new StateError(`${operation}: trial ${number} expected to run, got one that waits to be begun`);
  }
}
