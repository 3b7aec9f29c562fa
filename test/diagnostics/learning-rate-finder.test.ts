import { describe, expect, test } from "vitest";
import { Dataset } from "../../src/data/index.js";
import { learningRateFinder } from "../../src/diagnostics/index.js";
import * as wg from "../../src/index.js";
import { expectClose } from "../support/check-op.js";

/** y = w x at w = 1 against 0 for x = 1: loss w², and a step of rate r makes w (1 − 2r). */
function single(optimizer: Parameters<wg.Sequential["compile"]>[0]["optimizer"] = "sgd") {
  const model = wg.sequential([wg.layers.dense({ units: 1, inputShape: [1], useBias: false })], { dtype: "float64" });
  model.compile({ optimizer, loss: "mse" });
  model.setWeights([[[1]]]);
  return model;
}

describe("on w², step by step", () => {
  const settings = { from: 0.01, to: 100, steps: 41, beta: 0.5, stopAt: 4 };

  test("rates, losses and smoothed losses are those of the recursion; it stops where they say", async () => {
    const found = await learningRateFinder(single(), [[1]], [[0]], settings);
    const [rates, losses, smoothed]: [number[], number[], number[]] = [[], [], []];
    let [w, sum] = [1, 0];
    for (let i = 0; i < 41; i++) {
      rates.push(10 ** (-2 + i / 10));
      losses.push(w * w);
      sum = 0.5 * sum + 0.5 * w * w;
      smoothed.push(sum / (1 - 0.5 ** (i + 1)));
      if ((smoothed.at(-1) as number) > 4 * Math.min(...smoothed)) break;
      w *= 1 - 2 * (rates.at(-1) as number);
    }
    expect(found.rates.length).toBe(rates.length);
    expectClose([...found.rates], rates, 1e-12, 0);
    expectClose([...found.losses], losses, 1e-10, 1e-300);
    expectClose([...found.smoothed], smoothed, 1e-10, 0);
    expect(found.diverged).toBe(true);
    const lowest = smoothed.indexOf(Math.min(...smoothed));
    expectClose([found.tenthOfMinimum], [(rates[lowest] as number) / 10], 1e-12, 0);
    expect(found.suggestion).toBe(Math.min(found.steepest, found.tenthOfMinimum));
    // Above a rate of 1 each step goes further away.
    expect(rates[lowest] as number).toBeGreaterThan(0.5);
    expect(rates[lowest] as number).toBeLessThan(10);
    expect(found.suggestion).toBeLessThan(1);
    expect(found.reason).toMatch(/^\S+: the loss falls fastest .* a tenth of .*; it diverges at .*\.$/);
    expect(String(found)).toBe(found.reason);
  });

  test("steepest: where the smoothed loss falls most from one rate to the next but one", async () => {
    // β = 0: no smoothing. The losses are their own curve.
    const { losses, rates, steepest } = await learningRateFinder(single(), [[1]], [[0]], { ...settings, beta: 0 });
    const lowest = losses.indexOf(Math.min(...losses));
    const falls = losses.map((_, i) =>
      i < 1 || i >= lowest ? 0 : (losses[i + 1] as number) - (losses[i - 1] as number),
    );
    const skipped = Math.floor(lowest / 4);
    const at = falls.indexOf(Math.min(...falls.slice(skipped)));
    expect(steepest).toBe(rates[at]);
  });

  test("rates too small to diverge, and a loss that never falls", async () => {
    const small = await learningRateFinder(single(), [[1]], [[0]], { from: 1e-3, to: 1e-2, steps: 20 });
    expect([small.diverged, small.rates.length]).toEqual([false, 20]);
    expect(small.reason).toContain("it does not diverge");
    const solved = await learningRateFinder(single(), [[0]], [[1]], { from: 1e-3, to: 1e-2, steps: 5 });
    expect(solved.losses).toEqual([1, 1, 1, 1, 1]);
    expect(solved.reason).toContain("The loss never fell");
  });
});

describe("the model", () => {
  test("stays as it is: weights, moving averages, moments, rate and position", async () => {
    const build = () =>
      wg
        .sequential([
          wg.layers.dense({ units: 4, inputShape: [2], activation: "relu" }),
          wg.layers.batchNormalization(),
          wg.layers.dropout({ rate: 0.2 }),
          wg.layers.dense({ units: 1 }),
        ])
        .compile({ optimizer: wg.optimizers.adam({ learningRate: 0.02 }), loss: "mse" });
    const x = Array.from({ length: 40 }, (_, i) => [i / 40, (i % 7) / 7]);
    const y = x.map(([a, b]) => [(a as number) - (b as number)]);
    const train = async (find: boolean) => {
      wg.setSeed(3);
      const model = build();
      await model.fit(x, y, { epochs: 2, batchSize: 8 });
      const before = model.getWeights().map((each) => each.toArray());
      if (find) {
        const found = await learningRateFinder(model, Dataset.fromArrays(x, y), { steps: 30, batchSize: 8 });
        expect(found.rates.length).toBeGreaterThan(10);
      }
      expect(model.getWeights().map((each) => each.toArray())).toEqual(before);
      expect(model.compiled?.optimizer.learningRate).toBe(0.02);
      expect([model.position.step, model.epoch]).toEqual([10, 2]);
      await model.fit(x, y, { epochs: 2, batchSize: 8 });
      return model.getWeights().map((each) => each.toArray());
    };
    expect(await train(true)).toEqual(await train(false));
  });

  test("an optimizer of the user's own keeps its rate", async () => {
    const own = { ...wg.optimizers.sgd(), name: "own", learningRate: 0.3 };
    const model = single(own);
    await learningRateFinder(model, [[1]], [[0]], { steps: 5 });
    expect(own.learningRate).toBe(0.3);
    expect(model.getWeights()[0]?.toArray()).toEqual([[1]]);
  });
});

test("a loss that overflows ends it; one that is not finite at once is an error", async () => {
  const huge = Dataset.fromArrays([[1e30]], [[0]]);
  const far = await learningRateFinder(single(), huge, { from: 1e-3, to: 1e10, steps: 50, beta: 0, stopAt: 1e300 });
  // Each step makes w about 1e57 times larger: w², times 1e60, is beyond 1e308 at the fourth.
  expect(far.losses.length).toBeLessThan(5);
  expect(far.diverged).toBe(true);
  await expect(learningRateFinder(single(), [[Number.NaN]], [[0]])).rejects.toThrow("learningRateFinder: loss");
});

test("says what is wrong", async () => {
  const run = (options: object) => learningRateFinder(single(), [[1]], [[0]], options);
  await expect(run({ from: 1, to: 0.1 })).rejects.toThrow(
    "learningRateFinder: to expected a finite number > 1, got 0.1",
  );
  await expect(run({ steps: 2 })).rejects.toThrow("learningRateFinder: steps expected a whole number ≥ 3, got 2");
  const none = Dataset.fromArrays([[1]], [[0]]).filter(() => false);
  await expect(learningRateFinder(single(), none)).rejects.toThrow("expected at least one row, got none");
  const batched = Dataset.fromArrays([[1]], [[0]]).batch(1);
  await expect(learningRateFinder(single(), batched, { batchSize: 2 })).rejects.toThrow("is batched by 1");
  expect((await learningRateFinder(single(), batched, { steps: 4 })).rates.length).toBe(4);
});
