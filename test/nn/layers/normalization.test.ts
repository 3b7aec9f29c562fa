import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { load, save } from "../../../src/formats/index.js";
import * as wg from "../../../src/index.js";
import { backends } from "../../support/backends.js";
import { uniform } from "../../support/random.js";

const { layers } = wg;
const context = { training: true, stepCell: wg.tensor(Int32Array.of(1)), seed: 0 };
const shapes = (layer: wg.Layer, input: number[]) => layer.weights(input).map(({ name, shape }) => [name, shape]);

describe.each(backends)("on $name", ({ use }) => {
  beforeEach(use);

  test("by hand: y = γ · (x − μ) / √(σ² + ε) + β", () => {
    const gamma = wg.variable([2, 3]);
    const beta = wg.variable([1, -1]);
    const rows = wg.tensor([
      [1, 3],
      [0, 8],
    ]);
    const values = (layer: wg.Layer, x: wg.Tensor, weights = {}) => [
      ...layer.call(x, weights, context, "own").toTypedArray(),
    ];
    // Variances 1 and 16, both with 9 more: deviations √10 and 5.
    const layered = values(layers.layerNormalization({ epsilon: 9 }), rows, { gamma, beta });
    [1 - 2 / Math.sqrt(10), 3 / Math.sqrt(10) - 1, 1 - 8 / 5, 12 / 5 - 1].forEach((want, i) => {
      expect(layered[i]).toBeCloseTo(want, 6);
    });
    // Mean squares 5 and 32, with 4 more: 3 and 6.
    const scaled = values(layers.rmsNormalization({ epsilon: 4 }), rows, { scale: gamma });
    [2 / 3, 9 / 3, 0, 24 / 6].forEach((want, i) => {
      expect(scaled[i]).toBeCloseTo(want, 6);
    });
    expect(values(layers.groupNormalization({ groups: 2, epsilon: 1 }), rows, { gamma, beta })).toEqual([1, -1, 1, -1]);
    const unit = values(
      layers.unitNormalization(),
      wg.tensor([
        [3, 4],
        [0, 0],
      ]),
    );
    [0.6, 0.8, 0, 0].forEach((want, i) => {
      expect(unit[i]).toBeCloseTo(want, 6);
    });
    const across = values(
      layers.unitNormalization({ axis: [1, 2] }),
      wg.tensor([
        [
          [1, 1],
          [1, 1],
        ],
      ]),
    );
    expect(across).toEqual([0.5, 0.5, 0.5, 0.5]);
  });

  test("learns: a recorded step has the gradients of an eager one", async () => {
    const x = { data: uniform(6 * 4 * 4 * 4, -1, 1, 1), shape: [6, 4, 4, 4], dtype: "float64" as const };
    const y = { data: uniform(6 * 2, -1, 1, 2), shape: [6, 2], dtype: "float64" as const };
    const trained = async (runEagerly: boolean) => {
      wg.setSeed(1);
      const model = wg.sequential(
        [
          layers.zeroPadding2D({ inputShape: [4, 4, 4] }),
          layers.groupNormalization({ groups: 2 }),
          layers.maxPooling2D(),
          layers.layerNormalization({ axis: [1, 2, 3] }),
          layers.upSampling2D({ interpolation: "bilinear" }),
          layers.rmsNormalization(),
          layers.averagePooling2D({ poolSize: 3, strides: 1, padding: "same" }),
          layers.cropping2D({ cropping: 1 }),
          layers.globalMaxPooling2D(),
          layers.unitNormalization(),
          layers.dense({ units: 2 }),
        ],
        { dtype: "float64" },
      );
      model.compile({ optimizer: wg.optimizers.sgd({ learningRate: 0.1 }), loss: "meanSquaredError", runEagerly });
      const batch = wg.tensor(x.data, x.shape, "float64");
      const target = wg.tensor(y.data, y.shape, "float64");
      const losses: number[] = [];
      for (let step = 0; step < 5; step++) losses.push((await model.trainOnBatch(batch, target)).loss as number);
      return losses;
    };
    const [recorded, eager] = [await trained(false), await trained(true)];
    expect(recorded).toEqual(eager);
    expect(recorded[4]).toBeLessThan(0.9 * (recorded[0] as number));
  });
});

