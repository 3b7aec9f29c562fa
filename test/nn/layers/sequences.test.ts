import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { gradientCheck } from "../../../src/diagnostics/index.js";
import { load, save } from "../../../src/formats/index.js";
import * as wg from "../../../src/index.js";
import type { LayerConfig, Weights } from "../../../src/nn/layer.js";
import { backends } from "../../support/backends.js";
import { expectClose } from "../../support/check-op.js";
import { pullBack } from "../../support/pull-back.js";

interface Values {
  shape: number[];
  values: number[];
  gradient: number[] | null;
}

interface Golden {
  kind: string;
  config: LayerConfig;
  mask: boolean[][] | null;
  x: Values;
  weights: Values[];
  y: { shape: number[]; values: number[]; dy: number[] };
}

const file = readFileSync(new URL("../../fixtures/sequence-layers.json", import.meta.url), "utf8");
const { cases } = JSON.parse(file) as { cases: Golden[] };
const factories = wg.layers as unknown as Record<string, (config: LayerConfig) => wg.Layer>;
const make = (kind: string, config: LayerConfig) => (factories[kind] as (config: LayerConfig) => wg.Layer)(config);
const context = { training: false, stepCell: wg.tensor(Int32Array.of(1)), seed: 0 };
const operations = { simpleRNN: wg.simpleRnn, lstm: wg.lstm, gru: wg.gru };

/** The layer, or where there is a mask the operation behind it. */
function run({ kind, config, mask }: Golden, layer: wg.Layer, x: wg.Tensor, weights: Weights): wg.Tensor {
  if (!mask) return layer.call(x, weights, context, "own");
  const { units: _, returnSequences, ...options } = config;
  const { kernel, recurrentKernel, bias } = weights as Record<string, wg.Tensor>;
  const given = [x, kernel, recurrentKernel, bias] as [wg.Tensor, wg.Tensor, wg.Tensor, wg.Tensor];
  const { sequence, h } = operations[kind as "lstm"](...given, { ...options, mask });
  return returnSequences ? sequence : h;
}

test.each(backends.flatMap(({ name, use }) => cases.map((golden, i) => ({ name, use, golden, i }))))(
  "case $i: $golden.kind $golden.config as Keras on $name",
  async ({ use, golden }) => {
    await use();
    const layer = make(golden.kind, golden.config);
    const row = golden.x.shape.slice(1);
    expect(layer.outputShape(row, "own")).toEqual(golden.y.shape.slice(1));
    const specs = layer.weights(row);
    expect(specs.map(({ shape }) => shape)).toEqual(golden.weights.map(({ shape }) => shape));
    for (const [dtype, within] of [
      // Keras on PyTorch goes through float32 on its way, whatever its floatx; recurrent-torch.test.ts holds the operations to 1e-11.
      ["float64", 1e-6],
      ["float32", 2e-5],
    ] as const) {
      const made = (values: number[], shape: number[]) => wg.tensor(Float64Array.from(values), shape, dtype);
      const x = made(golden.x.values, golden.x.shape);
      const weights = golden.weights.map(({ values, shape }) => wg.variable(made(values, shape)));
      const byName = Object.fromEntries(specs.map(({ name }, i) => [name, weights[i] as wg.Variable]));
      const dy = made(golden.y.dy, golden.y.shape);
      const { y, gradients } = pullBack([x, ...weights], dy, () => run(golden, layer, x, byName));
      expect(y.shape).toEqual(golden.y.shape);
      expectClose(y.toTypedArray(), golden.y.values, within, within, dtype);
      [golden.x, ...golden.weights].forEach(({ gradient }, i) => {
        if (!gradient) return;
        const got = (gradients[i] as wg.Tensor).toTypedArray();
        expectClose(got, gradient, 4 * within, 4 * within, `${dtype} gradient ${i}`);
      });
    }
  },
);

const { layers } = wg;

