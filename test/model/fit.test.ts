import { beforeEach, describe, expect, test } from "vitest";
import * as wg from "../../src/index.js";
import { encodeModel } from "../../src/model/encode-model.js";
import { backends } from "../support/backends.js";
import { uniform } from "../support/random.js";

/** Two classes, told apart by the sign of the first feature. */
function twoClasses(rows = 64) {
  const x = uniform(rows * 4, -1, 1, 7);
  const labels = Int32Array.from({ length: rows }, (_, i) => Number((x[i * 4] as number) > 0));
  return { x: { data: x, shape: [rows, 4] }, labels: { data: labels, shape: [rows] } };
}

function classifier(options: Partial<Parameters<wg.Sequential["compile"]>[0]> = {}) {
  const model = wg.sequential([
    wg.layers.dense({ units: 8, activation: "relu", inputShape: [4] }),
    wg.layers.batchNormalization(),
    wg.layers.dropout({ rate: 0.1 }),
    wg.layers.dense({ units: 2, activation: "softmax" }),
  ]);
  return model.compile({
    optimizer: wg.optimizers.adam({ learningRate: 0.02 }),
    loss: "sparseCategoricalCrossentropy",
    metrics: ["accuracy"],
    ...options,
  });
}

const fileOf = (model: wg.Sequential) => Buffer.concat(encodeModel(model));

beforeEach(() => wg.setSeed(3));

describe.each(backends)("fit on $name", ({ use }) => {
  beforeEach(use);

  test("learns, and evaluate and predict agree with it", async () => {
    const { x, labels } = twoClasses(256);
    const model = classifier();
    const { history } = await model.fit(x, labels, { epochs: 30, batchSize: 16 });
    expect(history.loss?.length).toBe(30);
    expect(history.loss?.at(-1)).toBeLessThan((history.loss?.[0] as number) / 2);
    const { accuracy } = await model.evaluate(x, labels);
    expect(accuracy).toBeGreaterThan(0.93);
    const guesses = [...wg.argMax(model.predict(x), -1).toTypedArray()];
    const right = guesses.filter((guess, i) => guess === labels.data[i]).length;
    expect(right / 256).toBeCloseTo(accuracy as number, 10);
  });

  test("two runs with one seed are the same byte for byte, and another seed is not", async () => {
    const { x, labels } = twoClasses(50);
    const run = async (seed: number) => {
      wg.setSeed(seed);
      const model = classifier();
      await model.fit(x, labels, { epochs: 3, batchSize: 16 });
      return fileOf(model);
    };
    const once = await run(1);
    expect(once.equals(await run(1))).toBe(true);
    expect(once.equals(await run(2))).toBe(false);
  });

  test("a row's prediction has the same bits alone and in any batch", async () => {
    const { x } = twoClasses(37);
    const model = classifier();
    const all = model.predict(x).toTypedArray();
    const inFives = model.predict(x, { batchSize: 5 }).toTypedArray();
    expect(inFives).toEqual(all);
    const last = model.predict({ data: x.data.slice(36 * 4), shape: [1, 4] }).toTypedArray();
    expect(last).toEqual(all.slice(36 * 2));
  });

  test("10,000 steps leave memory flat", async () => {
    const { x, labels } = twoClasses(64);
    const model = classifier();
    await model.fit(x, labels, { epochs: 2, batchSize: 16 });
    const before = wg.memory();
    await model.fit(x, labels, { epochs: 2500, batchSize: 16 });
    const after = wg.memory();
    expect(after.reserved).toBe(before.reserved);
    expect(after.live).toBeLessThanOrEqual(before.live);
    expect(after.arena).toBeLessThanOrEqual(before.arena);
  });

  test("runEagerly gives the bits of the recorded step", async () => {
    const { x, labels } = twoClasses(40);
    const run = async (runEagerly: boolean) => {
      wg.setSeed(5);
      const model = classifier({ runEagerly });
      await model.fit(x, labels, { epochs: 2, batchSize: 16 });
      return fileOf(model);
    };
    expect((await run(true)).equals(await run(false))).toBe(true);
  });
});

