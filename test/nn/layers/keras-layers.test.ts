import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { standardize } from "../../../src/data/index.js";
import { gradientCheck } from "../../../src/diagnostics/index.js";
import * as wg from "../../../src/index.js";
import type { Layer, LayerConfig } from "../../../src/nn/layer.js";
import { backends } from "../../support/backends.js";
import { expectClose } from "../../support/check-op.js";
import { pullBack } from "../../support/pull-back.js";
import { uniform } from "../../support/random.js";

interface Values {
  shape: number[];
  values: number[];
  gradient: number[] | null;
}

interface Golden {
  kind: string;
  config: LayerConfig;
  masks: (boolean[][] | null)[] | null;
  x: Values[];
  weights: Values[];
  y: { shape: number[]; values: number[]; dy: number[] };
}

const file = readFileSync(new URL("../../fixtures/keras-layers.json", import.meta.url), "utf8");
const { cases } = JSON.parse(file) as { cases: Golden[] };
const { layers } = wg;
const factories = layers as unknown as Record<string, (config: LayerConfig) => Layer>;
const make = (kind: string, config: LayerConfig) => (factories[kind] as (config: LayerConfig) => Layer)(config);
const context = { training: false, stepCell: wg.tensor(Int32Array.of(1)), seed: 0 };

const specsOf = (layer: Layer, rows: number[][]) => layer.joint?.weights(rows) ?? layer.weights(rows[0] as number[]);

/** What Keras takes from options is a weight here: its first values. */
function started(layer: Layer, rows: number[][]): Values[] {
  return specsOf(layer, rows).map(({ shape, initializer }) => {
    const made = wg.variable(wg.zeros(shape, "float64"));
    initializer(made, {} as never);
    return { shape: [...shape], values: [...made.toTypedArray()], gradient: null };
  });
}

test.each(backends.flatMap(({ name, use }) => cases.map((golden, i) => ({ name, use, golden, i }))))(
  "case $i: $golden.kind $golden.config as Keras on $name",
  async ({ use, golden }) => {
    await use();
    const layer = make(golden.kind, golden.config);
    const rows = golden.x.map(({ shape }) => shape.slice(1));
    const given = golden.kind === "normalization" && "mean" in golden.config;
    const weighed = given ? started(layer, rows) : golden.weights;
    expect(layer.joint?.outputShape(rows, "own") ?? layer.outputShape(rows[0] as number[], "own")).toEqual(
      golden.y.shape.slice(1),
    );
    const specs = specsOf(layer, rows);
    expect(specs.map(({ shape }) => shape)).toEqual(weighed.map(({ shape }) => shape));
    for (const [dtype, within] of [
      // Keras on PyTorch goes through float32 on its way, whatever its floatx.
      ["float64", 1e-6],
      ["float32", 2e-5],
    ] as const) {
      const made = ({ values, shape }: Omit<Values, "gradient">) => wg.tensor(Float64Array.from(values), shape, dtype);
      const x = golden.x.map(made);
      const weights = weighed.map((each) => wg.variable(made(each)));
      const byName = Object.fromEntries(specs.map(({ name }, i) => [name, weights[i] as wg.Variable]));
      const dy = made({ values: golden.y.dy, shape: golden.y.shape });
      const masks = golden.masks?.map((mask) => (mask ? wg.tensor(mask, undefined, "bool") : undefined));
      const own = masks ? { ...context, masks } : context;
      const { y, gradients } = pullBack(
        [...x, ...weights],
        dy,
        () =>
          (layer.joint
            ? layer.joint.call(x, byName, own, "own")
            : layer.call(x[0] as wg.Tensor, byName, own, "own")) as wg.Tensor,
      );
      expect(y.shape).toEqual(golden.y.shape);
      const most = Math.max(1, ...golden.y.values.map(Math.abs));
      expectClose(y.toTypedArray(), golden.y.values, within * most, within, dtype);
      [...golden.x, ...weighed].forEach(({ gradient }, i) => {
        if (!gradient) return;
        const size = 4 * within * Math.max(1, ...gradient.map(Math.abs));
        expectClose((gradients[i] as wg.Tensor).toTypedArray(), gradient, size, 4 * within, `${dtype} gradient ${i}`);
      });
    }
  },
);

