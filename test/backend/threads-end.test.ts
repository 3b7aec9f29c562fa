import { expect, test } from "vitest";
import { programs } from "../support/program.js";

const run = programs();
const output = async (program: string) => (await run(program)).trim().split("\n");

const training = `
  await wg.init({ threads: 3 });
  const rows = 512;
  const x = { data: Float32Array.from({ length: rows * 200 }, (_, i) => Math.sin(i)), shape: [rows, 200] };
  const y = { data: Int32Array.from({ length: rows }, (_, i) => i % 10), shape: [rows] };
  const model = wg.sequential([
    wg.layers.dense({ units: 128, activation: "relu", inputShape: [200] }),
    wg.layers.dense({ units: 10, activation: "softmax" }),
  ]);
  model.compile({ optimizer: "adam", loss: "sparseCategoricalCrossentropy" });
  await model.fit(x, y, { epochs: 5, batchSize: 256 });
  const up = () => wg.capabilities().notes.every((note) => !note.includes("worker threads are up"));
`;

test("a program that has trained on three threads ends by itself", async () => {
  const program = `${training}
    for (let i = 0; i < 500 && !up(); i++) await new Promise((done) => setTimeout(done, 5));
    await model.fit(x, y, { epochs: 5, batchSize: 256 });
    console.log(up(), wg.capabilities().threads);`;
  expect(await output(program)).toEqual(["true 3"]);
});

test("one that ends while the threads are starting does so too", async () => {
  expect(await output(`${training} console.log("done");`)).toEqual(["done"]);
});

test("a small model starts no thread", async () => {
  const program = `
    const model = wg.sequential([wg.layers.dense({ units: 16, activation: "tanh", inputShape: [2] }), wg.layers.dense({ units: 1 })]);
    model.predict([[1, 2]]);
    console.log(wg.capabilities().notes.at(-1));`;
  const [line] = await output(`await wg.init({ threads: 2 });${program}`);
  expect(line).toMatch(/^0 of 1 worker threads are up: they start with the first call that is large enough to share$/);
});

test("a recorded step on two threads makes no garbage", async () => {
  const program = `${training.replace("threads: 3", "threads: 2")}
    for (let i = 0; i < 500 && !up(); i++) await new Promise((done) => setTimeout(done, 5));
    const step = () => model.plans.train([x], [y], 1);
    for (let i = 0; i < 200; i++) step();
    gc();
    const before = process.memoryUsage().heapUsed;
    for (let i = 0; i < 500; i++) step();
    console.log(up(), (process.memoryUsage().heapUsed - before) / 500 < 1000);`;
  expect(await output(program)).toEqual(["true true"]);
});
