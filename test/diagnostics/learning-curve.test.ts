import { describe, expect, test } from "vitest";
import { Dataset } from "../../src/data/index.js";
import { learningCurve } from "../../src/diagnostics/index.js";
import * as wg from "../../src/index.js";
import { expectClose } from "../support/check-op.js";

/** Predicts 0 whatever it is trained on. */
function frozen(metrics: string[] = []) {
  const layer = wg.layers.dense({ units: 1, inputShape: [1], kernelInitializer: "zeros", trainable: false });
  return wg.sequential([layer]).compile({ optimizer: "sgd", loss: "mse", metrics: metrics as never });
}

const range = (n: number) => Array.from({ length: n }, (_, i) => i);
const x = range(20).map((i) => [i]);

describe("what it trains and measures", () => {
  test("errors by hand: the mean square of targets, where the model says 0", async () => {
    const data = Dataset.fromArrays(
      x,
      range(20).map(() => [2]),
    );
    const dev = { x: [[1], [2]], y: [[3], [1]] };
    const { points, error, verdict, moreDataHelps, summary } = await learningCurve(() => frozen(), data, {
      sizes: [20, 5],
      dev,
      epochs: 1,
    });
    // Training 2² = 4; dev (9 + 1) / 2 = 5; the gap of 1 is a fifth of 5.
    expect(points).toEqual([
      { size: 5, train: 4, dev: 5, trainDeviation: 0, devDeviation: 0 },
      { size: 20, train: 4, dev: 5, trainDeviation: 0, devDeviation: 0 },
    ]);
    expect([error, verdict, moreDataHelps]).toEqual(["loss", undefined, true]);
    expect(summary).toContain("At 20 rows dev is 1.000 above train: more data would help");
    const loose = await learningCurve(() => frozen(), data, { sizes: [20], dev, epochs: 1, tolerance: 0.3 });
    expect(loose.moreDataHelps).toBe(false);
    expect(String(loose)).toContain("the curves have met");
  });

  test("a fifth is kept for dev, sizes nest, repeats draw other rows and weights", async () => {
    const seen: number[] = [];
    const first: number[] = [];
    const build = () => {
      const model = wg.sequential([wg.layers.dense({ units: 1, inputShape: [1] })]);
      first.push(model.compile({ optimizer: "sgd", loss: "mse" }).getWeights()[0]?.toTypedArray()[0] as number);
      return model;
    };
    wg.setSeed(9);
    wg.randomNormal([1]);
    const next = wg.randomNormal([1]).item();
    wg.setSeed(9);
    wg.randomNormal([1]);
    const curve = await learningCurve(build, { x, y: x.map(() => [0]) }, { repeats: 2, epochs: 1, seed: 5 });
    expect(wg.randomNormal([1]).item()).toBe(next);
    seen.push(...curve.points.map(({ size }) => size));
    expect(seen).toEqual([2, 3, 6, 11, 16]);
    expect(new Set(first.slice(0, 5)).size).toBe(1);
    expect(first[5]).not.toBe(first[0]);
    expect(curve.points.every(({ devDeviation }) => devDeviation > 0)).toBe(true);
    expect(curve.summary).toContain(" ± ");
    const again = await learningCurve(build, { x, y: x.map(() => [0]) }, { repeats: 2, epochs: 1, seed: 5 });
    expect(again.points).toEqual(curve.points);
  });

  test("deviations by hand: with two repeats |a − b| / √2, and the mean (a + b) / 2", async () => {
    const data = { x, y: range(20).map((i) => [i]) };
    const run = (seed: number, repeats: number) =>
      learningCurve(() => frozen(), data, { sizes: [4], dev: data, epochs: 1, seed, repeats });
    const [a, b] = [(await run(1, 1)).points[0]?.train as number, (await run(2, 1)).points[0]?.train as number];
    const both = (await run(1, 2)).points[0];
    expect(a).not.toBe(b);
    expectClose(
      [both?.train as number, both?.trainDeviation as number],
      [(a + b) / 2, Math.abs(a - b) / Math.SQRT2],
      1e-6,
      0,
    );
  });
});

describe("the verdict", () => {
  test("accuracy becomes an error, judged by biasVariance", async () => {
    const build = () => {
      const layer = wg.layers.dense({ units: 1, inputShape: [1], activation: "sigmoid", trainable: false });
      const model = wg.sequential([layer]);
      model.compile({ optimizer: "sgd", loss: "binaryCrossentropy", metrics: ["accuracy"] });
      // Says 1 for x > 0, else 0.
      model.setWeights([[[10]], [0]]);
      return model;
    };
    const rows = Dataset.fromArrays([[1], [2], [-1], [-2]], [[1], [1], [0], [0]]);
    const dev = { x: [[1], [2], [3], [4]], y: [[1], [1], [1], [0]] };
    const found = await learningCurve(build, rows, { sizes: [4], dev, epochs: 1 });
    expect(found.error).toBe("1 − accuracy");
    expect(found.points[0]).toMatchObject({ train: 0, dev: 0.25 });
    expect(found.verdict).toMatchObject({ variance: 0.25, avoidableBias: 0, dominant: "variance" });
    expect(found.moreDataHelps).toBe(true);
    const reversed = await learningCurve(build, Dataset.fromArrays(dev.x, dev.y), { sizes: [4], dev, epochs: 1 });
    expect(reversed.verdict?.dominant).toBe("avoidableBias");
    expect(reversed.moreDataHelps).toBe(false);
    expect(reversed.summary).toMatch(/25\.0 % of avoidable bias stays: a bigger network/);
  });
});

test("says what is wrong", async () => {
  const data = { x, y: x };
  const run = (options: object, build: unknown = () => frozen()) => learningCurve(build as never, data, options);
  await expect(run({}, 3)).rejects.toThrow("learningCurve: build expected a function");
  await expect(run({}, () => 3)).rejects.toThrow("learningCurve: model expected a compiled model, got 3");
  await expect(run({ sizes: [100] })).rejects.toThrow(
    "learningCurve: sizes expected a whole number ≥ 1 and ≤ 16, got 100",
  );
  await expect(run({ sizes: [] })).rejects.toThrow("learningCurve: sizes expected");
  await expect(run({ metric: "f1" })).rejects.toThrow('learningCurve: metric expected one of "loss", got "f1"');
  await expect(learningCurve(() => frozen(), 3 as never)).rejects.toThrow("learningCurve: data expected a Dataset");
  const batched = Dataset.fromArrays(x, x).batch(2);
  await expect(learningCurve(() => frozen(), batched)).rejects.toThrow("got batches; leave batch out");
});