describe("gradients of differences in f64", () => {
  const steps = (layer: Layer): [wg.BaseModel, number[][]] => {
    const x = wg.input({ shape: [6, 3] });
    return [wg.model({ inputs: x, outputs: layer.apply(layers.dense({ units: 3 }).apply(x)) }), [[6, 3]]];
  };
  const looking = (layer: Layer): [wg.BaseModel, number[][]] => {
    const [a, b] = [wg.input({ shape: [3, 2] }), wg.input({ shape: [5, 2] })];
    const [query, value, key] = [a, b, b].map((each) => layers.dense({ units: 4 }).apply(each));
    return [
      wg.model({ inputs: [a, b], outputs: layer.apply([query, value, key] as wg.SymbolicTensor[]) }),
      [
        [3, 2],
        [5, 2],
      ],
    ];
  };
  test.each([
    ["rescaling", () => steps(layers.rescaling({ scale: [1, 2, 3], offset: [0.5, 0, 1] }))],
    ["normalization", () => steps(layers.normalization({ axis: 1, mean: 0.5, variance: [1, 2, 3, 4, 5, 6] }))],
    ["alphaDropout", () => steps(layers.alphaDropout({ rate: 0.4 }))],
    [
      "depthwiseConv1d",
      () => steps(layers.depthwiseConv1d({ kernelSize: 2, depthMultiplier: 2, padding: "causal", activation: "tanh" })),
    ],
    [
      "separableConv1d",
      () => steps(layers.separableConv1d({ filters: 2, kernelSize: 3, padding: [1, 2], strides: 2 })),
    ],
    [
      "conv1dTranspose",
      () => steps(layers.conv1dTranspose({ filters: 2, kernelSize: 3, strides: 2, padding: "same" })),
    ],
    [
      "conv1dTranspose that is cut",
      () => steps(layers.conv1dTranspose({ filters: 2, kernelSize: 4, strides: 3, padding: [1, 2], outputPadding: 1 })),
    ],
    ["attention", () => looking(layers.attention({ useScale: true, causal: true, dropout: 0.3 }))],
    ["attention by sums", () => looking(layers.attention({ useScale: true, scoreMode: "concat" }))],
    ["additiveAttention", () => looking(layers.additiveAttention({ dropout: 0.2 }))],
  ] as const)("%s", async (_, make) => {
    const [model, rows] = make();
    const noise = (shape: readonly number[], seed: number) =>
      wg.tensor(
        uniform(
          shape.reduce((product, n) => product * n, 2),
          -1,
          1,
          seed,
        ),
        [2, ...shape],
      );
    model.compile({ optimizer: "sgd", loss: "meanSquaredError" });
    const inputs = rows.map(noise);
    const x = inputs.length > 1 ? Object.fromEntries(model.inputNames.map((name, i) => [name, inputs[i]])) : inputs[0];
    const data = { x: x as never, y: noise(model.outputShape, 9) };
    expect((await gradientCheck(model, data)).difference).toBeLessThan(1e-7);
  });
});

describe("config", () => {
  test.each([
    layers.rescaling({ scale: [1, 2], offset: 3, inputShape: [2] }),
    layers.normalization({ axis: [1, 2], mean: 0, variance: 1, invert: true, inputShape: [2, 3] }),
    layers.normalization({ axis: null, inputShape: [2, 3] }),
    layers.normalization({ mean: Float64Array.of(1, 2), variance: [3, 4], inputShape: [2] }),
    layers.alphaDropout({ rate: 0.2, inputShape: [3] }),
    layers.depthwiseConv1d({ kernelSize: 2, padding: "causal", depthwiseConstraint: "maxNorm", inputShape: [4, 2] }),
    layers.separableConv1d({ filters: 2, kernelSize: 2, padding: 1, pointwiseRegularizer: "l2", inputShape: [4, 2] }),
    layers.conv1dTranspose({ filters: 2, kernelSize: 3, strides: 2, outputPadding: 1, inputShape: [4, 2] }),
    layers.attention({ useScale: true, scoreMode: "concat", causal: true, dropout: 0.5, inputShape: [4, 2] }),
    layers.additiveAttention({ useScale: false, inputShape: [4, 2] }),
  ])("$kind as JSON makes the same layer again", (layer) => {
    const saved = JSON.parse(JSON.stringify(layer.config)) as LayerConfig;
    const again = make(layer.kind, saved);
    expect(JSON.parse(JSON.stringify(again.config))).toEqual(saved);
    const specs = (from: Layer) => JSON.stringify(from.weights(layer.inputShape as number[]));
    expect(specs(again)).toBe(specs(layer));
  });
});

test("alphaDropout keeps mean 0 and variance 1, and drops to one value; in inference it does nothing", () => {
  const layer = layers.alphaDropout({ rate: 0.3 });
  const x = wg.randomNormal([200, 500]);
  expect(layer.call(x, {}, context, "own")).toBe(x);
  const y = layer.call(x, {}, { ...context, training: true }, "own");
  expect(wg.mean(y).item()).toBeCloseTo(0, 1);
  expect(wg.mean(wg.mul(y, y)).item()).toBeCloseTo(1, 1);
  // As in Keras: α′ = −α · λ of selu, a = ((1 − p)(1 + p α′²))^(−1/2), b = −a α′ p.
  const low = -1.6732632423543772 * 1.0507009873554805;
  const a = 1 / Math.sqrt(0.7 * (1 + 0.3 * low * low));
  const [values, given] = [y.toTypedArray(), x.toTypedArray()];
  const dropped = a * low - a * low * 0.3;
  let count = 0;
  values.forEach((value, i) => {
    if (Math.abs(value - dropped) < 1e-5) count++;
    else expect(Math.abs(value - (a * (given[i] as number) - a * low * 0.3))).toBeLessThan(1e-5);
  });
  expect(count / values.length).toBeCloseTo(0.3, 1);
});

