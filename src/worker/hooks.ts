import type { Callback, FitContext, Logs } from "../model/callback.js";
import type { Position } from "../model/model.js";
import type { Settings, State } from "./state.js";

export type HookName = Exclude<keyof Callback, "name" | "state" | "restore">;

export const hookNames: readonly HookName[] = [
  "onTrainBegin",
  "onTrainEnd",
  "onEpochBegin",
  "onEpochTrained",
  "onEpochEnd",
  "onBatchEnd",
];

/** The hooks that the page wants, and whether the model's state comes along. */
export type Wanted = Readonly<Partial<Record<HookName, "state" | "numbers">>>;

/** What the worker tells the page at a hook. */
export interface HookCall {
  readonly name: HookName;
  /** What stands before the context: the epoch or batch, and the logs. */
  readonly args: readonly [number?, Logs?];
  readonly numbers: Pick<FitContext, "epochs" | "rows" | "steps" | "batchSize" | "resumed">;
  readonly position: Position;
  readonly state: State | undefined;
}

/** What comes back: what callbacks have changed. */
export interface HookAnswer {
  /** Whether the run is to end, and why. */
  readonly stop: { readonly reason: string | undefined } | undefined;
  readonly settings: Settings;
  readonly state: State | undefined;
}
