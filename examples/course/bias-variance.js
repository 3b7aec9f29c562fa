// Bias or variance? The course's four cases, then three networks that suffer from one or the other. node examples/course/bias-variance.js

import * as wg from "wasmgrad";
import { drawnDigits, split } from "wasmgrad/data";
import { biasVariance, learningCurve } from "wasmgrad/diagnostics";
import { barChart, figure, lineChart } from "wasmgrad/report";
import { picture } from "./picture.js";

await wg.init();
wg.setSeed(1);
const percent = (fraction) => `${+(fraction * 100).toFixed(1)} %`;
const inWords = (gap) => ({ avoidableBias: "avoidable bias" })[gap] ?? gap;

console.log("1. The course's cases, against people who err in 0 %:\n");
for (const [train, dev] of [
  [0.01, 0.11],
  [0.15, 0.16],
  [0.15, 0.3],
  [0.005, 0.01],
]) {
  const { high } = biasVariance({ train, dev });
  console.log(
    `train ${percent(train).padStart(5)}  dev ${percent(dev).padStart(4)}  → ${high.map(inWords).join(" and ") || "both low"}`,
  );
}

console.log("\n2. The same numbers mean something else where nobody can do better than 14 %:\n");
console.log(biasVariance({ train: 0.15, dev: 0.16, bayes: 0.14 }).summary);

console.log("\n3. Networks on drawn digits: measure, follow the recipe, measure again.");
const [train, dev, test] = split(drawnDigits({ count: 6000, seed: 1, flatten: true, oneHot: true }), [0.8, 0.1, 0.1], {
  seed: 1,
});

/** The test set is for the last network alone: whoever chooses by it has a second dev set. */
async function errorsOf(units, rows, epochs, isLast) {
  const own = train.take(rows);
  const model = network(units);
  await model.fit(own, { epochs, batchSize: 64 });
  const error = async (data) => 1 - (await model.evaluate(data)).accuracy;
  return { train: await error(own), dev: await error(dev), ...(isLast ? { test: await error(test) } : {}) };
}
function network(units) {
  const model = wg.sequential([
    wg.layers.dense({ units, activation: "relu", inputShape: [784] }),
    wg.layers.dense({ units: 10, activation: "softmax" }),
  ]);
  model.compile({
    optimizer: wg.optimizers.adam({ learningRate: 2e-3 }),
    loss: "categoricalCrossentropy",
    metrics: ["accuracy"],
  });
  return model;
}
const tried = [];
for (const [title, units, rows, epochs] of [
  ["2 hidden units, 4,800 rows", 2, 4800, 10],
  ["the recipe for bias, a bigger network: 128 units; but only 200 rows", 128, 200, 40],
  ["the recipe for variance, more data: 4,800 rows", 128, 4800, 20],
]) {
  const errors = await errorsOf(units, rows, epochs, epochs === 20);
  const found = biasVariance(errors);
  console.log(`\n${title}\n${found.summary}`);
  tried.push({ name: `${units} and ${rows.toLocaleString("en")}`, dominant: found.dominant, ...errors });
}

console.log("\n4. Would more data help? 128 units on more and more rows:\n");
const curve = await learningCurve(() => network(128), train, {
  sizes: [100, 300, 900, 1800, 3600],
  dev,
  epochs: 10,
  batchSize: 64,
});
console.log(curve.summary);

const size = { width: 520, height: 380 };
const names = { train: "training", dev: "dev" };
const shown = (errors) => errors.map((error) => error * 100);
await picture(
  "bias-variance",
  await figure([
    await barChart({
      ...size,
      title: "Three networks, by units and training rows",
      categories: tried.map(({ name }) => name),
      y: { title: "error in %", min: 0 },
      series: Object.entries(names).map(([key, name]) => ({ name, values: shown(tried.map((net) => net[key])) })),
    }),
    await lineChart({
      ...size,
      title: "Learning curve of 128 units",
      x: { title: "training rows", scale: "log", max: 5000 },
      y: { title: "error in %", min: 0 },
      series: Object.entries(names).map(([key, name]) => ({
        name,
        x: curve.points.map(({ size }) => size),
        y: shown(curve.points.map((point) => point[key])),
      })),
    }),
  ]),
);
const [small, starved, cured] = tried;
console.log(
  `\nNotice: 2 units err on ${percent(small.train)} of their own rows (${inWords(small.dominant)}); 128 units err on ${percent(starved.train)} of their ` +
    `200 rows but on ${percent(starved.dev)} of new ones (${starved.dominant}), and with 4,800 rows on ${percent(cured.dev)}. A bigger network cures bias, more data variance.`,
);
