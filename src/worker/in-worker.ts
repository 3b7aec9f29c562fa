import { places } from "#places";
import { BaseModel } from "../model/base.js";
import { checkOptions, show } from "../util/check.js";
import { StateError, ValueError, WorkerError } from "../util/errors.js";
import type { WorkerLike } from "./endpoint.js";
import { RemoteModel } from "./remote-model.js";

export interface InWorkerOptions {
  /**
   * Starts the worker, whose script calls `serve`: for bundlers that do not find the library's own, and for a script with more in it. Default: the
   * library's own script.
   */
  worker?: () => WorkerLike;
}

const moved = new WeakSet<BaseModel>();

/**
 * Moves a model to a worker, with its weights, how it is compiled, the state of its optimizer, its seed and what `init` chose, so that it trains there
 * with the same bits while a page stays smooth. A `Worker` in a page, a thread in Node, where a program goes on as long as an answer is waited for.
 *
 * @returns the model's methods, each with a promise; see `RemoteModel`
 * @throws ValueError that names a layer, loss, metric or optimizer of the user's own: train such a model in the page; StateError for a model that is in
 *   a worker already; WorkerError where no worker starts
 * @example
 * // not run: the worker's script is in the built package; a test runs this there
 * const model = wg.sequential([wg.layers.dense({ units: 1, inputShape: [2] })]);
 * model.compile({ optimizer: "adam", loss: "meanSquaredError" });
 * const remote = await inWorker(model);
 * const { history } = await remote.fit([[0, 1], [1, 0]], [[1], [2]], { epochs: 3, callbacks: [(epoch, { loss }) => console.log(epoch, loss)] });
 * (await remote.predict([[0, 1]])).shape; // [1, 1]
 * (await remote.model()) === model; // true, and it has the trained weights
 * remote.terminate();
 */
export async function inWorker<M extends BaseModel>(model: M, options: InWorkerOptions = {}): Promise<RemoteModel<M>> {
  if (!(model instanceof BaseModel)) {
    throw new ValueError(`inWorker: model expected what wg.sequential, wg.model or load returns, got ${show(model)}`);
  }
  checkOptions("inWorker", options, ["worker"]);
  const { worker = places.ownWorker } = options;
  if (typeof worker !== "function") {
    throw new ValueError(
      `inWorker: worker expected a function that starts one, such as () => new Worker(…), got ${show(worker)}`,
    );
  }
  if (moved.has(model)) {
    throw new StateError(
      `inWorker: model expected one that is in no worker, got "${model.name}", which is in one; terminate that, or move model.copy()`,
    );
  }
  const remote = new RemoteModel(model, places.endpointOf(started(worker)));
  moved.add(model);
  try {
    await remote.begin(() => moved.delete(model));
  } catch (error) {
    remote.terminate();
    throw error;
  }
  return remote;
}

function started(worker: () => WorkerLike): WorkerLike {
  let made: unknown;
  try {
    made = worker();
  } catch (cause) {
    throw new WorkerError(`inWorker: worker expected to start, got ${(cause as Error).message}; ${places.remedy}`, {
      cause,
    });
  }
  const { postMessage, terminate } = (made ?? {}) as Partial<WorkerLike>;
  if (typeof postMessage === "function" && typeof terminate === "function") return made as WorkerLike;
  throw new ValueError(`inWorker: worker expected to return a Worker, got ${show(made)}`);
}
