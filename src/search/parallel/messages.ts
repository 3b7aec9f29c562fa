import type { Space, Values } from "../parameter.js";
import type { Result } from "../runner.js";

/** What a thread is started with. */
export interface Start {
  readonly module: string;
  readonly space: Space;
  /** The study's. */
  readonly seed: number;
  /** How many threads its engine may use. */
  readonly threads: number;
}

/** To a thread: a trial to run, and answers to its calls. */
export type ToThread =
  | { readonly type: "trial"; readonly number: number; readonly params: Values }
  | { readonly type: "answer"; readonly id: number; readonly value?: unknown; readonly error?: Thrown };

/** From a thread: that it has imported the module or why it has not, calls of its trial, and what became of it. */
export type FromThread =
  | { readonly type: "ready"; readonly error?: Thrown }
  | { readonly type: "call"; readonly id: number; readonly method: Method; readonly values: readonly unknown[] }
  | { readonly type: "end"; readonly result: Result };

/** What a trial asks its study. */
export type Method = "report" | "shouldPrune" | "setAttribute";

/** An error on its way to another thread, which keeps of it only what is a message's. */
export interface Thrown {
  readonly name: string;
  readonly message: string;
}

export function thrown(error: unknown): Thrown {
  return error instanceof Error
    ? { name: error.name, message: error.message }
    : { name: "Error", message: String(error) };
}
