// How far the learning rate and the initial scale may be off, with batch normalization and without. node examples/course/batch-normalization.js

import * as wg from "wasmgrad";
import { drawnDigits } from "wasmgrad/data";
import { figure, heatmap } from "wasmgrad/report";
import { picture } from "./picture.js";

await wg.init();
const data = drawnDigits({ count: 512, seed: 1, flatten: true });
/** Two settings to a decade. */
const STEP = Math.sqrt(10);
const halfDecades = (from, count) => Array.from({ length: count }, (_, i) => +(from * STEP ** i).toPrecision(3));
const rates = halfDecades(1e-4, 11);
const scales = halfDecades(0.01, 9);

function network(normalized, scale) {
  wg.setSeed(1);
  const kernelInitializer = wg.initializers.varianceScaling({
    scale: 2 * scale ** 2,
    mode: "fanIn",
    distribution: "untruncatedNormal",
  });
  const hidden = (options = {}) => [
    wg.layers.dense({ units: 32, kernelInitializer, ...options }),
    ...(normalized ? [wg.layers.batchNormalization({ momentum: 0.9 })] : []),
    wg.layers.activation({ activation: "relu" }),
  ];
  return wg.sequential([
    ...hidden({ inputShape: [784] }),
    ...hidden(),
    ...hidden(),
    wg.layers.dense({ units: 10, activation: "softmax" }),
  ]);
}

/** The training loss after 6 epochs of plain gradient descent; Infinity where it blew up. */
async function lossOf(normalized, scale, rate) {
  const model = network(normalized, scale);
  model.compile({ optimizer: wg.optimizers.sgd({ learningRate: rate }), loss: "sparseCategoricalCrossentropy" });
  try {
    const { history } = await model.fit(data, { epochs: 6, batchSize: 64 });
    return history.loss.at(-1);
  } catch (error) {
    if (error.name === "NumericError") return Infinity;
    throw error;
  }
}

/** Half the loss of guessing. */
const GOOD = Math.log(10) / 2;
const found = {};
for (const [name, normalized] of [
  ["without", false],
  ["with", true],
]) {
  const table = [];
  for (const scale of scales) {
    const row = [];
    for (const rate of rates) row.push(await lossOf(normalized, scale, rate));
    table.push(row);
  }
  found[name] = table;
  console.log(`\nTraining loss ${name} batch normalization (guessing: ${Math.log(10).toFixed(2)})\n`);
  console.log(`  scale \\ rate ${rates.map((rate) => String(rate).padStart(9)).join("")}`);
  scales.forEach((scale, i) =>
    console.log(`  ${String(scale).padStart(12)} ${table[i].map((v) => v.toFixed(2).padStart(9)).join("")}`),
  );
}

/** The longest run of neighbouring settings whose loss is below GOOD, as greatest over least; 0 where there is none. */
function range(settings, losses) {
  let best = 0;
  let first = -1;
  losses.forEach((loss, i) => {
    if (!(loss < GOOD)) first = -1;
    else {
      if (first < 0) first = i;
      best = Math.max(best, settings[i] / settings[first]);
    }
  });
  return best;
}
const summary = (table) => ({
  rates: Math.max(...table.map((row) => range(rates, row))),
  scales: Math.max(
    ...rates.map((_, j) =>
      range(
        scales,
        table.map((row) => row[j]),
      ),
    ),
  ),
});
const [plain, normed] = [summary(found.without), summary(found.with)];
console.log(
  `\nWidest range of settings that reach a loss below ${GOOD.toFixed(2)}, half of guessing (greatest over least)\n`,
);
console.log("                    without       with   at least");
const ratio = {};
for (const key of ["rates", "scales"]) {
  // The settings beside a range fail, but it may reach nearly as far as they lie: one step more on either side.
  ratio[key] = normed[key] / (plain[key] * STEP ** 2);
  console.log(
    `  ${key.padEnd(12)} ${String(Math.round(plain[key])).padStart(11)} ${String(Math.round(normed[key])).padStart(10)} ${`${ratio[key].toFixed(0)} times wider`.padStart(20)}`,
  );
}

const x = { title: "learning rate", scale: "log", values: rates };
const y = { title: "initial scale (1 is He's)", scale: "log", values: scales };
const value = { title: "training loss (nats), cut at 3", min: 0, max: 3 };
const size = { width: 560, height: 420 };
const drawn = (table) => table.map((row) => row.map((v) => Math.min(3, v)));
await picture(
  "batch-normalization",
  await figure(
    [
      await heatmap({ title: "Without batch normalization", x, y, value, z: drawn(found.without), ...size }),
      await heatmap({ title: "With batch normalization", x, y, value, z: drawn(found.with), ...size }),
    ],
    { columns: 2, title: "Training loss after 6 epochs" },
  ),
);
console.log(
  `\nNotice: with batch normalization the range of learning rates that work is at least ${ratio.rates.toFixed(0)} times as wide, and that of initial scales at least ${ratio.scales.toFixed(0)} times.`,
);
