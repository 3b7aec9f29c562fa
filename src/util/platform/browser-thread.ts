// What a thread of a page runs, as a script of its own: the loop inside the kernels. It comes back from there for a job of another binary
// only, which was posted before its first job.

import type { Jobs } from "#kernels/kernels";
import type { WorkerModule, WorkerSetup } from "./platform.js";

type Setup = WorkerSetup & { readonly lock: string };

const known = new Map<number, Jobs>();
let setup: Setup;
let heard = () => {};

addEventListener("message", ({ data }: MessageEvent<Setup | WorkerModule>) => {
  if ("module" in data) add(data);
  else begin(data).catch(reportError);
  heard();
});

function add({ number, module }: WorkerModule): void {
  const { exports } = new WebAssembly.Instance(module, { env: { memory: setup.memory } });
  known.set(number, exports as unknown as Jobs);
}

/** It holds the lock for as long as it lives: see browser-worker.ts. */
async function begin(given: Setup): Promise<void> {
  setup = given;
  setup.modules.forEach(add);
  await new Promise<void>((done) => {
    void navigator.locks?.request(setup.lock, () => {
      done();
      return new Promise(() => {});
    });
    if (!navigator.locks) done();
  });
  postMessage("here");
  await serve((setup.modules.at(-1) as WorkerModule).number);
}

async function serve(number: number): Promise<never> {
  for (;;) {
    const kernels = known.get(number);
    if (!kernels) {
      await new Promise<void>((done) => {
        heard = done;
      });
      continue;
    }
    try {
      number = kernels.job_serve(setup.control, setup.slot, number);
    } catch (error) {
      kernels.job_end(setup.control, setup.slot);
      throw error;
    }
  }
}
