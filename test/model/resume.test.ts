import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { load, save } from "../../src/formats/index.js";
import * as wg from "../../src/index.js";
import { uniform } from "../support/random.js";

const folder = mkdtempSync(join(tmpdir(), "wasmgrad-"));
afterAll(() => rmSync(folder, { recursive: true }));
const path = (name: string) => join(folder, name);

const x = { data: uniform(90 * 5, -1, 1, 3), shape: [90, 5] };
const y = { data: uniform(90, -1, 1, 4), shape: [90, 1] };

function regressor(): wg.Sequential {
  wg.setSeed(11);
  const model = wg.sequential([
    wg.layers.dense({ units: 6, activation: "tanh", inputShape: [5], kernelRegularizer: wg.regularizers.l2(1e-3) }),
    wg.layers.batchNormalization(),
    wg.layers.dropout({ rate: 0.3 }),
    wg.layers.dense({ units: 1 }),
  ]);
  const learningRate = wg.schedules.cosine(0.01, { steps: 60 });
  return model.compile({ optimizer: wg.optimizers.adam({ learningRate }), loss: "meanSquaredError", metrics: ["mae"] });
}

/** Throws once, as a crash would, after the given step of the given epoch. */
const crashAt = (epoch: number, batch: number): wg.Callback => ({
  name: "crash",
  onBatchEnd(done, _logs, { model }) {
    if (model.epoch === epoch && done === batch) throw new Error("crash");
  },
});

const common = { epochs: 6, batchSize: 16, validation: { x, y } };
const stopping = () => wg.callbacks.earlyStopping({ patience: 4 });

describe("resume", () => {
  test.each([
    ["after an epoch", crashAt(3, 0), {}],
    ["within an epoch", crashAt(2, 4), { everySteps: 2 }],
  ])("a run that crashed %s ends with the bytes of one that never stopped", async (name, crash, options) => {
    const straight = regressor();
    await straight.fit(x, y, { ...common, callbacks: [stopping()] });
    await save(straight, path("straight.safetensors"));

    const checkpoint = path(`${name}.safetensors`);
    const write = wg.callbacks.modelCheckpoint({ path: checkpoint, ...options });
    const first = regressor().fit(x, y, { ...common, callbacks: [stopping(), write, crash] });
    await expect(first).rejects.toThrow("crash");

    wg.setSeed(999);
    const second = await load(checkpoint);
    await second.fit(x, y, { ...common, resume: true, callbacks: [stopping(), write] });
    await save(second, path("resumed.safetensors"));
    expect(readFileSync(path("resumed.safetensors")).equals(readFileSync(path("straight.safetensors")))).toBe(true);
  });

  test("a run goes on in the arithmetic that it began in, whatever is chosen now", async () => {
    await wg.init({ backend: "wasm", numerics: "strict" });
    const straight = regressor();
    await straight.fit(x, y, { epochs: 4 });
    const half = regressor();
    await half.fit(x, y, { epochs: 2 });
    await save(half, path("half.safetensors"));
    await wg.init({ backend: "js" });
    const rest = await load(path("half.safetensors"));
    await rest.fit(x, y, { epochs: 4, resume: true });
    expect(wg.capabilities()).toMatchObject({ backend: "wasm", numerics: "strict" });
    await save(straight, path("a.safetensors"));
    await save(rest, path("b.safetensors"));
    expect(readFileSync(path("b.safetensors")).equals(readFileSync(path("a.safetensors")))).toBe(true);
    await wg.init({ backend: "auto", numerics: "auto" });
  });

  test("a model that was saved and loaded predicts with the same bits and saves the same bytes", async () => {
    const model = regressor();
    await model.fit(x, y, { epochs: 1 });
    await save(model, path("one.safetensors"));
    const loaded = await load(path("one.safetensors"));
    expect(loaded.predict(x).toTypedArray()).toEqual(model.predict(x).toTypedArray());
    await save(loaded, path("two.safetensors"));
    expect(readFileSync(path("two.safetensors")).equals(readFileSync(path("one.safetensors")))).toBe(true);
  });

  test("a damaged file is refused by name, and a failed write leaves the old file whole", async () => {
    const model = regressor();
    await save(model, path("whole.safetensors"));
    const bytes = readFileSync(path("whole.safetensors"));
    writeFileSync(path("cut.safetensors"), bytes.subarray(0, bytes.length - 10));
    await expect(load(path("cut.safetensors"))).rejects.toThrow(/cut\.safetensors: byte \d+: tensor/);
    await expect(load(path("none.safetensors"))).rejects.toThrow(/none\.safetensors": no such file/);
    await expect(save(model, path("model.h6"))).rejects.toThrow(/save: file expected an extension of \.safetensors/);
    await expect(save(model, join(path("whole.safetensors"), "x.safetensors"))).rejects.toThrow(
      /write ".*x\.safetensors"/,
    );
    expect(readFileSync(path("whole.safetensors")).equals(bytes)).toBe(true);
  });
});
