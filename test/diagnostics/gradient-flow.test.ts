import { beforeEach, describe, expect, test } from "vitest";
import { Dataset } from "../../src/data/index.js";
import { type GradientFlow, gradientFlow } from "../../src/diagnostics/index.js";
import * as wg from "../../src/index.js";
import { backends, useOracle } from "../support/backends.js";
import { expectClose } from "../support/check-op.js";
import { uniform } from "../support/random.js";

const x = [
  [1, 2],
  [3, 4],
];
const y = [6, 10];
const weightsOf = (model: wg.Sequential) => model.getWeights().map((each) => [...each.toTypedArray()]);
const layer = (flow: GradientFlow, i: number) => flow.layers.at(i) as GradientFlow["layers"][number];

/** Square layers of `factor` times the identity. */
function chain(depth: number, factor: number, activation = "linear", dtype: "float32" | "float64" = "float64") {
  const layers = Array.from({ length: depth }, (_, i) =>
    wg.layers.dense({
      units: 2,
      useBias: false,
      activation: i === depth - 1 ? "linear" : activation,
      ...(i === 0 ? { inputShape: [2] } : {}),
    }),
  );
  const model = wg.sequential(layers, { dtype }).compile({ optimizer: "sgd", loss: "mse" });
  model.setWeights(
    layers.map(() => [
      [factor, 0],
      [0, factor],
    ]),
  );
  return model;
}

