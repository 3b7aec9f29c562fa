import { type InWorkerOptions, inWorker, serve } from "../../../src/worker/index.js";
import { inProcess } from "../in-process.js";
import { arg, fn, NOTHING, options, type Row, row } from "./arguments.js";
import { model } from "./classes.js";

export const workerRows: Record<string, Row> = {
  inWorker: row(
    async (given: never, chosen: InWorkerOptions) => (await inWorker(given, chosen)).terminate(),
    arg("model", model(), ...NOTHING, 3, {}, []),
    options(fn(inProcess, "worker", () => 3)),
  ),
  // There is no wrong argument, and outside of a worker no right call.
  serve: { ...row(serve), costly: true },
};
