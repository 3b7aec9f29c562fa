import { createRequire, syncBuiltinESMExports } from "node:module";
import { setTimeout as sleep } from "node:timers/promises";
import type * as Threads from "node:worker_threads";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { kernels, memory } from "../../src/backend/engine.js";
import { Pool } from "../../src/backend/pool.js";
import * as wg from "../../src/index.js";
import { uniform } from "../support/random.js";
import { allUp, useThreads, usualThreads } from "../support/threads.js";

const threads = createRequire(import.meta.url)("node:worker_threads") as { Worker: typeof Threads.Worker };
const { Worker } = threads;
const warnings = vi.spyOn(process, "emitWarning").mockImplementation(() => undefined);

/** Milliseconds that a new worker lives; 0: as long as it likes. */
let life = 0;
const started: Threads.Worker[] = [];

beforeAll(() => {
  // A watchdog of Node's own ends the loop inside WASM after a while, at whatever instruction it is. It waits for the main thread to know
  // of the worker: before, nothing tells it that the worker has ended.
  threads.Worker = class extends Worker {
    constructor(code: string, options: Threads.WorkerOptions) {
      const known = new Int32Array(new SharedArrayBuffer(4));
      const mortal = `Atomics.wait(workerData.known, 0, 0);
        globalThis.main = () => { ${code} };
        require("node:vm").runInThisContext("main()", { timeout: ${life} });`;
      const asked = { ...options, workerData: { ...options.workerData, known } };
      super(life ? `{ const { workerData } = require("node:worker_threads"); ${mortal} }` : code, asked);
      this.once("online", () => {
        Atomics.store(known, 0, 1);
        Atomics.notify(known, 0);
      });
      started.push(this as unknown as Threads.Worker);
    }
  } as typeof Worker;
  syncBuiltinESMExports();
});

afterAll(async () => {
  threads.Worker = Worker;
  syncBuiltinESMExports();
  await usualThreads();
});

const SIZE = 1 << 19;
const SIDE = 256;

type Places = [number, number, number, number, number, number, number];

/** What is added into or moved over and over, after what is only read. */
function work(at: number): Buffer {
  const k = kernels("float32");
  const part = (i: number) => at + 4 * SIZE * i;
  const [x, y, dx, m, v, c, hyper] = [0, 1, 2, 3, 4, 5, 6].map(part) as Places;
  k.fill(dx, 0, 0, 4 * SIZE);
  for (let round = 0; round < 12; round++) {
    k.tanh_backward(dx, x, y, 0, SIZE);
    k.gemm_pack(part(7), y, 1, SIDE, SIDE, 0, SIDE);
    k.gemm_nt(c, x, y, part(7), 0, SIDE, SIDE, SIDE, 1, 0, 0, part(8), 0, SIDE);
    k.adam_update(dx, x, m, v, hyper, 0, 0, SIZE);
    k.exp_forward(y, y, 0, SIZE);
    k.mul_forward(y, y, x, 1, 1, SIZE, 0, 0, 0, 1, 0, 0, 0, 1, 0, SIZE);
  }
  return Buffer.from(memory().u8.slice(part(1), part(6)));
}

test("workers that end at any instruction are replaced, and no bit changes", { timeout: 120_000 }, async () => {
  await wg.init({ numerics: "strict", threads: 1 });
  const at = memory().take(4 * SIZE * 10);
  const f32 = () => memory().f32.subarray(at >>> 2);
  const inputs = uniform(SIZE * 2, -1, 1, 1);
  const fill = () => {
    f32().set(inputs);
    f32().set([0.01, 0.9, 0.1, 0.999, 0.001, 1e-7, 1, 1], SIZE * 6);
  };
  fill();
  const one = work(at);
  const redone = vi.spyOn(Pool.prototype, "redo");
  life = 15;
  await wg.init({ threads: 3 });
  const end = Date.now() + 25_000;
  for (let round = 0; redone.mock.calls.length < 4 && Date.now() < end; round++) {
    life = 15 + (round % 30);
    fill();
    expect(work(at).equals(one), `round ${round}`).toBe(true);
    await sleep(2);
  }
  expect(redone.mock.calls.length).toBeGreaterThan(0);
  expect(warnings.mock.calls[0]?.[0]).toMatch(/worker \d ended \(.*timed out.*\); .* another one starts in its place/);
  life = 0;
  while (warnings.mock.calls.length < started.length - 2) await sleep(5);
  fill();
  expect(work(at).equals(one)).toBe(true);
  memory().blocks.give(at, 4 * SIZE * 10);
});

test("one that is told to end while work goes on is replaced", async () => {
  await useThreads(3);
  // Workers of the test before live for 45 ms at most; the last may yet have to end.
  await sleep(300);
  await allUp();
  const at = memory().take(4 * SIZE);
  for (let round = 0; round < 5; round++) {
    const count = warnings.mock.calls.length;
    const said = () => warnings.mock.calls.slice(count).map(([text]) => String(text));
    void started.at(-1)?.terminate();
    for (let i = 0; i < 50; i++) kernels("float32").fill(at, round + i, 0, SIZE);
    expect(
      memory()
        .f32.subarray(at >>> 2, (at >>> 2) + SIZE)
        .every((value) => value === round + 49),
    ).toBe(true);
    await vi.waitFor(() => expect(said().join()).toMatch(/worker \d ended \(exit code 1\)/), 10_000);
    await allUp();
  }
  memory().blocks.give(at, 4 * SIZE);
});
