import { beforeEach, describe, expect, test } from "vitest";
import { Dataset } from "../../src/data/index.js";
import * as wg from "../../src/index.js";
import { backends } from "../support/backends.js";

beforeEach(() => wg.setSeed(4));

/** y = w · x, w = 0 at first; plain descent with rate 1; loss ½ (w x − d)². */
function line(loss: string | wg.Loss = "halfSquaredError") {
  const model = wg.sequential(
    [wg.layers.dense({ units: 1, useBias: false, kernelInitializer: "zeros", inputShape: [1] })],
    { dtype: "float64" },
  );
  return model.compile({ optimizer: wg.optimizers.sgd({ learningRate: 1 }), loss, metrics: ["meanAbsoluteError"] });
}
const weightOf = (model: wg.Sequential) => model.getWeights()[0]?.item() as number;

/** Three classes, whose logits stay 0 until the first step. */
function classes(loss: string, rate = 0) {
  const model = wg.sequential(
    [wg.layers.dense({ units: 3, activation: "softmax", kernelInitializer: "zeros", inputShape: [1] })],
    { dtype: "float64" },
  );
  return model.compile({ optimizer: wg.optimizers.sgd({ learningRate: rate }), loss });
}

const x = [[1], [2], [3], [4]];
const y = [[1], [1], [2], [3]];
const ln3 = Math.log(3);