test("normalization does what standardize does", () => {
  const rows = wg.tensor(uniform(60, -3, 9, 2), [20, 3], "float64");
  const fitted = standardize(rows);
  const layer = layers.normalization({ mean: fitted.mean, variance: fitted.std.map((s) => s * s), inputShape: [3] });
  const model = wg.sequential([layer], { dtype: "float64" });
  expectClose(model.predict(rows).toTypedArray(), [...fitted.transform(rows).toTypedArray()], 1e-12, 1e-12);
});

test.each([
  () => layers.depthwiseConv1d({ kernelSize: 2, depthMultiplier: 2, inputShape: [6, 3] }),
  () => layers.separableConv1d({ filters: 4, kernelSize: 2, inputShape: [6, 3] }),
  () => layers.conv1dTranspose({ filters: 4, kernelSize: 3, strides: 2, inputShape: [6, 3] }),
])("a normalization behind layer %# is folded into it", (make) => {
  const model = wg.sequential([make(), layers.batchNormalization()]);
  model.setWeights(model.getWeights().map(({ size, shape }, i) => wg.tensor(uniform(size, 0.5, 1.5, i + 1), shape)));
  const folded = wg.foldBatchNorm(model);
  expect(folded.layers.length).toBe(1);
  const x = wg.tensor(uniform(36, -1, 1, 9), [2, 6, 3]);
  expectClose(folded.predict(x).toTypedArray(), [...model.predict(x).toTypedArray()], 1e-5, 1e-5);
});

test("attention is told by masks what is padding", () => {
  const words = wg.input({ shape: [4], dtype: "int32" });
  const embedded = layers.embedding({ inputDim: 5, outputDim: 3, maskZero: true }).apply(words);
  const model = wg.model({ inputs: words, outputs: layers.attention().apply(embedded) });
  const y = model.predict([[1, 2, 0, 0]]).toArray() as number[][][];
  expect(y[0]?.[2]?.map(Math.abs)).toEqual([0, 0, 0]);
  const same = model.predict([[1, 2, 0, 0]]).toArray();
  const [table] = model.getWeights() as [wg.Tensor];
  const changed = wg.mul(table, wg.tensor([[7], [1], [1], [1], [1]]));
  model.setWeights([changed]);
  expect(model.predict([[1, 2, 0, 0]]).toArray()).toEqual(same);
});

test.each([
  [
    () => layers.rescaling({ scale: [1, 2] }).outputShape([3], "own"),
    'rescaling "own": scale expected one number for each of 3 channels of [batch, 3], got 2',
  ],
  [
    () => layers.rescaling({ scale: "1" as never }),
    'rescaling: scale expected a finite number, or an array of them, got "1"',
  ],
  [() => layers.normalization({ mean: 1 }), "normalization: mean and variance expected together, got mean alone"],
  [() => layers.normalization({ mean: 1, variance: -1 }), "normalization: variance expected no number < 0, got -1"],
  [
    () => layers.normalization({ axis: 0 }).weights([3]),
    'normalization "normalization": axis expected one of [batch, 3] other than the batch, from 1 or −1 on, got 0',
  ],
  [
    () => layers.normalization({ mean: [1, 2], variance: 1 }).outputShape([3], "own"),
    'normalization "own": mean expected 1 or 3 numbers for axis -1 of [batch, 3], got 2',
  ],
  [() => layers.depthwiseConv1d({ kernelSize: 5 }).outputShape([3, 2], "own"), 'depthwiseConv1d "own"'],
  [
    () => layers.separableConv1d({ filters: 2, kernelSize: 5 }).outputShape([3], "own"),
    'separableConv1d "own": input expected [batch, steps, channels], got [batch, 3]',
  ],
  [
    () => layers.conv1dTranspose({ filters: 2, kernelSize: 2, strides: 2, outputPadding: 2 }),
    "conv1dTranspose: outputPadding expected less than strides [2, 2], got 2",
  ],
  [
    () => layers.conv1dTranspose({ filters: 2, kernelSize: 2, padding: 3 }).outputShape([3, 2], "own"),
    'conv1dTranspose "own": padding expected to leave some of the output, got [batch, -2, 2]',
  ],
  [
    () =>
      layers.attention().joint?.outputShape(
        [
          [3, 4],
          [5, 4],
          [6, 4],
        ],
        "own",
      ),
    'attention "own": key expected the steps of value and the features of query, [batch, 5, 4], got [batch, 6, 4]',
  ],
  [
    () =>
      layers.additiveAttention().joint?.outputShape(
        [
          [3, 4],
          [5, 3],
        ],
        "own",
      ),
    'additiveAttention "own": key expected the steps of value and the features of query, [batch, 5, 4], got [batch, 5, 3]',
  ],
  [
    () => layers.attention({ scoreMode: "sum" as never }),
    'attention: scoreMode expected one of "dot", "concat", got "sum"',
  ],
])("says what does not fit %#", (run, text) => {
  expect(run).toThrow(text);
});
