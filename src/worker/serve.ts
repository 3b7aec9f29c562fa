import { places } from "#places";
import { init, withAllKernels } from "../backend/engine.js";
import type { InitOptions } from "../backend/options.js";
import type { BaseModel } from "../model/base.js";
import type { Callback, FitContext } from "../model/callback.js";
import { decodeModel } from "../model/decode-model.js";
import type { History } from "../model/history.js";
import * as training from "../model/training.js";
import { provideTraining } from "../model/training-code.js";
import { type Tensor, tensor } from "../tensor/tensor.js";
import { StateError, WorkerError } from "../util/errors.js";
import { type HostArray, isHostArray } from "../util/host-array.js";
import type { Endpoint } from "./endpoint.js";
import type { HookAnswer, HookCall, HookName, Wanted } from "./hooks.js";
import { Line } from "./line.js";
import { PageDataset } from "./page-dataset.js";
import { type PageRows, unpacked } from "./parcel.js";
import { putSettings, putState, type Settings, type State, stateOf } from "./state.js";

/** What the page begins with. */
export interface Beginning {
  readonly options: InitOptions;
  /** What the page hears of the worker's end by. */
  readonly life: string;
}

/** What a run of `fit` is told beside its arguments. */
export interface FitCall {
  readonly run: number;
  readonly wanted: Wanted;
  readonly settings: Settings;
}

/**
 * Has a worker take models that `inWorker` moves there: the whole program of a worker's script, for bundlers that do not find the library's own.
 *
 * @throws StateError outside of a worker
 * @example
 * // not run: a script of its own, train-worker.js, that a page starts by inWorker(model, { worker: () => new Worker("train-worker.js", { type: "module" }) })
 * import { serve } from "wasmgrad/worker";
 * serve();
 */
export function serve(): void {
  const parent = places.parent();
  if (!parent)
    throw new StateError("serve: expected in a worker's script, got called elsewhere; inWorker starts the worker");
  serveOn(parent);
}

/** The same at any end of a line. */
export function serveOn(endpoint: Endpoint): void {
  provideTraining(training);
  let model: BaseModel;
  const dataset = (rows: PageRows) => new PageDataset(line, rows);
  const given = <A>(parcel: A): A => unpacked(parcel, dataset) as A;
  const line: Line = new Line(
    endpoint,
    {
      async begin({ options, life }: Beginning) {
        await init(options);
        await places.live(life);
      },
      async move(parts: readonly Uint8Array[]) {
        model = await decodeModel(joined(parts), "inWorker: model");
      },
      async fit(args: readonly unknown[], { run, wanted, settings }: FitCall): Promise<History> {
        putSettings(model, settings);
        const data = given(args);
        const options = data.at(-1);
        const all = isRecord(options) ? { ...options, callbacks: [callbackOf(line, run, wanted)] } : options;
        return model.fit(...(data.with(-1, all) as unknown as Parameters<BaseModel["fit"]>));
      },
      evaluate: (args: readonly unknown[]) => model.evaluate(...(given(args) as Parameters<BaseModel["evaluate"]>)),
      trainOnBatch(args: readonly unknown[], settings: Settings) {
        putSettings(model, settings);
        return model.trainOnBatch(...(given(args) as Parameters<BaseModel["trainOnBatch"]>));
      },
      predict: (args: readonly unknown[]) =>
        withAllKernels(() => hostOf(model.predict(...(given(args) as Parameters<BaseModel["predict"]>)))),
      predictAll: (args: readonly unknown[]) =>
        withAllKernels(() => model.predictAll(...(given(args) as Parameters<BaseModel["predictAll"]>)).map(hostOf)),
      setWeights([weights]: readonly unknown[]) {
        model.setWeights((Array.isArray(weights) ? weights.map(tensorFrom) : weights) as Tensor[]);
      },
      resetStates: () => model.resetStates(),
      stop() {
        model.stopTraining = true;
      },
      bring: (): State => stateOf(model),
    },
    (name, reason) => new WorkerError(`${name}: page expected to answer, got none: ${reason}`),
  );
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  value !== null && typeof value === "object" && Object.getPrototypeOf(value) === Object.prototype;

/** A tensor that went over as its numbers; anything else as it came. */
const tensorFrom = (value: unknown): unknown =>
  isHostArray(value) ? tensor(value.data, value.shape, value.dtype) : value;

function hostOf(x: Tensor): HostArray {
  return { data: x.toTypedArray(), shape: x.shape, dtype: x.dtype };
}

/** In the worker's `fit` in the place of the page's callbacks: asks them, and does what they have done. */
function callbackOf(line: Line, run: number, wanted: Wanted): Callback {
  const ask = async (name: HookName, args: HookCall["args"], context: FitContext): Promise<void> => {
    const { epochs, rows, steps, batchSize, resumed } = context;
    const model = context.model as BaseModel;
    const call: HookCall = {
      name,
      args,
      numbers: { epochs, rows, steps, batchSize, resumed },
      position: { ...model.position },
      state: wanted[name] === "state" ? stateOf(model) : undefined,
    };
    const { state, settings, stop } = await line.call<HookAnswer>("hook", run, call);
    if (state) putState(model, state);
    putSettings(model, settings);
    if (!stop) return;
    if (stop.reason === undefined) model.stopTraining = true;
    else context.stop(stop.reason);
  };
  const all: Required<Pick<Callback, HookName>> = {
    onTrainBegin: (context) => ask("onTrainBegin", [], context),
    onTrainEnd: (context) => ask("onTrainEnd", [], context),
    onEpochBegin: (epoch, context) => ask("onEpochBegin", [epoch], context),
    onEpochTrained: (epoch, context) => ask("onEpochTrained", [epoch], context),
    // A copy: those of a running epoch are worked out when they are read.
    onEpochEnd: (epoch, logs, context) => ask("onEpochEnd", [epoch, { ...logs }], context),
    onBatchEnd: (batch, logs, context) => ask("onBatchEnd", [batch, { ...logs }], context),
  };
  return Object.fromEntries(Object.entries(all).filter(([name]) => name in wanted));
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
