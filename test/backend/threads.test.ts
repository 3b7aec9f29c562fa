import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import names from "#kernels/names";
import { ruleOf } from "../../src/backend/cuts.js";
import { hasRelaxedSimd } from "../../src/backend/wasm.js";
import * as wg from "../../src/index.js";
import "../support/dirty-memory.js";
import { optimizers } from "../support/optimizers.js";
import { redoneJobs } from "../support/redone.js";
import { operations } from "../support/shared-operations.js";
import { type Bits, digest, networkNames, trained, trainedOnDigits } from "../support/shared-runs.js";
import { shareAll, threadCounts, useThreads, usualThreads } from "../support/threads.js";

afterAll(usualThreads);

const everyOptimizer = { ...optimizers, lbfgs: () => wg.optimizers.lbfgs({ maxIter: 3 }) };
const clipped = () => wg.optimizers.adam({ learningRate: 0.01, globalClipNorm: 0.5 });

const results = () =>
  Object.fromEntries(Object.entries(operations).map(([name, run]) => [name, wg.scope(() => run()).map(digest)]));

/** Weights of more than 8192 elements, whose norms go in parts. */
const WIDE = 500;

describe.each(hasRelaxedSimd() ? (["strict", "fma"] as const) : (["strict"] as const))("%s", (numerics) => {
  let one: Record<string, string[]>;
  let runs: Bits[];
  const trainings = async () => {
    const onDigits: Bits[] = [];
    for (const name of networkNames) onDigits.push(await trainedOnDigits(name));
    return [await trained(clipped()), ...onDigits];
  };

  beforeAll(async () => {
    await useThreads(1, numerics);
    one = results();
    runs = await trainings();
  });

  test.each(threadCounts.slice(1))("%i threads give the bits of one: every operation", async (threads) => {
    await useThreads(threads, numerics);
    expect(wg.capabilities().threads).toBe(threads);
    expect(results()).toEqual(one);
  });

  test.each(threadCounts.slice(1))("%i threads give the bits of one: whole runs", async (threads) => {
    await useThreads(threads, numerics);
    expect(await trainings()).toEqual(runs);
  });
});

test.each(Object.entries(everyOptimizer))("a run of %s has the same bits on three threads", async (_, make) => {
  const run = () => trained(make(), 40);
  await useThreads(1);
  const one = await run();
  await useThreads(3);
  expect(await run()).toEqual(one);
});

describe("chunks in any order, and every block twice", () => {
  let restore = () => {};
  afterEach(() => restore());

  test("change no bit, and every kernel that has a rule is among them", { timeout: 120_000 }, async () => {
    const all = async () => {
      const runs: Bits[] = [await trained(wg.optimizers.adam({ clipNorm: 0.1 }), WIDE)];
      for (const make of Object.values(everyOptimizer)) runs.push(await trained(make()));
      for (const name of networkNames) runs.push(await trainedOnDigits(name));
      return { results: results(), runs };
    };
    await useThreads(1);
    const one = await all();
    const redone = redoneJobs();
    restore = redone.restore;
    await shareAll();
    const got = await all();
    expect(got.results).toEqual(one.results);
    expect(got.runs).toEqual(one.runs);
    expect(names.filter((name) => ruleOf(name) && !redone.shared.has(name))).toEqual([]);
  });
});
