import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { load, save } from "../../src/formats/index.js";
import * as wg from "../../src/index.js";
import { backends } from "../support/backends.js";
import { expectClose } from "../support/check-op.js";
import { uniform } from "../support/random.js";

const folder = mkdtempSync(join(tmpdir(), "wasmgrad-"));
afterAll(() => rmSync(folder, { recursive: true }));
const path = (name: string) => join(folder, name);

/** ½ (w − 8)² from w = 0 at the rate ½: w is 4, 6, 7, 7.5, … after each step, one step an epoch. */
function halving(): wg.Sequential {
  const layer = wg.layers.dense({ units: 1, useBias: false, kernelInitializer: "zeros", inputShape: [1] });
  const model = wg.sequential([layer], { dtype: "float64" });
  return model.compile({ optimizer: wg.optimizers.sgd({ learningRate: 0.5 }), loss: "halfSquaredError" });
}
const data = { x: [[1]], y: [[8]] };
const weight = (model: wg.Sequential) => model.getWeights()[0]?.item() as number;

/** The weight that each epoch's end sees, and the one after `fit`. */
async function seen(average: wg.WeightAveraging, epochs: number): Promise<number[]> {
  const model = halving();
  const out: number[] = [];
  const watch: wg.Callback = {
    onEpochEnd: () => {
      out.push(weight(model));
    },
  };
  const { history } = await model.fit(data, { epochs, validation: data, callbacks: [watch, average] });
  expectClose(
    history.val_loss as number[],
    out.map((w) => (w - 8) ** 2 / 2),
    1e-12,
    0,
  );
  out.push(weight(model));
  average.swap();
  expect(weight(model)).toBe(8 - 8 / 2 ** epochs);
  return out;
}

describe.each(backends)("averages of weights on $name", ({ use }) => {
  test("exponential: with bias correction, from the initial weights, and with a decay that warms up, by hand", async () => {
    await use();
    const { exponentialMovingAverage } = wg.callbacks;
    // v = 2, 4, 5.5 from 0, divided by ½, ¾, ⅞.
    expectClose(await seen(exponentialMovingAverage({ decay: 0.5 }), 3), [4, 16 / 3, 44 / 7, 44 / 7], 1e-15, 0);
    expect(await seen(exponentialMovingAverage({ decay: 0.5, biasCorrection: false }), 3)).toEqual([2, 4, 5.5, 5.5]);
    // β = 1/10, then 2/11: a = 0.9 · 4, then 2/11 · 3.6 + 9/11 · 6.
    const slow = { decay: 0.999, warmup: true, biasCorrection: false };
    expectClose(await seen(exponentialMovingAverage(slow), 2), [3.6, 61.2 / 11, 61.2 / 11], 1e-15, 0);
    // Shares 9/11 of 6 and 0.9 · 2/11 of 4, which sum to 1 − 2/110.
    const corrected = { decay: 0.999, warmup: true };
    expectClose(
      await seen(exponentialMovingAverage(corrected), 2),
      [4, 61.2 / 11 / (1 - 2 / 110), 61.2 / 11 / (1 - 2 / 110)],
      1e-15,
      0,
    );
    // Steps 2 and 4 alone.
    const rare = await seen(exponentialMovingAverage({ decay: 0.5, everySteps: 2 }), 4);
    expectClose(rare, [4, 6, 6, (0.5 * 7.5 + 0.25 * 6) / 0.75, 7], 1e-15, 0);
    // Validated as trained; the mean at the end.
    const late = await seen(exponentialMovingAverage({ decay: 0.5, validateAverage: false }), 3);
    expectClose(late, [4, 6, 7, 44 / 7], 1e-15, 0);
  });

  test("stochastic: the mean of the epochs that are taken in, by hand", async () => {
    await use();
    const { stochasticWeightAveraging } = wg.callbacks;
    // 8 − 4, 8 − 2, 8 − 1, 8 − ½, 8 − ¼
    expect(await seen(stochasticWeightAveraging({ startEpoch: 2 }), 4)).toEqual([4, 6, 7, 7.25, 7.25]);
    expect(await seen(stochasticWeightAveraging({ startEpoch: 0, every: 2 }), 4)).toEqual([4, 4, 5.5, 5.5, 5.5]);
  });
});

