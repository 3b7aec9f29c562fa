import { readFileSync } from "node:fs";
import { beforeEach, describe, expect, test } from "vitest";
import { Dataset } from "../../src/data/index.js";
import { load } from "../../src/formats/index.js";
import * as wg from "../../src/index.js";
import { decodeModel } from "../../src/model/decode-model.js";
import { encodeModel } from "../../src/model/encode-model.js";
import { backends } from "../support/backends.js";
import { expectClose } from "../support/check-op.js";
import { uniform } from "../support/random.js";

const { dense, batchNormalization, activation, dropout } = wg.layers;

beforeEach(() => wg.setSeed(6));

const names = (model: wg.BaseModel) => model.variables.map(({ name }) => name);
const valuesOf = (model: wg.BaseModel) => model.getWeights().map((each) => Array.from(each.toTypedArray()));
const rows = (count: number, columns: number, seed = 1) => ({
  data: Float64Array.from(uniform(count * columns, -2, 3, seed)),
  shape: [count, columns],
});

describe("the bias in front of a normalization", () => {
  const normed = (config: Parameters<typeof dense>[0], norm = {}) =>
    wg.sequential([dense({ ...config, inputShape: [2] }), batchNormalization(norm)]).build();

  test("is left out where nobody asked for it; summary, config and file agree", async () => {
    const model = normed({ units: 3, name: "d" });
    expect(names(model).filter((name) => name.startsWith("d/"))).toEqual(["d/kernel"]);
    expect(model.layers[0]?.config.useBias).toBe(false);
    let text = "";
    model.summary({
      print: (each) => {
        text = each;
      },
    });
    expect(text).toMatch(/d \(dense\) +\[batch, 3\] +6\n/);
    const again = await decodeModel(Buffer.concat(encodeModel(model)), "file");
    expect(names(again)).toEqual(names(model));
    expect(valuesOf(again)).toEqual(valuesOf(model));
    expect(names(model.copy())).toEqual(names(model));
  });

  test.each<[string, wg.Sequential]>([
    ["useBias: true", normed({ units: 3, name: "d", useBias: true })],
    ["an activation between", normed({ units: 3, name: "d", activation: "relu" })],
    ["a bias initializer", normed({ units: 3, name: "d", biasInitializer: "ones" })],
    ["a bias regularizer", normed({ units: 3, name: "d", biasRegularizer: "l2" })],
    ["a frozen normalization", normed({ units: 3, name: "d" }, { trainable: false })],
    [
      "a layer between",
      wg
        .sequential([dense({ units: 3, name: "d", inputShape: [2] }), dropout({ rate: 0.5 }), batchNormalization()])
        .build(),
    ],
  ])("stays with %s, in a file and a copy too", async (_, model) => {
    expect(names(model)).toContain("d/bias");
    const again = await decodeModel(Buffer.concat(encodeModel(model)), "file");
    expect(names(again)).toEqual(names(model));
    expect(names(model.copy())).toEqual(names(model));
  });

  test("a layer used in two models keeps its bias in the other, and freezing it freezes both", () => {
    const shared = dense({ units: 3, name: "d", inputShape: [2] });
    const inNormed = wg.sequential([shared, batchNormalization()]).build();
    const plain = wg.sequential([shared]).build();
    expect([names(inNormed).includes("d/bias"), names(plain).includes("d/bias")]).toEqual([false, true]);
    shared.trainable = false;
    expect(inNormed.layers[0]?.trainable).toBe(false);
    const copy = inNormed.copy();
    (copy.layers[0] as wg.Layer).trainable = true;
    expect(shared.trainable).toBe(false);
  });

  test("was redundant: with it or without it, training gives the same outputs", async () => {
    const [x, y] = [rows(32, 3), rows(32, 1, 2)];
    const run = async (useBias: boolean) => {
      wg.setSeed(6);
      const model = wg.sequential(
        [
          dense({ units: 4, inputShape: [3], useBias }),
          batchNormalization(),
          activation({ activation: "tanh" }),
          dense({ units: 1 }),
        ],
        { dtype: "float64" },
      );
      model.compile({ optimizer: wg.optimizers.sgd({ learningRate: 0.1 }), loss: "mse" });
      await model.fit(x, y, { epochs: 5, batchSize: 8, shuffle: false });
      return model.predict(x).toTypedArray();
    };
    expectClose(await run(true), await run(false), 1e-10, 1e-12);
  });
});