describe("config", () => {
  test.each([
    layers.simpleRNN({ units: 3, inputShape: [4, 2], kernelConstraint: "maxNorm" }),
    layers.lstm({
      units: 3,
      recurrentActivation: "hard_sigmoid",
      unitForgetBias: false,
      returnSequences: true,
      goBackwards: true,
      recurrentInitializer: wg.initializers.orthogonal({ gain: 2 }),
      recurrentRegularizer: "l2",
      recurrentConstraint: "unitNorm",
      biasRegularizer: "l1",
      dropout: 0.2,
      recurrentDropout: 0.3,
      trainable: false,
    }),
    layers.lstm({ units: 3, peepholes: true }),
    layers.gru({ units: 2, resetAfter: false, activation: "ReLU", useBias: false }),
    layers.bidirectional({ layer: layers.gru({ units: 2, inputShape: [4, 2], trainable: false }), mergeMode: "sum" }),
    layers.timeDistributed({
      layer: layers.timeDistributed({ layer: layers.dense({ units: 2 }) }),
      inputShape: [2, 2, 2],
    }),
    layers.embedding({ inputDim: 3, outputDim: 2, embeddingsConstraint: "nonNeg", embeddingsRegularizer: "l2" }),
    layers.prelu({ sharedAxes: [1, 2], alphaInitializer: "ones", inputShape: [2, 2, 3] }),
    layers.permute({ dims: [2, 1], inputShape: [2, 3] }),
    layers.repeatVector({ n: 3 }),
    layers.positionalEmbedding({ sequenceLength: 5, inputShape: [4, 2] }),
    layers.sinusoidalPositionalEmbedding({ maxWavelength: 100 }),
    layers.leakyReLU({ alpha: 0.1 }),
    layers.elu(),
    layers.softmax({ axis: 1 }),
  ])("$kind as JSON makes the same layer again", (layer) => {
    const saved = JSON.parse(JSON.stringify(layer.config)) as LayerConfig;
    const again = make(layer.kind, saved);
    expect(JSON.parse(JSON.stringify(again.config))).toEqual(saved);
    expect(again.inputShape).toEqual(layer.inputShape);
    expect(again.trainable).toBe(layer.trainable);
    const specs = (from: wg.Layer) => JSON.stringify(from.weights(layer.inputShape ?? [4, 2]));
    expect(specs(again)).toBe(specs(layer));
  });
});

/** The first values of a layer's weights in a model. */
function firstWeights(layer: wg.Layer, inputShape: number[]): Record<string, wg.Tensor> {
  const model = wg.sequential([layer]);
  const names = layer.weights(inputShape).map(({ name }) => name);
  return Object.fromEntries(model.getWeights().map((weight, i) => [names[i] as string, weight]));
}

describe("weights", () => {
  test("the forget gate begins open", () => {
    const { bias } = firstWeights(layers.lstm({ units: 2, inputShape: [3, 4], biasInitializer: "ones" }), [3, 4]);
    expect(bias?.toArray()).toEqual([1, 1, 1, 1, 1, 1, 1, 1]);
    const { bias: zeros } = firstWeights(layers.lstm({ units: 2, inputShape: [3, 4] }), [3, 4]);
    expect(zeros?.toArray()).toEqual([0, 0, 1, 1, 0, 0, 0, 0]);
    const { bias: none } = firstWeights(layers.lstm({ units: 2, inputShape: [3, 4], unitForgetBias: false }), [3, 4]);
    expect(none?.toArray()).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
  });

  test("the recurrent kernel begins orthogonal", () => {
    const { recurrentKernel } = firstWeights(layers.gru({ units: 4, inputShape: [3, 2] }), [3, 2]);
    const product = wg.matmul(recurrentKernel as wg.Tensor, recurrentKernel as wg.Tensor, false, true);
    expectClose(product.toTypedArray(), wg.eye(4).toTypedArray(), 1e-5, 1e-5);
  });

  test("peepholes begin as 0, and are the operation's", () => {
    const layer = layers.lstm({ units: 2, peepholes: true, returnSequences: true });
    const specs = layer.weights([3, 4]);
    expect(specs.map(({ name, shape }) => [name, shape]).at(-1)).toEqual(["peepholes", [3, 2]]);
    const weights = specs.map(({ shape }) => wg.variable(wg.randomNormal(shape)));
    const own = Object.fromEntries(specs.map(({ name }, i) => [name, weights[i] as wg.Variable]));
    const x = wg.randomNormal([2, 3, 4]);
    const [kernel, recurrentKernel, bias, peepholes] = weights as [wg.Variable, wg.Variable, wg.Variable, wg.Variable];
    const { sequence } = wg.lstm(x, kernel, recurrentKernel, bias, { peepholes });
    const y = layer.call(x, own, context, "own");
    expect(y.toTypedArray()).toEqual(sequence.toTypedArray());
    expect(y.toTypedArray()).not.toEqual(wg.lstm(x, kernel, recurrentKernel, bias).sequence.toTypedArray());
    const first = firstWeights(layers.lstm({ units: 2, inputShape: [3, 4], peepholes: true }), [3, 4]);
    expect(first.peepholes?.toArray()).toEqual([
      [0, 0],
      [0, 0],
      [0, 0],
    ]);
  });

  test("peepholes in both directions have the gradients of differences in f64", async () => {
    const layer = layers.lstm({ units: 3, peepholes: true });
    const model = wg.sequential([layers.bidirectional({ layer, inputShape: [4, 2] })]);
    model.compile({ optimizer: "sgd", loss: "meanSquaredError" });
    for (const { variable } of model.parameters.list) variable.assign(wg.randomNormal(variable.shape));
    const data = { x: wg.randomNormal([3, 4, 2]), y: wg.randomNormal([3, 6]) };
    expect((await gradientCheck(model, data)).difference).toBeLessThan(1e-7);
  });

  test("both directions have weights of their own", () => {
    const layer = layers.bidirectional({ layer: layers.lstm({ units: 3 }) });
    expect(layer.weights([4, 2]).map(({ name }) => name)).toEqual([
      "forwardKernel",
      "forwardRecurrentKernel",
      "forwardBias",
      "backwardKernel",
      "backwardRecurrentKernel",
      "backwardBias",
    ]);
  });
});

