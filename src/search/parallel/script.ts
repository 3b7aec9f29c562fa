// What a thread of `optimize({ parallel })` runs.

import { parentPort, workerData } from "node:worker_threads";
import { init } from "../../backend/engine.js";
import { setSeed } from "../../tensor/random.js";
import { ValueError } from "../../util/errors.js";
import { paramsOf, Trial, type TrialHost } from "../active-trial.js";
import type { Space } from "../parameter.js";
import { outcomeOf, seedOf } from "../runner.js";
import type { Objective, StudyOptions } from "../study-options.js";
import { importModule } from "./import-module.js";
import { type FromThread, type Method, type Start, type ToThread, thrown } from "./messages.js";

const { module, space, seed, threads } = workerData as Start;
const port = parentPort as NonNullable<typeof parentPort>;
const waiting = new Map<number, (answer: ToThread & { type: "answer" }) => void>();
let calls = 0;

const post = (message: FromThread): void => port.postMessage(message);

/** Asks the study, in the main thread. */
async function call(method: Method, ...values: unknown[]): Promise<unknown> {
  const id = calls++;
  const answer = new Promise<ToThread & { type: "answer" }>((resolve) => waiting.set(id, resolve));
  post({ type: "call", id, method, values });
  const { value, error } = await answer;
  waiting.delete(id);
  if (error) throw Object.assign(new Error(error.message), { name: error.name });
  return value;
}

const host: TrialHost = {
  report: async (_, step, value) => void (await call("report", step, value)),
  setAttribute: async (_, key, value) => void (await call("setAttribute", key, value)),
  shouldPrune: async () => (await call("shouldPrune")) as boolean,
};

async function objectiveOf(): Promise<Objective<Space>> {
  // The cores are the trials', each its share.
  await init({ threads });
  const definition = (await importModule(module)) as StudyOptions<Space>;
  if (JSON.stringify(definition.space) !== JSON.stringify(space)) {
    throw new ValueError(
      `module expected to have the study's space, got another in "${module}"; give study({ ...definition }) what the module exports`,
    );
  }
  return definition.objective as Objective<Space>;
}

try {
  const objective = await objectiveOf();
  port.on("message", async (message: ToThread) => {
    if (message.type === "answer") return waiting.get(message.id)?.(message);
    const trial = new Trial(host, message.number, paramsOf(space, message.params));
    setSeed(seedOf(seed, message.number));
    const result = await outcomeOf(objective, trial);
    try {
      post({ type: "end", result });
    } catch (error) {
      post({
        type: "end",
        result: { failure: `its objective's value cannot leave the thread: ${thrown(error).message}` },
      });
    }
  });
  post({ type: "ready" });
} catch (error) {
  post({ type: "ready", error: thrown(error) });
}