describe.each(backends)("gradientFlow on $name", ({ use }) => {
  beforeEach(use);

  test("one layer by hand", async () => {
    const model = wg.sequential([wg.layers.dense({ units: 1, inputShape: [2] })]);
    model.compile({ optimizer: wg.optimizers.sgd({ learningRate: 0.1 }), loss: "mse" });
    model.setWeights([[[1], [2]], [0.5]]);
    const flow = await gradientFlow(model, x, y);
    // Outputs 5.5 and 11.5; of the mean square the gradients are the errors, −0.5 and 1.5; of kernel and bias 4, 5 and 1.
    const { activations, gradients, weights } = layer(flow, 0);
    expect(activations).toEqual({ mean: 8.5, deviation: 3, rms: Math.sqrt(81.25), dead: 0, saturated: undefined });
    expect(gradients).toEqual({ mean: 0.5, deviation: 1, rms: Math.sqrt(1.25), dead: 0, saturated: undefined });
    expectClose(
      [
        weights?.norm,
        weights?.gradientMean,
        weights?.gradientDeviation,
        weights?.gradientNorm,
        weights?.updateRatio,
      ] as number[],
      [Math.sqrt(5.25), 10 / 3, Math.sqrt(14 - 100 / 9), Math.sqrt(42), 0.1 * Math.sqrt(8)],
      1e-6,
      0,
    );
    expect([flow.loss, flow.verdict]).toEqual([1.25, "healthy"]);
    expect(layer(flow, 0).reasons.join()).toMatch(/changes its weights by 3e-1 of their size, where 1e-3 is usual/);
    expect(weightsOf(model)).toEqual([[1, 2], [0.5]]);
    expect(model.position.step).toBe(0);
  });

  test.each<[string, wg.Optimizer, number]>([
    // The gradients are 4 and 5 of the kernel and 1 of the bias; the rate is 0.1.
    ["clipValue", wg.optimizers.sgd({ learningRate: 0.1, clipValue: 2 }), 0.1 * 3],
    ["clipNorm", wg.optimizers.sgd({ learningRate: 0.1, clipNorm: 1 }), 0.1 * Math.SQRT2],
    ["globalClipNorm", wg.optimizers.sgd({ learningRate: 0.1, globalClipNorm: 1 }), 0.1],
    [
      "groups",
      wg.optimizers.sgd({ learningRate: 0.1, groups: [{ match: "d/bias", learningRateFactor: 2 }] }),
      0.1 * Math.sqrt(45),
    ],
    // The first iteration goes min(1, 1 / Σ|g|) along −g.
    ["lbfgs", wg.optimizers.lbfgs({ maxIter: 1 }), Math.sqrt(42) / 10],
  ])("with %s: the update is that of the optimizer, the gradient as it came", async (_, optimizer, change) => {
    const model = wg.sequential([wg.layers.dense({ units: 1, inputShape: [2], name: "d" })], { dtype: "float64" });
    model.compile({ optimizer, loss: "mse" });
    model.setWeights([[[1], [2]], [0.5]]);
    const length = (values: number[]) => Math.sqrt(values.reduce((sum, v) => sum + v * v, 0));
    const want = [change / Math.sqrt(5.25)];
    for (let step = 0; step < 3; step++) {
      const { gradientNorm, updateRatio } = layer(await gradientFlow(model, x, y), 0).weights ?? {};
      if (step === 0)
        expectClose([gradientNorm, updateRatio] as number[], [Math.sqrt(42), want[0] as number], 1e-12, 0);
      const before = weightsOf(model).flat();
      await model.trainOnBatch(x, y);
      const moved = weightsOf(model)
        .flat()
        .map((w, i) => w - (before[i] as number));
      // With the state that the optimizer has by then.
      expectClose([updateRatio as number], [length(moved) / length(before)], 1e-12, 0);
    }
  });

  test("a relu unit that is 0 for every row is dead, and stops its gradient", async () => {
    const model = wg.sequential([
      wg.layers.dense({ units: 2, activation: "relu", inputShape: [2], useBias: false }),
      wg.layers.dense({ units: 1, useBias: false }),
    ]);
    model.compile({ optimizer: "sgd", loss: "mse" });
    model.setWeights([
      [
        [1, -1],
        [0, -1],
      ],
      [[1], [2]],
    ]);
    // Hidden (1, 0) and (3, 0), outputs 1 and 3, errors −5 and −7; back to the hidden units (−5, −10) and (−7, −14).
    const flow = await gradientFlow(model, { x, y });
    const { activations, gradients, weights, reasons } = layer(flow, 0);
    expect(activations).toMatchObject({ mean: 1, dead: 0.5, saturated: 0.5 });
    expect(gradients).toMatchObject({ mean: -9, dead: 0 });
    expectClose([gradients?.saturated, gradients?.deviation] as number[], [24 / 36, Math.sqrt(370 / 4 - 81)], 1e-6, 0);
    // Nothing passes to the dead unit's weights: (−5 − 21, −10 − 28) to the other's.
    expectClose([weights?.gradientNorm as number], [Math.hypot(26, 38)], 1e-6, 0);
    expect([layer(flow, 0).verdict, layer(flow, 1).verdict, flow.verdict]).toEqual([
      "vanishing",
      "healthy",
      "vanishing",
    ]);
    expect(reasons).toContain("50 % of its units put out 0 for every row");
    expect((await gradientFlow(model, x, y, { share: 0.6 })).verdict).toBe("healthy");
  });

  test("saturated sigmoid and tanh outputs", async () => {
    for (const [activation, outputs, share] of [
      // σ(2.8) = 0.943 is not, σ(3) = 0.953 is, as is σ(−3).
      ["sigmoid", [-3, 2.8, 3, 0], 0.5],
      // tanh(1.4) = 0.885 is not, tanh(1.5) = 0.905 is.
      ["tanh", [1.4, -1.5, 0, 9], 0.5],
      ["hardSigmoid", [9, 0, 1, -9], 0.5],
      ["hardSigmoidKeras2", [9, 0, 1, -9], 0.5],
      ["softplus", [-3, 0, 1, -9], 0.5],
      // 1 + (eˣ − 1) < 0.2 below ln 0.2 = −1.609.
      ["elu", [-1.6, -1.62, 1, -9], 0.5],
      // The slope below 0 is λα eˣ, the greatest of all λα.
      ["selu", [-1.6, -1.62, 1, -9], 0.5],
      ["leakyRelu", [-3, 3, -1, 1], 0],
      ["linear", [-3, 3, -1, 1], undefined],
      ["gelu", [-3, 3, -1, 1], undefined],
    ] as const) {
      const model = wg.sequential([
        wg.layers.dense({ units: 1, activation, inputShape: [1] }),
        wg.layers.dense({ units: 1, useBias: false }),
      ]);
      model.compile({ optimizer: "sgd", loss: "mse" });
      model.setWeights([[[1]], [0], [[1]]]);
      const flow = await gradientFlow(
        model,
        outputs.map((each) => [each]),
        [0, 0, 0, 0],
      );
      expect(layer(flow, 0).activations.saturated, activation).toBe(share);
      const judged = share === 0.5 && !["elu", "selu", "softplus"].includes(activation);
      expect(layer(flow, 0).reasons.join().includes("outputs are saturated"), activation).toBe(judged);
    }
  });

  // Ng, "Vanishing / exploding gradients": weights of 1.5 or 0.5 times the identity.
  test.each([1.5, 0.5])(
    "weights of %d · I: activations are its powers forwards, gradients backwards",
    async (factor) => {
      const depth = 30;
      const flow = await gradientFlow(chain(depth, factor), [[1, -1]], [[0, 0]]);
      expect(flow.layers.length).toBe(depth);
      flow.layers.forEach(({ activations, gradients }, i) => {
        expectClose([activations.rms], [factor ** (i + 1)], 1e-12, 0);
        // At the output 2 · error / 2.
        expectClose([gradients?.rms as number], [factor ** depth * factor ** (depth - 1 - i)], 1e-12, 0);
      });
      const verdict = factor > 1 ? "exploding" : "vanishing";
      expect(flow.verdict).toBe(verdict);
      // 1.5^18 is the first power above 1,000, 2^10 that of 2.
      const reach = factor > 1 ? 18 : 10;
      const hit = flow.layers.map((each) => each.verdict === verdict);
      const expected = hit.map((_, i) => (i < depth - 1 && i + 1 >= reach) || depth - 1 - i >= reach);
      expect(hit).toEqual(expected);
      expect(flow.reasons[0]).toContain(`The signal is ${verdict} in ${expected.filter(Boolean).length} of 30 layers`);
      expect((await gradientFlow(chain(9, factor), [[1, -1]], [[0, 0]])).verdict).toBe("healthy");
      expect((await gradientFlow(chain(9, factor), [[1, -1]], [[0, 0]], { factor: 10 })).verdict).toBe(verdict);
    },
  );

  test("sigmoid squeezes the gradient of what relu lets pass", async () => {
    const [sigmoid, relu] = [
      await gradientFlow(chain(20, 1, "sigmoid"), [[1, -1]], [[0, 0]]),
      await gradientFlow(chain(20, 1, "relu"), [[1, 1]], [[0, 0]]),
    ];
    expect([sigmoid.verdict, relu.verdict]).toEqual(["vanishing", "healthy"]);
    // A sigmoid passes at most a quarter.
    expect(sigmoid.layers[0]?.gradients?.rms).toBeLessThan(4 ** -18 * (layer(sigmoid, -1).gradients?.rms as number));
    expect(relu.layers[0]?.gradients?.rms).toBe(layer(relu, -1).gradients?.rms);
  });

  test("numbers that overflow are told as exploding, not thrown", async () => {
    const flow = await gradientFlow(chain(300, 3, "linear", "float32"), [[1, -1]], [[0, 0]]);
    expect(flow.verdict).toBe("exploding");
    expect(Number.isFinite(flow.loss)).toBe(false);
    expect(layer(flow, 0).weights?.updateRatio).toBeUndefined();
    expect(layer(flow, -1).reasons).toContain("it holds numbers that are not finite");
  });

  test("no gradient at all", async () => {
    const flow = await gradientFlow(chain(2, 0), [[1, -1]], [[0, 0]]);
    expect(flow.verdict).toBe("vanishing");
    expect(layer(flow, 0).reasons).toContain("no gradient comes back from the loss");
    expect(layer(flow, 0).weights?.updateRatio).toBeUndefined();
  });

  test("the update ratio is that of the next step, wherever the optimizer stands, and the step is not taken", async () => {
    const model = wg.sequential([
      wg.layers.dense({ units: 3, activation: "tanh", inputShape: [2] }),
      wg.layers.batchNormalization(),
      wg.layers.dropout({ rate: 0.5 }),
      wg.layers.dense({ units: 1, kernelRegularizer: wg.regularizers.l2(0.1) }),
    ]);
    model.compile({ optimizer: wg.optimizers.adam({ learningRate: 0.05 }), loss: "mse" });
    for (let step = 0; step < 3; step++) {
      const before = weightsOf(model);
      const flow = await gradientFlow(model, x, y);
      expect(weightsOf(model)).toEqual(before);
      expect(model.position.step).toBe(step);
      const { loss } = await model.trainOnBatch(x, y);
      expect(flow.loss).toBe(loss);
      const after = weightsOf(model);
      const ratio = (places: number[]) => {
        const norm = (of: (i: number, j: number) => number) =>
          Math.sqrt(
            places.reduce((sum, i) => sum + (before[i] as number[]).reduce((s, _, j) => s + of(i, j) ** 2, 0), 0),
          );
        const at = (list: number[][], i: number, j: number) => (list[i] as number[])[j] as number;
        return norm((i, j) => at(after, i, j) - at(before, i, j)) / norm((i, j) => at(before, i, j));
      };
      expect(flow.layers.map(({ name }) => name)).toEqual(["dense", "batch_normalization", "dropout", "dense_1"]);
      const ratios = flow.layers.map((each) => each.weights?.updateRatio);
      expectClose(
        ratios.filter((each) => each !== undefined),
        [ratio([0, 1]), ratio([2, 3]), ratio([6, 7])],
        1e-12,
        0,
      );
      expect(ratios[2]).toBeUndefined();
    }
  });

  test("behind a softmax that the loss takes over: its output, and the gradient y − d of its input", async () => {
    const model = wg.sequential([wg.layers.dense({ units: 2, activation: "softmax", inputShape: [2] })]);
    model.compile({ optimizer: "sgd", loss: "sparseCategoricalCrossentropy" });
    model.setWeights([wg.zeros([2, 2]), [0, Math.log(3)]]);
    // Probabilities ¼ and ¾; (−¾, ¾) and (¼, −¼), halved by the mean.
    const { activations, gradients } = layer(await gradientFlow(model, x, Int32Array.of(0, 1)), 0);
    expectClose(
      [activations.mean, activations.deviation, gradients?.mean, gradients?.rms] as number[],
      [0.5, 0.25, 0, Math.sqrt(5) / 8],
      1e-6,
      1e-7,
    );
  });
});

