import type { BaseModel } from "../model/base.js";
import type { Callback, FitContext } from "../model/callback.js";
import { afterBatch, callEach, restoreCallbacks, statesOf } from "../model/callback-list.js";
import { type HookAnswer, type HookCall, hookNames, type Wanted } from "./hooks.js";
import { putState, settingsOf, stateOf } from "./state.js";

/**
 * The page's side of a `fit`: its callbacks, which find the page's model as the worker's is, and what they change of it goes back. So every callback
 * does in a page what it does beside a model that trains there.
 */
export class PageRun {
  readonly wanted: Wanted;
  private reason: string | undefined;

  constructor(
    private readonly model: BaseModel,
    private readonly callbacks: readonly Callback[],
  ) {
    const names = hookNames.filter((name) => callbacks.some((callback) => callback[name]));
    // One that is told the batch and its logs alone does not look at the weights.
    const looks = callbacks.some(({ onBatchEnd }) => onBatchEnd && onBatchEnd.length > 2);
    this.wanted = {
      onTrainBegin: "numbers",
      ...Object.fromEntries(names.map((name) => [name, name !== "onBatchEnd" || looks ? "state" : "numbers"])),
      // The page's model is what is left where the worker is lost.
      onEpochEnd: "state",
    };
  }

  async hook({ name, args: [at, logs], numbers, position, state }: HookCall): Promise<HookAnswer> {
    const { model, callbacks } = this;
    if (state) putState(model, state);
    else Object.assign(model.position, position);
    const context: FitContext = {
      ...numbers,
      model,
      stop: (reason) => {
        model.stopTraining = true;
        this.reason ??= reason;
      },
      states: () => statesOf(callbacks),
    };
    if (name === "onTrainBegin" && numbers.resumed) restoreCallbacks(callbacks, model.callbackStates);
    if (name === "onBatchEnd") await afterBatch(callbacks, at as number, logs as never, context);
    else await callEach(callbacks, (callback) => call(callback, { name, args: [at, logs] }, context));
    const hasCalled = callbacks.some((callback) => callback[name]);
    return {
      stop: model.stopTraining ? { reason: this.reason } : undefined,
      settings: settingsOf(model),
      state: state && hasCalled ? stateOf(model) : undefined,
    };
  }
}

function call(
  callback: Callback,
  { name, args }: Pick<HookCall, "name" | "args">,
  context: FitContext,
): void | Promise<void> | undefined {
  const given = args.filter((each) => each !== undefined);
  return (callback[name] as ((...args: unknown[]) => void | Promise<void>) | undefined)?.call(
    callback,
    ...given,
    context,
  );
}
