import { createRequire, syncBuiltinESMExports } from "node:module";
import { setTimeout as sleep } from "node:timers/promises";
import type * as Threads from "node:worker_threads";
import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { capabilities, kernels, memory } from "../../src/backend/engine.js";
import { Pool } from "../../src/backend/pool.js";
import * as wg from "../../src/index.js";
import { uniform } from "../support/random.js";
import { allUp, useThreads, usualThreads } from "../support/threads.js";

vi.setConfig({ testTimeout: 180_000 });

const threads = createRequire(import.meta.url)("node:worker_threads") as { Worker: typeof Threads.Worker };
const { Worker } = threads;
const warnings = vi.spyOn(process, "emitWarning").mockImplementation(() => undefined);
const redone = vi.spyOn(Pool.prototype, "redo");

/** What a new worker runs: its own code, at most for so many milliseconds (0: as long as it likes), or something else. */
let life = 0;
let instead = "";
const started: Threads.Worker[] = [];

beforeAll(() => {
  // A watchdog of Node's own ends the loop inside WASM after a while, at whatever instruction it is.
  threads.Worker = class extends Worker {
    constructor(code: string, options: Threads.WorkerOptions) {
      const mortal = `globalThis.main = () => { ${code} };
        require("node:vm").runInThisContext("main()", { timeout: ${life} });`;
      super(instead || (life ? mortal : code), options);
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
/** Large, so that a worker that ends has something of this product as a rule, on a busy machine too. */
const SIDE = 640;

type Places = [number, number, number, number, number, number, number];

/** What is added into or moved over and over, after what is only read. */
function work(at: number): Buffer {
  const k = kernels("float32");
  const part = (i: number) => at + 4 * SIZE * i;
  const [x, y, dx, m, v, c, hyper] = [0, 1, 2, 3, 4, 5, 6].map(part) as Places;
  k.fill(dx, 0, 0, 4 * SIZE);
  for (let round = 0; round < 4; round++) {
    k.tanh_backward(dx, x, y, 0, SIZE);
    k.gemm_pack(part(7), y, 1, SIDE, SIDE, 0, SIDE);
    k.gemm_nt(c, x, y, part(7), 0, SIDE, SIDE, SIDE, 1, 0, 0, part(8), 0, SIDE);
    k.adam_update(dx, x, m, v, hyper, 0, 0, SIZE);
    k.exp_forward(y, y, 0, SIZE);
    k.mul_forward(y, y, x, 1, 1, SIZE, 0, 0, 0, 1, 0, 0, 0, 1, 0, SIZE);
  }
  return Buffer.from(memory().u8.slice(part(1), part(6)));
}

const inputs = uniform(SIZE * 2, -1, 1, 1);
let at: number;
let one: Buffer;

function result(): Buffer {
  const f32 = memory().f32.subarray(at >>> 2);
  f32.set(inputs);
  f32.set([0.01, 0.9, 0.1, 0.999, 0.001, 1e-7, 1, 1], SIZE * 6);
  return work(at);
}

beforeAll(async () => {
  await wg.init({ numerics: "strict", threads: 1 });
  at = memory().take(4 * SIZE * 10);
  one = result();
});

/** All that have been started have been reported. */
const quiet = async () => {
  while (warnings.mock.calls.length < started.length) await sleep(5);
};

beforeEach(() => {
  life = 0;
  instead = "";
  redone.mockClear();
});

test("one that ends before the event loop has turned since its start is noticed", async () => {
  const end = Date.now() + 30_000;
  for (let round = 0; redone.mock.calls.length === 0 && Date.now() < end; round++) {
    life = 40 + 10 * (round % 10);
    await wg.init({ threads: 2 });
    // No await: the worker starts, works and ends within this turn, unless the machine is slow.
    const stop = Date.now() + 1500;
    while (redone.mock.calls.length === 0 && Date.now() < stop)
      expect(result().equals(one), `round ${round}`).toBe(true);
    // Not another one in its place: each round starts its own.
    await wg.init({ threads: 1 });
    await quiet();
  }
  expect(redone.mock.calls.length).toBeGreaterThan(0);
});

test("workers that end at any instruction are replaced, and no bit changes", async () => {
  const before = warnings.mock.calls.length;
  life = 30;
  await wg.init({ threads: 3 });
  const end = Date.now() + 30_000;
  for (let round = 0; redone.mock.calls.length < 4 && Date.now() < end; round++) {
    life = 30 + (round % 30);
    expect(result().equals(one), `round ${round}`).toBe(true);
    await sleep(2);
  }
  expect(redone.mock.calls.length).toBeGreaterThan(0);
  expect(warnings.mock.calls[before]?.[0]).toMatch(
    /worker \d ended \(.*timed out.*\); .* another one starts in its place/,
  );
  life = 0;
  while (warnings.mock.calls.length < started.length - 2) await sleep(5);
  expect(result().equals(one)).toBe(true);
});

test("one that is told to end while work goes on is replaced", async () => {
  await useThreads(3);
  // Workers of the test before live for 60 ms at most; the last may yet have to end.
  await sleep(300);
  await allUp();
  for (let round = 0; round < 3; round++) {
    const count = warnings.mock.calls.length;
    const said = () => warnings.mock.calls.slice(count).map(([text]) => String(text));
    void started.at(-1)?.terminate();
    expect(result().equals(one)).toBe(true);
    await vi.waitFor(() => expect(said().join()).toMatch(/worker \d ended \(exit code 1\)/), 60_000);
    await allUp();
  }
});

test("workers that leave before they are up are tried three times, and work goes on without them", async () => {
  const [count, workers] = [warnings.mock.calls.length, started.length];
  instead = "process.exit(3)";
  await wg.init({ threads: 4 });
  await vi.waitFor(() => {
    expect(result().equals(one)).toBe(true);
    expect(started.length - workers).toBe(3);
    expect(warnings.mock.calls.length - count).toBe(3);
  }, 120_000);
  expect(warnings.mock.calls.at(-1)?.[0]).toMatch(/worker 3 ended \(exit code 3\); .* does again$/);
  expect(capabilities().notes.join()).toMatch(/2 of 3 worker threads are up.*have ended by themselves/);
});
