import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import { platform } from "#platform";
import { PlatformError, ValueError } from "../../util/errors.js";
import type { Trial } from "../active-trial.js";
import type { Space, Values } from "../parameter.js";
import { type Limit, type Result, type Runner, within } from "../runner.js";
import { type FromThread, type Start, type Thrown, type ToThread, thrown } from "./messages.js";
import type { InThreads, ThreadOptions } from "./threads.js";

export const inThreads: InThreads = async <S extends Space>(options: ThreadOptions) => {
  const threads = Array.from({ length: options.parallel }, () => new TrialThread<S>(options));
  try {
    await Promise.all(threads.map((thread) => thread.start()));
  } catch (error) {
    await Promise.all(threads.map((thread) => thread.close()));
    throw error;
  }
  return threads;
};

/** A thread that runs one trial after the other. One that is late is ended with its thread, whose place a new one takes. */
class TrialThread<S extends Space> implements Runner<S> {
  #worker: Promise<Worker> | undefined;

  constructor(readonly options: ThreadOptions) {}

  async start(): Promise<void> {
    await this.#started();
  }

  async run(trial: Trial<S>, limit: Limit): Promise<Result> {
    let worker: Worker;
    try {
      worker = await this.#started();
    } catch (error) {
      return { failure: (error as Error).message };
    }
    let isOver = false;
    const end = this.#endOf(worker, trial).finally(() => {
      isOver = true;
    });
    const result = await within(limit, end);
    if (!isOver) await this.close();
    return result;
  }

  async close(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    await (await worker?.catch(() => undefined))?.terminate();
  }

  #started(): Promise<Worker> {
    if (this.#worker) return this.#worker;
    const worker = begun(this.options);
    const forget = () => {
      if (this.#worker === worker) this.#worker = undefined;
    };
    worker.then((started) => started.once("exit", forget), forget);
    this.#worker = worker;
    return worker;
  }

  /** Has the thread run the trial, and answers what it asks, until it says what became of it, or dies. */
  async #endOf(worker: Worker, trial: Trial<S>): Promise<Result> {
    const answer = async ({ id, method, values }: FromThread & { type: "call" }) => {
      const call = trial[method] as (...values: readonly unknown[]) => Promise<unknown>;
      const message: ToThread = await call.apply(trial, [...values]).then(
        (value) => ({ type: "answer", id, value }),
        (error) => ({ type: "answer", id, error: thrown(error) }),
      );
      worker.postMessage(message);
    };
    const result = new Promise<Result>((done) => {
      const onMessage = (message: FromThread) => {
        if (message.type === "call") void answer(message);
        else if (message.type === "end") finish(message.result);
      };
      let reason = "";
      // Its exit follows: until then the next trial must not be given to it.
      const onError = (error: Error) => {
        reason = `: ${error.name}: ${error.message}`;
      };
      const onExit = (code: number) => finish({ failure: `its thread ended${reason || `, with exit code ${code}`}` });
      const finish = (outcome: Result) => {
        worker.off("message", onMessage).off("error", onError).off("exit", onExit);
        done(outcome);
      };
      worker.on("message", onMessage).on("error", onError).on("exit", onExit);
    });
    worker.postMessage({ type: "trial", number: trial.number, params: trial.params as Values } satisfies ToThread);
    return result;
  }
}

/** A thread that has imported the module. @throws what hindered it */
async function begun({ study, space, seed, module, parallel }: ThreadOptions): Promise<Worker> {
  const operation = `study "${study}": optimize: parallel`;
  const file = module.startsWith("file:") ? module : pathToFileURL(resolve(module)).href;
  const threads = Math.max(1, Math.floor(platform.parallelism() / parallel));
  const workerData: Start = { module: file, space, seed, threads };
  // Without the flags of the program, which may be one to evaluate.
  const worker = new Worker(new URL("./search-thread.js", import.meta.url), {
    workerData,
    execArgv: [],
    name: "wasmgrad",
  });
  const refusal = await new Promise<Thrown | undefined>((done) => {
    worker.once("message", (message: FromThread) => done(message.type === "ready" ? message.error : undefined));
    worker.once("error", (error) => done(thrown(error)));
    worker.once("exit", (code) => done({ name: "Error", message: `the thread ended, with exit code ${code}` }));
  });
  if (!refusal) return worker;
  await worker.terminate();
  const Refusal = refusal.name === "ValueError" ? ValueError : PlatformError;
  throw new Refusal(`${operation}: ${refusal.message}`);
}