interface Golden {
  momentum: number;
  epsilon: number;
  batches: number[][];
  shape: [number, number];
  outputs: number[][];
  mean: number[];
  variance: number[];
  inference: number[];
}
const path = new URL("../fixtures/batchnorm.json", import.meta.url);
const torch = (JSON.parse(readFileSync(path, "utf8")) as { layer: Golden }).layer;

describe.each(backends)("on $name", ({ use }) => {
  beforeEach(use);

  // Three batches through torch.nn.BatchNorm1d in training, then one in inference: fixtures/batchnorm.py.
  test("both momentum conventions, and PyTorch's BatchNorm1d", () => {
    for (const options of [
      { momentum: torch.momentum, momentumConvention: "pytorch" },
      { momentum: 1 - torch.momentum, momentumConvention: "keras" },
    ] as const) {
      const layer = batchNormalization({ ...options, epsilon: torch.epsilon, unbiasedVariance: true });
      const model = wg.sequential([layer], { dtype: "float64" }).build([torch.shape[1]]);
      const weights = model.network.weights.get("batch_normalization");
      const call = (values: number[], training: boolean) => {
        const x = wg.tensor(Float64Array.from(values), torch.shape);
        const context = { training, stepCell: model.plans.stepCell, seed: 0 };
        return layer.call(x, weights as never, context, "norm").toTypedArray();
      };
      torch.batches.forEach((batch, i) => {
        expectClose(call(batch, true), torch.outputs[i] as number[], 1e-11, 1e-12);
      });
      const [, , mean, variance] = valuesOf(model) as number[][];
      expectClose(mean as number[], torch.mean, 1e-12, 1e-14);
      expectClose(variance as number[], torch.variance, 1e-12, 1e-14);
      expectClose(call(torch.batches[0] as number[], false), torch.inference, 1e-11, 1e-12);
    }
    expect(batchNormalization({ momentumConvention: "pytorch" }).config.momentum).toBe(0.1);
    expect(() => batchNormalization({ momentumConvention: "torch" as never })).toThrow(
      'batchNormalization: momentumConvention expected one of "keras", "pytorch", got "torch"',
    );
  });

  test("a batch of one: its variance is 0 in training, and inference is like any other", async () => {
    const norm = batchNormalization({ epsilon: 1, momentum: 0.5, unbiasedVariance: true });
    const model = wg.sequential([norm, dense({ units: 1 })]).build([2]);
    model.compile({ optimizer: wg.optimizers.sgd({ learningRate: 0.1 }), loss: "mse" });
    const before = valuesOf(model);
    const { loss } = await model.trainOnBatch([[4, -6]], [[1]]);
    // y = β = 0, so the dense layer puts out its bias of 0: loss (0 − 1)².
    expect(loss).toBeCloseTo(1, 6);
    const [gamma, beta, mean, variance] = valuesOf(model) as number[][];
    expect([mean, variance]).toEqual([
      [2, -3],
      [0.5, 0.5],
    ]);
    // x − μ is 0: nothing moves γ; β moves by −0.1 · 2 (0 − 1) · w.
    expect(gamma).toEqual([1, 1]);
    const w = before[4] as number[];
    expectClose(
      beta as number[],
      w.map((each) => 0.2 * each),
      1e-5,
      1e-7,
    );
    expect(model.predict([[4, -6]]).toTypedArray()).toEqual(
      model
        .predict([
          [4, -6],
          [1, 1],
        ])
        .toTypedArray()
        .slice(0, 1),
    );
  });

  // By hand: 1, 2, 6 have mean 3 and Σ(x − 3)² = 14, over N − 1 = 2: 7. Then (x − 3) / √(7 + 9) = −½, −¼, ¾, whose mean is 0 and
  // variance (4 + 1 + 9) / 16 / 2 = 7/16.
  test("recomputeBatchNorm: mean and unbiased variance of all rows, each layer behind the recomputed ones", async () => {
    const model = () =>
      wg.sequential(
        [batchNormalization({ epsilon: 9, inputShape: [1] }), dropout({ rate: 0.5 }), batchNormalization()],
        {
          dtype: "float64",
        },
      );
    const x = [[1], [2], [6]];
    for (const [data, options] of [
      [x, {}],
      [x, { batchSize: 2 }],
      [{ x, y: [0, 0, 0] }, { batchSize: 1 }],
      [Dataset.fromArrays(x, [0, 0, 0]).shuffle({ seed: 3 }), {}],
      [Dataset.fromArrays(x).batch(2), {}],
    ] as const) {
      const each = model();
      await wg.recomputeBatchNorm(each, data as never, options);
      const [, , mean, variance, , , mean2, variance2] = valuesOf(each).map(([v]) => v);
      expect([mean, variance, mean2]).toEqual([expect.closeTo(3, 12), expect.closeTo(7, 12), expect.closeTo(0, 12)]);
      expect(variance2).toBeCloseTo(7 / 16, 12);
    }
  });

  test("recomputeBatchNorm of a far-off mean loses no digits, of one row has variance 0, leaves frozen layers alone", async () => {
    const far = wg.sequential([batchNormalization({ inputShape: [1] })], { dtype: "float64" });
    const data = Float64Array.from([1, 2, 6], (v) => v + 1e8);
    await wg.recomputeBatchNorm(far, { data, shape: [3, 1] } as never, { batchSize: 1 });
    expect(valuesOf(far).slice(2)).toEqual([[expect.closeTo(1e8 + 3, 6)], [expect.closeTo(7, 6)]]);
    await wg.recomputeBatchNorm(far, [[5]]);
    expect(valuesOf(far).slice(2)).toEqual([[5], [0]]);
    const frozen = wg.sequential([batchNormalization({ inputShape: [1] }), batchNormalization({ trainable: false })]);
    await wg.recomputeBatchNorm(frozen, [[1], [3]]);
    expect(valuesOf(frozen).slice(2)).toEqual([[2], [2], [1], [0], [0], [1]]);
  });

  test("foldBatchNorm: the same outputs, weights by hand, the original as it was", async () => {
    const model = wg.sequential([dense({ units: 1, inputShape: [2] }), batchNormalization({ epsilon: 1 })], {
      dtype: "float64",
    });
    // kernel 1, 2; γ 6, β 5, μ 4, σ² 8: s = 6 / √9 = 2.
    model.setWeights([[[1], [2]], [6], [5], [4], [8]]);
    const before = valuesOf(model);
    const folded = wg.foldBatchNorm(model);
    expect(names(folded)).toEqual(["dense/kernel", "dense/bias"]);
    expect(valuesOf(folded)).toEqual([[2, 4], [-3]]);
    expect(folded.layers.map((each) => each.config.useBias)).toEqual([true]);
    expect(valuesOf(model)).toEqual(before);
    expect(model.layers.length).toBe(2);
  });

  test.each([
    ["float64", 1e-12],
    ["float32", 1e-6],
  ] as const)("foldBatchNorm of a trained network, in %s within %s of the outputs' size", async (dtype, bound) => {
    const model = wg.sequential(
      [
        batchNormalization({ inputShape: [5] }),
        dense({ units: 16 }),
        batchNormalization(),
        activation({ activation: "relu" }),
        dropout({ rate: 0.1 }),
        dense({ units: 12, activation: "tanh" }),
        batchNormalization({ center: false, scale: false }),
        dense({ units: 8, useBias: false }),
        batchNormalization({ momentum: 0.3 }),
        activation({ activation: "relu" }),
        batchNormalization({ momentum: 0.3, name: "alone" }),
        dropout({ rate: 0.1 }),
        dense({ units: 3, useBias: true }),
        batchNormalization({ momentum: 0.3 }),
      ],
      { dtype },
    );
    model.compile({ loss: "mse" });
    const x = rows(64, 5);
    await model.fit(x, rows(64, 3, 9), { epochs: 4, batchSize: 16 });
    const [before, want] = [valuesOf(model), [...model.predict(x).toTypedArray()]];
    const folded = wg.foldBatchNorm(model);
    const got = [...folded.predict(x).toTypedArray()];
    const norm = (values: number[]) => Math.sqrt(values.reduce((sum, v) => sum + v * v, 0));
    const apart = got.map((v, i) => v - (want[i] as number));
    expect(norm(apart) / norm(want)).toBeLessThanOrEqual(bound);
    expect(folded.layers.map(({ kind }) => kind)).toEqual([
      "dense",
      "activation",
      "dropout",
      "dense",
      "dense",
      "activation",
      "batchNormalization",
      "dropout",
      "dense",
    ]);
    expect(valuesOf(model)).toEqual(before);
    const again = await decodeModel(Buffer.concat(encodeModel(folded)), "file");
    expect([...again.predict(x).toTypedArray()]).toEqual(got);
  });
});

