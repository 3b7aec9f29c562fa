import { setTimeout as sleep } from "node:timers/promises";
import { capabilities, init, kernels, memory } from "../../src/backend/engine.js";
import { grain } from "../../src/backend/jobs.js";

/** The numbers of threads that bits are compared over. */
export const threadCounts = [1, 2, 3, 4, 7] as const;

const usual = { ...grain };

/** So many threads, all up, and every call shared that has two chunks, however small: what `grain` holds back else. */
export async function useThreads(threads: number, numerics: "strict" | "fma" = "strict"): Promise<void> {
  Object.assign(grain, { call: 0, chunk: 0 });
  await init({ backend: "wasm", numerics, threads });
  await allUp();
}

/** The settings of `useThreads` without waiting for a worker: for tests that run the jobs themselves. */
export async function shareAll(): Promise<void> {
  Object.assign(grain, { call: 0, chunk: 0 });
  await init({ backend: "wasm", numerics: "strict", threads: 2 });
}

/** Starts the workers that are not there and waits for them. */
export async function allUp(): Promise<void> {
  while (capabilities().notes.some((note) => note.includes("worker threads are up"))) {
    const at = memory().take(1 << 20);
    kernels("float32").fill(at, 0, 0, (1 << 20) / 4);
    memory().blocks.give(at, 1 << 20);
    await sleep(5);
  }
}

export async function usualThreads(): Promise<void> {
  Object.assign(grain, usual);
  await init({ backend: "auto", numerics: "auto", threads: "auto" });
}
