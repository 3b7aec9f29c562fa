import { SHARE_ENV, Worker } from "node:worker_threads";
import type { PoolWorker, WorkerSetup } from "./platform.js";

/**
 * What a thread runs, as text, so that a bundle needs no second file: the loop inside the kernels. It comes back from there for a job of
 * another binary only; a binary that is new was posted before its first job.
 */
const CODE = `
const { parentPort, receiveMessageOnPort, workerData } = require("node:worker_threads");
const { memory, control, slot, modules } = workerData;
const known = new Map();
const add = ({ number, module }) => known.set(number, new WebAssembly.Instance(module, { env: { memory } }).exports);
modules.forEach(add);
let number = modules[modules.length - 1].number;
for (;;) {
  const kernels = known.get(number);
  if (kernels) {
    try {
      number = kernels.job_serve(control, slot, number);
    } catch (error) {
      kernels.job_end(control, slot);
      throw error;
    }
  } else {
    const posted = receiveMessageOnPort(parentPort);
    if (posted) add(posted.message);
  }
}
`;

export const maySleep = (): boolean => true;

export function startWorker(setup: WorkerSetup): PoolWorker | undefined {
  let worker: Worker;
  try {
    worker = new Worker(CODE, {
      eval: true,
      workerData: setup,
      name: "wasmgrad",
      env: SHARE_ENV,
      execArgv: [],
      trackUnmanagedFds: false,
    });
  } catch {
    return undefined; // Node's permission model may forbid threads.
  }
  worker.unref();
  let reason = "";
  worker.on("error", (error) => {
    reason = String(error);
  });
  return {
    post: (module) => worker.postMessage(module),
    isAlive: livenessOf(worker),
    onEnd(listener) {
      worker.on("exit", (code) => listener(reason || `exit code ${code}`, true));
    },
  };
}

/**
 * Whether a thread that has begun still runs. Node's own handle of it says for how long its loop was idle, and −1 from its last instruction
 * on (seen with one that fills 400 MB). `eventLoopUtilization` asks the handle too, but only once the event loop here has heard of the
 * thread's start, so the handle is asked itself: Node 20 to 26 have it.
 */
function livenessOf(worker: Worker): () => boolean {
  const key = Object.getOwnPropertySymbols(worker).find(({ description }) => description === "kHandle");
  const handle = key && (worker as unknown as Record<symbol, { loopIdleTime?: () => number } | null>)[key];
  if (typeof handle?.loopIdleTime === "function")
    return () => (handle as { loopIdleTime(): number }).loopIdleTime() >= 0;
  // Without it a thread counts as alive until it was heard of. Then of one that has ended: idle for a negative time, or nothing.
  let isKnown = false;
  return () => {
    const { active, idle } = worker.performance.eventLoopUtilization();
    isKnown ||= active > 0;
    return !isKnown || (active > 0 && idle >= 0);
  };
}
