import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { Dataset } from "../../src/data/index.js";
import { load, save } from "../../src/formats/index.js";
import * as wg from "../../src/index.js";
import { backends } from "../support/backends.js";
import { expectClose } from "../support/check-op.js";
import { uniform } from "../support/random.js";

const { l1, l1l2, l2 } = wg.regularizers;

interface Optimum {
  kernel: number[];
  bias: number;
  loss: number;
}
const golden = JSON.parse(readFileSync("test/fixtures/regularization.json", "utf8")) as {
  x: number[][];
  y: number[];
  target: number[];
  logistic: (Optimum & { name: "l1" | "l2" | "l1l2"; arguments: never[] })[];
  adam: { decay: number; rate: number; start: number[]; bias: number } & Record<
    "l2" | "l2OnBiases" | "decoupled",
    { kernel: number[]; bias: number; losses: number[] }
  >;
};

/** Nested arrays would come as float32. */
const exact = (values: number[][]) => ({
  data: Float64Array.from(values.flat()),
  shape: [values.length, values[0]?.length as number],
});

// The network of the hand-worked numbers: predictions 5.5 and 11.5, mean squared error 1.25, its gradient 4, 5 for the kernel [1, 2] and 1
// for the bias 0.5.
const x = [
  [1, 2],
  [3, 4],
];
const y = [6, 10];
type Compile = Partial<Parameters<wg.Sequential["compile"]>[0]>;
type Dense = Partial<Parameters<typeof wg.layers.dense>[0]>;

function line(compile: Compile = {}, dense: Dense = {}): wg.Sequential {
  const model = wg.sequential([wg.layers.dense({ units: 1, inputShape: [2], ...dense })], { dtype: "float64" });
  model.compile({ optimizer: wg.optimizers.sgd({ learningRate: 0.1 }), loss: "mse", ...compile });
  model.setWeights([[[1], [2]], [0.5]]);
  return model;
}

const weightsOf = (model: wg.Sequential) => model.getWeights().flatMap((each) => [...each.toTypedArray()]);

