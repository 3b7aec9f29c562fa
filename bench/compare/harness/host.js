// The process of one library: reads requests as lines of JSON, answers each with a line. `libraries/pytorch.py` speaks the same.
//
//   { prepare: workload's name, dropout: boolean }  → { ready: what runs } | { cannot: reason }
//   { check: steps, seconds, file }   → { losses }: as many steps as fit into the time, one at least; weights after the first, or outputs,
//                                       go into the file as float32
//   { warm: seconds }                 → { milliseconds } of the last call
//   { time: calls }                   → { milliseconds } of all

import { writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { makeWorkload } from "../workloads/index.js";
import { Cannot } from "./cannot.js";

const [adapter, threads] = process.argv.slice(2);
let library;
let task;

for await (const line of createInterface({ input: process.stdin })) {
  let answer;
  try {
    answer = await respond(JSON.parse(line));
  } catch (error) {
    answer = error instanceof Cannot ? { cannot: error.message } : { error: `${error?.stack ?? error}` };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
process.exit(0);

async function respond(request) {
  if (request.prepare !== undefined) {
    const { open } = await import(pathToFileURL(adapter).href);
    library ??= await open({ threads: Number(threads) });
    const workload = makeWorkload(request.prepare);
    if (!request.dropout) workload.layers = workload.layers?.filter(({ type }) => type !== "dropout");
    if (!library[workload.kind]) throw new Cannot(library.lacks[workload.kind]);
    task = await library[workload.kind](workload);
    return { ready: { version: library.version, node: process.version, flags: process.execArgv } };
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
  const arrays = Array.isArray(result) ? result : [result];
  writeFileSync(file, Buffer.concat(arrays.map((each) => Buffer.from(Float32Array.from(each).buffer))));
  while (losses.length < steps && performance.now() < end) losses.push(await task.step());
  return { losses: losses.map((loss) => (typeof loss === "number" ? loss : null)) };
}
