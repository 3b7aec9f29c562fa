import { beforeAll, describe, expect, test } from "vitest";
import { Dataset } from "../../src/data/index.js";
import * as wg from "../../src/index.js";
import { useOracle } from "../support/backends.js";
import { expectClose } from "../support/check-op.js";

const x = [
  [1, 2],
  [3, 4],
  [0, -1],
];
const y = [6, 10, 1];
beforeAll(useOracle);

function line(): wg.Sequential {
  const model = wg.sequential([wg.layers.dense({ units: 1, inputShape: [2] })], { dtype: "float64" });
  model.compile({ optimizer: wg.optimizers.sgd({ learningRate: 0.1 }), loss: "mse" });
  model.setWeights([[[1], [2]], [0.5]]);
  return model;
}
const weightsOf = (model: wg.Sequential) => model.getWeights().flatMap((each) => [...each.toTypedArray()]);

describe("batchSize", () => {
  const forms: Record<string, (model: wg.Sequential) => Promise<unknown>> = {
    "x, y": (model) => model.fit(x, y, { batchSize: "full" }),
    "{ x, y }": (model) => model.fit({ x, y }, { batchSize: "full" }),
    "[x, y]": (model) => model.fit([x, y], { batchSize: "full" }),
    Dataset: (model) => model.fit(Dataset.fromArrays(x, y), { batchSize: "full" }),
    "as many as there are": (model) => model.fit(x, y, { batchSize: 3 }),
    "the default, with fewer rows than it": (model) => model.fit(x, y),
  };
  test.each(Object.entries(forms))('"full" is one step over all rows: %s', async (_, run) => {
    const model = line();
    await run(model);
    expect(model.position).toEqual({ epoch: 1, step: 1, batch: 0 });
    // Errors −0.5, 1.5 and −2.5; gradient ⅔ · Σ error · (x, 1) = ⅔ · (4, 7.5, −1.5).
    expectClose(weightsOf(model), [1 - 0.8 / 3, 2 - 0.5, 0.5 + 0.1], 1e-12, 0);
  });

  test("1 is a step for each row, 2 leaves a smaller last one", async () => {
    for (const [batchSize, steps] of [
      [1, 3],
      [2, 2],
    ] as const) {
      const model = line();
      let known: number | undefined;
      await model.fit(x, y, { batchSize, callbacks: [{ onTrainBegin: (run) => void (known = run.steps) }] });
      expect([model.position.step, known]).toEqual([steps, steps]);
    }
  });

  test("evaluate over all rows at once", async () => {
    const model = line();
    const { loss } = await model.evaluate(x, y, { batchSize: "full" });
    expect(loss).toBeCloseTo((0.25 + 2.25 + 6.25) / 3, 12);
    expect(await model.evaluate(x, y, { batchSize: 1000 })).toEqual({ loss });
    expect(await model.evaluate(Dataset.fromArrays(x, y), { batchSize: "full" })).toEqual({ loss });
  });

  test("each epoch takes the rows in another order, every row once; one of all rows too", async () => {
    const rows = Array.from({ length: 12 }, (_, i) => [i]);
    for (const batchSize of [1, 5, "full"] as const) {
      const seen: number[][] = [];
      const model = wg.sequential([wg.layers.dense({ units: 1, inputShape: [1] })]);
      const order: wg.Metric = {
        name: "order",
        reset: () => void seen.push([]),
        update: ({ data }) => void seen.at(-1)?.push(...data),
        result: () => 0,
      };
      model.compile({ optimizer: "sgd", loss: "mse", metrics: [order] });
      await model.fit(rows, rows, { epochs: 4, batchSize });
      for (const each of seen) expect([...each].sort((a, b) => a - b)).toEqual(rows.flat());
      expect(new Set(seen.map(String)).size).toBe(4);
    }
  });

  const stream = () =>
    Dataset.fromGenerator(function* () {
      for (const [i, each] of x.entries()) yield { x: each, y: y[i] as number };
    });
  test.each<[string, (model: wg.Sequential) => Promise<unknown>, string]>([
    [
      "a batch larger than the data",
      (model) => model.fit(x, y, { batchSize: 4 }),
      'fit: batchSize expected at most 3, the rows of the data, got 4; for one step over all rows write batchSize: "full"',
    ],
    [
      "of a dataset",
      (model) => model.fit(Dataset.fromArrays(x, y), { batchSize: 64 }),
      "expected at most 3, the rows of the data, got 64",
    ],
    [
      "another word",
      (model) => model.fit(x, y, { batchSize: "all" as never }),
      'fit: batchSize expected a whole number ≥ 1 or "full", got "all"',
    ],
    ["0", (model) => model.evaluate(x, y, { batchSize: 0 }), "evaluate: batchSize expected a whole number ≥ 1, got 0"],
    [
      '"full" of batches',
      (model) => model.fit(Dataset.fromArrays(x, y).batch(2), { batchSize: "full" }),
      'batchSize "full" expected a dataset that is not batched, got one in batches of 2; leave out its batch(2)',
    ],
    [
      '"full" of a stream',
      (model) => model.fit(stream(), { batchSize: "full" }),
      'batchSize "full" expected data of a known number of rows, got a stream',
    ],
    [
      '"full" of endless data',
      (model) => model.fit(Dataset.fromArrays(x, y).repeat(), { batchSize: "full" }),
      "got endless data",
    ],
  ])("%s: an error, and nothing changed", async (_, run, text) => {
    const model = line();
    await expect(run(model)).rejects.toThrow(text);
    expect(weightsOf(model)).toEqual([1, 2, 0.5]);
    expect(model.position.step).toBe(0);
  });

  test("a batched dataset keeps its size, a stream takes any", async () => {
    const model = line();
    await model.fit(Dataset.fromArrays(x, y).batch(2), { batchSize: 7 });
    expect(model.position.step).toBe(2);
    await model.fit(stream(), { batchSize: 100 });
    expect(model.position.step).toBe(3);
  });
});
