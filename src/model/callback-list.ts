import { show } from "../util/check.js";
import { ValueError } from "../util/errors.js";
import { type Callback, type CallbackLike, type CallbackState, callbackFrom, type FitContext } from "./callback.js";

/** @throws ValueError for anything that is no array of callbacks */
export function callbackList(callbacks: readonly CallbackLike[] = []): Callback[] {
  if (!Array.isArray(callbacks)) {
    throw new ValueError(`fit: callbacks expected an array, got ${show(callbacks)}; write callbacks: [callback]`);
  }
  return callbacks.map((callback, i) => {
    if (typeof callback === "function" || (callback !== null && typeof callback === "object"))
      return callbackFrom(callback);
    throw new ValueError(
      `fit: callbacks expected functions, or what wg.callbacks returns, got ${show(callback)} in place ${i}`,
    );
  });
}

/** Calls a hook of each, one after the other. */
export async function callEach(
  callbacks: readonly Callback[],
  hook: (callback: Callback) => void | Promise<void> | undefined,
): Promise<void> {
  for (const callback of callbacks) {
    const pending = hook(callback);
    if (pending) await pending;
  }
}

/** Undefined where no hook was async, so that a step costs no promise. */
export function afterBatch(
  watchers: readonly Callback[],
  batch: number,
  logs: Record<string, number>,
  context: FitContext,
): Promise<void> | undefined {
  let waiting: Promise<void>[] | undefined;
  for (const callback of watchers) {
    const pending = callback.onBatchEnd?.(batch, logs, context);
    if (pending) (waiting ??= []).push(pending);
  }
  return waiting && Promise.all(waiting).then(() => undefined);
}

/** The state of each callback that has one, by name; a second of one name gets a number. */
export function statesOf(callbacks: readonly Callback[]): Record<string, CallbackState> {
  const states: Record<string, CallbackState> = {};
  for (const [key, callback] of keyed(callbacks)) if (callback.state) states[key] = callback.state();
  return states;
}

export function restoreCallbacks(
  callbacks: readonly Callback[],
  states: Readonly<Record<string, CallbackState>>,
): void {
  for (const [key, callback] of keyed(callbacks)) {
    const state = states[key];
    if (state) callback.restore?.(state);
  }
}

function keyed(callbacks: readonly Callback[]): [string, Callback][] {
  const seen = new Map<string, number>();
  return callbacks.map((callback) => {
    const name = callback.name ?? "callback";
    const count = seen.get(name) ?? 0;
    seen.set(name, count + 1);
    return [count === 0 ? name : `${name}#${count}`, callback];
  });
}
