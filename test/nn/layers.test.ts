import { beforeEach, describe, expect, test } from "vitest";
import * as wg from "../../src/index.js";
import type { LayerConfig, Weights } from "../../src/nn/layer.js";
import { backends } from "../support/backends.js";
import { expectClose, gradientDifference } from "../support/check-op.js";
import { uniform } from "../support/random.js";

type Row = readonly number[];
type FloatDType = "float32" | "float64";

/** The standard normal distribution function by Simpson's rule. */
function normalCdf(v: number): number {
  const n = 2000;
  const density = (t: number) => Math.exp((-t * t) / 2) / Math.sqrt(2 * Math.PI);
  let sum = density(0) + density(v);
  for (let i = 1; i < n; i++) sum += (i % 2 === 1 ? 4 : 2) * density((v * i) / n);
  return 0.5 + (sum * v) / (3 * n);
}

const each = (f: (v: number) => number) => (row: Row) => row.map(f);
const share = (row: Row) => {
  const sum = row.reduce((total, v) => total + Math.exp(v), 0);
  return row.map((v) => Math.exp(v) / sum);
};

/** What each activation makes of a row. */
const activations: Record<string, (row: Row) => number[]> = {
  linear: each((v) => v),
  relu: each((v) => Math.max(v, 0)),
  leakyRelu: each((v) => (v < 0 ? 0.2 * v : v)),
  elu: each((v) => (v < 0 ? Math.expm1(v) : v)),
  selu: each((v) => 1.0507009873554805 * (v < 0 ? 1.6732632423543772 * Math.expm1(v) : v)),
  gelu: each((v) => v * normalCdf(v)),
  silu: each((v) => v / (1 + Math.exp(-v))),
  tanh: each(Math.tanh),
  sigmoid: each((v) => 1 / (1 + Math.exp(-v))),
  softplus: each((v) => Math.log1p(Math.exp(v))),
  hardSigmoid: each((v) => Math.min(Math.max(v + 3, 0), 6) / 6),
  hardSigmoidKeras2: each((v) => Math.min(Math.max(0.2 * v + 0.5, 0), 1)),
  relu6: each((v) => Math.min(Math.max(v, 0), 6)),
  hardSwish: each((v) => (v * Math.min(Math.max(v + 3, 0), 6)) / 6),
  mish: each((v) => v * Math.tanh(Math.log1p(Math.exp(v)))),
  softmax: share,
  logSoftmax: (row) => share(row).map(Math.log),
};

/** Consecutive rows of `size` elements. */
function rowsOf(values: Row, size: number): number[][] {
  return Array.from({ length: values.length / size }, (_, i) => values.slice(i * size, (i + 1) * size));
}

/** x · kernel + bias, row by row. */
function product(x: Row, features: number, kernel: Row, bias: Row | undefined, units: number): number[][] {
  return rowsOf(x, features).map((row) =>
    Array.from({ length: units }, (_, j) =>
      row.reduce((sum, v, i) => sum + v * (kernel[i * units + j] as number), bias?.[j] ?? 0),
    ),
  );
}

interface Case {
  name: string;
  layer: () => wg.Layer;
  /** The shape of one input row. */
  input: Row;
  batch?: number;
  training?: boolean;
  /** The shape of one output row; default: as the input. */
  output?: Row;
  /** From flat x and the layer's flat weights by name. */
  expected: (x: Row, weights: Record<string, Row>) => number[];
}

const denseCase = (name: string, input: Row, options: Parameters<typeof wg.layers.dense>[0], batch = 4): Case => ({
  name: `dense: ${name}`,
  layer: () => wg.layers.dense(options),
  input,
  batch,
  output: [...input.slice(0, -1), options.units],
  expected: (x, { kernel, bias }) => {
    const f = activations[options.activation ?? "linear"] as (row: Row) => number[];
    return product(x, input.at(-1) as number, kernel as Row, bias, options.units).flatMap(f);
  },
});

/** Per channel over all other axes, from the batch or from the moving averages. */
function normalized(x: Row, weights: Record<string, Row>, channels: number, training: boolean, epsilon: number) {
  return x.map((v, at) => {
    const c = at % channels;
    const column = x.filter((_, i) => i % channels === c);
    const average = (values: Row) => values.reduce((sum, a) => sum + a, 0) / values.length;
    const mean = training ? average(column) : (weights.movingMean?.[c] as number);
    const variance = training ? average(column.map((a) => (a - mean) ** 2)) : (weights.movingVariance?.[c] as number);
    const gamma = weights.gamma?.[c] ?? 1;
    return (gamma * (v - mean)) / Math.sqrt(variance + epsilon) + (weights.beta?.[c] ?? 0);
  });
}

