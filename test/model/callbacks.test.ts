import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { load } from "../../src/formats/index.js";
import * as wg from "../../src/index.js";

const x = [[1], [2], [3], [4]];
const y = [[2], [4], [6], [8]];

/** A line whose rate makes it better up to the third epoch and worse from then on. */
function line(): { model: wg.Sequential; turn: wg.Callback } {
  const model = wg.sequential([wg.layers.dense({ units: 1, inputShape: [1] })]);
  const optimizer = wg.optimizers.sgd({ learningRate: 0.02 });
  model.compile({ optimizer, loss: "mse" });
  model.setWeights([[[0]], [0]]);
  const onEpochBegin = (epoch: number) => {
    optimizer.learningRate = epoch < 3 ? 0.02 : 0.3;
  };
  return { model, turn: { onEpochBegin } };
}

const validation = { x, y };
const options = { epochs: 6, batchSize: 4, validation };

beforeEach(() => wg.init());

test("an asynchronous hook ends the run after its step", async () => {
  const { model } = line();
  const steps: number[] = [];
  const onBatchEnd = async (batch: number, _logs: wg.Logs, { stop }: wg.FitContext) => {
    steps.push(batch);
    await new Promise((done) => setTimeout(done));
    if (batch === 1) stop("enough");
  };
  const { stopped } = await model.fit(x, y, { batchSize: 1, epochs: 2, callbacks: [{ onBatchEnd }] });
  expect([steps, stopped, model.position.step]).toEqual([[0, 1], "enough", 2]);
});

describe("history", () => {
  test("has an entry for each epoch, losses and metrics by name", async () => {
    const { model, turn } = line();
    const history = await model.fit(x, y, { ...options, callbacks: [turn] });
    expect(history).toBeInstanceOf(wg.History);
    expect(history.epoch).toEqual([0, 1, 2, 3, 4, 5]);
    expect(Object.keys(history.history)).toEqual(["loss", "val_loss"]);
    const values = history.history.val_loss as number[];
    expect(values.indexOf(Math.min(...values))).toBe(2);
    expect(history.stopped).toBeUndefined();
    expect(history.seconds).toBeGreaterThan(0);
  });
});

describe("earlyStopping", () => {
  const run = async (more: Parameters<typeof wg.callbacks.earlyStopping>[0]) => {
    const { model, turn } = line();
    const history = await model.fit(x, y, { ...options, callbacks: [turn, wg.callbacks.earlyStopping(more)] });
    return { history, tested: (await model.evaluate(x, y)).loss as number };
  };

  test("puts the best weights back, or leaves the last where told so", async () => {
    const best = await run({ patience: 2 });
    expect(best.history.epoch.length).toBe(5);
    expect(best.history.stopped).toBe("val_loss has not improved since epoch 3");
    expect(best.tested).toBe(best.history.history.val_loss?.[2]);
    const last = await run({ patience: 2, restoreBestWeights: false });
    expect(last.tested).toBe(last.history.history.val_loss?.[4]);
  });

  test("minDelta is the least that counts, and mode says which way is better", async () => {
    expect((await run({ patience: 1, minDelta: 1e6 })).history.epoch.length).toBe(2);
    expect((await run({ patience: 1, mode: "max" })).history.epoch.length).toBe(2);
  });

  test.each([
    // The value that counts is the best so far: 0.80 after 0.82 is none, 0.83 is one, and after it two epochs pass.
    ["accuracy", { patience: 2 }, [0.5, 0.82, 0.8, 0.83, 0.83, 0.82, 0.9], 6, 4],
    // By less than 0.05 nothing improves: 1 → 0.96 → 0.94 (0.06 below 1), then 0.90 and 0.895 do not count.
    ["loss", { patience: 2, minDelta: 0.05 }, [1, 0.96, 0.94, 0.9, 0.895, 0.1], 5, 3],
    // A change of exactly minDelta is not more than it.
    ["loss", { patience: 1, minDelta: 0.5 }, [1, 0.5, 0], 2, 1],
    ["val_auc", { patience: 1, mode: "min" as const }, [0.9, 0.8, 0.85, 0.1], 3, 2],
    ["my_score", { patience: 3, mode: "max" as const }, [1, 0, 0, 0, 5], 4, 1],
  ])("watches %s with %o", (monitor, more, values, ended, best) => {
    let epoch = 0;
    let isStopped = false;
    const model = wg.sequential([wg.layers.dense({ units: 1, useBias: false, inputShape: [1] })]);
    model.compile({ optimizer: "sgd", loss: "meanSquaredError" });
    const callback = wg.callbacks.earlyStopping({ monitor, ...more });
    const run = { model, stop: () => (isStopped = true), resumed: false } as never;
    callback.onTrainBegin?.(run);
    for (; epoch < values.length && !isStopped; epoch++) {
      model.setWeights([[[epoch + 1]]]);
      callback.onEpochEnd?.(epoch, { [monitor]: values[epoch] as number }, run);
    }
    callback.onTrainEnd?.(run);
    expect({ ended: epoch, best: model.getWeights()[0]?.item() }).toEqual({ ended, best });
  });
});

describe("modelCheckpoint", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "wasmgrad-callbacks-"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("writes every second epoch and the last, with the epoch in the name", async () => {
    const { model } = line();
    const checkpoint = wg.callbacks.modelCheckpoint({ path: join(folder, "run-{epoch}.safetensors"), everyEpochs: 2 });
    await model.fit(x, y, { ...options, epochs: 5, callbacks: [checkpoint] });
    expect(readdirSync(folder).sort()).toEqual(["run-2.safetensors", "run-4.safetensors", "run-5.safetensors"]);
  });

  test("saveBestOnly keeps the best epoch", async () => {
    const { model, turn } = line();
    const path = join(folder, "best.safetensors");
    const checkpoint = wg.callbacks.modelCheckpoint({ path, saveBestOnly: true });
    const { history } = await model.fit(x, y, { ...options, callbacks: [turn, checkpoint] });
    const best = await load(path);
    expect(best.epoch).toBe(3);
    expect((await best.evaluate(x, y)).loss).toBe(history.val_loss?.[2]);
  });
});

describe("progressBar", () => {
  test("prints a line an epoch where it was given a printer", async () => {
    const { model } = line();
    const lines: string[] = [];
    const print = (text: string) => lines.push(text);
    await model.fit(x, y, { ...options, epochs: 2, callbacks: [wg.callbacks.progressBar({ print })] });
    const number = String.raw`\d\S*`;
    expect(lines.length).toBe(2);
    expect(lines[1]).toMatch(
      new RegExp(`^epoch 2/2  loss ${number}  val_loss ${number}  [\\d,]+ samples/s  ${number} s$`),
    );
  });
});

test("evaluate in the middle of fit leaves the running means of fit alone", async () => {
  const run = async (callbacks: wg.Callback[]) => {
    const model = wg.sequential([wg.layers.dense({ units: 1, inputShape: [1] })]);
    model.compile({ optimizer: "sgd", loss: "mse", metrics: ["mae"] });
    model.setWeights([[[0]], [0]]);
    const { history } = await model.fit(x, y, { batchSize: 1, shuffle: false, callbacks });
    return history;
  };
  const evaluating: wg.Callback = {
    async onBatchEnd(_batch, _logs, { model }) {
      await (model as wg.Sequential).evaluate(x, y);
    },
  };
  expect(await run([evaluating])).toEqual(await run([]));
});
