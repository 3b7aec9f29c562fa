// Exponentially weighted averages: of temperatures, and of a network's weights. node examples/course/exponential-averages.js

import * as wg from "wasmgrad";
import { drawnDigits, split } from "wasmgrad/data";
import { exponentialAverage } from "wasmgrad/diagnostics";
import { figure, lineChart } from "wasmgrad/report";
import { picture } from "./picture.js";

await wg.init();
wg.setSeed(1);

// A year of daily temperatures as on a temperate coast: a wave and noise.
const noise = wg.randomNormal([365], 0, 3, "float32", 3).toTypedArray();
const days = Array.from(noise, (_, i) => i + 1);
const season = days.map((day) => 11 - 7 * Math.cos((2 * Math.PI * (day - 20)) / 365));
const temperatures = season.map((mean, i) => mean + noise[i]);

const smooth = (beta, biasCorrection) => {
  const average = exponentialAverage(beta, { biasCorrection });
  return temperatures.map((each) => average.next(each));
};
const distance = (values, from = 0) =>
  Math.sqrt(values.slice(from).reduce((sum, v, i) => sum + (v - season[i + from]) ** 2, 0) / (values.length - from));

console.log("1. Daily temperatures, averaged with v = β · v + (1 − β) · x:\n");
console.log("β      averages about   off the season   first day, not corrected → corrected");
for (const beta of [0.5, 0.9, 0.98]) {
  const [plain, corrected] = [smooth(beta, false), smooth(beta, true)];
  console.log(
    `${String(beta).padEnd(5)}  ${`${Math.round(1 / (1 - beta))} days`.padStart(8)}  ${`${distance(corrected, 60).toFixed(2)} °C`.padStart(18)}   ` +
      `${plain[0].toFixed(2).padStart(10)} → ${corrected[0].toFixed(2)} °C`,
  );
}
console.log(`day by day ${distance(temperatures, 60).toFixed(2).padStart(19)} °C`);

const year = await lineChart({
  title: "A year of temperatures and their averages, with bias correction",
  x: { title: "day of the year" },
  y: { title: "temperature (°C)" },
  series: [
    { name: "each day", x: days, y: temperatures, style: "points" },
    { name: "β = 0.5", x: days, y: smooth(0.5, true) },
    { name: "β = 0.9", x: days, y: smooth(0.9, true) },
    { name: "β = 0.98", x: days, y: smooth(0.98, true) },
  ],
});
const early = days.slice(0, 90);
const beginning = await lineChart({
  title: "The first 90 days with β = 0.98",
  x: { title: "day of the year" },
  y: { title: "temperature (°C)" },
  series: [
    { name: "each day", x: early, y: temperatures.slice(0, 90), style: "points" },
    { name: "v, not corrected", x: early, y: smooth(0.98, false).slice(0, 90), style: "dashed" },
    { name: "v / (1 − βᵗ)", x: early, y: smooth(0.98, true).slice(0, 90) },
  ],
});

console.log(
  "\n2. A network trained with noisy steps (SGD at a high rate, 16 rows each): loss on dev after each epoch\n",
);
const [train, dev] = split(drawnDigits({ count: 2000, seed: 1, flatten: true, oneHot: true }), [0.7, 0.3], { seed: 1 });
const epochs = 16;
const startEpoch = 5;

/** The same run each time, seen through the weights as they are, or through one of their averages. */
async function devLoss(callbacks) {
  wg.setSeed(2);
  const model = wg.sequential([
    wg.layers.dense({ units: 32, activation: "relu", inputShape: [784] }),
    wg.layers.dropout({ rate: 0.3 }),
    wg.layers.dense({ units: 10, activation: "softmax" }),
  ]);
  model.compile({ optimizer: wg.optimizers.sgd({ learningRate: 0.35 }), loss: "categoricalCrossentropy" });
  const { history } = await model.fit(train, { epochs, batchSize: 16, validation: dev, callbacks });
  return history.val_loss;
}
const runs = {
  "as trained": await devLoss([]),
  "EMA, decay 0.99": await devLoss([wg.callbacks.exponentialMovingAverage({ decay: 0.99 })]),
  [`SWA from epoch ${startEpoch + 1}`]: await devLoss([wg.callbacks.stochasticWeightAveraging({ startEpoch })]),
};
/** How far a curve goes up and down from one epoch to the next, over its second half. */
const jumps = (values) => {
  const half = values.slice(epochs / 2);
  return half.slice(1).reduce((sum, v, i) => sum + Math.abs(v - half[i]), 0) / (half.length - 1);
};
console.log("weights             last epoch   mean of the second half   jump from epoch to epoch");
for (const [name, values] of Object.entries(runs)) {
  const half = values.slice(epochs / 2);
  console.log(
    `${name.padEnd(18)} ${values.at(-1).toFixed(4).padStart(11)}   ${(half.reduce((a, b) => a + b) / half.length).toFixed(4).padStart(23)}   ${jumps(values).toFixed(4).padStart(24)}`,
  );
}
const weights = await lineChart({
  title: "Loss on dev: the weights as trained, and their averages",
  x: { title: "epoch" },
  y: { title: "categorical cross-entropy" },
  series: Object.entries(runs).map(([name, y]) => ({ name, x: y.map((_, i) => i + 1), y })),
});
await picture("exponential-averages", await figure([year, beginning, weights], { columns: 1 }));

const [raw, ema, swa] = Object.values(runs);
console.log(
  `\nNotice: β = 0.9 averages about ten days and lies ${distance(smooth(0.9, true), 60).toFixed(1)} °C off the season where single days lie ${distance(temperatures, 60).toFixed(1)} °C off; β = 0.98 is smoother and ` +
    `comes late. Averaged weights end at a dev loss of ${ema.at(-1).toFixed(3)} (EMA) and ${swa.at(-1).toFixed(3)} (SWA), the weights of the last step at ${raw.at(-1).toFixed(3)}.`,
);
