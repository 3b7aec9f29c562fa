import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { load } from "../../src/formats/index.js";
import * as wg from "../../src/index.js";

const folder = mkdtempSync(join(tmpdir(), "wasmgrad-"));
afterAll(() => rmSync(folder, { recursive: true }));

const x = { data: Float32Array.of(1, 2, 3, 4), shape: [4, 1] };

function model(learningRate: number | wg.Schedule = 1) {
  const made = wg.sequential([wg.layers.dense({ units: 1, inputShape: [1] })]);
  return made.compile({ optimizer: wg.optimizers.sgd({ learningRate }), loss: "meanSquaredError" });
}

/** Puts the given values into the logs. */
const told = (values: readonly number[], name = "val_loss"): wg.Callback => ({
  onEpochEnd(epoch, logs) {
    logs[name] = values[epoch] as number;
  },
});

/** The rate after each epoch. */
async function rates(
  values: readonly number[],
  options: Parameters<typeof wg.callbacks.reduceLROnPlateau>[0],
  monitor?: string,
): Promise<unknown[]> {
  const seen: unknown[] = [];
  await model().fit(x, x, {
    epochs: values.length,
    callbacks: [
      told(values, monitor),
      wg.callbacks.reduceLROnPlateau({ ...options, ...(monitor ? { monitor } : {}) }),
      (_epoch, _logs, context) => void seen.push(context.model.requireCompiled("test").optimizer.learningRate),
    ],
  });
  return seen;
}

test("the rate falls after so many epochs without improvement", async () => {
  const options = { factor: 0.5, patience: 2 };
  expect(await rates([3, 2, 2, 2, 2, 2, 1, 1], options)).toEqual([1, 1, 1, 0.5, 0.5, 0.25, 0.25, 0.25]);
  expect(await rates([3, 3, 3], { factor: 0.5, patience: 1 })).toEqual([1, 0.5, 0.25]);
});

test("the least change, the lowest rate, the cooldown, and a value that should grow", async () => {
  expect(await rates([3, 2.5, 2, 1], { factor: 0.5, patience: 1, minDelta: 0.5 })).toEqual([1, 0.5, 0.5, 0.5]);
  expect(await rates([1, 1, 1, 1], { factor: 0.5, patience: 1, minLr: 0.4 })).toEqual([1, 0.5, 0.4, 0.4]);
  // Epoch 1 falls; Keras counts the last epoch of the cooldown as one without improvement.
  expect(await rates([1, 1, 1, 1, 1, 1], { factor: 0.5, patience: 1, cooldown: 2 })).toEqual([
    1, 0.5, 0.5, 0.25, 0.25, 0.125,
  ]);
  expect(await rates([0.5, 0.6, 0.6], { factor: 0.5, patience: 1 }, "val_accuracy")).toEqual([1, 1, 0.5]);
});

test("its counts and the rate are in checkpoints", async () => {
  const values = [1, 1, 1, 1, 1, 1, 1];
  const path = join(folder, "plateau.safetensors");
  const run = () => [told(values), wg.callbacks.reduceLROnPlateau({ factor: 0.5, patience: 3 })];
  await model().fit(x, x, { epochs: 3, callbacks: [...run(), wg.callbacks.modelCheckpoint({ path })] });
  const loaded = await load(path);
  const rate = () => loaded.requireCompiled("test").optimizer.learningRate;
  expect(rate()).toBe(1);
  await loaded.fit(x, x, { epochs: 4, resume: true, callbacks: run() });
  expect(rate()).toBe(0.5);
});

test("bad input", async () => {
  const { reduceLROnPlateau } = wg.callbacks;
  expect(() => reduceLROnPlateau({ factor: 1 })).toThrow(
    "reduceLROnPlateau: factor expected a finite number > 0 and < 1, got 1",
  );
  expect(() => reduceLROnPlateau({ patience: 0.5 })).toThrow("patience expected a whole number ≥ 0, got 0.5");
  expect(() => reduceLROnPlateau({ minLR: 1 } as never)).toThrow('did you mean "minLr"?');
  await expect(model().fit(x, x, { callbacks: [reduceLROnPlateau()] })).rejects.toThrow(
    'reduceLROnPlateau: monitor expected one of loss, got "val_loss"; give fit validation data',
  );
  const scheduled = model(wg.schedules.constant(1)).fit(x, x, { callbacks: [reduceLROnPlateau()] });
  await expect(scheduled).rejects.toThrow('expected a number, got the schedule "constant"; use one or the other');
});
