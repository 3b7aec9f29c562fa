// Keeps models in a browser, and says what comes back.

import * as wg from "wasmgrad";
import { inspect, listModels, load, loadWeights, removeModel, save } from "wasmgrad/formats";

function network() {
  wg.setSeed(5);
  return wg.sequential([
    wg.layers.conv2d({ filters: 2, kernelSize: 3, activation: "relu", inputShape: [6, 6, 1] }),
    wg.layers.flatten(),
    wg.layers.dense({ units: 3, activation: "softmax" }),
  ]);
}

function predicted(model) {
  const data = Float32Array.from({ length: 72 }, (_, i) => ((i * 31) % 97) / 64 - 0.75);
  return Array.from(model.predict({ data, shape: [2, 6, 6, 1] }).toTypedArray());
}

/** What a network predicts that was kept nowhere. */
export async function unkept() {
  await wg.init({ numerics: "strict" });
  return predicted(network());
}

export async function saved(...paths) {
  await wg.init({ numerics: "strict" });
  for (const path of paths) await save(network(), path);
  return predicted(network());
}

/** Saves as downloads, which a page that closes at once would take with it. */
export async function downloaded(...paths) {
  await saved(...paths);
  await new Promise((done) => setTimeout(done, 3000));
}

export async function loaded(...paths) {
  await wg.init({ numerics: "strict" });
  const found = [];
  for (const path of paths) {
    const told = [];
    const model = await load(path, { onProgress: (done, total, file) => told.push([done, total, file]) });
    const { tensors } = await inspect(path);
    found.push({ outputs: predicted(model), told, tensors: tensors.length });
  }
  return found;
}

export async function weightsOf(...paths) {
  await wg.init({ numerics: "strict" });
  const found = [];
  for (const path of paths) {
    const model = network();
    model.setWeights(model.getWeights().map(({ shape }) => wg.zeros(shape)));
    await loadWeights(model, path);
    found.push(predicted(model));
  }
  return found;
}

export async function listed() {
  const models = await listModels();
  return Object.entries(models)
    .map(([path, { format, bytes, dateSaved }]) => ({
      path,
      format,
      bytes,
      isNew: Math.abs(Date.now() - dateSaved.getTime()) < 600_000,
    }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

export async function removed(...paths) {
  for (const path of paths) await removeModel(path);
  return Object.keys(await listModels()).sort();
}

/** The error of a call. */
export async function refused(name, ...args) {
  const calls = { load, save: (path) => save(network(), path), removeModel, large };
  try {
    await calls[name](...args);
  } catch (error) {
    return { name: error.name, message: error.message };
  }
  return "passed";
}

/** The errors of a call for each of these. */
export async function allRefused(name, paths, ...args) {
  const errors = [];
  for (const path of paths) errors.push(await refused(name, path, ...args));
  return errors;
}

/** 16 MiB. */
const large = (path) =>
  save(wg.sequential([wg.layers.dense({ units: 2048, inputShape: [2048], useBias: false })]), path);

/** Saves while nothing can be written from the `count`-th thing on: what stands there afterwards is the model that stood there before. */
export async function interrupted(path, count) {
  await wg.init({ numerics: "strict" });
  await save(network(), path);
  const before = await everything();
  let written = 0;
  const failing = (owner, name) => {
    const real = owner[name];
    owner[name] = function (...args) {
      if (++written >= count) throw new Error("the disk is on fire");
      return real.apply(this, args);
    };
    return () => {
      owner[name] = real;
    };
  };
  const restore = [failing(IDBObjectStore.prototype, "put"), failing(FileSystemWritableFileStream.prototype, "write")];
  const error = await refused("save", path);
  const fresh = await refused("save", path.replace("://", "://fresh/"));
  for (const each of restore) each();
  return { error, fresh, isUntouched: (await everything()) === before, outputs: predicted(await load(path)) };
}

/** Names and bytes of all that is kept. */
async function everything() {
  return JSON.stringify(
    Object.entries(await listModels())
      .map(([path, { bytes }]) => [path, bytes])
      .sort(),
  );
}

/** A run that is broken off and goes on from the browser's storage has the weights of one that was not. */
export async function resumed(path) {
  await wg.init({ numerics: "strict" });
  const x = { data: Float32Array.from({ length: 288 }, (_, i) => ((i * 31) % 97) / 64 - 0.75), shape: [8, 6, 6, 1] };
  const y = { data: Float32Array.from({ length: 24 }, (_, i) => Number(i % 3 === 0)), shape: [8, 3] };
  const made = () => {
    const model = network();
    model.compile({ optimizer: "adam", loss: "categoricalCrossentropy" });
    return model;
  };
  const whole = made();
  await whole.fit(x, y, { epochs: 4, batchSize: 4 });
  await made().fit(x, y, { epochs: 2, batchSize: 4, callbacks: [wg.callbacks.modelCheckpoint({ path })] });
  const rest = await load(path);
  await rest.fit(x, y, { epochs: 4, batchSize: 4, resume: true });
  return [predicted(whole), predicted(rest)];
}
