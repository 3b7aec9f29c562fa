import { createRequire, syncBuiltinESMExports } from "node:module";
import type * as Threads from "node:worker_threads";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { kernels, memory } from "../../src/backend/engine.js";
import * as wg from "../../src/index.js";
import { uniform } from "../support/random.js";
import { allUp, useThreads, usualThreads } from "../support/threads.js";

const pools = vi.hoisted(() => ({ made: 0 }));
vi.mock("../../src/backend/pool.js", async (original) => {
  const actual = await original<typeof import("../../src/backend/pool.js")>();
  class Pool extends actual.Pool {
    constructor(...given: ConstructorParameters<typeof actual.Pool>) {
      super(...given);
      pools.made++;
    }
  }
  return { ...actual, Pool };
});

const threads = createRequire(import.meta.url)("node:worker_threads") as { Worker: typeof Threads.Worker };
const { Worker } = threads;
let started = 0;

beforeAll(() => {
  threads.Worker = class extends Worker {
    constructor(...given: ConstructorParameters<typeof Worker>) {
      super(...given);
      started++;
    }
  } as typeof Worker;
  syncBuiltinESMExports();
});

afterAll(async () => {
  threads.Worker = Worker;
  syncBuiltinESMExports();
  await usualThreads();
});

const SIZE = 1 << 18;
let at: number;

/** Adds and moves, of about a millisecond each. */
function result(): Buffer {
  const k = kernels("float32");
  memory().f32.set(uniform(2 * SIZE, -1, 1, 1), at >>> 2);
  for (let round = 0; round < 3; round++) k.tanh_backward(at, at + 4 * SIZE, at, 0, SIZE);
  return Buffer.from(memory().u8.slice(at, at + 4 * SIZE));
}

const upNow = () => wg.capabilities().notes.find((note) => note.includes("worker threads are up"));

test("one thread makes no pool and starts no worker", async () => {
  await wg.init({ numerics: "strict", threads: 1 });
  at = memory().take(8 * SIZE);
  result();
  wg.matmul(wg.ones([300, 300]), wg.ones([300, 300]));
  expect(pools.made).toBe(0);
  expect(started).toBe(0);
});

test("a call that is large enough starts one worker, and waits for none", async () => {
  await wg.init({ threads: 4 });
  const k = kernels("float32");
  for (const count of [1, 2, 3, 3]) {
    k.fill(at, 1, 0, 2 * SIZE);
    expect(started).toBe(count);
  }
  expect(pools.made).toBe(1);
});

test("more and fewer threads at run time: the same bits, and workers stay for when they are wanted again", async () => {
  await useThreads(1);
  const one = result();
  for (const count of [2, 4, 1, 3, 2, 1, 4]) {
    await useThreads(count);
    expect(wg.capabilities().threads).toBe(count);
    expect(upNow()).toBeUndefined();
    for (let round = 0; round < 5; round++) expect(result().equals(one), `${count} threads, round ${round}`).toBe(true);
  }
  expect(started).toBe(3);
});

test("many more threads than cores", async () => {
  await useThreads(1);
  const one = result();
  await useThreads(24);
  await allUp();
  for (let round = 0; round < 10; round++) expect(result().equals(one), `round ${round}`).toBe(true);
  expect(started).toBe(23);
});
