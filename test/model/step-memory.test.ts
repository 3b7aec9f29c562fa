import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import * as wg from "../../src/index.js";
import { OutOfMemoryError, StateError } from "../../src/util/errors.js";
import { backends } from "../support/backends.js";
import { uniform } from "../support/random.js";

const { layers } = wg;
type Call = wg.Layer["call"];

/** A layer of the user's own: any function of its input that keeps the shape. */
function custom(name: string, call: Call, inputShape?: number[]): wg.Layer {
  return {
    kind: "custom",
    name,
    config: {},
    inputShape,
    trainable: true,
    outputShape: (input) => input,
    weights: () => [],
    call,
    apply: () => {
      throw new Error("for stacks alone");
    },
    resetStates() {},
  };
}

/** Two layers with a connection around what lies between them, by way of a variable that both close over. */
function around(name: string, ...between: wg.Layer[]): wg.Layer[] {
  let held: wg.Tensor | undefined;
  const take = custom(`${name}_in`, (x) => {
    held = wg.tanh(x);
    return x;
  });
  return [take, ...between, custom(`${name}_out`, (x) => wg.add(x, held as wg.Tensor))];
}

/** The identity, whose gradient reads a tensor of the forward pass and returns the very one that it was given. */
const scaled = () =>
  custom("scaled", (x) => {
    const scale = wg.sigmoid(x);
    return wg.customGrad((v: wg.Tensor) => ({ value: v, gradient: (dy) => wg.mul(wg.mul(dy, scale), 2) }))(x);
  });
const passing = () =>
  custom("passing", (x) => wg.customGrad((v: wg.Tensor) => ({ value: v, gradient: (dy) => dy }))(x));

const image = [9, 9, 2];
const networks: Record<string, () => { shape: number[]; layers: wg.Layer[] }> = {
  "convolutions with fused activations": () => ({
    shape: image,
    layers: [
      layers.conv2d({ filters: 4, kernelSize: 3, padding: "same", activation: "relu", inputShape: image }),
      layers.maxPooling2D({ poolSize: 2 }),
      layers.conv2d({ filters: 5, kernelSize: 1, activation: "tanh" }),
      layers.conv2dTranspose({ filters: 3, kernelSize: 3, strides: 2, activation: "softplus" }),
      layers.depthwiseConv2d({ kernelSize: 2, activation: "elu" }),
      layers.flatten(),
      layers.dense({ units: 3, activation: "softmax" }),
    ],
  }),
  "batch normalization, dropout, views": () => ({
    shape: [12],
    layers: [
      layers.dense({ units: 12, inputShape: [12] }),
      layers.batchNormalization(),
      layers.activation({ activation: "relu" }),
      layers.dropout({ rate: 0.3 }),
      layers.reshape({ targetShape: [3, 4] }),
      layers.spatialDropout1D({ rate: 0.2 }),
      layers.flatten(),
      layers.gaussianNoise({ stddev: 0.1 }),
      layers.dense({ units: 3, activation: "softmax" }),
    ],
  }),
  "tensors used twice, and held by layers": () => ({
    shape: [6],
    layers: [
      layers.dense({ units: 6, activation: "tanh", inputShape: [6] }),
      ...around("outer", ...around("inner", layers.dense({ units: 6, activation: "relu" }), scaled()), passing()),
      custom("square", (x) => wg.mul(x, x)),
      layers.dense({ units: 3, activation: "softmax" }),
    ],
  }),
};

function compiled(name: string, runEagerly: boolean): wg.Sequential {
  wg.setSeed(11);
  const model = wg.sequential((networks[name] as () => { layers: wg.Layer[] })().layers);
  return model.compile({
    optimizer: wg.optimizers.adam({ learningRate: 0.02, globalClipNorm: 1 }),
    loss: "sparseCategoricalCrossentropy",
    metrics: ["accuracy"],
    kernelRegularizer: wg.regularizers.l2(0.01),
    runEagerly,
  });
}

function rowsFor(shape: number[], rows = 45) {
  const size = shape.reduce((product, n) => product * n, 1);
  const x = { data: uniform(rows * size, -1, 1, 5), shape: [rows, ...shape] };
  return { x, y: { data: Int32Array.from({ length: rows }, (_, i) => i % 3), shape: [rows] } };
}

beforeEach(() => wg.setSeed(3));
afterAll(() => wg.init({ backend: "auto", numerics: "auto", threads: "auto" }));

describe.each(backends)("a packed step on $name has the bits of one that gives nothing back", ({ use }) => {
  test.each(Object.keys(networks))("%s", async (name) => {
    await use();
    const { shape } = (networks[name] as () => { shape: number[] })();
    const { x, y } = rowsFor(shape);
    const run = async (runEagerly: boolean) => {
      const model = compiled(name, runEagerly);
      // Batches of 16, 13, 7 and 45 rows: plans that share one place, and the place moves.
      const history = await model.fit(x, y, { epochs: 3, batchSize: 16, validation: { x, y } });
      const predicted = model.predict(x, { batchSize: 7 }).toTypedArray();
      await model.fit(x, y, { epochs: 1, batchSize: 45 });
      const after = await model.evaluate(x, y, { batchSize: 45 });
      const weights = model.variables.map((each) => each.toTypedArray());
      return { weights, history: history.history, predicted, after };
    };
    expect(await run(false)).toEqual(await run(true));
  });
});