const batchNormCase = (
  name: string,
  input: Row,
  options: Parameters<typeof wg.layers.batchNormalization>[0] = {},
  batch = 6,
): Case[] =>
  [true, false].map((training) => ({
    name: `batchNormalization: ${name}, ${training ? "training" : "inference"}`,
    layer: () => wg.layers.batchNormalization(options),
    input,
    batch,
    training,
    expected: (x, weights) => normalized(x, weights, input.at(-1) as number, training, options.epsilon ?? 1e-3),
  }));

const same = (x: Row) => [...x];

const cases: Case[] = [
  ...Object.keys(activations).map((activation) => denseCase(activation, [5], { units: 3, activation })),
  denseCase("without bias", [5], { units: 3, useBias: false, activation: "tanh" }),
  denseCase("[batch, a, b]", [3, 4], { units: 5, activation: "sigmoid" }, 2),
  denseCase("[batch, a, b] with softmax", [3, 4], { units: 5, activation: "softmax" }, 2),
  denseCase("[batch, a, b, c]", [2, 3, 2], { units: 3 }, 2),
  denseCase("a batch of one", [7], { units: 9, activation: "gelu" }, 1),
  denseCase("one feature, one unit", [1], { units: 1 }, 1),
  denseCase("odd sizes", [17], { units: 11, activation: "elu" }, 13),
  ...Object.entries(activations).map(([activation, f]) => ({
    name: `activation: ${activation}`,
    layer: () => wg.layers.activation({ activation }),
    input: [3, 5],
    batch: 3,
    expected: (x: Row) => rowsOf(x, 5).flatMap(f),
  })),
  ...batchNormCase("[batch, channels]", [5]),
  ...batchNormCase("[batch, height, width, channels]", [2, 3, 3], {}, 3),
  ...batchNormCase("without center", [5], { center: false }),
  ...batchNormCase("without scale", [5], { scale: false, epsilon: 0.1 }),
  ...batchNormCase("neither", [3], { center: false, scale: false }, 5),
  { name: "dropout: inference", layer: () => wg.layers.dropout({ rate: 0.5 }), input: [7], expected: same },
  {
    name: "dropout: rate 0 in training",
    layer: () => wg.layers.dropout({ rate: 0 }),
    input: [7],
    training: true,
    expected: same,
  },
  { name: "flatten", layer: () => wg.layers.flatten(), input: [3, 5, 2], output: [30], expected: same },
  { name: "flatten of numbers", layer: () => wg.layers.flatten(), input: [], output: [1], expected: same },
  {
    name: "flatten, a batch of one",
    layer: () => wg.layers.flatten(),
    input: [3],
    output: [3],
    batch: 1,
    expected: same,
  },
  {
    name: "reshape",
    layer: () => wg.layers.reshape({ targetShape: [5, 3] }),
    input: [15],
    output: [5, 3],
    expected: same,
  },
  {
    name: "reshape with -1",
    layer: () => wg.layers.reshape({ targetShape: [2, -1, 3] }),
    input: [6, 5],
    output: [2, 5, 3],
    batch: 1,
    expected: same,
  },
];

/** The layer alone in a model, its weights random (variances above 0). */
function alone({ layer, input, training = false }: Pick<Case, "layer" | "input" | "training">, dtype: FloatDType) {
  const model = wg.sequential([layer()], { dtype }).build(input);
  const {
    graph: { placed },
    weights,
  } = model.network;
  const [{ layer: own, name }] = placed as [(typeof placed)[number]];
  const held = weights.get(name) as Weights;
  Object.entries(held).forEach(([key, variable], i) => {
    const values = uniform(variable.size, key === "movingVariance" ? 0.2 : -1, 1, 50 + i);
    variable.assign(wg.tensor(values, variable.shape, dtype));
  });
  const context = { training, stepCell: wg.tensor(Int32Array.of(3)), seed: 8 };
  const call = (x: wg.Tensor, given: Weights = held) => own.call(x, given, context, name);
  return { model, held, call };
}

