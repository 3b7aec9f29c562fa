import { beforeEach, describe, expect, test } from "vitest";
import * as wg from "../../src/index.js";
import { backends } from "../support/backends.js";

const x = [
  [1, 2],
  [3, 4],
  [0, -1],
];
const y = [6, 10, 1];

function made() {
  const model = wg.sequential(
    [
      wg.layers.dense({ units: 3, activation: "tanh", inputShape: [2] }),
      wg.layers.batchNormalization(),
      wg.layers.dropout({ rate: 0.5 }),
      wg.layers.dense({ units: 1, kernelRegularizer: wg.regularizers.l2(0.1) }),
    ],
    { name: "first" },
  );
  model.seed = 7;
  const learningRate = wg.schedules.cosine(0.1, { steps: 10 });
  return model.compile({ optimizer: wg.optimizers.adam({ learningRate }), loss: "mse", metrics: ["mae"] });
}
const weightsOf = (model: wg.Sequential) => model.getWeights().map((each) => [...each.toTypedArray()]);

describe.each(backends)("copy on $name", ({ use }) => {
  beforeEach(use);

  test("has the names, the seed and the bits of the weights, and trains as a model made so from the start", async () => {
    const model = made();
    const copy = model.copy();
    expect([copy.name, copy.dtype, copy.seed]).toEqual(["first", "float32", 7]);
    expect(copy.variables.map(({ name }) => name)).toEqual(model.variables.map(({ name }) => name));
    expect(weightsOf(copy)).toEqual(weightsOf(model));
    await model.fit(x, y, { epochs: 3, batchSize: 2 });
    await copy.fit(x, y, { epochs: 3, batchSize: 2 });
    expect(weightsOf(copy)).toEqual(weightsOf(model));
  });

  test("training one leaves the other; the optimizer begins anew", async () => {
    const model = made();
    await model.fit(x, y, { epochs: 3 });
    const copy = model.copy({ name: "second" });
    expect(copy.name).toBe("second");
    expect(copy.position).toEqual({ epoch: 0, step: 0, batch: 0 });
    const before = weightsOf(model);
    expect(weightsOf(copy)).toEqual(before);
    await copy.fit(x, y, { epochs: 2 });
    expect(weightsOf(model)).toEqual(before);
    expect(model.position).toEqual({ epoch: 3, step: 3, batch: 0 });
    const moved = weightsOf(copy);
    expect(moved).not.toEqual(before);
    await model.fit(x, y, { epochs: 5, initialEpoch: 3 });
    expect(weightsOf(copy)).toEqual(moved);
  });

  test("float64 and back", () => {
    const model = made();
    const exact = model.copy({ dtype: "float64" });
    expect(exact.variables.every(({ dtype }) => dtype === "float64")).toBe(true);
    expect(weightsOf(exact)).toEqual(weightsOf(model));
    expect(exact.predict(x).dtype).toBe("float64");
    exact.setWeights(exact.getWeights().map((each) => wg.add(each, wg.full(each.shape, 1 / 3, "float64"))));
    const rounded = weightsOf(exact).map((values) => values.map(Math.fround));
    expect(weightsOf(exact.copy({ dtype: "float32" }))).toEqual(rounded);
  });

  test("shares no layer, no learning rate and no metric", async () => {
    const model = made();
    const copy = model.copy();
    (model.layers[0] as wg.Layer).trainable = false;
    expect(copy.layers.map(({ trainable }) => trainable)).toEqual([true, true, true, true]);
    expect(model.parameters.trained.length + 2).toBe(copy.parameters.trained.length);
    expect(model.copy().layers[0]?.trainable).toBe(false);
    copy.requireCompiled("test").optimizer.learningRate = 0.5;
    expect(typeof model.requireCompiled("test").optimizer.learningRate).toBe("function");
    expect(copy.copy().requireCompiled("test").optimizer.learningRate).toBe(0.5);
    const [own, others] = [model, copy].map((each) => each.requireCompiled("test").heads[0]?.metrics[0]);
    expect(own).not.toBe(others);
  });

  test("of a model that is not compiled, or not built", () => {
    const model = wg.sequential([wg.layers.dense({ units: 2 })]);
    expect(model.copy().build([3]).inputShape).toEqual([3]);
    model.build([4]);
    const copy = model.copy();
    expect(copy.inputShape).toEqual([4]);
    expect(() => copy.requireCompiled("fit")).toThrow("fit: model");
    expect(copy.compile({ optimizer: "sgd", loss: "mse" }).compiled).toBeDefined();
    expect(model.compiled).toBeUndefined();
  });
});

test("an optimizer and a metric of one's own are shared", () => {
  const optimizer = { ...wg.optimizers.sgd(), name: "mine", learningRate: 0.1 };
  const metric = { name: "mine", reset() {}, update() {}, result: () => 0 };
  const model = wg.sequential([wg.layers.dense({ units: 1, inputShape: [2] })]);
  model.compile({ optimizer, loss: "mse", metrics: [metric] });
  const { optimizer: again, heads } = model.copy().requireCompiled("test");
  expect(again).toBe(optimizer);
  expect(heads[0]?.metrics).toEqual([metric]);
});
