import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hasRelaxedSimd } from "../../src/backend/wasm.js";
import * as wg from "../../src/index.js";
import { uniform } from "../support/random.js";
import { threadCounts, useThreads, usualThreads } from "../support/threads.js";

afterAll(usualThreads);

type Bits = Record<string, string>;

const hash = (t: wg.Tensor): string => {
  const { buffer, byteOffset, byteLength } = t.toTypedArray();
  return Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength).toString("base64");
};

const noise = (shape: number[], seed: number, dtype: "float32" | "float64" = "float32"): wg.Tensor => {
  const size = shape.reduce((product, n) => product * n, 1);
  return wg.tensor(uniform(size, -2, 2, seed), shape, dtype);
};

/** Large enough to be cut in many places that are no multiple of a tile, a vector or a cache line. */
const operations: Record<string, () => wg.Tensor[]> = {
  "matmul, three forms": () => {
    const [a, b, t] = [noise([203, 151], 1), noise([151, 77], 2), noise([203, 77], 3)];
    const f = (x: wg.Tensor) => wg.sum(wg.mul(wg.matmul(x, b), t));
    const g = (x: wg.Tensor) => wg.sum(wg.mul(wg.matmul(a, x), t));
    return [wg.matmul(a, b), wg.matmul(a, t, true), wg.matmul(t, b, false, true), wg.grad(f)(a), wg.grad(g)(b)];
  },
  "narrow products": () => [
    wg.matmul(noise([1003, 64], 1), noise([64, 1], 2)),
    wg.matmul(noise([1, 640], 1), noise([640, 130], 2)),
    wg.matmul(noise([500, 30], 1), noise([30, 10], 2)),
  ],
  "dense with bias and activation, f64": () => {
    const [x, w, b] = [noise([131, 60], 1, "float64"), noise([60, 50], 2, "float64"), noise([50], 3, "float64")];
    const f = (w: wg.Tensor, b: wg.Tensor) => wg.sum(wg.dense(x, w, b, { activation: "tanh" }));
    return [wg.dense(x, w, b, { activation: "gelu" }), ...wg.grad(f)(w, b)];
  },
  "element by element": () => {
    const [a, b] = [noise([101, 37], 1), noise([101, 37], 2)];
    const f = (x: wg.Tensor) => wg.sum(wg.mul(wg.tanh(wg.mul(x, b)), wg.sigmoid(x)));
    return [wg.gelu(a), wg.exp(wg.sub(a, b)), wg.div(a, wg.square(b)), wg.greater(a, b), wg.grad(f)(a)];
  },
  broadcasts: () => {
    const [a, row, column] = [noise([101, 37], 1), noise([37], 2), noise([101, 1], 3)];
    const f = (x: wg.Tensor, y: wg.Tensor) => wg.sum(wg.mul(wg.add(wg.mul(a, x), y), a));
    return [wg.add(a, row), wg.mul(a, column), ...wg.grad(f)(row, column)];
  },
  reductions: () => {
    const a = noise([70, 611], 1);
    const all = [wg.sum(a), wg.mean(a, 0), wg.max(a, 1), wg.min(a, 0), wg.prod(wg.tanh(a), 1), wg.argMax(a, 1)];
    return [...all, wg.logSumExp(a, 0), wg.grad((x: wg.Tensor) => wg.logSumExp(x))(a)];
  },
  "softmax and its loss": () => {
    const [z, labels] = [noise([333, 11], 1), wg.softmax(noise([333, 11], 2))];
    const f = (x: wg.Tensor) => wg.sum(wg.mul(wg.softmax(x), z));
    return [wg.softmax(z), wg.logSoftmax(z), wg.grad(f)(labels)];
  },
  "batch normalization": () => {
    const [x, gamma, t] = [noise([1100, 19], 1), noise([19], 2), noise([1100, 19], 3)];
    const f = (x: wg.Tensor, gamma: wg.Tensor) => wg.sum(wg.mul(wg.batchNorm(x, { gamma, training: true }), t));
    return [wg.batchNorm(x, { gamma, training: true }), ...wg.grad(f)(x, gamma)];
  },
  "moving elements": () => {
    const a = noise([60, 70, 11], 1);
    const f = (x: wg.Tensor) => wg.sum(wg.mul(wg.transpose(x, [2, 0, 1]), noise([11, 60, 70], 2)));
    return [wg.transpose(a), wg.transpose(a, [1, 0, 2]), wg.concat([a, a], 1), wg.grad(f)(a)];
  },
  "random numbers": () => {
    wg.setSeed(5);
    const x = noise([5003], 1);
    return [wg.randomNormal([5003]), wg.randomUniform([999, 3]), wg.dropout(x, 0.3, { seed: 3 })];
  },
};

const optimizers = ["sgd", "adam", "adamW", "rmsprop", "adagrad", "adadelta", "adamax", "nadam", "lion"] as const;

/** Training with dropout, batch normalization, a penalty, clipping and a short last batch. */
async function trained(optimizer: unknown, units = 24): Promise<Bits> {
  wg.setSeed(11);
  const rows = 200;
  const x = { data: Float32Array.from(uniform(rows * 20, -1, 1, 1)), shape: [rows, 20] };
  const y = { data: Int32Array.from({ length: rows }, (_, i) => i % 5), shape: [rows] };
  const model = wg.sequential([
    wg.layers.dense({ units, activation: "relu", inputShape: [20], kernelRegularizer: wg.regularizers.l2(1e-3) }),
    wg.layers.batchNormalization(),
    wg.layers.dropout({ rate: 0.2 }),
    wg.layers.dense({ units: 5, activation: "softmax" }),
  ]);
  model.compile({ optimizer: optimizer as "adam", loss: "sparseCategoricalCrossentropy" });
  const { history } = await model.fit(x, y, { epochs: 2, batchSize: 64 });
  const weights = Object.fromEntries(model.getWeights().map((each, i) => [`weight ${i}`, hash(each)]));
  return { ...weights, loss: String(history.loss), predicted: hash(model.predict(x)) };
}

describe.each(hasRelaxedSimd() ? (["strict", "fma"] as const) : (["strict"] as const))("%s", (numerics) => {
  let one: Record<string, string[]>;
  let run: Bits;
  const results = () =>
    Object.fromEntries(Object.entries(operations).map(([name, f]) => [name, wg.scope(() => f()).map(hash)]));

  beforeAll(async () => {
    await useThreads(1, numerics);
    one = results();
    run = await trained(wg.optimizers.adam({ learningRate: 0.01, globalClipNorm: 0.5 }));
  });

  test.each(threadCounts.slice(1))("%i threads give the bits of one", async (threads) => {
    await useThreads(threads, numerics);
    expect(wg.capabilities().threads).toBe(threads);
    const got = results();
    for (const name of Object.keys(operations)) {
      got[name]?.forEach((bytes, i) => {
        expect(bytes === one[name]?.[i], `${name}, result ${i}`).toBe(true);
      });
    }
    expect(await trained(wg.optimizers.adam({ learningRate: 0.01, globalClipNorm: 0.5 }))).toEqual(run);
  });
});

test.each(optimizers)("a run of %s has the same bits on three threads", async (optimizer) => {
  await useThreads(1);
  const one = await trained(optimizer, 40);
  await useThreads(3);
  expect(await trained(optimizer, 40)).toEqual(one);
});