describe.each(backends)("a penalty on $name by hand", ({ use }) => {
  beforeEach(use);

  test("an L2 step of SGD is weight decay: w (1 − 2ηλ) − η∇ plain, w (1 − ηλ/m) − η∇ in the course's convention", async () => {
    const [eta, lambda, m] = [0.1, 0.5, 2];
    for (const [regularizer, keep, penalty] of [
      [l2(lambda), 1 - 2 * eta * lambda, lambda * 5],
      [l2(lambda, { convention: "course" }), 1 - (eta * lambda) / m, (lambda / (2 * m)) * 5],
      [l2(lambda, { convention: "course", rows: "batch" }), 1 - (eta * lambda) / m, (lambda / (2 * m)) * 5],
      [l2(lambda, { convention: "course", rows: 50 }), 1 - (eta * lambda) / 50, (lambda / 100) * 5],
    ] as const) {
      const want = [1 * keep - eta * 4, 2 * keep - eta * 5, 0.5 - eta * 1];
      for (const model of [line({}, { kernelRegularizer: regularizer }), line({ kernelRegularizer: regularizer })]) {
        expectClose([(await model.evaluate(x, y)).loss as number], [1.25 + penalty], 1e-12, 0);
        const history = await model.fit(x, y, { epochs: 1 });
        expectClose(history.history.loss as number[], [1.25 + penalty], 1e-12, 0);
        expectClose(weightsOf(model), want, 1e-12, 0);
      }
    }
  });

  test("L1 takes ηλ off every weight's size, ηλ/2m in the course's convention", async () => {
    for (const [regularizer, off] of [
      [l1(0.5), 0.05],
      [l1(0.5, { convention: "course" }), 0.0125],
      [l1l2({ l1: 0.5, l2: 0, convention: "course" }), 0.0125],
    ] as const) {
      const model = line({}, { kernelRegularizer: regularizer });
      model.setWeights([[[1], [-2]], [8.5]]);
      // Errors −0.5 and −6.5.
      const errors = [1 - 4 + 8.5 - 6, 3 - 8 + 8.5 - 10] as const;
      const slope = [errors[0] + 3 * errors[1], 2 * errors[0] + 4 * errors[1], errors[0] + errors[1]] as const;
      await model.fit(x, y, { epochs: 1 });
      expectClose(
        weightsOf(model),
        [1 - 0.1 * slope[0] - off, -2 - 0.1 * slope[1] + off, 8.5 - 0.1 * slope[2]],
        1e-12,
        0,
      );
    }
  });

  test("m on mini-batches of 2, 2 and 1: all rows, those of the batch, or what rows says", async () => {
    const rows = [...x, [-1, 0], [2, -1], [0, 1]];
    const targets = [...y, -2, 1, 3];
    const [eta, lambda] = [0.01, 3];
    for (const [given, mOf] of [
      ["training", () => 5],
      ["batch", (b: number) => b],
      [7, () => 7],
    ] as const) {
      const kernelRegularizer = l2(lambda, { convention: "course", rows: given });
      const model = line({ optimizer: wg.optimizers.sgd({ learningRate: eta }), kernelRegularizer });
      const history = await model.fit(rows, targets, { batchSize: 2, shuffle: false, epochs: 2 });
      let [w0, w1, b] = [1, 2, 0.5];
      const losses: number[] = [];
      for (let epoch = 0; epoch < 2; epoch++) {
        let total = 0;
        for (const [from, to] of [
          [0, 2],
          [2, 4],
          [4, 5],
        ] as const) {
          const n = to - from;
          let [loss, g0, g1, gb] = [0, 0, 0, 0];
          for (let i = from; i < to; i++) {
            const [u, v] = rows[i] as [number, number];
            const error = u * w0 + v * w1 + b - (targets[i] as number);
            loss += error ** 2 / n;
            [g0, g1, gb] = [g0 + (2 * error * u) / n, g1 + (2 * error * v) / n, gb + (2 * error) / n];
          }
          const m = mOf(n);
          total += (n * (loss + (lambda / (2 * m)) * (w0 ** 2 + w1 ** 2))) / 5;
          const keep = 1 - (eta * lambda) / m;
          [w0, w1, b] = [w0 * keep - eta * g0, w1 * keep - eta * g1, b - eta * gb];
        }
        losses.push(total);
      }
      expectClose(weightsOf(model), [w0, w1, b], 1e-12, 0);
      expectClose(history.history.loss as number[], losses, 1e-12, 0);
    }
  });

  test("a recorded step takes the m of the data that it trains on now", async () => {
    const model = line({ kernelRegularizer: l2(0.5, { convention: "course" }) });
    const repeat = <T>(values: T[], times: number) => Array.from({ length: times }, () => values).flat();
    const oneStep: wg.Callback = { onBatchEnd: (_, __, { stop }) => stop("one step") };
    for (const times of [1, 3, 1]) {
      model.setWeights([[[1], [2]], [0.5]]);
      const [xs, ys] = [repeat(x, times), repeat(y, times)];
      await model.fit(xs, ys, { batchSize: 2, shuffle: false, callbacks: [oneStep] });
      const keep = 1 - (0.1 * 0.5) / (2 * times);
      expectClose(weightsOf(model), [1 * keep - 0.4, 2 * keep - 0.5, 0.4], 1e-12, 0);
    }
  });
});