const inputOf = ({ input, batch = 4 }: Case, dtype: FloatDType) =>
  wg.tensor(uniform(batch * input.reduce((product, n) => product * n, 1), -2, 2), [batch, ...input], dtype);

const numbers = (t: wg.Tensor): number[] => Array.from(t.toTypedArray());

describe.each(backends)("on $name", ({ use }) => {
  beforeEach(use);

  test.each(cases)("$name: shape and values", (each) => {
    for (const [dtype, relative, absolute] of [
      ["float32", 1e-5, 2e-6],
      ["float64", 1e-11, 1e-11],
    ] as const) {
      const { model, held, call } = alone(each, dtype);
      const x = inputOf(each, dtype);
      const weights = Object.fromEntries(Object.entries(held).map(([key, variable]) => [key, numbers(variable)]));
      const want = each.expected(numbers(x), weights);
      const y = call(x);
      expect(model.outputShape).toEqual(each.output ?? each.input);
      expect(y.shape).toEqual([x.shape[0], ...model.outputShape]);
      expect(y.dtype).toBe(dtype);
      expectClose(y.toTypedArray(), want, relative, absolute, dtype);
    }
  });

  const dropping: Case = {
    name: "dropout: training",
    layer: () => wg.layers.dropout({ rate: 0.4 }),
    input: [19],
    training: true,
    expected: same,
  };

  test.each([...cases, dropping])("$name: gradients of weights and input", (each) => {
    const { held, call } = alone(each, "float64");
    const trained = Object.entries(held).filter(([, variable]) => variable.trainable);
    const run = (x: wg.Tensor, ...values: wg.Tensor[]) =>
      call(x, { ...held, ...(Object.fromEntries(trained.map(([key], i) => [key, values[i]])) as Weights) });
    const inputs = [inputOf(each, "float64"), ...trained.map(([, variable]) => wg.tensor(variable))];
    inputs.forEach((_, i) => {
      const what = i === 0 ? "input" : trained[i - 1]?.[0];
      expect(gradientDifference(run, inputs, i), what).toBeLessThanOrEqual(1e-7);
    });
  });

  test("dropout in training drops its share and scales the rest, another part at another step, name or seed", () => {
    const layer = wg.layers.dropout({ rate: 0.25 });
    const x = wg.ones([100, 101]);
    const run = (step: number, name = "dropout", seed = 0) =>
      numbers(layer.call(x, {}, { training: true, stepCell: wg.tensor(Int32Array.of(step)), seed }, name));
    const first = run(1);
    expect([...new Set(first)].sort()).toEqual([0, Math.fround(1 / 0.75)]);
    // Five deviations of the binomial distribution around 2525 of 10,100.
    expect(Math.abs(first.filter((v) => v === 0).length - 2525)).toBeLessThan(5 * Math.sqrt(10_100 * 0.25 * 0.75));
    expect(run(1)).toEqual(first);
    for (const other of [run(2), run(1, "dropout_1"), run(1, "dropout", 1)]) {
      // Independent masks agree on 1 − 2 · 0.25 · 0.75 = 0.625 of the elements.
      const agreement = other.filter((v, i) => v === first[i]).length / 10_100;
      expect(Math.abs(agreement - 0.625)).toBeLessThan(0.03);
    }
  });

  test("batchNormalization in training moves its averages by the momentum, in inference leaves them", () => {
    const options = { layer: () => wg.layers.batchNormalization({ momentum: 0.9 }), input: [2] };
    const x = wg.tensor([
      [1, 10],
      [2, 30],
      [6, 20],
    ]);
    const averages = (training: boolean) => {
      const { held, call } = alone({ ...options, training }, "float32");
      held.movingMean?.assign([1, 2]);
      held.movingVariance?.assign([1, 4]);
      call(x);
      return [...numbers(held.movingMean as wg.Tensor), ...numbers(held.movingVariance as wg.Tensor)];
    };
    expect(averages(false)).toEqual([1, 2, 1, 4]);
    // Means 3 and 20, biased variances 14/3 and 200/3.
    expectClose(averages(true), [1.2, 3.8, 0.9 + 1.4 / 3, 3.6 + 20 / 3], 1e-6, 0);
  });

  test("a frozen batchNormalization infers in training too, and its averages stay", () => {
    const layer = () => wg.layers.batchNormalization({ trainable: false });
    const x = inputOf({ name: "", layer, input: [3], expected: same }, "float32");
    const [training, inference] = [true, false].map((training) => alone({ layer, input: [3], training }, "float32"));
    const before = numbers(training?.held.movingMean as wg.Tensor);
    expect(numbers(training?.call(x) as wg.Tensor)).toEqual(numbers(inference?.call(x) as wg.Tensor));
    expect(numbers(training?.held.movingMean as wg.Tensor)).toEqual(before);
  });
});

