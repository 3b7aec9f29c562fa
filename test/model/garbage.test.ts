import { describe, expect, test } from "vitest";
import { programs } from "../support/program.js";

const output = programs();

/**
 * Measures bytes of JS heap that a step makes, in a process whose young generation is too large to be collected meanwhile. V8 compiles hot
 * functions again and again, which takes heap too; so the least of several rounds counts.
 */
const harness = `
const { layers } = wg;
const ROUNDS = 12;
const used = () => process.memoryUsage().heapUsed;
const ramp = (n) => Float32Array.from({ length: n }, (_, i) => ((i * 7919) % 2003) / 1001.5 - 1);
const data = (rows) => [
  { data: ramp(rows * 100), shape: [rows, 100] },
  { data: Int32Array.from({ length: rows }, (_, i) => i % 10), shape: [rows] },
];
const ended = { units: 10, activation: "softmax" };
const models = {
  mlp: {
    layers: () => [layers.dense({ units: 128, activation: "relu", inputShape: [100] }), layers.dense(ended)],
    optimizer: () => "adam",
  },
  cnn: {
    layers: () => [
      layers.reshape({ targetShape: [10, 10, 1], inputShape: [100] }),
      layers.conv2d({ filters: 8, kernelSize: 3, padding: "same" }),
      layers.batchNormalization(),
      layers.activation({ activation: "relu" }),
      layers.maxPooling2D({}),
      layers.dropout({ rate: 0.2 }),
      layers.flatten(),
      layers.dense(ended),
    ],
    optimizer: () =>
      wg.optimizers.adam({ learningRate: wg.schedules.cosine(1e-3, { steps: 1e5 }), globalClipNorm: 1 }),
  },
};
function modelOf({ layers, optimizer }) {
  const model = wg.sequential(layers());
  model.compile({ optimizer: optimizer(), loss: "sparseCategoricalCrossentropy", metrics: ["accuracy"] });
  return model;
}
async function onBatches(model, rows) {
  const [x, y] = data(rows);
  for (let i = 0; i < 5000; i++) await model.trainOnBatch(x, y);
  let least = Infinity;
  for (let round = 0; round < ROUNDS; round++) {
    gc();
    const before = used();
    for (let i = 0; i < 500; i++) await model.trainOnBatch(x, y);
    least = Math.min(least, (used() - before) / 500);
  }
  return least;
}
async function inFit(model, rows) {
  const [x, y] = data(rows * 500);
  let least = Infinity;
  let before = 0;
  const onBatchEnd = (batch) => {
    if (batch === 50) {
      gc();
      before = used();
    } else if (batch === 450) least = Math.min(least, (used() - before) / 400);
  };
  await model.fit(x, y, { batchSize: rows, epochs: ROUNDS, callbacks: [{ onBatchEnd }] });
  return least;
}
`;

async function measured(program: string): Promise<number[]> {
  const flags = ["--min-semi-space-size=64", "--max-semi-space-size=64"];
  return JSON.parse(await output(harness + program, { flags, timeout: 150_000 })) as number[];
}

describe.each(["mlp", "cnn"])("a training step of the %s makes less than 1 KB of garbage", (name) => {
  test("on one thread, by itself and in fit", { timeout: 180_000 }, async () => {
    const program = `
      await wg.init({ threads: 1 });
      const model = modelOf(models.${name});
      console.log(JSON.stringify([await onBatches(model, 16), await inFit(model, 16)]));`;
    for (const bytes of await measured(program)) expect(bytes).toBeLessThan(1024);
  });

  test("on two", { timeout: 180_000 }, async () => {
    const program = `
      await wg.init({ threads: 2 });
      const model = modelOf(models.${name});
      // What is small stays on one thread, and runs the same code.
      await onBatches(model, 8);
      const [x, y] = data(128);
      const up = () => wg.capabilities().notes.every((note) => !note.includes("worker threads are up"));
      for (let i = 0; i < 1000 && !up(); i++) {
        await model.trainOnBatch(x, y);
        await new Promise((done) => setTimeout(done, 5));
      }
      let least = Infinity;
      for (let round = 0; round < ROUNDS; round++) {
        for (let i = 0; i < 50; i++) await model.trainOnBatch(x, y);
        gc();
        const before = used();
        for (let i = 0; i < 100; i++) await model.trainOnBatch(x, y);
        least = Math.min(least, (used() - before) / 100);
      }
      console.log(JSON.stringify([Number(!up()), least]));`;
    const [missing, bytes] = await measured(program);
    expect(missing).toBe(0);
    expect(bytes).toBeLessThan(1024);
  });
});