test("dropout takes the same features of a sequence at every step, in training only", () => {
  const layer = layers.simpleRNN({
    units: 8,
    dropout: 0.5,
    activation: "linear",
    useBias: false,
    returnSequences: true,
  });
  const weights = {
    kernel: wg.variable(wg.eye(8)),
    recurrentKernel: wg.variable(wg.zeros([8, 8])),
  };
  const x = wg.ones([4, 3, 8]);
  expect(layer.call(x, weights, context, "own").toTypedArray()).toEqual(x.toTypedArray());
  const y = layer.call(x, weights, { ...context, training: true }, "own").toArray() as number[][][];
  for (const [first, ...others] of y) for (const other of others) expect(other).toEqual(first);
  const values = y.flatMap(([first]) => first as number[]);
  expect([...new Set(values)].sort()).toEqual([0, 2]);
});

test("recurrentDropout takes the same of a sequence's state at every step, in training only", () => {
  const layer = layers.simpleRNN({ units: 8, recurrentDropout: 0.5, activation: "linear", returnSequences: true });
  const weights = {
    kernel: wg.variable(wg.eye(8)),
    recurrentKernel: wg.variable(wg.eye(8)),
    bias: wg.variable(wg.zeros([8])),
  };
  const x = wg.ones([4, 3, 8]);
  const inference = layer.call(x, weights, context, "own").toArray() as number[][][];
  expect(inference[0]?.map((state) => state[0])).toEqual([1, 2, 3]);
  const y = layer.call(x, weights, { ...context, training: true }, "own").toArray() as number[][][];
  const runs = y.flatMap((states) => Array.from({ length: 8 }, (_, j) => states.map((state) => state[j]).join()));
  // 1 + 2h, or 1 where the state is dropped.
  expect([...new Set(runs)].sort()).toEqual(["1,1,1", "1,3,7"]);
});

test("sinusoidal positions by hand", () => {
  const x = wg.zeros([1, 3, 4], "float64");
  const y = layers.sinusoidalPositionalEmbedding({ maxWavelength: 100 }).call(x, {}, context, "own");
  const want = [0, 1, 2].flatMap((t) => [Math.sin(t), Math.cos(t), Math.sin(t / 10), Math.cos(t / 10)]);
  expectClose(y.toTypedArray(), want, 1e-12, 1e-12);
});

test("learnt positions are added, and get the sum of the rows as their gradient", () => {
  const layer = layers.positionalEmbedding({ sequenceLength: 4 });
  const embeddings = wg.variable(wg.tensor([1, 2, 3, 4, 5, 6, 7, 8], [4, 2]));
  const x = wg.ones([3, 2, 2]);
  const { y, gradients } = pullBack([embeddings], wg.ones([3, 2, 2]), () =>
    layer.call(x, { embeddings }, context, "own"),
  );
  expect((y.toArray() as number[][][])[2]).toEqual([
    [2, 3],
    [4, 5],
  ]);
  expect(gradients[0]?.toArray()).toEqual([
    [3, 3],
    [3, 3],
    [0, 0],
    [0, 0],
  ]);
});

