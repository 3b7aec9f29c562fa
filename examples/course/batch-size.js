// Batch, stochastic and mini-batch descent: what a step costs, and how noisy it is. node examples/course/batch-size.js

import * as wg from "wasmgrad";
import { drawnDigits, recommendBatchSize } from "wasmgrad/data";
import { figure, lineChart } from "wasmgrad/report";
import { picture } from "./picture.js";

await wg.init();
const ROWS = 2048;
const EPOCHS = 8;
/** Losses of single rows are drawn down to here, where most of them end. */
const LEAST = 0.01;
const digits = drawnDigits({ count: ROWS, seed: 1, flatten: true });
const inputs = 784;

console.log("1. What recommendBatchSize says of rows of 784 numbers through 64 and 10 units:\n");
for (const rows of [1500, ROWS, 60_000]) {
  console.log(`${String(rows).padStart(6)} rows: ${recommendBatchSize(rows, 4 * inputs + 8 * (64 + 10)).reason}`);
}

console.log(`\n2. ${EPOCHS} epochs over ${ROWS} drawn digits, plain gradient descent at a rate of 0.1:\n`);
console.log("rows per step   steps  ms per step  µs per row  deviation of a step's loss  training loss");
const byEpochs = [];
const bySteps = [];
const found = {};
for (const [name, batchSize] of [
  ["full", "full"],
  ["1", 1],
  ["64", 64],
]) {
  wg.setSeed(1);
  const model = wg.sequential([
    wg.layers.dense({ units: 64, activation: "relu", kernelInitializer: "auto", inputShape: [inputs] }),
    wg.layers.dense({ units: 10, activation: "softmax" }),
  ]);
  // Each step's own loss, from the running mean of the epoch that fit reports.
  const losses = [];
  let before = 0;
  let spent = 0;
  let started = 0;
  const note = {
    onEpochBegin() {
      before = 0;
      started = performance.now();
    },
    onBatchEnd(batch, logs) {
      spent += performance.now() - started;
      const sum = logs.loss * (batch + 1);
      losses.push(sum - before);
      before = sum;
      started = performance.now();
    },
  };
  model.compile({ optimizer: wg.optimizers.sgd({ learningRate: 0.1 }), loss: "sparseCategoricalCrossentropy" });
  await model.fit(digits, { epochs: EPOCHS, batchSize, callbacks: [note] });
  const steps = losses.length;
  const last = losses.slice(-Math.max(1, steps / EPOCHS));
  const mean = last.reduce((sum, each) => sum + each, 0) / last.length;
  const noise = Math.sqrt(last.reduce((sum, each) => sum + (each - mean) ** 2, 0) / last.length);
  const { loss } = await model.evaluate(digits);
  found[name] = { noise, loss };
  const ms = spent / steps;
  console.log(
    `${name.padEnd(13)} ${String(steps).padStart(7)}  ${ms.toFixed(3).padStart(11)}  ${((1000 * ms * steps) / (ROWS * EPOCHS)).toFixed(1).padStart(10)}` +
      `  ${noise.toFixed(3).padStart(26)}  ${loss.toFixed(3).padStart(13)}`,
  );
  const title = name === "full" ? "all rows" : `${name} rows`;
  if (batchSize !== 1) {
    const numbers = losses.map((_, i) => i + 1);
    byEpochs.push({ name: title, x: numbers.map((step) => (step / steps) * EPOCHS), y: losses });
    bySteps.push({ name: title, x: numbers, y: losses });
    continue;
  }
  // A stochastic run has thousands of steps: every 16th is drawn, and the mean of each 256.
  const some = losses.map((_, i) => i).filter((i) => i % 16 === 15 && losses[i] >= LEAST);
  byEpochs.push({
    name: `1 row (where above ${LEAST})`,
    x: some.map((i) => ((i + 1) / steps) * EPOCHS),
    y: some.map((i) => losses[i]),
    style: "points",
  });
  const ends = losses.map((_, i) => i + 1).filter((step) => step % 256 === 0);
  const means = ends.map((end) => losses.slice(end - 256, end).reduce((sum, each) => sum + each, 0) / 256);
  bySteps.push({ name: "1 row, means of 256 steps", x: ends, y: means });
}
const order = (series) => [series[1], series[2], series[0]];
await picture(
  "batch-size",
  await figure(
    [
      await lineChart({
        title: "By the rows that were seen: how noisy a step is",
        x: { title: "epochs", min: 0, max: EPOCHS },
        y: { title: "loss of the step's rows", scale: "log", min: LEAST },
        series: order(byEpochs),
        width: 560,
        height: 400,
      }),
      await lineChart({
        title: "By steps: how many updates it takes",
        x: { title: "steps", scale: "log", min: 1 },
        y: { title: "loss of the step's rows", min: 0 },
        series: order(bySteps),
        width: 560,
        height: 400,
      }),
    ],
    { columns: 2, title: "Batch, stochastic and mini-batch descent" },
  ),
);
console.log(
  `\nNotice: in ${EPOCHS} epochs the full batch goes down smoothly but least far, to ${found.full.loss.toFixed(2)}, as it makes only ${EPOCHS} steps. Single rows get to ${found["1"].loss.toFixed(2)}, ` +
    `but their losses scatter by ${found["1"].noise.toFixed(2)} and each row costs most time. Batches of 64 get to ${found["64"].loss.toFixed(2)} and scatter by ${found["64"].noise.toFixed(2)} only.`,
);
