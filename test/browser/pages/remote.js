// Trains a model in a worker by `wasmgrad/worker`, and beside it in the page: the same bits.

import * as wg from "wasmgrad";
import { Dataset } from "wasmgrad/data";
import { inWorker } from "wasmgrad/worker";
import { hashOf } from "./bits.js";

const rows = 200;
const x = new Float32Array(rows * 3).map((_, i) => Math.fround(((i * 7919) % 1000) / 500 - 1));
const y = new Int32Array(rows).map((_, i) => (x[3 * i] > 0 ? 1 : 0));

function network() {
  wg.setSeed(3);
  const { dense, batchNormalization, dropout } = wg.layers;
  return wg
    .sequential([
      dense({ units: 16, activation: "relu", inputShape: [3] }),
      batchNormalization(),
      dropout({ rate: 0.1 }),
      dense({ units: 2, activation: "softmax" }),
    ])
    .compile({ optimizer: "adam", loss: "sparseCategoricalCrossentropy", metrics: ["accuracy"] });
}

const bitsOf = (model) => hashOf(model.getWeights().map((weight) => weight.toTypedArray()));

/** @param worker starts it; by default the library's own */
export async function train(worker) {
  await wg.init({ numerics: "strict" });
  const options = () => ({
    epochs: 6,
    batchSize: 16,
    validation: { x, y },
    callbacks: [wg.callbacks.earlyStopping({ patience: 2 }), wg.callbacks.exponentialMovingAverage({ decay: 0.9 })],
  });
  const here = network();
  const { history } = await here.fit(x, y, options());
  const started = worker ? { worker } : {};
  const arrays = await inWorker(network(), started);
  const ofArrays = await arrays.fit(x, y, options());
  const dataset = await inWorker(network(), started);
  const data = Dataset.fromArrays({ data: x, shape: [rows, 3] }, y).map((row) => row);
  await dataset.fit(data, { epochs: 2, batchSize: 16, shuffle: false });
  const mapped = network();
  await mapped.fit(data, { epochs: 2, batchSize: 16, shuffle: false });
  const found = {
    loss: history.loss,
    bits: await bitsOf(here),
    inWorker: { loss: ofArrays.history.loss, bits: await bitsOf(await arrays.model()) },
    ofDataset: [await bitsOf(mapped), await bitsOf(await dataset.model())],
    predicted: (await arrays.predict(x.slice(0, 6))).toArray(),
    error: await dataset.predict([[1]]).catch(({ name, message }) => `${name} ${message}`),
  };
  arrays.terminate();
  dataset.terminate();
  return found;
}

/** How many different predictions a page gets while one `fit` goes on. */
export async function watch() {
  const remote = await inWorker(network());
  let isDone = false;
  const run = remote.fit(x, y, { epochs: 1e9 }).then(() => {
    isDone = true;
  });
  const seen = new Set();
  while (seen.size < 5) seen.add(String(await remote.predict(x.slice(0, 3))));
  remote.stopTraining = true;
  await run;
  remote.terminate();
  return { seen: seen.size, isDone };
}

/** Loses the worker in the middle of `fit`, and goes on in another. */
export async function lose() {
  await wg.init({ numerics: "strict" });
  const here = network();
  await here.fit(x, y, { epochs: 6 });
  const there = network();
  let worker;
  const start = () => {
    worker = new Worker("/dist/browser/worker-script.js", { type: "module" });
    return worker;
  };
  const remote = await inWorker(there, { worker: start });
  const kill = (epoch) => {
    if (epoch === 2) worker.terminate();
  };
  const told = await remote
    .fit(x, y, { epochs: 6, callbacks: [kill] })
    .catch(({ name, message }) => `${name} ${message}`);
  const again = await inWorker(there);
  await again.fit(x, y, { epochs: 6, resume: true });
  again.terminate();
  return { told, same: (await bitsOf(there)) === (await bitsOf(here)) };
}

/** What a page is told where no worker starts. */
export async function refused(address) {
  const worker = address === undefined ? {} : { worker: () => new Worker(address, { type: "module" }) };
  return inWorker(network(), worker).then(
    () => "started",
    ({ name, message }) => `${name} ${message}`,
  );
}
