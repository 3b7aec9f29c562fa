import type { Values } from "./parameter.js";

/** Optuna's states. A `waiting` trial is enqueued; a `pruned` one was stopped early. */
export type TrialState = "waiting" | "running" | "complete" | "pruned" | "failed";

/** A trial as it stands in the storage. */
export interface FrozenTrial {
  /** From 0, in the order in which the trials of the study were begun. */
  readonly number: number;
  readonly state: TrialState;
  readonly params: Values;
  /** One a direction; undefined until it is complete. */
  readonly values?: readonly number[];
  /** What `report` said, by step, in the order of the steps. */
  readonly intermediate: readonly { readonly step: number; readonly value: number }[];
  /** Whatever the objective noted, and the reason of a failure under `"failure"`. JSON. */
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly started?: Date;
  readonly ended?: Date;
}
