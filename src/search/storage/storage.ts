import { nearest, show } from "../../util/check.js";
import { ValueError } from "../../util/errors.js";
import type { Space, Values } from "../parameter.js";
import type { Direction } from "../sampler.js";
import type { FrozenTrial } from "../trial.js";

/** What makes a study the same study: another program that opens it must say the same. */
export interface StudyHead {
  readonly name: string;
  readonly directions: readonly Direction[];
  /** Undefined for a study that another program began and that says none. */
  readonly space?: Space;
  readonly seed?: number;
}

/** Where studies live. Everything that has returned is durable: a crash, a killed process or a full disk loses nothing of it. */
export interface Storage {
  /**
   * Opens a study, or makes it where there is none; what of `head` the stored one lacks is added to it.
   *
   * @returns what is stored
   * @throws FormatError where what is stored is of a newer version, PlatformError where the storage cannot be reached
   */
  open(head: StudyHead): Promise<StoredStudy>;
  /** A study that is there, as it is; undefined where there is none of the name. */
  find(name: string): Promise<StoredStudy | undefined>;
  /** The names of the studies in it. */
  names(): Promise<readonly string[]>;
  delete(name: string): Promise<void>;
  close(): Promise<void>;
}

/** A trial that has begun. */
export interface Begun {
  readonly number: number;
  /** What was enqueued for it. */
  readonly params: Values;
}

/** A study in a storage. Many processes may work on it at once. */
export interface StoredStudy {
  readonly head: StudyHead;
  /** Every trial, in the order of their numbers. */
  trials(): Promise<readonly FrozenTrial[]>;
  /**
   * Begins the oldest waiting trial, which nobody else then gets, or a new one.
   *
   * @param total how many trials the study is to have, those that follow dead ones not counted; default: no limit
   * @returns undefined where none waits, and the study has so many
   */
  begin(): Promise<Begun>;
  begin(total: number): Promise<Begun | undefined>;
  enqueue(params: Values, attributes?: Readonly<Record<string, unknown>>): Promise<number>;
  /** The values that the sampler chose. */
  setParams(number: number, params: Values): Promise<void>;
  setAttribute(number: number, key: string, value: unknown): Promise<void>;
  report(number: number, step: number, value: number): Promise<void>;
  /** Ends a running trial. @throws StateError where it has ended before */
  finish(number: number, state: "complete" | "pruned" | "failed", values?: readonly number[]): Promise<void>;
  /** Says that the process that runs the trial lives. */
  heartbeat(number: number): Promise<void>;
  /** Seconds since the last heartbeat of each running trial, by its number. */
  silences(): Promise<ReadonlyMap<number, number>>;
  /**
   * Fails running trials whose last heartbeat is older than `seconds`, and answers their numbers. Each is enqueued again, unless it was
   * itself the last of `retries` in a row (default: no limit): one that kills every process that runs it would go on for ever.
   */
  reap(seconds: number, retries?: number): Promise<readonly number[]>;
}

/** Where there is no such study. @param argument `"delete: name"` */
export function missingStudy(argument: string, name: string, names: readonly string[]): ValueError {
  const near = nearest(name, names);
  return new ValueError(
    `${argument} expected one of the studies in the storage, got ${show(name)}` +
      (near ? `; did you mean "${near}"?` : `; it has ${names.slice(0, 20).join(", ") || "none"}`),
  );
}
