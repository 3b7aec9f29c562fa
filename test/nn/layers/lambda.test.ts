import { describe, expect, test } from "vitest";
import { gradientCheck } from "../../../src/diagnostics/index.js";
import * as wg from "../../../src/index.js";
import { uniform } from "../../support/random.js";

const { layers } = wg;
const x = wg.tensor(uniform(15, -1, 1, 1), [5, 3]);
const y = wg.tensor(uniform(5, -1, 1, 2), [5, 1]);

/** y = x · scale + bias, element by element. */
const affine = (options: Partial<Parameters<typeof layers.lambda<"scale" | "bias">>[0]> = {}) =>
  layers.lambda({
    weights: {
      scale: { shape: (input) => input, initializer: "ones", constraint: "maxNorm" },
      bias: { shape: [3], initializer: "zeros" },
    },
    call: (t, { scale, bias }) => wg.add(wg.mul(t, scale), bias),
    name: "affine",
    ...options,
  });
const through = (layer: wg.Layer, options: Partial<Parameters<wg.Sequential["compile"]>[0]> = {}) => {
  const model = wg.sequential([layers.dense({ units: 3, inputShape: [3] }), layer, layers.dense({ units: 1 })]);
  return model.compile({ loss: "meanSquaredError", optimizer: "sgd", ...options });
};

describe("a layer of one's own with weights", () => {
  test("has the gradients of differences, by the tape and by hand", async () => {
    const byHand = affine({
      gradient: (dy, t, _, { scale }) => [wg.mul(dy, scale), wg.sum(wg.mul(dy, t as wg.Tensor), 0), wg.sum(dy, 0)],
    });
    const wrong = affine({
      gradient: (dy, _x, _y, { scale }) => [wg.mul(dy, scale), wg.sum(dy, 0), wg.sum(dy, 0)],
    });
    for (const layer of [affine(), byHand]) {
      expect((await gradientCheck(through(layer), x, y)).difference).toBeLessThan(1e-7);
    }
    expect((await gradientCheck(through(wrong), x, y)).difference).toBeGreaterThan(1e-2);
  });

  test("learns, or stays as it is where it is frozen", async () => {
    for (const [trainable, moved] of [
      [true, true],
      [false, false],
    ] as const) {
      const layer = affine({ trainable });
      const model = through(layer);
      const before = (await model.evaluate(x, y)).loss as number;
      await model.fit(x, y, { epochs: 5 });
      expect((await model.evaluate(x, y)).loss).toBeLessThan(before);
      const scale = model.variables.find(({ name }) => name === "affine/scale") as wg.Variable;
      expect(scale.toArray().toString() !== "1,1,1").toBe(moved);
    }
  });

  test("has a weight that is kept, and regularizers by name", async () => {
    const layer = layers.lambda({
      weights: {
        kernel: { shape: [3], initializer: "ones" },
        step: { shape: [1], initializer: "ones", trainable: false },
      },
      call: (t, { kernel, step }) => wg.mul(t, wg.mul(kernel, step)),
      inputShape: [3],
    });
    const model = wg.sequential([layer]).compile({
      loss: "meanSquaredError",
      optimizer: "sgd",
      kernelRegularizer: wg.regularizers.l2(0.5),
    });
    let text = "";
    model.summary({
      print: (all) => {
        text = all;
      },
    });
    expect(text).toMatch(/total 4, trained 3, kept 1$/);
    expect((await model.evaluate(wg.zeros([2, 3]), wg.zeros([2, 3]))).loss).toBeCloseTo(1.5, 6);
  });

  test("takes several inputs", () => {
    const [a, b] = [wg.input({ shape: [3] }), wg.input({ shape: [2] })];
    const out = layers
      .lambda({
        weights: { kernel: { shape: ([p, q]) => [p?.[0] as number, q?.[0] as number], initializer: "ones" } },
        call: ([p, q], { kernel }) => wg.add(wg.matmul(p as wg.Tensor, kernel), q as wg.Tensor),
      })
      .apply([a, b]);
    const model = wg.model({ inputs: [a, b], outputs: out });
    expect(model.predict([wg.ones([1, 3]), wg.ones([1, 2])]).toArray()).toEqual([[4, 4]]);
  });
});
