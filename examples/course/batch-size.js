// Batch, stochastic and mini-batch descent: what a step costs, and how noisy it is. node examples/course/batch-size.js

import * as wg from "wasmgrad";
import { drawnDigits, recommendBatchSize } from "wasmgrad/data";
import { figure, lineChart } from "wasmgrad/report";
import { picture } from "./picture.js";

await wg.init();
const ROWS = 2048;
const EPOCHS = 8;
const digits = drawnDigits({ count: ROWS, seed: 1, flatten: true });
const inputs = 784;

console.log("1. What recommendBatchSize says of rows of 784 numbers through 64 and 10 units:\n");
for (const rows of [1500, ROWS, 60_000]) {
  console.log(`${String(rows).padStart(6)} rows: ${recommendBatchSize(rows, 4 * inputs + 8 * (64 + 10)).reason}`);
}

console.log(`\n2. ${EPOCHS} epochs over ${ROWS} drawn digits, plain gradient descent at a rate of 0.1:\n`);
console.log("rows per step   steps  ms per step  µs per row  deviation of a step's loss  training loss");
const perStep = [];
const perSecond = [];
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
  const seconds = [];
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
      seconds.push(spent / 1000);
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
  const ms = (1000 * seconds.at(-1)) / steps;
  console.log(
    `${name.padEnd(13)} ${String(steps).padStart(7)}  ${ms.toFixed(3).padStart(11)}  ${((1000 * ms * steps) / (ROWS * EPOCHS)).toFixed(1).padStart(10)}` +
      `  ${noise.toFixed(3).padStart(26)}  ${loss.toFixed(3).padStart(13)}`,
  );
  // A stochastic run has thousands of steps: every 32nd is drawn.
  const every = batchSize === 1 ? 32 : 1;
  const shown = losses.map((_, i) => i).filter((i) => i % every === every - 1);
  const title = name === "full" ? "all rows" : name === "1" ? "1 row" : `${name} rows`;
  const style = name === "1" ? "points" : "line";
  const values = shown.map((i) => losses[i]);
  perStep.push({ name: title, x: shown.map((i) => ((i + 1) / steps) * EPOCHS), y: values, style });
  perSecond.push({ name: title, x: shown.map((i) => seconds[i]), y: values, style });
}
const loss = { title: "loss of the step's rows", min: 0 };
const order = (series) => [series[1], series[2], series[0]];
await picture(
  "batch-size",
  await figure(
    [
      await lineChart({
        title: "By epochs",
        x: { title: "epochs", min: 0, max: EPOCHS },
        y: loss,
        series: order(perStep),
      }),
      await lineChart({ title: "By time", x: { title: "seconds", min: 0 }, y: loss, series: order(perSecond) }),
    ],
    { columns: 2, title: "Batch, stochastic and mini-batch descent" },
  ),
);
console.log(
  `\nNotice: over the same rows all at once go down smoothly but least far (${found.full.loss.toFixed(2)} after ${EPOCHS} steps); one at a time get far (${found["1"].loss.toFixed(3)}), ` +
    `but the loss jumps by ${found["1"].noise.toFixed(2)} and each row costs most time; 64 at a time are near both goods (${found["64"].loss.toFixed(2)}, noise ${found["64"].noise.toFixed(2)}).`,
);