describe.each(backends)("on $name", ({ use }) => {
  beforeEach(use);

  // ½ d² = ½, ½, 2, 4½. Gradients −x d = −1, −2, −6, −12.
  test("the loss is Σ w · loss / rows, the gradient too, metrics count each row once", async () => {
    const model = line();
    const logs = await model.trainOnBatch(x, y, [1, 0, 2, 0.5]);
    expect(logs.loss).toBeCloseTo((0.5 + 4 + 2.25) / 4, 12);
    expect(logs.meanAbsoluteError).toBeCloseTo(7 / 4, 12);
    expect(weightOf(model)).toBeCloseTo((1 + 12 + 6) / 4, 12);
  });

  test("weights are read anew in each recorded step, and none after some is another step", async () => {
    const model = line();
    await model.trainOnBatch(x, y, [0, 0, 0, 0]);
    expect(weightOf(model)).toBe(0);
    await model.trainOnBatch(x, y, [4, 0, 0, 0]);
    expect(weightOf(model)).toBeCloseTo(1, 12);
    model.setWeights([[[0]]]);
    await model.trainOnBatch(x, y);
    expect(weightOf(model)).toBeCloseTo(21 / 4, 12);
  });

  test("a row of weight 2 trains as two rows would, in any order and batch size", async () => {
    const run = async (weights: number[] | undefined, repeat: number[], shuffle: boolean) => {
      const model = line();
      model.compile({ optimizer: wg.optimizers.sgd({ learningRate: 0.01 }), loss: "halfSquaredError" });
      const rows = repeat.flatMap((times, i) => Array.from({ length: times }, () => i));
      // Losses are means over the rows: 8 rows with one loss, against 4 rows whose weights sum to 8.
      const sampleWeight = weights && rows.map((i) => weights[i] as number);
      const { history } = await model.fit(
        rows.map((i) => x[i] as number[]),
        rows.map((i) => y[i] as number[]),
        { epochs: 3, batchSize: "full", shuffle, ...(sampleWeight ? { sampleWeight } : {}) },
      );
      return [...(history.loss as number[]), weightOf(model)];
    };
    const doubled = await run(undefined, [1, 4, 2, 1], true);
    const weighted = await run(
      [1, 4, 2, 1].map((w) => w / 2),
      [1, 1, 1, 1],
      true,
    );
    weighted.forEach((value, i) => {
      expect(value).toBeCloseTo(doubled[i] as number, 12);
    });
  });

  test("weights stay with their rows when these are shuffled and batched", async () => {
    // Only rows whose x is 1 count; a row mixed up with another's weight would move w away from 5.
    const xs = Array.from({ length: 40 }, (_, i) => [1 + (i % 4)]);
    const ys = xs.map(([v]) => [v === 1 ? 5 : -100]);
    const sampleWeight = xs.map(([v]) => (v === 1 ? 1 : 0));
    const pair = { x: xs, y: ys, sampleWeight };
    for (const data of [
      pair,
      Dataset.fromArrays(xs, { y: ys, sampleWeight }),
      Dataset.fromArrays(xs, { y: ys, sampleWeight }).shuffle({ seed: 2 }).batch(7),
    ]) {
      const model = line();
      const history = await model.fit(data as never, { epochs: 60, ...(data === pair ? { batchSize: 7 } : {}) });
      expect(weightOf(model)).toBeCloseTo(5, 6);
      expect(history.history.loss?.at(-1)).toBeLessThan(1e-6);
      expect((await model.evaluate(data as never)).loss).toBeLessThan(1e-6);
    }
    const streamed = line();
    const rows = Dataset.fromGenerator(function* () {
      for (let i = 0; i < 40; i++)
        yield { x: xs[i] as number[], y: { sampleWeight: sampleWeight[i] as number, y: ys[i] as number[] } };
    });
    await streamed.fit(rows as never, { epochs: 60, batchSize: 7 });
    expect(weightOf(streamed)).toBeCloseTo(5, 6);
  });

  test("evaluate weighs the loss, in batches of any size, and validation too", async () => {
    const model = line();
    const sampleWeight = [1, 0, 2, 0.5];
    for (const batchSize of [1, 3, 256]) {
      const { loss, meanAbsoluteError } = await model.evaluate(x, y, { batchSize, sampleWeight });
      expect(loss).toBeCloseTo(6.75 / 4, 12);
      expect(meanAbsoluteError).toBeCloseTo(7 / 4, 12);
    }
    const { history } = await model.fit(x, y, { sampleWeight: [0, 0, 0, 0], validation: { x, y, sampleWeight } });
    expect(history.val_loss).toEqual([expect.closeTo(6.75 / 4, 12)]);
  });

  // Every class has probability 1/3: a row's loss is ln 3 times the weight of its class.
  test("class weights by number, for class numbers and for one-hot labels, on top of sample weights", async () => {
    const xs = [[1], [1], [1]];
    const hot = [
      [0, 0, 1],
      [0, 1, 0],
      [0, 0, 1],
    ];
    for (const classWeight of [
      { 0: 7, 1: 2, 2: 0.5 },
      [7, 2, 0.5],
      new Map([
        [2, 0.5],
        [1, 2],
        [0, 7],
      ]),
    ]) {
      const options = { classWeight, shuffle: false };
      const sparse = await classes("sparseCategoricalCrossentropy").fit(xs, Int32Array.of(2, 1, 2), options);
      expect(sparse.history.loss).toEqual([expect.closeTo((3 * ln3) / 3, 12)]);
      const both = await classes("categoricalCrossentropy").fit(xs, hot, { ...options, sampleWeight: [1, 3, 0] });
      expect(both.history.loss).toEqual([expect.closeTo((6.5 * ln3) / 3, 12)]);
    }
  });

  test("class weights of two classes beside one sigmoid output", async () => {
    const model = wg.sequential([
      wg.layers.dense({ units: 1, activation: "sigmoid", kernelInitializer: "zeros", inputShape: [1] }),
    ]);
    model.compile({ optimizer: "sgd", loss: "binaryCrossentropy" });
    const { history } = await model.fit([[1], [1]], [1, 0], { classWeight: { 0: 1, 1: 9 } });
    expect(history.loss?.[0]).toBeCloseTo(5 * Math.LN2, 6);
  });

  // Keras, CategoricalCrossentropy: "Calling with 'sample_weight'": 0.814; CategoricalFocalCrossentropy: 0.1632.
  test("Keras's documented examples with sample weights [0.3, 0.7]", async () => {
    const shares = [
      [0.05, 0.95, 0],
      [0.1, 0.8, 0.1],
    ];
    for (const [loss, want, digits] of [
      ["categoricalCrossentropy", 0.814, 3],
      ["categoricalFocalCrossentropy", 0.1632, 4],
    ] as const) {
      const model = wg.sequential([wg.layers.activation({ activation: "linear", inputShape: [3] })]);
      model.compile({ optimizer: "sgd", loss });
      const hot = [
        [0, 1, 0],
        [0, 0, 1],
      ];
      const { loss: got } = await model.evaluate(shares, hot, { sampleWeight: [0.3, 0.7] });
      expect(got).toBeCloseTo(want, digits);
    }
  });
});

