import { describe, expect, test } from "vitest";
import { lossLandscape } from "../../src/diagnostics/index.js";
import * as wg from "../../src/index.js";
import { expectClose } from "../support/check-op.js";

/** A linear model of two inputs and two outputs without bias, and rows that show its weights: L = mean (w − target)². */
function linear(weights: number[][]) {
  const model = wg.sequential([wg.layers.dense({ units: 2, inputShape: [2], useBias: false })]);
  model.compile({ optimizer: "adam", loss: "mse" });
  model.setWeights([weights]);
  return model;
}
const eye = [
  [1, 0],
  [0, 1],
];

describe("around a model", () => {
  test("each filter's direction is as long as its weights: the loss x² mean ‖w‖², whatever the direction", async () => {
    // At the target itself L(x) = Σ (x d)² / 4 = x² (‖w₁‖² + ‖w₂‖²) / 4 = x² (25 + 4) / 4.
    const weights = [
      [3, 0],
      [4, 2],
    ];
    const model = linear(weights);
    for (const seed of [0, 1, 2]) {
      const { x, y, values, loss } = await lossLandscape(model, eye, weights, {
        dimensions: 1,
        steps: 5,
        range: 2,
        seed,
      });
      expect([x, y, loss]).toEqual([[-2, -1, 0, 1, 2], [0], 0]);
      expectClose(values[0] as number[], [29, 7.25, 0, 7.25, 29], 1e-12, 1e-15);
    }
  });

  test("two dimensions: rows are y, columns x; both axes have the same length; seeds differ, one seed repeats", async () => {
    const weights = [
      [1, 2],
      [3, -1],
    ];
    const model = linear(weights);
    const options = { range: [0, 1] as const, steps: 3, seed: 4 };
    const { x, y, values } = await lossLandscape(model, eye, weights, options);
    expect([x, y]).toEqual([
      [0, 0.5, 1],
      [0, 0.5, 1],
    ]);
    // Along either axis x² (10 + 5) / 4.
    expectClose(values[0] as number[], [0, 3.75 / 4, 3.75], 1e-12, 1e-15);
    expectClose(
      values.map((row) => row[0] as number),
      [0, 3.75 / 4, 3.75],
      1e-12,
      1e-15,
    );
    // A parabola: L(1, 1) − L(1, 0) − L(0, 1) = 4 (L(½, ½) − L(½, 0) − L(0, ½)), and not the same as L(1, 0.5) mirrored.
    const at = (row: number, column: number) => values[row]?.[column] as number;
    expectClose([at(2, 2) - at(0, 2) - at(2, 0)], [4 * (at(1, 1) - at(0, 1) - at(1, 0))], 1e-10, 1e-12);
    expect((await lossLandscape(model, eye, weights, options)).values).toEqual(values);
    expect(at(2, 2)).not.toBe((await lossLandscape(model, eye, weights, { ...options, seed: 5 })).values[2]?.[2]);
    expect((await lossLandscape(model, eye, weights, { steps: 2 })).values.length).toBe(2);
  });

  test("biases and what is not trained stay; the model is left as it is", async () => {
    const model = wg.sequential([
      wg.layers.dense({ units: 3, inputShape: [2], activation: "relu" }),
      wg.layers.batchNormalization(),
      wg.layers.dense({ units: 1, kernelInitializer: "zeros", biasInitializer: "ones" }),
    ]);
    model.compile({ optimizer: "adam", loss: "mse" });
    await model.fit(eye, [[1], [2]], { epochs: 2 });
    const before = { weights: model.getWeights().map((each) => each.toArray()), step: model.position.step };
    const found = await lossLandscape(model, eye, [[1], [2]], { steps: 3, training: true });
    expect(found.values[1]?.[1]).toBe(found.loss);
    expect({ weights: model.getWeights().map((each) => each.toArray()), step: model.position.step }).toEqual(before);
    const still = wg.sequential([wg.layers.dense({ units: 1, inputShape: [2], kernelInitializer: "zeros" })]);
    still.compile({ optimizer: "sgd", loss: "mse" });
    // A kernel of 0 has filters of length 0: nothing moves, the bias least of all.
    expect((await lossLandscape(still, eye, [[1], [1]], { dimensions: 1, steps: 3 })).values).toEqual([[1, 1, 1]]);
  });
});

test("the line through two weight sets: (1 − x) A + x B", async () => {
  const model = linear([
    [0, 0],
    [0, 0],
  ]);
  const [a, b] = [[wg.zeros([2, 2])], [wg.eye(2)]];
  const { x, values } = await lossLandscape(model, eye, eye, { between: [a, b], steps: 5 });
  expect(x).toEqual([-0.5, 0, 0.5, 1, 1.5]);
  // Two of four entries are off by 1 − x: (1 − x)² / 2.
  expectClose(values[0] as number[], [1.125, 0.5, 0.125, 0, 0.125], 1e-12, 1e-15);
  const narrow = await lossLandscape(model, eye, eye, { between: [a, b], steps: 2, range: [0, 1] });
  expectClose(narrow.values[0] as number[], [0.5, 0], 1e-12, 1e-15);
});

test("only so many rows", async () => {
  const model = wg.sequential([wg.layers.dense({ units: 1, inputShape: [1], useBias: false })]);
  model.compile({ optimizer: "sgd", loss: "mse" });
  model.setWeights([[[1]]]);
  const rows = [[1], [1], [1], [100]];
  const { loss } = await lossLandscape(
    model,
    rows,
    rows.map(() => [3]),
    { dimensions: 1, steps: 2, maxRows: 3 },
  );
  expect(loss).toBe(4);
});

test("says what is wrong", async () => {
  const model = linear(eye);
  const run = (options: object) => lossLandscape(model, eye, eye, options as never);
  await expect(run({ dimensions: 3 })).rejects.toThrow("lossLandscape: dimensions expected 1 or 2, got 3");
  await expect(run({ range: [1, -1] })).rejects.toThrow(
    "lossLandscape: range expected a number > 0, or two in ascending",
  );
  await expect(run({ between: [[eye], [[1]]] })).rejects.toThrow('lossLandscape: "dense/kernel" expected');
  await expect(run({ between: [[eye]] })).rejects.toThrow("between expected two weight sets");
  await expect(run({ between: [[], []] })).rejects.toThrow("between expected 1 tensors");
  await expect(run({ between: [[eye], [eye]], dimensions: 2 })).rejects.toThrow("dimensions expected 1 for the line");
});
