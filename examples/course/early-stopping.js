// Early stopping: a network that overfits is ended in time, and its best weights are put back. node examples/course/early-stopping.js

import * as wg from "wasmgrad";
import { Dataset } from "wasmgrad/data";
import { figure, lineChart } from "wasmgrad/report";
import { picture } from "./picture.js";

await wg.init();
/** Rows of 20 numbers; their class hangs on three of them, and on chance. */
function noisyRows(count, seed) {
  const x = wg.randomNormal([count, 20], 0, 1, "float32", seed).toArray();
  const noise = wg.randomNormal([count], 0, 1, "float32", seed + 1).toArray();
  return Dataset.fromArrays(
    x,
    Int32Array.from(x, ([a, b, c], i) => (a + b * c + noise[i] > 0 ? 1 : 0)),
  );
}
const [train, dev, test] = [noisyRows(300, 1), noisyRows(2000, 3), noisyRows(2000, 5)];

/** The same network each time: far too large for 300 rows. */
async function fit(epochs, callbacks = []) {
  wg.setSeed(3);
  const model = wg.sequential([
    wg.layers.dense({ units: 64, activation: "relu", inputShape: [20] }),
    wg.layers.dense({ units: 2, activation: "softmax" }),
  ]);
  model.compile({
    optimizer: wg.optimizers.adam({ learningRate: 2e-3 }),
    loss: "sparseCategoricalCrossentropy",
    metrics: ["accuracy"],
  });
  const { history, stopped } = await model.fit(train, { epochs, batchSize: 32, validation: dev, callbacks });
  return { history, stopped, tested: await model.evaluate(test) };
}
const EPOCHS = 60;
const upTo = (count) => Array.from({ length: count }, (_, i) => i + 1);
const full = await fit(EPOCHS);

console.log(`One network, ${train.size} training rows; without stopping it runs ${EPOCHS} epochs.\n`);
console.log("monitor        patience  least change  epochs  best epoch  test loss  test accuracy");
const line = (monitor, patience, minDelta, epochs, best, { loss, accuracy }) =>
  console.log(
    `${monitor.padEnd(13)}  ${String(patience).padStart(8)}  ${String(minDelta).padStart(12)}  ${String(epochs).padStart(6)}  ` +
      `${String(best).padStart(10)}  ${loss.toFixed(3).padStart(9)}  ${accuracy.toFixed(3).padStart(13)}`,
  );
line("none", "–", "–", EPOCHS, "–", full.tested);
const runs = [];
for (const [monitor, patience, minDelta] of [
  ["val_loss", 2, 0],
  ["val_loss", 8, 0],
  ["val_loss", 8, 0.05],
  ["val_accuracy", 8, 0],
]) {
  let found = { best: 0, value: 0 };
  const { history, tested } = await fit(EPOCHS, [wg.callbacks.earlyStopping({ monitor, patience, minDelta })]);
  const better = (a, b) => (monitor === "val_loss" ? a < b - minDelta : a > b + minDelta);
  history[monitor].forEach((value, i) => {
    if (i === 0 || better(value, found.value)) found = { best: i + 1, value };
  });
  line(monitor, patience, minDelta, history[monitor].length, found.best, tested);
  runs.push({ monitor, ...found, epochs: history[monitor].length, tested });
}

const panel = (metric, title, run) =>
  lineChart({
    width: 520,
    height: 380,
    title,
    x: { title: "epoch" },
    y: { title: metric === "loss" ? "cross-entropy" : "accuracy (fraction)" },
    series: [
      { name: "train", x: upTo(EPOCHS), y: full.history[metric] },
      { name: "dev", x: upTo(EPOCHS), y: full.history[`val_${metric}`] },
    ],
    marks: [
      { x: run.best, y: run.value, text: `best: epoch ${run.best}` },
      { x: run.epochs, text: `stopped: epoch ${run.epochs}` },
    ],
  });
const [, byLoss, , byAccuracy] = runs;
await picture(
  "early-stopping",
  await figure([
    await panel("loss", "Stopped by val_loss, patience 8", byLoss),
    await panel("accuracy", "Stopped by val_accuracy, patience 8", byAccuracy),
  ]),
);
console.log(
  `\nNotice: the training loss falls to the end, the dev loss rises after epoch ${byLoss.best}. Stopping by it, 8 epochs later, gives a ` +
    `test loss of ${byLoss.tested.loss.toFixed(3)} instead of ${full.tested.loss.toFixed(3)}, in ${byLoss.epochs} epochs instead of ${EPOCHS}.`,
);