test("the names that activations go by are those tested here", () => {
  for (const make of [
    (name: string) => wg.layers.activation({ activation: name }),
    (name: string) => wg.layers.dense({ units: 1, activation: name }),
  ]) {
    let text = "";
    try {
      make("none of them");
    } catch (error) {
      text = (error as Error).message;
    }
    const names = text.replace(/, got.*/, "").match(/(?<=")\w+(?=")/g) ?? [];
    const known = new Set(names.map((name) => wg.layers.activation({ activation: name }).config.activation));
    expect([...known].sort()).toEqual(Object.keys(activations).sort());
  }
  for (const [spelling, name] of [
    ["leaky_relu", "leakyRelu"],
    ["hard_sigmoid", "hardSigmoid"],
    ["log_softmax", "logSoftmax"],
    ["swish", "silu"],
    ["ReLU", "relu"],
  ] as const) {
    expect(wg.layers.dense({ units: 1, activation: spelling }).config.activation).toBe(name);
  }
});

describe("config", () => {
  const { activation, batchNormalization, dense, dropout, flatten, reshape } = wg.layers;
  const { constant, heNormal, orthogonal } = wg.initializers;
  test.each([
    dense({ units: 3 }),
    dense({
      units: 4,
      activation: "softmax",
      useBias: false,
      inputShape: [2, 3],
      trainable: false,
      kernelInitializer: orthogonal({ gain: 2 }),
      biasInitializer: constant({ value: 0.5 }),
      kernelRegularizer: wg.regularizers.l1l2({ l1: 0.1, l2: 0.2 }),
      biasRegularizer: "l2",
    }),
    dense({ units: 1, kernelInitializer: "he_normal" }),
    activation({ activation: "gelu", inputShape: [3] }),
    dropout({ rate: 0.3 }),
    dropout({ keepProb: 0.7, mode: "classic", inputShape: [3] }),
    wg.layers.spatialDropout1D({ rate: 0.3, mode: "classic" }),
    wg.layers.spatialDropout2D({ keepProb: 0.3 }),
    wg.layers.gaussianNoise({ stddev: 0.5 }),
    wg.layers.gaussianDropout({ rate: 0.5, inputShape: [2, 2] }),
    batchNormalization(),
    batchNormalization({
      momentum: 0.5,
      epsilon: 1e-5,
      center: false,
      scale: false,
      gammaInitializer: heNormal(),
      trainable: false,
    }),
    flatten({ inputShape: [2, 2] }),
    reshape({ targetShape: [2, -1] }),
  ])("$kind %# as JSON makes the same layer again", (layer) => {
    const saved = JSON.parse(JSON.stringify(layer.config)) as LayerConfig;
    const make = wg.layers[layer.kind as "dense"] as unknown as (config: LayerConfig) => wg.Layer;
    const again = make(saved);
    expect(again.config).toEqual(layer.config);
    expect(JSON.parse(JSON.stringify(again.config))).toEqual(saved);
    expect(again.inputShape).toEqual(layer.inputShape);
    expect(again.trainable).toBe(layer.trainable);
    const specs = (from: wg.Layer) => JSON.stringify(from.weights(layer.inputShape ?? [4]));
    expect(specs(again)).toBe(specs(layer));
  });
});

