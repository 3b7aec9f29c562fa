import { places } from "#places";
import { sameInit } from "../backend/engine.js";
import type { DataArray } from "../data/arrays.js";
import type { BaseModel } from "../model/base.js";
import { callbackList } from "../model/callback-list.js";
import type { CompileOptions } from "../model/compile.js";
import { encodeModel } from "../model/encode-model.js";
import type { EvaluateOptions } from "../model/evaluate.js";
import type { ModelInputs } from "../model/fields.js";
import type { FitOptions } from "../model/fit.js";
import { History } from "../model/history.js";
import { isAlone, type TrainingData } from "../model/inputs.js";
import type { PredictOneOptions, PredictOptions } from "../model/predict.js";
import { fetchTraining, trainingCode } from "../model/training-code.js";
import { checkOneAverage } from "../model/weight-average.js";
import { type Tensor, type TensorLike, tensor } from "../tensor/tensor.js";
import { WorkerError } from "../util/errors.js";
import type { HostArray } from "../util/host-array.js";
import type { Endpoint } from "./endpoint.js";
import type { HookCall } from "./hooks.js";
import { Line } from "./line.js";
import { checkMovable } from "./movable.js";
import { PageData } from "./page-data.js";
import { PageRun } from "./page-run.js";
import { parcelOf } from "./parcel.js";
import type { Beginning, FitCall } from "./serve.js";
import { putState, type State, settingsOf } from "./state.js";

/** What the calls that take data take beside their options in the page. */
export interface TransferOptions {
  /**
   * Hand over the buffers of typed arrays instead of copies: they are empty in the page from then on. Arrays in shared memory are seen by both and
   * never copied. Default: false.
   */
  transfer?: boolean;
}

/**
 * A model that trains in a worker, as `inWorker` returns it: the methods of the model that it was made of, with the same arguments, each with a
 * promise of what it returns there. What is asked while `fit` runs is answered between its steps: a page can draw predictions as the model learns.
 *
 * The page's own model follows. At the end of each epoch, and where a callback looks, it has the worker's weights, optimizer state and position.
 * Callbacks run in the page, in their order, on that model, and what they change goes to the worker. An `onBatchEnd` that takes `(batch, logs)` alone
 * is told these; for one that takes the context too the weights are copied both ways at each step.
 */
export class RemoteModel<M extends BaseModel = BaseModel> {
  private readonly line: Line;
  private readonly data = new PageData();
  private readonly runs = new Map<number, PageRun>();
  private count = 0;
  private unwatch = (): void => undefined;
  private onEnd = (): void => undefined;
  private hasEnded = false;
  /** Calls go out in the order in which they were made, though some have more to copy. */
  private packing: Promise<unknown> = Promise.resolve();

  /** @internal Use `inWorker`. */
  constructor(
    private readonly page: M,
    private readonly endpoint: Endpoint,
  ) {
    const hook = (run: number, call: HookCall) => (this.runs.get(run) as PageRun).hook(call);
    this.line = new Line(endpoint, { ...this.data.handlers, hook }, (name, reason) => this.lost(name, reason));
    endpoint.onEnd((reason) => this.end(reason));
  }

  /** @internal Moves the model. @param ended called once the worker is no more */
  async begin(ended: () => void): Promise<void> {
    this.onEnd = ended;
    const { page } = this;
    const life = `wasmgrad ${crypto.randomUUID()}`;
    const options = { ...sameInit(), ...(page.dtype === "float64" ? { float64: true } : {}) };
    await this.line.call("begin", { options, life } satisfies Beginning);
    this.unwatch = places.watch(life, () => this.end("it was ended"));
    await this.move();
  }

  private async move(): Promise<void> {
    const { page } = this;
    // A page that has only loaded models knows what they are compiled with from then on.
    if (page.compilation && !trainingCode()) await fetchTraining();
    checkMovable(page);
    await this.line.call("move", encodeModel(page));
  }

  /**
   * As `fit` of a model. Arrays go to the worker; a `Dataset` stays in the page, which hands over its batches, some ahead: generators and functions of
   * rows run where they were written.
   *
   * @throws as `fit` of a model, ValueError for data with a function in it; WorkerError where the worker ends: the page's model is then as at the end
   *   of the last epoch, and `fit(…, { …, resume: true })` of `await inWorker(model)` goes on with the bits of a run that never stopped
   */
  fit(data: TrainingData, options?: FitOptions & TransferOptions): Promise<History>;
  fit(x: ModelInputs, y: ModelInputs, options?: FitOptions & TransferOptions): Promise<History>;
  async fit(data: TrainingData | ModelInputs, second?: unknown, third?: unknown): Promise<History> {
    const { page } = this;
    const alone = isAlone(data, second, page);
    const [options, transfer] = optionsIn(alone ? second : third);
    const { callbacks, ...others } = options as FitOptions;
    const list = callbackList(callbacks);
    checkOneAverage("fit", list);
    page.stopTraining = false;
    const run = this.count++;
    const made = new PageRun(page, list);
    this.runs.set(run, made);
    try {
      const rows = alone ? { data } : { x: data, y: second };
      const plan = { run, wanted: made.wanted, settings: settingsOf(page) } satisfies FitCall;
      const found = await this.ask<History>(
        "fit",
        { ...rows, options: isPlain(options) ? others : options },
        transfer,
        plan,
      );
      return Object.assign(new History(), found);
    } finally {
      this.runs.delete(run);
    }
  }