describe("averages of weights", () => {
  test("a longer fit goes on with the trained weights and the same mean; swap changes to and fro", async () => {
    const average = wg.callbacks.exponentialMovingAverage({ decay: 0.5 });
    const model = halving();
    expect(() => average.swap()).toThrow(
      "exponentialMovingAverage.swap: a model expected, got none; give the callback to fit first",
    );
    await model.fit(data, { epochs: 2, callbacks: [average] });
    expect(average.count).toBe(2);
    expect(weight(model)).toBeCloseTo(16 / 3, 12);
    await model.fit(data, { epochs: 3, initialEpoch: 2, callbacks: [average] });
    expect([average.count, weight(model)]).toEqual([3, expect.closeTo(44 / 7, 12)]);
    average.swap();
    expect(weight(model)).toBe(7);
    average.swap();
    expect(weight(model)).toBeCloseTo(44 / 7, 12);
    const other = halving();
    await other.fit(data, { epochs: 1, callbacks: [average] });
    expect([average.count, weight(other)]).toEqual([1, 4]);
    const none = wg.callbacks.stochasticWeightAveraging({ startEpoch: 9 });
    await other.fit(data, { epochs: 1, callbacks: [none] });
    expect(() => none.swap()).toThrow(
      "stochasticWeightAveraging.swap: weights expected to have been taken in, got none yet",
    );
  });

  test("early stopping puts back the mean of the best epoch", async () => {
    // From 4 on the mean passes the target 5 and leaves it: best at the second epoch, 16 / 3.
    const model = halving();
    const callbacks = [
      wg.callbacks.earlyStopping({ patience: 1 }),
      wg.callbacks.exponentialMovingAverage({ decay: 0.5 }),
    ];
    await model.fit(data, { epochs: 9, validation: { x: [[1]], y: [[5]] }, callbacks });
    expect(weight(model)).toBeCloseTo(16 / 3, 12);
  });

  test("a second average of the same run is refused, and nothing has changed", async () => {
    const model = halving();
    const { exponentialMovingAverage, stochasticWeightAveraging } = wg.callbacks;
    const swa = stochasticWeightAveraging({ startEpoch: 0 });
    const both = [exponentialMovingAverage(), swa];
    await expect(model.fit(data, { epochs: 2, callbacks: both })).rejects.toThrow(
      "fit: callbacks expected at most one average of the weights, got exponentialMovingAverage and stochasticWeightAveraging; train a model for each",
    );
    await expect(model.fit(data, { epochs: 2, callbacks: [swa, swa] })).rejects.toThrow("at most one average");
    expect([weight(model), swa.count]).toEqual([0, 0]);
  });

  test("recomputeBatchNorm after fit measures what the mean of the weights puts out, not the mean of what they put out", async () => {
    const model = wg.sequential(
      [
        wg.layers.dense({ units: 1, useBias: false, kernelInitializer: "zeros", inputShape: [1] }),
        wg.layers.batchNormalization({ center: false, scale: false, momentum: 0 }),
      ],
      { dtype: "float64" },
    );
    // The weight is 1 after the first step and 3 after the second: their mean is 2.
    const steps: wg.Callback = {
      onBatchEnd(_batch, _logs, { model: { position } }) {
        const [, ...statistics] = model.getWeights();
        model.setWeights([[[position.step === 1 ? 1 : 3]], ...statistics]);
      },
    };
    const average = wg.callbacks.stochasticWeightAveraging({ startEpoch: 0 });
    model.compile({ optimizer: wg.optimizers.sgd({ learningRate: 0 }), loss: "mse" });
    const rows = { x: [[1], [3]], y: [[0], [0]] };
    await model.fit(rows, { epochs: 2, callbacks: [steps, average] });
    const state = () => model.getWeights().map((each) => each.item());
    // The two steps went forward with the weights 0 and 1, to means of 0 and 2: their mean, 1, is not that of 2 · x.
    expect(state().slice(0, 2)).toEqual([2, 1]);
    await wg.recomputeBatchNorm(model, rows);
    expect(state()).toEqual([2, 4, 8]);
    average.swap();
    expect(state().slice(0, 2)).toEqual([3, 2]);
    average.swap();
    expect(state()).toEqual([2, 4, 8]);
  });

  const x = { data: uniform(90 * 5, -1, 1, 3), shape: [90, 5] };
  const y = { data: uniform(90, -1, 1, 4), shape: [90, 1] };
  const regressor = () => {
    wg.setSeed(11);
    const model = wg.sequential([
      wg.layers.dense({ units: 6, activation: "tanh", inputShape: [5] }),
      wg.layers.batchNormalization(),
      wg.layers.dense({ units: 1 }),
    ]);
    return model.compile({ optimizer: wg.optimizers.adam({ learningRate: 0.01 }), loss: "mse" });
  };
  const crashAt = (epoch: number, batch: number): wg.Callback => ({
    name: "crash",
    onBatchEnd(done, _logs, { model }) {
      if (model.epoch === epoch && done === batch) throw new Error("crash");
    },
  });
  const averages = () => [
    wg.callbacks.exponentialMovingAverage({ decay: 0.9, warmup: true }),
    wg.callbacks.stochasticWeightAveraging({ startEpoch: 1, validateAverage: false }),
  ];

  test.each([
    ["after an epoch", 0, crashAt(3, 0), {}],
    ["within an epoch", 0, crashAt(2, 4), { everySteps: 2 }],
    ["after an epoch, stochastic", 1, crashAt(3, 0), {}],
  ])("a run that crashed %s ends with the bytes of one that never stopped", async (name, which, crash, options) => {
    const common = { epochs: 6, batchSize: 16, validation: { x, y } };
    const average = () => averages()[which] as wg.WeightAveraging;
    const straight = regressor();
    await straight.fit(x, y, { ...common, callbacks: [average()] });
    await save(straight, path("straight.safetensors"));
    const checkpoint = path(`${name}.safetensors`);
    const write = wg.callbacks.modelCheckpoint({ path: checkpoint, ...options });
    const first = regressor().fit(x, y, { ...common, callbacks: [average(), write, crash] });
    await expect(first).rejects.toThrow("crash");
    const second = await load(checkpoint);
    await second.fit(x, y, { ...common, resume: true, callbacks: [average(), write] });
    await save(second, path("resumed.safetensors"));
    expect(readFileSync(path("resumed.safetensors")).equals(readFileSync(path("straight.safetensors")))).toBe(true);
  });
});