describe("a regularizer for the whole model", () => {
  const layers = () => [
    wg.layers.dense({ units: 3, inputShape: [2], name: "plain" }),
    wg.layers.batchNormalization({ name: "norm" }),
    wg.layers.dense({ units: 3, name: "own", kernelRegularizer: l1(0.25), biasRegularizer: l2(0.5) }),
    wg.layers.dense({ units: 1, name: "free", kernelRegularizer: l2(0) }),
  ];
  /** What the penalties add, all weights being 2. */
  const added = async (compile: Compile) => {
    const loss = async (options: Compile) => {
      const model = wg.sequential(layers(), { dtype: "float64" }).compile({ loss: "mse", ...options });
      model.setWeights(model.getWeights().map((each) => wg.full(each.shape, 2, "float64")));
      return (await model.evaluate(x, y)).loss as number;
    };
    return (await loss(compile)) - (await loss({}));
  };

  test("holds for kernels without their own, and neither for biases nor for γ and β, unless asked", async () => {
    // 6 weights of "plain" of size 2; "own" and "free" keep theirs.
    expect(await added({ kernelRegularizer: l2(0.1) })).toBeCloseTo(0.1 * 6 * 4, 9);
    expect(await added({ kernelRegularizer: "l1" })).toBeCloseTo(0.01 * 6 * 2, 9);
    // The biases of "plain" and "free": 4 of size 2.
    expect(await added({ biasRegularizer: l1(0.1) })).toBeCloseTo(0.1 * 4 * 2, 9);
    expect(await added({ kernelRegularizer: l1l2({ l1: 1, l2: 2 }), biasRegularizer: l2(3) })).toBeCloseTo(
      6 * (2 + 8) + 4 * 12,
      9,
    );
  });

  test("evaluate has the m of the last fit, before any that of its own rows, however they are cut", async () => {
    const model = line({ kernelRegularizer: l2(0.5, { convention: "course" }) });
    const four = [
      [...x, ...x],
      [...y, ...y],
    ] as const;
    const loss = async (batchSize: number) => (await model.evaluate(...four, { batchSize })).loss as number;
    for (const batchSize of [4, 3, 1]) expect(await loss(batchSize)).toBeCloseTo(1.25 + (0.5 / 8) * 5, 12);
    await model.fit(x, y, { epochs: 1 });
    model.setWeights([[[1], [2]], [0.5]]);
    for (const batchSize of [4, 3, 1]) expect(await loss(batchSize)).toBeCloseTo(1.25 + (0.5 / 4) * 5, 12);
    expect((await model.copy().evaluate(...four)).loss).toBe(await loss(4));
  });

  test("data that does not know its size is refused before a step is taken, and taken where rows is given", async () => {
    const stream = () =>
      Dataset.fromGenerator(function* () {
        for (const [i, row] of x.entries()) yield { x: row, y: [y[i] as number] };
      });
    const model = line({ kernelRegularizer: l2(0.5, { convention: "course" }) });
    await model.fit(x, y, { epochs: 1 });
    const before = weightsOf(model);
    await expect(model.fit(stream(), { epochs: 1 })).rejects.toThrow(
      /^fit: data expected to know its number of rows, the m of the regularizer's λ \/ \(2m\), got a stream; give it with .*rows: n/,
    );
    expect([weightsOf(model), model.trainingRows, model.position.step]).toEqual([before, 2, 1]);
    const given = line({ kernelRegularizer: l2(0.5, { convention: "course", rows: 2 }) });
    await given.fit(stream(), { epochs: 1, shuffle: false });
    expectClose(weightsOf(given), before, 1e-12, 0);
  });
});

describe("logistic regression has the minimum that SciPy finds", () => {
  test.each(golden.logistic)("$name $arguments", async ({ name, arguments: given, kernel, bias, loss }) => {
    const model = wg.sequential([wg.layers.dense({ units: 1, activation: "sigmoid", inputShape: [6] })], {
      dtype: "float64",
    });
    const kernelRegularizer = (wg.regularizers[name] as (...args: never[]) => wg.Regularizer)(...given);
    const steps = 4000;
    const learningRate = wg.schedules.cosine(0.5, { steps, final: 1e-4 });
    model.compile({ optimizer: wg.optimizers.sgd({ learningRate }), loss: "binaryCrossentropy", kernelRegularizer });
    await model.fit(golden.x, golden.y, { epochs: steps, batchSize: 60, shuffle: false });
    const [gotKernel, gotBias] = model.getWeights().map((each) => [...each.toTypedArray()]) as [number[], number[]];
    expectClose(gotKernel, kernel, 0, 1e-3, "kernel");
    expectClose(gotBias, [bias], 0, 1e-3, "bias");
    expect((await model.evaluate(golden.x, golden.y)).loss).toBeCloseTo(loss, 6);
    // The subgradient steps over 0 and back, by the last learning rate times λ at most.
    kernel.forEach((want, i) => {
      if (want === 0) expect(Math.abs(gotKernel[i] as number)).toBeLessThan(1e-4);
    });
  });
});

