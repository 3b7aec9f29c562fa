import type { Logs } from "./callback.js";

/** What `fit` returns: losses and metrics by name, one entry for each epoch that it trained. */
export class History {
  /** The number of each epoch, from 0. */
  readonly epoch: number[] = [];
  readonly history: Record<string, number[]> = {};
  /** Why the run ended before its last epoch, if it did. */
  stopped: string | undefined;
  /** Seconds spent in training steps and callbacks. */
  seconds = 0;

  add(epoch: number, logs: Logs): void {
    this.epoch.push(epoch);
    for (const [name, value] of Object.entries(logs)) (this.history[name] ??= []).push(value);
  }
}