describe("normalization layers", () => {
  test("weights have the shape of the normalized axes, and only those asked for", () => {
    expect(shapes(layers.layerNormalization(), [4, 5, 3])).toEqual([
      ["gamma", [3]],
      ["beta", [3]],
    ]);
    expect(shapes(layers.layerNormalization({ axis: [3, 1] }), [4, 5, 3])).toEqual([
      ["gamma", [4, 3]],
      ["beta", [4, 3]],
    ]);
    expect(shapes(layers.layerNormalization({ axis: [-2, -1], center: false }), [4, 5, 3])).toEqual([
      ["gamma", [5, 3]],
    ]);
    expect(shapes(layers.layerNormalization({ scale: false }), [3])).toEqual([["beta", [3]]]);
    expect(shapes(layers.groupNormalization({ groups: 2 }), [4, 5, 6])).toEqual([
      ["gamma", [6]],
      ["beta", [6]],
    ]);
    expect(shapes(layers.groupNormalization({ scale: false, center: false }), [32])).toEqual([]);
    expect(shapes(layers.rmsNormalization({ axis: 1 }), [4, 3])).toEqual([["scale", [4]]]);
    expect(shapes(layers.unitNormalization(), [4])).toEqual([]);
  });

  test("options that are left out are Keras's", () => {
    const own = { center: true, scale: true };
    expect(layers.layerNormalization().config).toMatchObject({ axis: -1, epsilon: 1e-3, ...own });
    expect(layers.groupNormalization().config).toMatchObject({ groups: 32, epsilon: 1e-3, ...own });
    expect(layers.rmsNormalization().config).toEqual({ axis: -1, epsilon: 1e-6 });
    expect(layers.unitNormalization().config).toEqual({ axis: -1 });
  });

  test.each<[wg.Layer, number[], string]>([
    [
      layers.layerNormalization({ axis: 3 }),
      [4, 5],
      'layerNormalization "own": axis expected a whole number from -3 to 2 for rank 3, got 3',
    ],
    [
      layers.rmsNormalization({ axis: -2 }),
      [4],
      'rmsNormalization "own": axis expected one behind the batch\'s of [batch, 4], got -2',
    ],
    [
      layers.groupNormalization({ groups: 4 }),
      [5, 6],
      'groupNormalization "own": groups expected a divisor of the 6 channels, or -1 for one each, got 4',
    ],
    [layers.groupNormalization(), [], 'groupNormalization "own": input expected [batch, …, channels], got [batch]'],
  ])("%#: an input that does not fit", (layer, input, message) => {
    expect(() => layer.outputShape(input, "own")).toThrow(message);
  });

  test("a saved model comes back with every kind and option, and predicts the same", async () => {
    const folder = mkdtempSync(join(tmpdir(), "wasmgrad-"));
    try {
      const model = wg.sequential([
        layers.zeroPadding2D({
          padding: [
            [1, 0],
            [0, 1],
          ],
          inputShape: [11, 11, 4],
        }),
        layers.groupNormalization({ groups: 2, epsilon: 0.5, gammaInitializer: "randomNormal" }),
        layers.maxPooling2D({ poolSize: [2, 3], strides: [2, 1], padding: "same" }),
        layers.averagePooling2D({ poolSize: 2, strides: 1 }),
        layers.layerNormalization({ axis: [1, 3], center: false, gammaInitializer: "randomNormal" }),
        layers.upSampling2D({ size: [2, 1], interpolation: "bilinear" }),
        layers.cropping2D({
          cropping: [
            [1, 1],
            [0, 0],
          ],
        }),
        layers.globalAveragePooling2D({ keepdims: true }),
        layers.reshape({ targetShape: [4, 1] }),
        layers.zeroPadding1D({ padding: [0, 3] }),
        layers.upSampling1D({ size: 3 }),
        layers.rmsNormalization({ axis: [1, 2], epsilon: 0.25 }),
        layers.maxPooling1D({ poolSize: 3, strides: 2 }),
        layers.averagePooling1D({ strides: 1, padding: "same" }),
        layers.cropping1D({ cropping: [1, 0] }),
        layers.unitNormalization({ axis: 1 }),
        layers.globalMaxPooling1D(),
      ]);
      const path = join(folder, "all.safetensors");
      await save(model, path);
      const back = await load(path);
      expect(back.layers.map(({ kind, config }) => [kind, config])).toEqual(
        model.layers.map(({ kind, config }) => [kind, config]),
      );
      const x = wg.tensor(uniform(3 * 11 * 11 * 4, -1, 1, 3), [3, 11, 11, 4], "float32");
      expect(back.predict(x).toTypedArray()).toEqual(model.predict(x).toTypedArray());
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
