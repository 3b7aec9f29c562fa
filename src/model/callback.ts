import type { TypedArray } from "../util/dtypes.js";
import type { Model } from "./model.js";

/** Losses and metrics by name: `loss`, `accuracy`, and with validation data `val_loss`, `val_accuracy`. */
export type Logs = Record<string, number>;

/** What a callback may ask of the run that it is in. */
export interface FitContext {
  readonly model: Model;
  /** The epoch at which `fit` ends. */
  readonly epochs: number;
  /** Rows of an epoch, where known. */
  readonly rows: number | undefined;
  /** Steps of an epoch, where known. */
  readonly steps: number | undefined;
  readonly batchSize: number;
  /** True where the run goes on from a checkpoint. */
  readonly resumed: boolean;
  /** Ends the run after this step or epoch. */
  stop(reason: string): void;
  /** The state of every callback, for a checkpoint. */
  states(): Record<string, CallbackState>;
}

/** What a callback must know again after a resume, in JSON and numbers. */
export interface CallbackState {
  readonly json: unknown;
  readonly arrays?: Readonly<Record<string, TypedArray>>;
}

/** Called as `fit` goes. Epochs and batches count from 0; `logs` holds the running means. Each hook may be async. */
export interface Callback {
  /** Names its state in a checkpoint. */
  readonly name?: string;
  onTrainBegin?(context: FitContext): void | Promise<void>;
  onTrainEnd?(context: FitContext): void | Promise<void>;
  onEpochBegin?(epoch: number, context: FitContext): void | Promise<void>;
  /** After an epoch's last step, before validation and `onEpochEnd`. */
  onEpochTrained?(epoch: number, context: FitContext): void | Promise<void>;
  onEpochEnd?(epoch: number, logs: Logs, context: FitContext): void | Promise<void>;
  onBatchEnd?(batch: number, logs: Logs, context: FitContext): void | Promise<void>;
  state?(): CallbackState;
  restore?(state: CallbackState): void;
}

/** A callback, or a function that is called after each epoch. */
export type CallbackLike = Callback | ((epoch: number, logs: Logs, context: FitContext) => void | Promise<void>);

export function callbackFrom(callback: CallbackLike): Callback {
  return typeof callback === "function" ? { onEpochEnd: callback } : callback;
}