describe("AdamW is not Adam with L2", () => {
  const one = (compile: Compile) => {
    const dense = wg.layers.dense({ units: 1, useBias: false, inputShape: [1] });
    const model = wg.sequential([dense], { dtype: "float64" }).compile({ loss: "mse", ...compile });
    model.setWeights([[[1]]]);
    return async () => {
      await model.trainOnBatch([[0]], [0]);
      return model.getWeights()[0]?.item() as number;
    };
  };

  test("two steps by hand, where the data has no gradient", async () => {
    const options = { learningRate: 0.1, beta1: 0.5, beta2: 0.5, epsilon: 1e-12 };
    // AdamW shrinks by 1 − 0.1 · 0.1 each time.
    const decoupled = one({ optimizer: wg.optimizers.adamw({ ...options, weightDecay: 0.1 }) });
    expect(await decoupled()).toBeCloseTo(0.99, 10);
    expect(await decoupled()).toBeCloseTo(0.9801, 10);
    // Adam divides the penalty's gradient 0.1 · w by its own size: the first step is the learning rate, whatever λ is.
    for (const [lambda, second] of [
      // g = 0.1 and 0.09: m̂ = 0.07 / 0.75, v̂ = 0.00655 / 0.75.
      [0.05, 0.9 - (0.1 * (0.07 / 0.75)) / Math.sqrt(0.00655 / 0.75)],
      // Ten times λ, the same two steps.
      [0.5, 0.9 - (0.1 * (0.7 / 0.75)) / Math.sqrt(0.655 / 0.75)],
    ] as const) {
      const coupled = one({ optimizer: wg.optimizers.adam(options), kernelRegularizer: l2(lambda) });
      expect(await coupled()).toBeCloseTo(0.9, 10);
      expect(await coupled()).toBeCloseTo(second, 10);
    }
  });

  const { decay, rate, start, bias, ...runs } = golden.adam;
  const adam = wg.optimizers.adam({ learningRate: rate });
  test.each([
    ["Adam with L2 on weights", runs.l2, { optimizer: adam, kernelRegularizer: l2(decay / 2) }],
    [
      "Adam with L2 on weights and biases",
      runs.l2OnBiases,
      { optimizer: adam, kernelRegularizer: l2(decay / 2), biasRegularizer: l2(decay / 2) },
    ],
    ["AdamW", runs.decoupled, { optimizer: wg.optimizers.adamw({ learningRate: rate, weightDecay: decay }) }],
  ])("%s: 20 steps as PyTorch makes them", async (_, want, compile) => {
    const model = wg.sequential([wg.layers.dense({ units: 1, inputShape: [6] })], { dtype: "float64" });
    model.compile({ loss: "mse", metrics: ["mse"], ...compile });
    model.setWeights([start.map((w) => [w]), [bias]]);
    const losses: number[] = [];
    for (let step = 0; step < 20; step++) {
      losses.push(
        (await model.trainOnBatch(exact(golden.x), Float64Array.from(golden.target))).meanSquaredError as number,
      );
    }
    expectClose(losses, want.losses, 1e-10, 0);
    expectClose(weightsOf(model), [...want.kernel, want.bias], 1e-10, 0);
  });

  test("they part from the first step on", () => {
    expect(Math.abs((runs.l2.kernel[0] as number) - (runs.decoupled.kernel[0] as number))).toBeGreaterThan(0.01);
  });
});

describe("files", () => {
  const folder = mkdtempSync(join(tmpdir(), "wasmgrad-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  const path = (name: string) => join(folder, name);
  const rows = {
    x: { data: uniform(50 * 6, -1, 1, 3), shape: [50, 6] },
    y: { data: uniform(50, -1, 1, 4), shape: [50, 1] },
  };

  /** Every layer that draws, every kind of regularizer and constraint. */
  function all(): wg.Sequential {
    wg.setSeed(3);
    const model = wg.sequential([
      wg.layers.gaussianNoise({ stddev: 0.1, inputShape: [6] }),
      wg.layers.dense({ units: 12, activation: "relu", kernelConstraint: wg.constraints.maxNorm(0.8) }),
      wg.layers.dropout({ keepProb: 0.7, mode: "classic" }),
      wg.layers.reshape({ targetShape: [2, 6] }),
      wg.layers.spatialDropout1D({ rate: 0.3 }),
      wg.layers.flatten(),
      wg.layers.dense({
        units: 5,
        kernelRegularizer: l1l2({ l1: 0.1, convention: "course" }),
        kernelConstraint: "nonNeg",
      }),
      wg.layers.dropout({ rate: 0.2 }),
      wg.layers.gaussianDropout({ rate: 0.2 }),
      wg.layers.dense({ units: 1, kernelConstraint: wg.constraints.unitNorm() }),
    ]);
    return model.compile({
      optimizer: "adam",
      loss: "mse",
      kernelRegularizer: l2(0.7, { convention: "course" }),
      biasRegularizer: l1(0.3, { convention: "course", rows: "batch" }),
    });
  }

  test("an interrupted run ends with the bytes of one that never stopped", async () => {
    const straight = all();
    await straight.fit(rows, { epochs: 6, batchSize: 16 });
    await save(straight, path("straight.safetensors"));
    const first = all();
    await first.fit(rows, { epochs: 2, batchSize: 16 });
    await save(first, path("first.safetensors"));
    wg.setSeed(99);
    const second = await load(path("first.safetensors"));
    expect((await second.evaluate(rows)).loss).toBe((await first.evaluate(rows)).loss);
    await second.fit(rows, { epochs: 6, batchSize: 16, resume: true });
    await save(second, path("second.safetensors"));
    expect(readFileSync(path("second.safetensors")).equals(readFileSync(path("straight.safetensors")))).toBe(true);
  });
});
