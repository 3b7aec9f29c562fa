import { beforeEach, describe, expect, test } from "vitest";
import { Dataset } from "../../src/data/index.js";
import { type Batch, gatherBatches, probe } from "../../src/diagnostics/probe.js";
import * as wg from "../../src/index.js";
import { targetRows } from "../../src/model/inputs.js";
import type { HostArray } from "../../src/util/host-array.js";
import { backends } from "../support/backends.js";
import { expectClose } from "../support/check-op.js";

const x = [
  [1, 2],
  [3, 4],
];
const y = [6, 10];

async function batchesOf(model: wg.Sequential, rows: number[][], targets: number[], batchSize = 32) {
  const [source] = targetRows("test", model, rows, targets, undefined);
  return gatherBatches(source, { batchSize });
}

function line(dense = {}) {
  const model = wg.sequential([wg.layers.dense({ units: 1, inputShape: [2], ...dense })]);
  model.compile({ optimizer: "sgd", loss: "mse" });
  model.setWeights([[[1], [2]], [0.5]]);
  return model;
}

describe.each(backends)("a probe on $name", ({ use }) => {
  beforeEach(use);

  test("loss and gradient by hand, at the model's weights and elsewhere", async () => {
    const model = line();
    // Predictions 5.5 and 11.5, errors −0.5 and 1.5: mean square 1.25, gradient 4, 5, 1.
    const { size, parameters, weights, lossAt, gradientAt } = probe("test", model, await batchesOf(model, x, y));
    expect(size).toBe(3);
    expect(parameters).toEqual([
      { name: "dense/kernel", shape: [2, 1], begin: 0, end: 2 },
      { name: "dense/bias", shape: [1], begin: 2, end: 3 },
    ]);
    expect([...weights()]).toEqual([1, 2, 0.5]);
    expect(lossAt(weights())).toBe(1.25);
    expect([...gradientAt(weights())]).toEqual([4, 5, 1]);
    // Predictions 0, errors −6 and −10: 68; gradient −(6 + 30), −(12 + 40), −16.
    expect(lossAt([0, 0, 0])).toBe(68);
    expect([...gradientAt([0, 0, 0])]).toEqual([-36, -52, -16]);
    expect(lossAt(weights())).toBe(1.25);
    expect(model.getWeights().map((each) => [...each.toTypedArray()])).toEqual([[1, 2], [0.5]]);
    expect(model.position.step).toBe(0);
  });

  test("several batches count by their rows; penalties once; a frozen layer is not among the weights", async () => {
    const model = wg.sequential([
      wg.layers.dense({ units: 2, inputShape: [2], trainable: false }),
      wg.layers.dense({ units: 1, kernelRegularizer: wg.regularizers.l2(0.1) }),
    ]);
    model.compile({ optimizer: "sgd", loss: "mse" });
    model.setWeights([wg.eye(2), [0, 0], [[1], [2]], [0.5]]);
    const rows = [...x, [1, 0]];
    const targets = [...y, 3];
    // Errors −0.5, 1.5 and −1.5: (0.25 + 2.25 + 2.25) / 3 + 0.1 · (1 + 4); gradient ⅔ · Σ error · (x, 1) + 0.2 · kernel.
    for (const batchSize of [1, 2, 3]) {
      const found = probe("test", model, await batchesOf(model, rows, targets, batchSize));
      expect(found.size).toBe(3);
      expectClose([found.lossAt(found.weights())], [4.75 / 3 + 0.5], 1e-14, 0);
      const gradient = [(2 / 3) * 2.5 + 0.2, (2 / 3) * 5 + 0.4, (2 / 3) * -0.5];
      expectClose([...found.gradientAt(found.weights())], gradient, 1e-13, 0);
    }
  });

  test("rows count by their weights", async () => {
    const model = line();
    const [source] = targetRows("test", model, { x, y, sampleWeight: [2, 0] }, undefined, undefined);
    for (const batchSize of [1, 2]) {
      const found = probe("test", model, await gatherBatches(source, { batchSize }));
      // Of the errors −0.5 and 1.5 the first twice: (2 · 0.25) / 2; gradient 2 · (−0.5) · (1, 2, 1).
      expect(found.lossAt(found.weights())).toBe(0.25);
      expect([...found.gradientAt(found.weights())]).toEqual([-1, -2, -1]);
    }
  });

  test("float64: a step of 1e-9 is told from none", async () => {
    const model = line();
    const { lossAt } = probe("test", model, await batchesOf(model, x, y));
    expectClose([(lossAt([1 + 1e-9, 2, 0.5]) - 1.25) / 1e-9], [4], 1e-6, 0);
  });

  test("dropout draws the same mask each time, another one at another step", async () => {
    const model = wg.sequential([wg.layers.dropout({ rate: 0.5, inputShape: [20] }), wg.layers.dense({ units: 1 })]);
    model.compile({ optimizer: "sgd", loss: "mse" });
    const rows = [Array.from({ length: 20 }, (_, i) => i - 10)];
    const batches = await batchesOf(model, rows, [1]);
    const frozen = probe("test", model, batches);
    const at = frozen.weights();
    const [loss, gradient] = [frozen.lossAt(at), frozen.gradientAt(at)];
    expect([frozen.lossAt(at), frozen.gradientAt(at)]).toEqual([loss, gradient]);
    const dropped = [...gradient].slice(0, 20).filter((v) => v === 0).length;
    expect(dropped).toBeGreaterThan(2);
    expect(dropped).toBeLessThan(18);
    expect(probe("test", model, batches, { step: 2 }).lossAt(at)).not.toBe(loss);
    const off = probe("test", model, batches, { training: false });
    expect([...off.gradientAt(at)].slice(0, 20).filter((v) => v === 0).length).toBe(1);
  });

  test("batch normalization by the batch, by the moving averages, and in inference; none of them moves", async () => {
    const model = wg.sequential([
      wg.layers.batchNormalization({ inputShape: [1], epsilon: 1 }),
      wg.layers.dense({ units: 1, useBias: false, kernelInitializer: "ones" }),
    ]);
    model.compile({ optimizer: "sgd", loss: "mse" });
    const batches = await batchesOf(model, [[-2], [4]], [0, 0]);
    // Of the batch: mean 1, variance 9, so ±3/√10. Moving: mean 0, variance 1, so −2/√2 and 4/√2.
    const before = model.getWeights().map((each) => each.toArray());
    const byBatch = probe("test", model, batches);
    for (let i = 0; i < 3; i++) {
      expectClose([byBatch.lossAt(byBatch.weights())], [0.9], 1e-14, 0);
      // γ scales both outputs: dL/dγ = 2 · 0.9; β: their mean is 0.
      expectClose([...byBatch.gradientAt(byBatch.weights())], [1.8, 0, 1.8], 1e-13, 1e-15);
    }
    const moving = probe("test", model, batches, { batchNormalization: "moving" });
    for (const each of [moving, probe("test", model, batches, { training: false })]) {
      expectClose([each.lossAt(each.weights())], [5], 1e-14, 0);
      // Outputs −2/√2 and 4/√2: their squares' mean is 5; β: 2 · their mean.
      expectClose([...each.gradientAt(each.weights())], [10, Math.SQRT2, 10], 1e-13, 0);
    }
    expect(model.getWeights().map((each) => each.toArray())).toEqual(before);
  });
});

test("gathers what a dataset has, in order", async () => {
  const model = line();
  const data = Dataset.fromArrays([...x, [5, 6]], [...y, 0]).batch(2);
  const [source] = targetRows("test", model, data, undefined, undefined);
  const batches = await gatherBatches(source, { batchSize: 7 });
  expect(batches.map((each) => [...(each.x[0] as HostArray).data])).toEqual([
    [1, 2, 3, 4],
    [5, 6],
  ]);
  expect((await gatherBatches(source, { batchSize: 7, most: 1 })).length).toBe(1);
  expect(() =>
    probe("test", model, [{ ...(batches[0] as Batch), y: [{ data: new Float32Array(3), shape: [3] }] }]),
  ).toThrow("test: y expected 2 rows like x, got 3");
});
