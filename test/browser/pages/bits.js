// Networks that are trained from a seed and summed up in a hash of their weights: in a page, in a worker and in Node the same.

import * as wg from "wasmgrad";

const networks = {
  /** 200 steps. */
  dense: {
    shape: [160, 12],
    layers: () => [
      wg.layers.dense({ units: 24, inputShape: [12] }),
      wg.layers.batchNormalization(),
      wg.layers.activation({ activation: "relu" }),
      wg.layers.dropout({ rate: 0.1 }),
      wg.layers.dense({ units: 10, activation: "tanh" }),
      wg.layers.dense({ units: 4, activation: "softmax" }),
    ],
    fit: { batchSize: 16, epochs: 20 },
  },
  convolutional: {
    shape: [32, 8, 8, 3],
    layers: () => [
      wg.layers.conv2d({ filters: 4, kernelSize: 3, padding: "same", activation: "relu", inputShape: [8, 8, 3] }),
      wg.layers.maxPooling2D({ poolSize: 2 }),
      wg.layers.conv2d({ filters: 6, kernelSize: 3, activation: "relu" }),
      wg.layers.averagePooling2D({ poolSize: 2 }),
      wg.layers.flatten(),
      wg.layers.dense({ units: 4, activation: "softmax" }),
    ],
    fit: { batchSize: 8, epochs: 6 },
  },
  /** Threads share its products. */
  wide: {
    shape: [256, 64],
    layers: () => [
      wg.layers.dense({ units: 160, activation: "gelu", inputShape: [64] }),
      wg.layers.dense({ units: 96, activation: "sigmoid" }),
      wg.layers.dense({ units: 4, activation: "softmax" }),
    ],
    fit: { batchSize: 64, epochs: 2 },
  },
};

export async function train(name, threads = "auto", numerics = "strict") {
  const { shape, layers, fit } = networks[name];
  await wg.init({ numerics, threads });
  await allUp();
  wg.setSeed(11);
  const model = wg.sequential(layers());
  model.compile({ optimizer: wg.optimizers.adam({ learningRate: 0.01 }), loss: "sparseCategoricalCrossentropy" });
  const x = wg.randomNormal(shape);
  const rows = wg.reshape(x, [shape[0], -1]);
  const y = wg.argMax(wg.matmul(rows, wg.randomNormal([rows.shape[1], 4])), -1);
  const { history } = await model.fit(x, y, fit);
  return {
    bits: await hashOf(model.getWeights().map((weight) => weight.toTypedArray())),
    loss: history.loss,
    threads: wg.capabilities().threads,
    offloaded: wg.capabilities().offloaded,
    sharedMemory: wg.capabilities().sharedMemory,
  };
}

/** Whether the fused kernels run here. */
export const fuses = () => wg.capabilities().relaxedSimd;

/** Threads start in the background, with the first call that they can share; here they have shared one. */
export async function allUp() {
  const x = wg.ones([256, 256]);
  const isReady = ({ threads, offloaded, notes }) =>
    threads === 1 || (offloaded > 0 && !notes.some((note) => note.includes("worker threads are up")));
  while (!isReady(wg.capabilities())) {
    wg.matmul(x, x);
    await new Promise((done) => setTimeout(done, 5));
  }
}

/** SHA-256 of all numbers, one array behind the other. */
export async function hashOf(arrays) {
  const hash = await crypto.subtle.digest("SHA-256", await new Blob(arrays).arrayBuffer());
  return Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
