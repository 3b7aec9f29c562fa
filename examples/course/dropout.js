// Dropout: a network that overfits, at three rates, and why training and inference agree on average. node examples/course/dropout.js

import * as wg from "wasmgrad";
import { barChart, figure, lineChart } from "wasmgrad/report";
import { picture } from "./picture.js";

await wg.init();
wg.setSeed(2);
const percent = (share) => `${(100 * share).toFixed(1)} %`.padStart(6);

// Two half moons of 100 points each that touch, among 18 measurements that mean nothing.
function moons(count, seed) {
  const noise = wg.randomNormal([count, 20], 0, 1, "float32", seed).toArray();
  const angles = wg.randomUniform([count], 0, Math.PI, "float32", seed + 1).toArray();
  const x = noise.map((row, i) => {
    const [u, v] = [Math.cos(angles[i]), Math.sin(angles[i])];
    const [a, b] = i % 2 ? [1 - u, 0.5 - v] : [u, v];
    return [a + 0.25 * row[0], b + 0.25 * row[1], ...row.slice(2)];
  });
  return { x, y: noise.map((_, i) => i % 2) };
}
const train = moons(200, 10);
const dev = moons(2000, 20);

console.log(
  "1. 200 rows, 20 features, a network of 128 and 128 units, by the rate of dropout behind each of the two:\n",
);
const EPOCHS = 120;
async function trained(rate, mode = "inverted") {
  wg.setSeed(2);
  const model = wg.sequential([
    wg.layers.dense({ units: 128, activation: "relu", kernelInitializer: "heNormal", inputShape: [20] }),
    wg.layers.dropout({ rate, mode }),
    wg.layers.dense({ units: 128, activation: "relu", kernelInitializer: "heNormal" }),
    wg.layers.dropout({ rate, mode }),
    wg.layers.dense({ units: 1, activation: "sigmoid" }),
  ]);
  const optimizer = wg.optimizers.adam({ learningRate: 1e-3 });
  model.compile({ optimizer, loss: "binaryCrossentropy", metrics: ["accuracy"] });
  // What fit reports of the training rows is measured with units missing; here both sets are measured with all of them.
  const curves = { train: [], dev: [] };
  const measure = async () => {
    curves.train.push((await model.evaluate(train.x, train.y)).loss);
    curves.dev.push((await model.evaluate(dev.x, dev.y)).loss);
  };
  await measure();
  await model.fit(train.x, train.y, { epochs: EPOCHS, batchSize: 32, callbacks: [{ onEpochEnd: measure }] });
  const error = async ({ x, y }) => 1 - (await model.evaluate(x, y)).accuracy;
  return { rate, curves, train: await error(train), dev: await error(dev) };
}
const rates = [0, 0.2, 0.5];
const results = [];
for (const rate of rates) results.push(await trained(rate));
for (const { rate, curves, train, dev } of results) {
  console.log(
    `rate ${String(rate).padEnd(3)}   train error ${percent(train)}   dev error ${percent(dev)}   dev loss ${curves.dev.at(-1).toFixed(3)}, at its least ${Math.min(...curves.dev).toFixed(3)}`,
  );
}

console.log(
  "\n2. One layer of activations, dropped at rate 0.4 in each of 2,000 training steps; the mean over the steps:\n",
);
const activations = [0.5, 1, 1.5, 2, 2.5, 3];
const STEPS = 2000;
/** The mean of each activation over training steps, and what inference makes of it; the tensors of a step go when it ends. */
function inBothPhases(mode) {
  const layer = wg.layers.dropout({ rate: 0.4, mode });
  const phase = (step, training) =>
    wg.scope(() => {
      const x = wg.tensor(activations.map((a) => [a]));
      const context = { training, stepCell: wg.tensor(Int32Array.of(step)), seed: 2 };
      return [...layer.call(x, {}, context, "dropout").toTypedArray()];
    });
  const means = activations.map(() => 0);
  for (let step = 1; step <= STEPS; step++) {
    phase(step, true).forEach((v, i) => {
      means[i] += v / STEPS;
    });
  }
  return { mode, training: means, inference: phase(0, false) };
}
const list = (values) => values.map((v) => v.toFixed(3)).join("  ");
console.log(`activation              ${list(activations)}`);
const modes = ["inverted", "classic"].map(inBothPhases);
for (const { mode, training, inference } of modes) {
  console.log(`${mode.padEnd(9)} training mean ${list(training)}`);
  console.log(`          inference     ${list(inference)}`);
}
const worst = (mode) =>
  Math.max(
    ...mode.training.map((v, i) => {
      // The mean of S draws of an activation a has the deviation a · √(p (1 − p) / S), over 1 − p where it is inverted.
      const deviation = activations[i] * Math.sqrt((0.4 * 0.6) / STEPS) * (mode.mode === "inverted" ? 1 / 0.6 : 1);
      return Math.abs(v - mode.inference[i]) / deviation;
    }),
  );
console.log(`furthest apart, in deviations of such a mean: ${modes.map((m) => worst(m).toFixed(1)).join(" and ")}`);

console.log("\n3. Given as a rate or as the probability to keep, dropped element by element or by whole channels:\n");
const show = (layer) => `${layer.kind}, config ${JSON.stringify(layer.config)}`;
console.log(show(wg.layers.dropout({ rate: 0.25 })));
console.log(show(wg.layers.dropout({ keepProb: 0.75 })));
const spatial = wg.layers.spatialDropout1D({ rate: 0.5 });
const context = { training: true, stepCell: wg.tensor(Int32Array.of(1)), seed: 2 };
const steps = spatial.call(wg.ones([1, 3, 8]), {}, context, "spatial").toArray()[0];
console.log(`${spatial.kind} of ones, 3 steps of 8 channels:\n${steps.map((row) => `  ${row.join(" ")}`).join("\n")}`);

const epochs = Array.from({ length: EPOCHS + 1 }, (_, i) => i);
const size = { width: 520, height: 400 };
const curvesOf = (title, part, max) =>
  lineChart({
    title,
    x: { title: "epoch" },
    y: { title: "cross-entropy", min: 0, max },
    series: results.map(({ rate, curves }) => ({ name: `rate ${rate}`, x: epochs, y: curves[part] })),
    ...size,
  });
const top = Math.ceil(10 * Math.max(...results.flatMap(({ curves }) => curves.dev))) / 10;
const bars = ({ mode, training, inference }) =>
  barChart({
    title: `${mode === "inverted" ? "Inverted" : "Classic"} dropout, rate 0.4`,
    categories: activations.map((a) => `x = ${a}`),
    y: { title: "activation handed on", min: 0, max: 3.5 },
    series: [
      { name: `training, mean of ${STEPS.toLocaleString("en")} steps`, values: training },
      { name: "inference", values: inference },
    ],
    ...size,
  });
const panels = await Promise.all([
  curvesOf("Training rows: dropout slows learning", "train", top),
  curvesOf("Dev rows: dropout stops overfitting", "dev", top),
  ...modes.map(bars),
]);
await picture("dropout", await figure(panels, { columns: 2, title: "Dropout" }));

const [none, , half] = results;
console.log(
  `\nNotice: without dropout the dev loss rises from ${Math.min(...none.curves.dev).toFixed(2)} to ${none.curves.dev.at(-1).toFixed(2)} while the training error is ${percent(none.train).trim()}; at rate 0.5 it ends at ${half.curves.dev.at(-1).toFixed(2)}, with ${percent(half.dev).trim()} dev error against ${percent(none.dev).trim()}. In both modes inference hands on what training does on average.`,
);
