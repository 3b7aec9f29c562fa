// Every learning-rate schedule drawn, and a network trained with some of them. node examples/course/schedules.js

import * as wg from "wasmgrad";
import { drawnDigits, split } from "wasmgrad/data";
import { figure, lineChart } from "wasmgrad/report";
import { picture } from "./picture.js";

await wg.init();
const { schedules } = wg;

const stepsPerEpoch = 20;
const epochs = 15;
const steps = epochs * stepsPerEpoch;
const byHand = schedules.manual(0.2);

const groups = {
  "Decay by epoch, 20 steps each": {
    "α₀ / (1 + 0.5 · epoch)": schedules.inverseTimeDecay(0.2, { decay: 0.5, stepsPerEpoch }),
    "0.8^epoch · α₀": schedules.exponentialDecay(0.2, { rate: 0.8, stepsPerEpoch }),
    "k / √epoch": schedules.inverseSqrtDecay(0.2, { stepsPerEpoch }),
    "staircase: halved every 4": schedules.exponentialDecay(0.2, {
      rate: 0.5,
      steps: 4,
      staircase: true,
      stepsPerEpoch,
    }),
  },
  "Decay by step": {
    "k / √step": schedules.inverseSqrtDecay(0.2),
    "piecewise constant": schedules.piecewiseConstant([100, 200], [0.2, 0.1, 0.02]),
    "straight line": schedules.polynomialDecay(0.2, { steps }),
    "polynomial, power 3": schedules.polynomialDecay(0.2, { steps, power: 3 }),
    cosine: schedules.cosine(0.2, { steps }),
  },
  "Warm-up, cycles and sequences": {
    "warm-up, then cosine": schedules.warmup(schedules.cosine(0.2, { steps: steps - 40 }), { steps: 40 }),
    "cosine with restarts": schedules.cosineRestarts(0.2, { steps: 43, tMul: 2 }),
    "one cycle": schedules.oneCycle(0.2, { steps }),
    "triangles, each half as high": schedules.cyclical(0.02, { max: 0.2, steps: 25, mode: "triangular2" }),
    "0.05, then a line (sequence)": schedules.sequence([0.05, schedules.polynomialDecay(0.15, { steps: 150 })], [150]),
  },
};

console.log(`1. Rates of ${steps} steps in ${epochs} epochs:\n`);
const at = [0, 50, 100, 150, 200, 299];
console.log(`${"step".padEnd(30)}${at.map((step) => String(step).padStart(9)).join("")}`);
const panels = [];
for (const [title, list] of Object.entries(groups)) {
  const x = Array.from({ length: steps }, (_, i) => i);
  for (const [name, rate] of Object.entries(list)) {
    console.log(`${name.padEnd(30)}${at.map((step) => rate(step).toFixed(4).padStart(9)).join("")}`);
  }
  panels.push(
    await lineChart({
      title,
      x: { title: "step" },
      y: { title: "learning rate", min: 0 },
      series: Object.entries(list).map(([name, rate]) => ({
        name,
        x,
        y: x.map(rate),
        style: title.includes("epoch") ? "step" : "line",
      })),
      height: 330,
    }),
  );
}

console.log("\n2. A network on drawn digits, 20 steps of 50 rows an epoch, SGD with momentum:\n");
const [train, dev] = split(
  drawnDigits({ count: 1500, seed: 1, flatten: true, oneHot: true }),
  [1000, 500].map((n) => n / 1500),
  {
    seed: 1,
  },
);

/** Dev loss and the rate after each epoch. */
async function run(learningRate, callbacks = []) {
  wg.setSeed(3);
  const model = wg.sequential([
    wg.layers.dense({ units: 32, activation: "relu", inputShape: [784] }),
    wg.layers.dropout({ rate: 0.3 }),
    wg.layers.dense({ units: 10, activation: "softmax" }),
  ]);
  const optimizer = wg.optimizers.sgd({ learningRate, momentum: 0.9 });
  model.compile({ optimizer, loss: "categoricalCrossentropy", metrics: ["accuracy"] });
  const used = [];
  const watch = {
    onEpochEnd(_epoch, _logs, { model: { position } }) {
      const rate = optimizer.learningRate;
      used.push(typeof rate === "number" ? rate : rate(position.step - 1));
    },
  };
  const { history } = await model.fit(train, {
    epochs,
    batchSize: 50,
    validation: dev,
    callbacks: [watch, ...callbacks],
  });
  return { loss: history.val_loss, accuracy: history.val_accuracy.at(-1), rates: used };
}

const plateau = wg.callbacks.reduceLROnPlateau({ factor: 0.3, patience: 2 });
/** By hand: someone who watches the loss and divides the rate by 5 after the sixth epoch and after the eleventh. */
const watcher = {
  onEpochEnd(epoch) {
    if (epoch === 5) byHand.set(0.04);
    if (epoch === 10) byHand.set(0.008);
  },
};
const runs = {
  "constant 0.2": await run(0.2),
  "constant 0.01": await run(0.01),
  "0.8^epoch · 0.2": await run(groups["Decay by epoch, 20 steps each"]["0.8^epoch · α₀"]),
  "warm-up, then cosine": await run(groups["Warm-up, cycles and sequences"]["warm-up, then cosine"]),
  "one cycle": await run(groups["Warm-up, cycles and sequences"]["one cycle"]),
  "reduce on plateau": await run(0.2, [plateau]),
  "by hand": await run(byHand, [watcher]),
};
console.log("schedule               dev loss   dev accuracy   rate in the last epoch");
for (const [name, { loss, accuracy, rates }] of Object.entries(runs)) {
  console.log(
    `${name.padEnd(22)} ${loss.at(-1).toFixed(4).padStart(8)}   ${(accuracy * 100).toFixed(1).padStart(10)} %   ${rates.at(-1).toPrecision(3).padStart(22)}`,
  );
}
const counted = Array.from({ length: epochs }, (_, i) => i + 1);
panels.push(
  await lineChart({
    title: "Rates that depend on the run: by hand and on a plateau",
    x: { title: "epoch" },
    y: { title: "learning rate", scale: "log" },
    series: ["reduce on plateau", "by hand"].map((name) => ({ name, x: counted, y: runs[name].rates, style: "step" })),
    height: 330,
  }),
  await lineChart({
    title: "Dev loss of the network",
    x: { title: "epoch" },
    y: { title: "categorical cross-entropy", scale: "log" },
    series: Object.entries(runs).map(([name, { loss }]) => ({ name, x: counted, y: loss })),
    height: 440,
  }),
);
await picture("schedules", await figure(panels, { columns: 1 }));

const ranked = Object.entries(runs).sort(([, a], [, b]) => a.loss.at(-1) - b.loss.at(-1));
const [[best, first], [worst, last]] = [ranked[0], ranked.at(-1)];
console.log(
  `\nNotice: a rate that is high at first and low at the end keeps the speed of one and the calm of the other. Here "${best}" ends best, at a dev loss of ${first.loss.at(-1).toFixed(3)}, ` +
    `and "${worst}" worst, at ${last.loss.at(-1).toFixed(3)}.`,
);
