// Which learning rate? Raise it until training diverges, and read two rates off the curve. node examples/course/learning-rate-finder.js

import * as wg from "wasmgrad";
import { drawnDigits } from "wasmgrad/data";
import { learningRateFinder } from "wasmgrad/diagnostics";
import { figure, lineChart } from "wasmgrad/report";
import { picture } from "./picture.js";

await wg.init();
const data = drawnDigits({ count: 4000, seed: 1, flatten: true, oneHot: true });

function build(learningRate = 0.01) {
  wg.setSeed(1);
  const model = wg.sequential([
    wg.layers.dense({ units: 64, activation: "relu", inputShape: [784] }),
    wg.layers.dense({ units: 10, activation: "softmax" }),
  ]);
  return model.compile({ optimizer: wg.optimizers.sgd({ learningRate }), loss: "categoricalCrossentropy" });
}

const model = build();
const found = await learningRateFinder(model, data, { from: 1e-3, to: 100, steps: 120, batchSize: 64, seed: 1 });
console.log(
  `mini-batches tried    ${found.rates.length} of 120, rates from 0.001 to ${found.rates.at(-1).toPrecision(2)}`,
);
console.log(`steepest fall at      ${found.steepest.toPrecision(2)}`);
console.log(`a tenth of the lowest ${found.tenthOfMinimum.toPrecision(2)}`);
console.log(`suggestion            ${found.reason}`);
console.log(`steps of the model    ${model.position.step}: it was not trained, a copy was\n`);

const tried = [];
for (const [name, rate] of [
  ["100 times less", found.suggestion / 100],
  ["suggested", found.suggestion],
  ["100 times more", found.suggestion * 100],
]) {
  let losses;
  try {
    losses = (await build(rate).fit(data, { epochs: 4, batchSize: 64 })).history.loss;
  } catch (error) {
    if (!(error instanceof Error) || error.name !== "NumericError") throw error;
    losses = [];
  }
  tried.push({ name: `${name}: ${rate.toPrecision(2)}`, losses });
  console.log(
    `${name.padEnd(14)}  rate ${rate.toPrecision(2).padEnd(7)}  loss after each epoch  ${losses.map((v) => v.toFixed(3)).join("  ") || "not finite"}`,
  );
}

await picture(
  "learning-rate-finder",
  await figure([
    await lineChart({
      title: "Loss while the rate grows",
      x: { title: "learning rate", scale: "log" },
      y: { title: "loss of the mini-batch (cut at 5)", min: 0, max: 5 },
      series: [
        { name: "mini-batch", x: found.rates, y: found.losses.map((v) => Math.min(v, 5)), style: "points" },
        { name: "smoothed", x: found.rates, y: found.smoothed.map((v) => Math.min(v, 5)) },
      ],
      marks: [{ x: found.suggestion, text: "suggestion" }],
      width: 560,
      height: 400,
    }),
    await lineChart({
      title: "Training with three rates",
      x: { title: "epoch" },
      y: { title: "training loss", scale: "log" },
      series: tried
        .filter(({ losses }) => losses.length > 0)
        .map(({ name, losses }) => ({ name, x: losses.map((_, i) => i + 1), y: losses })),
      width: 560,
      height: 400,
    }),
  ]),
);
const ends = tried.map(({ losses }) => losses.at(-1)?.toFixed(3) ?? "no number");
console.log(
  `Notice: after four epochs the suggested rate is at a loss of ${ends[1]}; a hundredth of it is at ${ends[0]}, a hundred times as much ends at ${ends[2]}.`,
);
