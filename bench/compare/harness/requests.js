import { makeWorkload } from "../workloads/index.js";
import { Cannot } from "./cannot.js";

/**
 * Answers requests to a library, in a process of its own or in a page; `libraries/pytorch.py` speaks the same.
 *
 *   { prepare: workload's name, dropout: boolean }  → { ready: what runs } | { cannot: reason }
 *   { check: steps, seconds, file }   → { losses }: as many steps as fit into the time, one at least; weights after the first, or outputs,
 *                                       go to `save` as float32
 *   { warm: seconds }                 → { milliseconds } of the last call
 *   { time: calls }                   → { milliseconds } of all
 *
 * @param open the library: `() => { version, train, predict, matmul, lacks }`
 * @param save `(file, arrays) => …` for results
 * @param about what `ready` says besides the version
 */
export function answering({ open, save, about }) {
  let library;
  let task;

  return async (request) => {
    try {
      return await respond(request);
    } catch (error) {
      return error instanceof Cannot ? { cannot: error.message } : { error: `${error?.stack ?? error}` };
    }
  };

  async function respond(request) {
    if (request.prepare !== undefined) {
      library ??= await open();
      const workload = makeWorkload(request.prepare);
      if (!request.dropout) workload.layers = workload.layers?.filter(({ type }) => type !== "dropout");
      if (!library[workload.kind]) throw new Cannot(library.lacks[workload.kind]);
      task = await library[workload.kind](workload);
      return { ready: { version: library.version, ...about } };
    }
    if (request.check !== undefined) return check(request);
    if (request.warm !== undefined) return { milliseconds: await warm(request.warm) };
    const start = performance.now();
    await run(request.time);
    return { milliseconds: performance.now() - start };
  }

  async function run(calls) {
    for (let call = 0; call < calls; call++) {
      const done = task.step();
      if (done instanceof Promise) await done;
    }
  }

  /** Calls until `seconds` have gone, three at least unless they take longer than that each. */
  async function warm(seconds) {
    const end = performance.now() + seconds * 1000;
    for (let calls = 1; ; calls++) {
      const start = performance.now();
      await run(1);
      const now = performance.now();
      if (now >= end && (calls >= 3 || now - start > seconds * 1000)) return now - start;
    }
  }

  async function check({ check: steps, seconds, file }) {
    const end = performance.now() + seconds * 1000;
    const losses = [await task.step()];
    const result = await task.result();
    await save(file, Array.isArray(result) ? result : [result]);
    while (losses.length < steps && performance.now() < end) losses.push(await task.step());
    return { losses: losses.map((loss) => (typeof loss === "number" ? loss : null)) };
  }
}
