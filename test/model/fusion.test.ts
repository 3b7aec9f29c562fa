import { describe, expect, test, vi } from "vitest";
import { Program } from "../../src/backend/program.js";
import { gradientFlow } from "../../src/diagnostics/index.js";
import * as wg from "../../src/index.js";
import { fusedCall } from "../../src/nn/fusion.js";
import { backends } from "../support/backends.js";
import { uniform } from "../support/random.js";
import { threadCounts, useThreads, usualThreads } from "../support/threads.js";

const { layers } = wg;
const activations = [
  "relu",
  "leakyRelu",
  "elu",
  "selu",
  "tanh",
  "sigmoid",
  "softplus",
  "hardSigmoid",
  "hardSigmoidKeras2",
  "gelu",
  "silu",
];

/** A batch normalization and an activation behind it, between weights; `apart` puts something between them that does nothing. */
function network(activation: string, { apart = false, trainable = true } = {}): wg.Sequential {
  wg.setSeed(5);
  const model = wg.sequential([
    layers.dense({ units: 9, inputShape: [6] }),
    layers.batchNormalization({ trainable, momentum: 0.5 }),
    ...(apart ? [layers.dropout({ rate: 0 })] : []),
    layers.activation({ activation }),
    layers.dense({ units: 3, activation: "softmax", name: "out" }),
  ]);
  model.compile({ optimizer: wg.optimizers.adam({ learningRate: 0.05 }), loss: "sparseCategoricalCrossentropy" });
  // The layers behind have other numbers, and so other initial weights, where there is one more between them.
  model.setWeights(model.variables.map(({ shape }, i) => wg.tensor(uniform(size(shape), 0.1, 0.9, i), shape)));
  return model;
}

const size = (shape: readonly number[]) => shape.reduce((product, n) => product * n, 1);
const x = { data: Float32Array.from(uniform(120, -1, 1, 1)), shape: [20, 6] };
const y = { data: Int32Array.from({ length: 20 }, (_, i) => i % 3), shape: [20] };

async function results(model: wg.Sequential): Promise<unknown[]> {
  const losses = [];
  for (let i = 0; i < 5; i++) losses.push((await model.trainOnBatch(x, y)).loss);
  return [losses, await model.evaluate(x, y), model.predict(x).toArray(), model.getWeights().map((w) => w.toArray())];
}

describe.each(activations)("batch normalization and %s", (activation) => {
  for (const backend of backends) {
    test(`have the bits of two layers, trained and frozen, on ${backend.name}`, async () => {
      await backend.use();
      for (const trainable of [true, false]) {
        const apart = await results(network(activation, { apart: true, trainable }));
        const together = await results(network(activation, { trainable }));
        // The plain loops keep more of a number than the memory between two kernels.
        if (backend.name === "js") expect(flat(together)).toEqual(flat(apart).map((v) => expect.closeTo(v, 4)));
        else expect(together).toEqual(apart);
      }
    });
  }
});

const flat = (list: unknown): number[] =>
  typeof list === "number" ? [list] : Object.values(list as object).flatMap(flat);

test("they run as one only where nobody has put another call in their place", () => {
  const [normalization, activation, softmax] = [
    layers.batchNormalization(),
    layers.activation({ activation: "relu" }),
    layers.activation({ activation: "softmax" }),
  ] as const;
  expect(fusedCall(normalization, activation)).toBeDefined();
  expect(fusedCall(normalization, softmax)).toBeUndefined();
  expect(fusedCall(activation, activation)).toBeUndefined();
  const { call } = activation;
  activation.call = (...args) => call.apply(activation, args);
  expect(fusedCall(normalization, activation)).toBeUndefined();
});

/** The names of the kernels that are called where `body` records something, each call once; but for the packing of products. */
async function kernelsIn(body: () => Promise<unknown>): Promise<string[]> {
  const names: string[] = [];
  const recorder = Program.prototype.recorder;
  const spy = vi.spyOn(Program.prototype, "recorder").mockImplementation(function (this: Program, { kernels, bind }) {
    const noting = (name: string, args: readonly number[], owner: object) => {
      if (name !== "gemm_pack") names.push(name);
      return bind(name, args, owner);
    };
    return recorder.call(this, { kernels, bind: noting });
  });
  try {
    await body();
  } finally {
    spy.mockRestore();
  }
  return names;
}

test("a recorded step calls what it must: no pass for an activation, a clipping or the gradient of a loss", async () => {
  await wg.init({ threads: 1 });
  const model = network("relu");
  expect(await kernelsIn(async () => model.predict(x))).toEqual([
    "gemm_nn",
    "copy",
    "batchnorm_inverse",
    "batchnorm_forward",
    "gemm_nn",
    "softmax_forward",
  ]);
  model.compile({
    optimizer: wg.optimizers.adam({ globalClipNorm: 1 }),
    loss: "sparseCategoricalCrossentropy",
  });
  const called = await kernelsIn(() => model.trainOnBatch(x, y));
  const forward = called.indexOf("softmax_crossentropy_sparse_forward");
  expect(called.slice(0, forward)).toEqual([
    "fill",
    "gemm_nn",
    "batchnorm_sums",
    "batchnorm_mean",
    "batchnorm_squares",
    "batchnorm_variance",
    "batchnorm_forward",
    "gemm_nn",
  ]);
  expect(called.slice(forward + 1)).toEqual([
    "reduce_sum",
    "divide_by",
    "gemm_nt",
    "gemm_tn",
    "bias_backward",
    "batchnorm_backward_sums",
    "batchnorm_backward_parameters",
    "batchnorm_backward",
    "gemm_tn",
    "dot_product",
    "adam_update",
  ]);
});

test("summary, weights and gradientFlow see both layers", async () => {
  const model = network("relu");
  let text = "";
  model.summary({ print: (line) => (text += line) });
  expect(text).toMatch(/batch_normalization[\s\S]*activation/);
  const flow = await gradientFlow(model, { x, y });
  const names = flow.layers.map(({ name }) => name);
  expect(names).toEqual(["dense", "batch_normalization", "activation", "out"]);
  const [, normal, activated] = flow.layers;
  // Half of what is normalized is below 0, and the activation makes it 0.
  expect(Math.abs((normal as { activations: { mean: number } }).activations.mean)).toBeLessThan(1);
  expect(activated?.activations.saturated).toBeGreaterThan(0);
});

test("a loss that is not finite names the layer of the two that put it out", async () => {
  const model = network("relu");
  const weights = model.getWeights();
  weights[1] = wg.full(weights[1]?.shape as number[], 3e38);
  model.setWeights(weights);
  await expect(model.trainOnBatch(x, y)).rejects.toThrow('batchNormalization "batch_normalization"');
});

test("the same bits on any number of threads", async () => {
  try {
    await useThreads(1);
    const one = await results(network("tanh"));
    for (const threads of threadCounts.slice(1)) {
      await useThreads(threads);
      expect(await results(network("tanh"))).toEqual(one);
    }
  } finally {
    await usualThreads();
  }
});