test("layers that only reshape, and those before the first weights", async () => {
  await useOracle();
  const model = wg.sequential([
    wg.layers.dropout({ rate: 0.5, inputShape: [2, 2] }),
    wg.layers.flatten(),
    wg.layers.dense({ units: 3 }),
    wg.layers.activation({ activation: "relu" }),
    wg.layers.dense({ units: 1 }),
  ]);
  model.compile({ optimizer: "sgd", loss: "mse" });
  const data = Dataset.fromArrays({ data: uniform(160, -1, 1, 1), shape: [40, 2, 2] }, uniform(40, 0, 1, 2));
  const flow = await gradientFlow(model, data);
  expect(flow.layers.map(({ kind }) => kind)).toEqual(["dropout", "dense", "activation", "dense"]);
  expect(flow.layers.map(({ gradients }) => gradients !== undefined)).toEqual([false, true, true, true]);
  expect(flow.summary).toMatch(/^Flow through model "sequential" on 32 rows: healthy\nlayer /);
  expect(String(flow)).toBe(flow.summary);
  expect(flow.summary).toContain("activation (relu)");
  expect((await gradientFlow(model, data.batch(10))).summary).toContain("on 10 rows");
  (model.layers[2] as wg.Layer).trainable = false;
  expect((await gradientFlow(model, data)).layers[1]?.weights).toBeUndefined();
});

test.each<[string, () => Promise<unknown>, string]>([
  [
    "no model",
    () => gradientFlow(undefined as never, x as never),
    "gradientFlow: model expected a compiled model, got undefined",
  ],
  [
    "one not compiled",
    () => gradientFlow(wg.sequential([wg.layers.dense({ units: 1, inputShape: [2] })]), x, y),
    "expected to be compiled",
  ],
  ["other rows", () => gradientFlow(chain(1, 1), [[1]], [1]), "input expected [batch, 2], got [1, 1]"],
  [
    "a factor of 1",
    () => gradientFlow(chain(1, 1), x, x, { factor: 1 }),
    "gradientFlow: factor expected a finite number > 1, got 1",
  ],
  [
    "a share of 0",
    () => gradientFlow(chain(1, 1), x, x, { share: 0 }),
    "share expected a finite number > 0 and ≤ 1, got 0",
  ],
  ["a misspelt option", () => gradientFlow(chain(1, 1), x, x, { shares: 1 } as never), 'did you mean "share"?'],
])("bad input: %s", async (_, call, text) => {
  await expect(call()).rejects.toThrow(text);
});