describe("clear errors", () => {
  const { activation, batchNormalization, dense, dropout, flatten, reshape } = wg.layers;
  type Make = () => unknown;
  const bad = (options: object) => options as never;

  test.each<[Make, string]>([
    [() => dense(bad({ unit: 3 })), 'dense: unknown option "unit"; did you mean "units"?'],
    [() => dense(bad({})), "dense: units expected a whole number ≥ 1, got undefined"],
    [() => dense(bad(undefined as never)), "dense: options expected an object with units, activation,"],
    [
      () => dropout(bad(undefined as never)),
      "dropout: options expected an object with rate, keepProb, mode, name, inputShape, batchSize, trainable, got undefined",
    ],
    [() => dense(bad(3 as never)), "dense: options expected an object with units, activation,"],
    [() => dense({ units: 0 }), "dense: units expected a whole number ≥ 1, got 0"],
    [() => dense({ units: 2.5 }), "dense: units expected a whole number ≥ 1, got 2.5"],
    [() => dense({ units: 1, activation: "rely" }), 'got "rely"; did you mean "relu"?'],
    [() => dense({ units: 1, activation: bad(wg.relu) }), 'dense: activation expected one of "linear", '],
    [() => dense({ units: 1, kernelInitializer: "heNorml" }), 'got "heNorml"; did you mean "heNormal"?'],
    [() => dense({ units: 1, kernelRegularizer: "l7" }), 'got "l7"; did you mean "l1"?'],
    [
      () => dense({ units: 1, biasInitializer: bad({}) }),
      "dense: biasInitializer expected a name or what wg.initializers",
    ],
    [() => dense({ units: 1, useBias: bad("no" as never) }), 'dense: useBias expected true or false, got "no"'],
    [() => dense({ units: 1, name: "a/b" }), 'dense: name expected a non-empty string without "/", got "a/b"'],
    [() => dense({ units: 1, inputShape: [-1] }), "dense: inputShape expected an array of whole numbers ≥ 0, got [-1]"],
    [
      () => dense({ units: 1, inputShape: bad(3 as never) }),
      "dense: inputShape expected an array of whole numbers ≥ 0, got 3",
    ],
    [() => dense({ units: 1, trainable: bad(0 as never) }), "dense: trainable expected true or false, got 0"],
    [() => activation({ activation: "sigmod" }), 'got "sigmod"; did you mean "sigmoid"?'],
    [() => activation(bad({ name: "a" })), 'activation: activation expected one of "linear"'],
    [() => dropout({ rate: 1 }), "dropout: rate expected a finite number ≥ 0 and < 1, got 1"],
    [() => dropout({ rate: -0.1 }), "dropout: rate expected a finite number ≥ 0 and < 1, got -0.1"],
    [() => dropout(bad({ p: 0.5 })), 'dropout: unknown option "p"'],
    [
      () => batchNormalization({ momentum: 1.1 }),
      "batchNormalization: momentum expected a finite number ≥ 0 and ≤ 1, got 1.1",
    ],
    [() => batchNormalization({ epsilon: 0 }), "batchNormalization: epsilon expected a finite number > 0, got 0"],
    [() => batchNormalization(bad({ axis: 1 })), 'batchNormalization: unknown option "axis"'],
    [() => batchNormalization({ center: bad(1 as never) }), "batchNormalization: center expected true or false, got 1"],
    [() => flatten(bad({ shape: [3] })), 'flatten: unknown option "shape"'],
    [() => reshape(bad({})), "reshape: targetShape expected whole numbers ≥ 0 and at most one -1, got undefined"],
    [
      () => reshape({ targetShape: [-1, -1] }),
      "reshape: targetShape expected whole numbers ≥ 0 and at most one -1, got [-1, -1]",
    ],
    [
      () => reshape({ targetShape: [1.5] }),
      "reshape: targetShape expected whole numbers ≥ 0 and at most one -1, got [1.5]",
    ],
  ])("%#: %s", (make, message) => {
    expect(make).toThrow(message);
  });

  test.each<[wg.Layer, Row, string]>([
    [
      dense({ units: 2 }),
      [],
      'dense "own": input expected [batch, features], got [batch]; add an axis with layers.reshape()',
    ],
    [batchNormalization(), [], 'batchNormalization "own": input expected [batch, …, channels], got [batch]'],
    [
      reshape({ targetShape: [4] }),
      [5],
      'reshape "own": targetShape expected 5 elements per row like its input [batch, 5], got [4]',
    ],
    [
      reshape({ targetShape: [2, -1] }),
      [5],
      'reshape "own": targetShape expected 5 elements per row like its input [batch, 5], got [2, -1]',
    ],
  ])("%#: an input of the wrong rank or size", (layer, input, message) => {
    expect(() => layer.outputShape(input, "own")).toThrow(message);
  });
});