  /** As `evaluate` of a model. @throws as `fit` */
  evaluate(data: TrainingData, options?: EvaluateOptions & TransferOptions): Promise<Record<string, number>>;
  evaluate(
    x: ModelInputs,
    y: ModelInputs,
    options?: EvaluateOptions & TransferOptions,
  ): Promise<Record<string, number>>;
  async evaluate(data: TrainingData | ModelInputs, second?: unknown, third?: unknown): Promise<Record<string, number>> {
    const alone = isAlone(data, second, this.page);
    const [options, transfer] = optionsIn(alone ? second : third);
    return this.ask("evaluate", { ...(alone ? { data } : { x: data, y: second }), options }, transfer);
  }

  /** As `predict` of a model. @throws as that, and as `fit` */
  async predict(x: ModelInputs, options?: PredictOneOptions & TransferOptions): Promise<Tensor> {
    const [others, transfer] = optionsIn(options);
    return tensorOf(await this.ask<HostArray>("predict", { x, options: others }, transfer));
  }

  /** As `predictAll` of a model. @throws as that, and as `fit` */
  async predictAll(x: ModelInputs, options?: PredictOptions & TransferOptions): Promise<Tensor[]> {
    const [others, transfer] = optionsIn(options);
    return (await this.ask<HostArray[]>("predictAll", { x, options: others }, transfer)).map(tensorOf);
  }

  /** As `trainOnBatch` of a model. The page's model stays as it is: `model()` brings the weights. @throws as `fit` */
  trainOnBatch(x: ModelInputs, y: ModelInputs, sampleWeight?: DataArray): Promise<Record<string, number>> {
    return this.ask("trainOnBatch", { x, y, sampleWeight }, false, settingsOf(this.page));
  }

  /** The page's model, with the worker's weights, optimizer state and position: to `save`, say. The worker goes on with its own. */
  async model(): Promise<M> {
    putState(this.page, await this.line.call<State>("bring"));
    return this.page;
  }

  /** As `compile` of a model: of the page's, with the worker's weights, which then moves again. @throws as that, and as `inWorker` */
  async compile(options: CompileOptions): Promise<this> {
    (await this.model()).compile(options);
    await this.move();
    return this;
  }

  /** Copies of all weights, in the order of the layers. */
  async getWeights(): Promise<Tensor[]> {
    return (await this.model()).getWeights();
  }

  /** Replaces all weights. @throws as `setWeights` of a model */
  async setWeights(weights: readonly TensorLike[]): Promise<void> {
    await this.ask("setWeights", { weights }, false);
    await this.model();
  }

  /** As `summary` of a model. */
  async summary(options?: { print?: (text: string) => void }): Promise<void> {
    this.page.summary(options);
  }

  /** As `resetStates` of a model. */
  async resetStates(): Promise<void> {
    await this.line.call("resetStates");
    this.page.resetStates();
  }

  /** Set it to end `fit` after the current step. */
  get stopTraining(): boolean {
    return this.page.stopTraining;
  }
  set stopTraining(stop: boolean) {
    this.page.stopTraining = stop;
    // Of a worker that has ended the calls that wait for it tell.
    if (stop) this.line.call("stop").catch(() => undefined);
  }

  /** Ends the worker. Calls that wait for it reject; the page's model stays as it is, and may move again. */
  terminate(): void {
    this.end("terminate was called");
  }

  private async ask<T>(
    name: string,
    args: Readonly<Record<string, unknown>>,
    transfer: boolean,
    ...more: readonly unknown[]
  ): Promise<T> {
    const kept: number[] = [];
    const keep = (dataset: Parameters<PageData["keep"]>[0]): number => {
      const number = this.data.keep(dataset);
      kept.push(number);
      return number;
    };
    const packing = this.packing.then(() => parcelOf(name, args, { transfer, keep }));
    this.packing = packing.catch(() => undefined);
    try {
      return await this.line.call<T>(name, await packing, ...more);
    } finally {
      for (const number of kept) this.data.forget(number);
    }
  }

  private end(reason: string): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    this.line.end(reason);
    this.unwatch();
    this.endpoint.close();
    this.onEnd();
  }

  private lost(name: string, reason: string): Error {
    if (name === "begin" || name === "move") {
      return new WorkerError(`inWorker: worker expected to start, got its end: ${reason}; ${places.remedy}`);
    }
    return new WorkerError(
      `${name}: worker expected to answer, got its end: ${reason}; the page's model is as at step ${this.page.position.step}: ` +
        "move it again with inWorker(model), and go on with fit's { resume: true }",
    );
  }
}

const isPlain = (value: unknown): value is object =>
  value !== null && typeof value === "object" && Object.getPrototypeOf(value) === Object.prototype;

/** Options without that of the transfer, and that. What is none goes over as it is, and is refused there. */
function optionsIn(given: unknown = {}): [options: unknown, transfer: boolean] {
  if (!isPlain(given)) return [given, false];
  const { transfer = false, ...options } = given as TransferOptions;
  return [options, transfer];
}

const tensorOf = ({ data, shape, dtype }: HostArray): Tensor => tensor(data, shape, dtype);