describe("a model of sequences", () => {
  const tokens = Array.from({ length: 48 }, (_, i) => Array.from({ length: 6 }, (_, t) => (i * 7 + t * (i % 3)) % 11));
  const classes = Int32Array.from(tokens, (row) => Number((row[0] as number) > 5));
  const built = () => {
    wg.setSeed(3);
    const model = wg.sequential([
      layers.embedding({ inputDim: 11, outputDim: 4, inputShape: [6] }),
      layers.positionalEmbedding({ sequenceLength: 6 }),
      layers.bidirectional({
        layer: layers.lstm({ units: 5, returnSequences: true, dropout: 0.1, recurrentDropout: 0.1 }),
      }),
      layers.timeDistributed({ layer: layers.dense({ units: 4 }) }),
      layers.prelu({ sharedAxes: [1] }),
      layers.gru({ units: 3 }),
      layers.dense({ units: 2 }),
      layers.softmax(),
    ]);
    return model;
  };
  const compiled = (runEagerly: boolean) => {
    const model = built();
    const optimizer = wg.optimizers.adam({ learningRate: 0.02 });
    model.compile({ optimizer, loss: "sparseCategoricalCrossentropy", runEagerly });
    return model;
  };

  test("learns, with the same bits recorded and eager", async () => {
    const runs: { loss: unknown[]; weights: unknown[] }[] = [];
    for (const eagerly of [false, true]) {
      const model = compiled(eagerly);
      const { history } = await model.fit(tokens, classes, { epochs: 15, batchSize: 16 });
      const loss = history.loss as number[];
      expect(loss.at(-1)).toBeLessThan(0.5 * (loss[0] as number));
      runs.push({ loss, weights: model.getWeights().map((each) => each.toArray()) });
    }
    expect(runs[1]).toEqual(runs[0]);
  });

  test("is saved and loaded with the layers inside of layers, and copied", async () => {
    const model = built();
    const want = model.predict(tokens).toTypedArray();
    expect(model.copy().predict(tokens).toTypedArray()).toEqual(want);
    const folder = mkdtempSync(join(tmpdir(), "wasmgrad-sequences-"));
    try {
      const path = join(folder, "model.safetensors");
      await save(model, path);
      const again = await load(path);
      expect(again.predict(tokens).toTypedArray()).toEqual(want);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test("a word that is not there is named", async () => {
    const model = compiled(false);
    expect(() => model.predict([[0, 1, 2, 3, 4, 11]])).toThrow(
      'embedding "embedding": indices expected whole numbers from 0 to 10, got 11 at position 5',
    );
  });
});

test("says what does not fit", () => {
  expect(() => layers.lstm({ units: 3, activation: "gelu" })).toThrow(
    "lstm: activation expected one whose slope follows from its result (linear, relu,",
  );
  expect(() => layers.lstm({ units: 3, recurrentActivation: "softmax" })).toThrow(
    "lstm: recurrentActivation expected one of",
  );
  expect(() => layers.gru({ units: 3 }).outputShape([3], "own")).toThrow(
    'gru "own": input expected [batch, steps, features], got [batch, 3]',
  );
  expect(() => layers.bidirectional({ layer: layers.dense({ units: 2 }) })).toThrow(
    'bidirectional: layer expected what layers.simpleRNN, layers.lstm or layers.gru returns, got "dense"',
  );
  expect(() => layers.timeDistributed({ layer: layers.dense({ units: 2 }) }).outputShape([], "own")).toThrow(
    'timeDistributed "own": input expected [batch, steps, …], got [batch]',
  );
  expect(() => layers.positionalEmbedding({ sequenceLength: 3 }).outputShape([4, 2], "own")).toThrow(
    'positionalEmbedding "own": input expected at most 3 steps, got [batch, 4, 2]; raise sequenceLength',
  );
  expect(() => layers.permute({ dims: [0, 1] })).toThrow("permute: dims expected each whole number from 1 on once");
  expect(() => layers.permute({ dims: [2, 1] }).outputShape([3], "own")).toThrow(
    'permute "own": input expected 2 axes behind the batch as dims [2, 1], got [batch, 3]',
  );
  expect(() => layers.prelu({ sharedAxes: [2] }).outputShape([3], "own")).toThrow(
    'prelu "own": sharedAxes expected axes 1 to 1 of [batch, 3], got [2]',
  );
});