describe("bad weights change nothing", () => {
  const fit = async (options: object, data: { x: unknown; y: unknown } = { x, y }) => {
    const model = line();
    let error: Error | undefined;
    try {
      await model.fit(data.x as never, data.y as never, { batchSize: 1, shuffle: false, ...options });
    } catch (caught) {
      error = caught as Error;
    }
    expect(weightOf(model)).toBe(0);
    return error?.message;
  };

  test("sample weights", async () => {
    expect(await fit({ sampleWeight: [1, 1, 1, -2] })).toBe(
      "fit: sampleWeight expected finite numbers ≥ 0, got -2 in row 3; use 0 to leave a row out",
    );
    expect(await fit({ sampleWeight: [1, 1, NaN, 1] })).toContain("got NaN in row 2");
    expect(await fit({ sampleWeight: [1, 1, 1] })).toBe(
      "fit: sampleWeight expected one weight for each of 4 rows, got [3]",
    );
    expect(
      await fit({ sampleWeight: [1, 1, 1, 1] }, { x: Dataset.fromArrays(x, y), y: { sampleWeight: [1, 1, 1, 1] } }),
    ).toContain("fit: sampleWeight expected none beside a Dataset");
  });

  test("class weights", async () => {
    const model = classes("sparseCategoricalCrossentropy", 1);
    const bad = (classWeight: unknown) => model.fit([[1]], Int32Array.of(1), { classWeight: classWeight as never });
    const usual = "fit: classWeight expected a weight for each of the classes 0 to 2";
    await expect(bad({ 0: 1, 2: 1 })).rejects.toThrow(`${usual}, got none for class 1; 1 leaves a class as it is`);
    await expect(bad([1, 1, 1, 1])).rejects.toThrow(`${usual}, got one for "3", which is no class of the output`);
    await expect(bad({ cat: 1 })).rejects.toThrow(`${usual}, got one for "cat"`);
    await expect(bad({ 0: 1, 1: -1, 2: 1 })).rejects.toThrow(
      "fit: classWeight of class 1 expected a finite number ≥ 0, got -1",
    );
    await expect(bad("balanced")).rejects.toThrow(`${usual}, such as { 0: 1, 1: 10 }, got "balanced"`);
    expect(await fit({ classWeight: [1, 1] })).toContain(
      "classWeight expected class numbers from 0 to 1 or one-hot labels as y, got 2 in row 2",
    );
    const images = wg.sequential([wg.layers.dense({ units: 2, inputShape: [3, 1] })]);
    images.compile({ loss: "mse" });
    await expect(images.fit(wg.zeros([1, 3, 1]), wg.zeros([1, 3, 2]), { classWeight: [1, 1] })).rejects.toThrow(
      "fit: classWeight expected a model with outputs [batch, classes], got [batch, 3, 2]; weigh rows with sampleWeight",
    );
  });

  test("soft labels with no greatest class", async () => {
    const model = classes("categoricalCrossentropy", 1);
    const run = model.fit([[1]], [[0.5, 0.5, 0]], { classWeight: [1, 1, 1] });
    await expect(run).rejects.toThrow(
      "got a label with no one greatest class in row 0; weigh such rows with sampleWeight",
    );
  });
});