describe("callbacks", () => {
  test("early stopping ends after `patience` epochs without improvement and restores the best weights", async () => {
    const { x, labels } = twoClasses();
    const model = classifier();
    const best: number[][] = [];
    const losses = [3, 1, 2, 2, 2, 0];
    const fake: wg.Callback = {
      onEpochEnd(epoch, logs) {
        logs.val_loss = losses[epoch] as number;
        best.push(model.getWeights().map((each) => (each.toTypedArray()[0] as number) ?? 0));
      },
    };
    const stop = wg.callbacks.earlyStopping({ patience: 3 });
    const history = await model.fit(x, labels, { epochs: 6, callbacks: [fake, stop] });
    expect(history.epoch).toEqual([0, 1, 2, 3, 4]);
    expect(history.stopped).toBe("val_loss has not improved since epoch 2");
    expect(model.getWeights().map((each) => each.toTypedArray()[0])).toEqual(best[1]);
  });

  test("a monitor that no epoch has is named with the remedy", async () => {
    const { x, labels } = twoClasses();
    const fit = classifier().fit(x, labels, { callbacks: [wg.callbacks.earlyStopping()] });
    await expect(fit).rejects.toThrow(
      /monitor expected one of loss, accuracy, got "val_loss"; give fit validation data/,
    );
  });

  test("hooks come in order, a function is called after each epoch, and stopTraining ends the run", async () => {
    const { x, labels } = twoClasses(32);
    const model = classifier();
    const seen: string[] = [];
    const note: wg.Callback = {
      onTrainBegin: () => void seen.push("begin"),
      onEpochBegin: (epoch) => void seen.push(`epoch ${epoch}`),
      onBatchEnd: (batch) => void seen.push(`batch ${batch}`),
      onEpochEnd: async () => void seen.push("end of epoch"),
      onTrainEnd: () => void seen.push("end"),
    };
    const ends = (epoch: number) => {
      if (epoch === 1) model.stopTraining = true;
    };
    await model.fit(x, labels, { epochs: 9, batchSize: 16, callbacks: [note, ends] });
    const epoch = (n: number) => [`epoch ${n}`, "batch 0", "batch 1", "end of epoch"];
    expect(seen).toEqual(["begin", ...epoch(0), ...epoch(1), "end"]);
  });
});

describe("clear errors", () => {
  const { x, labels } = twoClasses();

  test("before compile", async () => {
    const model = wg.sequential([wg.layers.dense({ units: 1, inputShape: [4] })]);
    await expect(async () => model.fit(x, labels)).rejects.toThrow(/fit: model "sequential" expected to be compiled/);
  });

  test.each([
    [
      "rows of another shape",
      { data: new Float32Array(64 * 3), shape: [64, 3] },
      labels,
      /input expected \[batch, 4\], got \[\d+, 3\]/,
    ],
    ["targets of another length", x, { data: new Int32Array(5), shape: [5] }, /y expected 64 rows like x, got 5/],
    ["a label out of range", x, { data: new Int32Array(64).fill(2), shape: [64] }, /label|0 to 1|2 classes/],
    [
      "no rows",
      { data: new Float32Array(0), shape: [0, 4] },
      { data: new Int32Array(0), shape: [0] },
      /at least one row|empty/,
    ],
  ])("%s", async (_, badX, badY, message) => {
    await expect(async () => classifier().fit(badX, badY)).rejects.toThrow(message);
  });

  test("NaN in the data names the row, and the weights stay as they were", async () => {
    const model = classifier();
    const before = model.getWeights().map((each) => each.toTypedArray());
    const data = x.data.slice();
    data[4 * 9 + 2] = Number.NaN;
    const run = model.fit({ data, shape: [64, 4] }, labels, { batchSize: 64, shuffle: false });
    await expect(run).rejects.toThrow(
      /loss expected a finite number at step 1, got NaN; x holds NaN in row 9 of the batch/,
    );
    const dense = (list: unknown[]) => [list[0], list[1], list[6], list[7]];
    expect(dense(model.getWeights().map((each) => each.toTypedArray()))).toEqual(dense(before));
  });

  test("a layer that overflows is named", async () => {
    const model = wg.sequential([
      wg.layers.dense({
        units: 4,
        kernelInitializer: wg.initializers.constant({ value: 1e30 }),
        inputShape: [4],
        name: "wide",
      }),
      wg.layers.dense({ units: 2, kernelInitializer: wg.initializers.constant({ value: 1e30 }), name: "wider" }),
    ]);
    model.compile({ loss: "meanSquaredError" });
    const y = { data: new Float32Array(128), shape: [64, 2] };
    await expect(model.fit(x, y)).rejects.toThrow(/first layer to put out a value that is not finite is dense "wider"/);
  });

  test.each([
    [{ epoch: 3 }, /fit: unknown option "epoch"; did you mean "epochs"\?/],
    [{ batchSize: 0 }, /fit: batchSize expected a whole number ≥ 1, got 0/],
    [{ callbacks: wg.callbacks.earlyStopping() }, /fit: callbacks expected an array/],
  ])("option %o", async (options, message) => {
    await expect(async () => classifier().fit(x, labels, options as never)).rejects.toThrow(message);
  });

  test("a shape that does not fit names the layer at compile", () => {
    const model = wg.sequential([
      wg.layers.dense({ units: 4, inputShape: [4] }),
      wg.layers.reshape({ targetShape: [3], name: "odd" }),
    ]);
    expect(() => model.compile({ loss: "meanSquaredError" })).toThrow(
      /reshape "odd": targetShape expected 4 elements per row/,
    );
  });

  test("an unknown layer option, loss, optimizer and activation name the nearest valid one", () => {
    expect(() => wg.layers.dense({ unit: 4 } as never)).toThrow(/dense: unknown option "unit"; did you mean "units"\?/);
    expect(() => wg.layers.dense({ units: 4, activation: "rellu" })).toThrow(/"relu"/);
    expect(() => classifier({ loss: "categoricalCrossentropi" as never })).toThrow(/categoricalCrossentropy/);
    expect(() => classifier({ optimizer: "adm" as never })).toThrow(/adam/);
  });
});