describe("what stays of a step", () => {
  const { x, y } = rowsFor([6], 8);
  const watched = (runEagerly: boolean) => {
    const seen: { inside: number[]; tensor: wg.Tensor | undefined } = { inside: [], tensor: undefined };
    const model = wg.sequential([
      layers.dense({ units: 3, activation: "tanh", inputShape: [6] }),
      custom("watch", (t) => {
        seen.tensor = t;
        if (runEagerly) seen.inside = [...t.toTypedArray()];
        return wg.relu(t);
      }),
      layers.dense({ units: 3, activation: "softmax" }),
    ]);
    return { seen, model: model.compile({ loss: "sparseCategoricalCrossentropy", runEagerly }) };
  };

  test("run eagerly, a layer reads its input, and it can be read until the next step", async () => {
    const { seen, model } = watched(true);
    await model.trainOnBatch(x, y);
    const first = seen.tensor;
    expect([...(first as wg.Tensor).toTypedArray()]).toEqual(seen.inside);
    await model.trainOnBatch(x, y);
    expect(() => first?.toArray()).toThrow(StateError);
  });

  test("recorded, a tensor that a layer has held cannot be read behind the step", async () => {
    const { seen, model } = watched(false);
    await model.trainOnBatch(x, y);
    expect(() => seen.tensor?.toArray()).toThrow(/model's step that has ended.*runEagerly: true/);
  });
});

describe("memory of models", () => {
  beforeEach(() => wg.init({ backend: "auto", threads: 1 }));

  const held = async () => {
    for (let pass = 0; pass < 3; pass++) {
      (globalThis as { gc?: () => void }).gc?.();
      await pause(20);
    }
    const { live, arena } = wg.memory();
    return live + arena;
  };
  const conv = (filters: number, first = {}) =>
    layers.conv2d({ filters, kernelSize: 3, padding: "same", activation: "relu", ...first });

  /** The network of bench/compare's workload `cnn`. */
  const cnn = () => {
    const model = wg.sequential([
      conv(8, { inputShape: [28, 28, 1] }),
      layers.maxPooling2D({ poolSize: 2 }),
      conv(16),
      layers.maxPooling2D({ poolSize: 2 }),
      layers.flatten(),
      layers.dense({ units: 10, activation: "softmax" }),
    ]);
    return model.compile({ optimizer: "adam", loss: "categoricalCrossentropy" });
  };
  const batch = (rows: number) => ({
    x: { data: uniform(rows * 784, 0, 1, 2), shape: [rows, 28, 28, 1] },
    y: { data: Float32Array.from({ length: rows * 10 }, (_, i) => Number(i % 11 === 0)), shape: [rows, 10] },
  });

  test("a step of a convolutional network takes at most 1.3 times its activations, weights, gradients and moments", async () => {
    wg.zeros([1]);
    const before = await held();
    const model = cnn();
    const { x, y } = batch(64);
    for (let step = 0; step < 5; step++) await model.trainOnBatch(x, y);
    const taken = (await held()) - before;
    const sizes = model.network.graph.placed.map(({ outputShape }) =>
      outputShape.reduce((product, n) => product * n, 1),
    );
    const weights = model.variables.reduce((sum, { size }) => sum + 4 * size, 0);
    const needed = x.data.byteLength + y.data.byteLength + sizes.reduce((sum, n) => sum + 4 * 64 * n, 0) + 4 * weights;
    expect(taken / needed).toBeLessThanOrEqual(1.3);
  });

  test("1,000 steps with evaluations and predictions between them take no more than the first", async () => {
    const model = cnn();
    const { x, y } = batch(4);
    const round = async () => {
      await model.trainOnBatch(x, y);
      await model.evaluate(x, y);
      model.predict(x, { batchSize: 3 });
    };
    for (let i = 0; i < 3; i++) await round();
    const before = await held();
    const { reserved } = wg.memory();
    for (let i = 0; i < 1000; i++) await round();
    expect(await held()).toBeLessThanOrEqual(before);
    expect(wg.memory().reserved).toBe(reserved);
  }, 120_000);

  test("a model that is dropped returns its place", async () => {
    const before = await held();
    await (async () => {
      const { x, y } = batch(64);
      await cnn().trainOnBatch(x, y);
      expect(wg.memory().arena + wg.memory().live).toBeGreaterThan(before + 3_000_000);
    })();
    expect(await held()).toBeLessThan(before + 200_000);
  });

  test("a small plan beside a large one leaves the large one's memory its own", async () => {
    const model = wg.sequential([
      layers.dense({ units: 4096, activation: "relu", inputShape: [4] }),
      layers.dense({ units: 2 }),
    ]);
    model.compile({ loss: "meanSquaredError" });
    const rows = 4096;
    const x = { data: uniform(rows * 4), shape: [rows, 4] };
    const y = { data: uniform(rows * 2), shape: [rows, 2] };
    await model.trainOnBatch(x, y);
    model.predict({ data: x.data.slice(0, 4), shape: [1, 4] });
    const kept = Array.from({ length: 80 }, () => wg.full([1 << 20], 7));
    await model.trainOnBatch(x, y);
    for (const each of kept) expect(wg.any(wg.notEqual(each, 7)).toArray()).toBe(false);
  });

  test("a batch that does not fit is refused, and the model goes on", async () => {
    const model = cnn();
    const { x, y } = batch(8);
    const { loss } = await model.trainOnBatch(x, y);
    await wg.init({ memoryLimit: wg.memory().reserved + 4_000_000 });
    try {
      const huge = { data: new Float32Array(4096 * 784), shape: [4096, 28, 28, 1] };
      expect(() => model.predict(huge, { batchSize: 4096 })).toThrow(OutOfMemoryError);
      expect((await model.trainOnBatch(x, y)).loss).toBeLessThan(loss as number);
    } finally {
      await wg.init({ memoryLimit: 4 * 1024 ** 3 });
    }
  });
});
