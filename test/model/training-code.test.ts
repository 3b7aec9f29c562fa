import { beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import * as wg from "../../src/index.js";
import { encodeModel } from "../../src/model/encode-model.js";
import { encodeSafetensors } from "../../src/model/encode-safetensors.js";
import { decodeSafetensors } from "../../src/model/safetensors.js";

const join = (parts: readonly Uint8Array[]): Uint8Array => Uint8Array.from(parts.flatMap((part) => [...part]));
const bytesOf = (model: wg.Model): Uint8Array => join(encodeModel(model));
const weightsOf = (model: wg.Model) => model.variables.map((each) => [...each.toTypedArray()]);
const x = { data: Float32Array.from({ length: 24 }, (_, i) => Math.sin(i)), shape: [8, 3] };
const y = { data: Float32Array.from({ length: 8 }, (_, i) => Math.cos(i)), shape: [8, 1] };
const run = { epochs: 2, batchSize: 4 };
const resumed = { ...run, epochs: 4, resume: true };
const wrong = { optimizer: "adamm", loss: "mse" };
const optimizers = ["adam", "sgd", "lbfgs"] as const;

function network(): wg.Sequential {
  const hidden = wg.layers.dense({ units: 4, activation: "tanh", inputShape: [3] });
  return wg.sequential([hidden, wg.layers.dense({ units: 1 })]);
}

/** What a program sees in which the code for training is there from the beginning. */
async function seen(optimizer: string) {
  const model = network().compile({ optimizer, loss: "meanSquaredError", metrics: ["meanAbsoluteError"] });
  await model.fit(x, y, run);
  const bytes = bytesOf(model);
  const predicted = model.predict(x).toArray();
  const evaluated = await model.evaluate(x, y);
  const other = model.copy();
  await other.fit(x, y, run);
  const again = model.copy().compile({ optimizer: "sgd", loss: "mse" });
  const batch = await again.trainOnBatch(x, y);
  const { history } = await model.fit(x, y, resumed);
  return {
    bytes,
    predicted,
    evaluated,
    copied: weightsOf(other),
    again: { batch, weights: weightsOf(again) },
    resumed: { history, weights: weightsOf(model), bytes: bytesOf(model) },
  };
}

/** The library as a page has it that only loads models: modules of their own, in which nothing has asked for the code for training. */
async function page() {
  vi.resetModules();
  const code = await import("../../src/model/training-code.js");
  code.fetchTrainingBy(() => import("../../src/model/training.js"));
  const { layers } = await import("../../src/nn/index.js");
  const { decodeModel } = await import("../../src/model/decode-model.js");
  const { encodeModel: encode } = await import("../../src/model/encode-model.js");
  const { Sequential } = await import("../../src/model/sequential.js");
  return { ...code, decodeModel, encodeModel: encode, Sequential, layers };
}

const whole = {} as Record<(typeof optimizers)[number], Awaited<ReturnType<typeof seen>>>;
let plain: Uint8Array;
let message: string;
let inPage: Awaited<ReturnType<typeof page>>;

// All of it before the first page: what a module fetches later comes from the newest ones.
beforeAll(async () => {
  for (const optimizer of optimizers) whole[optimizer] = await seen(optimizer);
  plain = bytesOf(network());
  try {
    network().compile(wrong);
  } catch (error) {
    message = (error as Error).message;
  }
});
beforeEach(async () => {
  inPage = await page();
});

test("a model of a file predicts without the code for training", async () => {
  const { bytes, predicted } = whole.adam;
  const model = await inPage.decodeModel(bytes, "m");
  expect(model.predict(x).toArray()).toEqual(predicted);
  expect(model.copy().predict(x).toArray()).toEqual(predicted);
  expect(model.compiled).toBeUndefined();
  expect(() => model.requireCompiled("probe")).toThrow(
    'probe: model "sequential" expected the code for training, which a page fetches with the first fit',
  );
  expect(inPage.trainingCode()).toBeUndefined();
});

describe.each(optimizers)("a model of a file that %s has trained", (optimizer) => {
  test("goes on with the bits of a run that never stopped", async () => {
    const { bytes, resumed: expected } = whole[optimizer];
    const model = await inPage.decodeModel(bytes, "m");
    model.predict(x);
    const { history } = await model.fit(x, y, resumed);
    expect(history).toEqual(expected.history);
    expect(weightsOf(model)).toEqual(expected.weights);
    expect(model.compiled?.optimizer.name).toBe(optimizer);
    expect(join(inPage.encodeModel(model))).toEqual(expected.bytes);
  });

  test("is saved again as it was", async () => {
    const { bytes } = whole[optimizer];
    const model = await inPage.decodeModel(bytes, "m");
    await inPage.fetchTraining();
    expect(join(inPage.encodeModel(model))).toEqual(bytes);
  });

  test("has copies whose optimizer begins anew", async () => {
    const { bytes, copied, resumed: expected } = whole[optimizer];
    const model = await inPage.decodeModel(bytes, "m");
    const copy = model.copy();
    await copy.fit(x, y, run);
    expect(weightsOf(copy)).toEqual(copied);
    expect(copy.compiled?.optimizer).not.toBe(model.compiled?.optimizer);
    await model.fit(x, y, resumed);
    expect(weightsOf(model)).toEqual(expected.weights);
  });
});

test("evaluate fetches it too", async () => {
  const { bytes, evaluated } = whole.adam;
  expect(await (await inPage.decodeModel(bytes, "m")).evaluate(x, y)).toEqual(evaluated);
});

describe("compile without the code", () => {
  test.each(["fit", "evaluate", "trainOnBatch"] as const)("%s throws what compile throws, each time", async (name) => {
    expect(message).toMatch(/^compile: optimizer: .* did you mean "adam"/);
    const model = (await inPage.decodeModel(plain, "m")).compile(wrong as never);
    const call = () => (model[name] as (...args: unknown[]) => Promise<unknown>)(x, y);
    const copy = model.copy();
    model.predict(x);
    for (let i = 0; i < 2; i++) await expect(call()).rejects.toThrow(message);
    await expect(copy.fit(x, y)).rejects.toThrow(message);
    expect(model.predict(x).shape).toEqual([8, 1]);
    model.compile({ optimizer: "adam", loss: "mse" });
    expect(model.compiled?.optimizer.name).toBe("adam");
    await call();
  });

  test("keeps the options as they were, and forgets what a file said", async () => {
    const { bytes, again } = whole.adam;
    const model = await inPage.decodeModel(bytes, "m");
    const options = { optimizer: "sgd", loss: "mse" };
    model.compile(options);
    options.optimizer = wrong.optimizer;
    expect(await model.trainOnBatch(x, y)).toEqual(again.batch);
    expect(weightsOf(model)).toEqual(again.weights);
  });

  test("has predict run eagerly where it is told to", () => {
    let calls = 0;
    const counted = inPage.layers.lambda({
      call: (input: unknown) => {
        calls++;
        return input as wg.Tensor;
      },
      inputShape: [3],
    } as never);
    const model = new inPage.Sequential([counted], {}).compile({ loss: "mse", runEagerly: true });
    model.predict(x);
    const first = calls;
    model.predict(x);
    expect(calls).toBeGreaterThan(first);
  });
});

test("with the code there it throws at once", async () => {
  const model = await inPage.decodeModel(plain, "m");
  await inPage.fetchTraining();
  expect(() => model.compile(wrong)).toThrow(message);
  expect(model.compiled).toBeUndefined();
});

test("a file that lacks a moment: an error of the first fit, and of the next", async () => {
  const { tensors, metadata } = decodeSafetensors(whole.adam.bytes, "m");
  const lost = [...tensors.keys()].find((name) => name.startsWith("optimizer/")) as string;
  const kept = new Map([...tensors].filter(([name]) => name !== lost));
  const model = await inPage.decodeModel(join(encodeSafetensors({ tensors: kept, metadata })), "m");
  for (let i = 0; i < 2; i++) await expect(model.fit(x, y)).rejects.toThrow(`m: tensor "${lost}" expected, got none`);
});

test("a model that is not compiled, and one that nobody fetches the code for", async () => {
  await expect((await inPage.decodeModel(plain, "m")).fit(x, y)).rejects.toThrow(
    'fit: model "sequential" expected to be compiled; call model.compile',
  );
  vi.resetModules();
  const { decodeModel } = await import("../../src/model/decode-model.js");
  await expect((await decodeModel(whole.adam.bytes, "m")).fit(x, y)).rejects.toThrow(
    "compile: model expected of wg.sequential, wg.model or load",
  );
});