/** Weights of which none is 0 or 1, variances above 0. */
function drawn<M extends wg.BaseModel>(model: M): M {
  for (const [i, variable] of model.variables.entries()) {
    const low = /variance/i.test(variable.name) ? 0.5 : -0.7;
    variable.assign(wg.tensor(uniform(variable.size, low, 0.9, i + 1), variable.shape, variable.dtype));
  }
  return model;
}

describe("foldBatchNorm of a graph", () => {
  const { layers } = wg;
  const near = (got: wg.Tensor, want: wg.Tensor, bound: number) => {
    expect(got.shape).toEqual(want.shape);
    const wanted = want.toTypedArray();
    const most = Math.max(...Array.from(wanted, Math.abs));
    got.toTypedArray().forEach((v, i) => {
      expect(Math.abs(v - (wanted[i] as number))).toBeLessThanOrEqual(bound * most);
    });
  };
  const count = (model: wg.BaseModel) => model.layers.filter(({ kind }) => kind === "batchNormalization").length;

  test("a residual network of every kind of convolution, with what must stay", () => {
    const x = wg.input({ shape: [8, 7, 4], name: "image" });
    const normal = (y: wg.SymbolicTensor, name: string) => layers.batchNormalization({ name }).apply(y);
    const relu = (y: wg.SymbolicTensor) => layers.activation({ activation: "relu" }).apply(y);
    const stem = relu(normal(layers.conv2d({ filters: 6, kernelSize: 3, padding: "same", groups: 2 }).apply(x), "a"));
    const deep = normal(layers.depthwiseConv2d({ kernelSize: 3, padding: "same", useBias: false }).apply(stem), "b");
    const wide = normal(layers.separableConv2d({ filters: 6, kernelSize: 3, padding: "same" }).apply(relu(deep)), "c");
    const sum = relu(layers.add().apply([wide, stem]));
    const large = normal(layers.conv2dTranspose({ filters: 5, kernelSize: 3, strides: 2 }).apply(sum), "d");
    // Read twice: by its normalization and beside it.
    const open = layers.conv2d({ filters: 5, kernelSize: 1 }).apply(large);
    const both = layers.add().apply([normal(open, "stays"), open]);
    // One layer in two places.
    const shared = layers.conv2d({ filters: 5, kernelSize: 1, name: "shared" });
    const twice = normal(shared.apply(relu(normal(shared.apply(both), "first"))), "second");
    const row = normal(layers.globalAveragePooling2D().apply(twice), "front");
    const end = normal(layers.dense({ units: 3 }).apply(row), "e");
    const steps = normal(
      layers.conv1d({ filters: 2, kernelSize: 1 }).apply(layers.reshape({ targetShape: [3, 1] }).apply(end)),
      "f",
    );
    const model = drawn(wg.model({ inputs: x, outputs: [steps, twice], name: "residual", dtype: "float64" }));
    const rowsOf = wg.tensor(uniform(2 * 8 * 7 * 4, -1, 1, 99), [2, 8, 7, 4], "float64");
    const want = model.predictAll(rowsOf);
    const folded = wg.foldBatchNorm(model);
    folded.predictAll(rowsOf).forEach((y, i) => {
      near(y, want[i] as wg.Tensor, 1e-12);
    });
    const left = folded.layers.flatMap(({ kind, name }) => (kind === "batchNormalization" ? [name] : []));
    expect(left).toEqual(["stays", "first", "second"]);
    expect(folded.kind).toBe("model");
    expect(folded.outputNames).toEqual(["conv1d", "second"]);
    expect(count(model)).toBe(10);
    near(model.predictAll(rowsOf)[0] as wg.Tensor, want[0] as wg.Tensor, 0);
  });

  test("a normalization used twice stays", () => {
    const [a, b] = [wg.input({ shape: [3] }), wg.input({ shape: [3] })];
    const normal = layers.batchNormalization();
    const y = [a, b].map((each) => normal.apply(layers.dense({ units: 2 }).apply(each)));
    expect(count(wg.foldBatchNorm(wg.model({ inputs: [a, b], outputs: y })))).toBe(1);
  });

  test.each(["resnet.onnx", "resnet-17.onnx", "mobilenet-17.onnx"])("of %s", async (file) => {
    const model = await load(`test/fixtures/formats/networks/${file}`);
    // Exporters may fold it themselves: normalization of our own goes behind.
    const shape = model.inputShape;
    const x = wg.tensor(uniform(2 * shape.reduce((p, n) => p * n, 1), -1, 1, 3), [2, ...shape]);
    const y = layers.batchNormalization().apply(model.outputs[0] as wg.SymbolicTensor);
    const whole = wg.model({ inputs: model.inputs, outputs: y });
    const normal = whole.variables.filter(({ name }) => name.startsWith("batch_normalization/"));
    normal.forEach((variable, i) => {
      variable.assign(wg.tensor(uniform(variable.size, 0.5, 2, i + 7), variable.shape));
    });
    const folded = wg.foldBatchNorm(whole as wg.Functional);
    expect(count(folded)).toBe(0);
    near(folded.predict(x), whole.predict(x), 1e-5);
  });
});

describe("bad input", () => {
  const model = () =>
    wg.sequential([batchNormalization({ inputShape: [1] }), dense({ units: 1 }), batchNormalization()]);

  test("NaN in the data changes nothing, nor does a shape that does not fit in the last batch", async () => {
    for (const [data, message] of [
      [[[1], [NaN]], 'got NaN as the mean that reaches channel 0 of "batch_normalization"; clean the data'],
      [[[1, 2]], "recomputeBatchNorm: data expected [batch, 1], got [1, 2]"],
      [Dataset.fromArrays([[1], [2]]).repeat(), "data expected an end"],
      [Dataset.fromArrays([[1]]).skip(1), "data expected at least one row, got none"],
    ] as const) {
      const each = model();
      const before = valuesOf(each);
      await expect(wg.recomputeBatchNorm(each, data as never)).rejects.toThrow(message);
      expect(valuesOf(each)).toEqual(before);
    }
    const plain = wg.sequential([dense({ units: 1, inputShape: [1] })]);
    await expect(wg.recomputeBatchNorm(plain, [[1]])).rejects.toThrow(
      'recomputeBatchNorm: model "sequential" expected a batchNormalization layer that is trainable, got none',
    );
  });
});
