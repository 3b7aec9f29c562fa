// The loss around trained weights: small and large batches, from other initial weights each, and the line from one to the other. node examples/course/loss-landscape.js

import * as wg from "wasmgrad";
import { drawnDigits, split } from "wasmgrad/data";
import { lossLandscape } from "wasmgrad/diagnostics";
import { figure, heatmap, lineChart } from "wasmgrad/report";
import { picture } from "./picture.js";

await wg.init();
const data = drawnDigits({ count: 2400, seed: 3, flatten: true, oneHot: true });
const [train, test] = split(data, [0.5, 0.5], { seed: 1 });

async function trained(batchSize, epochs, seed) {
  wg.setSeed(seed);
  const model = wg.sequential([
    wg.layers.dense({ units: 32, activation: "relu", inputShape: [784] }),
    wg.layers.dense({ units: 10, activation: "softmax" }),
  ]);
  model.compile({
    optimizer: wg.optimizers.adam({ learningRate: 2e-3 }),
    loss: "categoricalCrossentropy",
    metrics: ["accuracy"],
  });
  await model.fit(train, { epochs, batchSize });
  return model;
}

const around = { steps: 31, maxRows: 200, seed: 5 };
const nets = [];
for (const [name, batchSize, epochs, seed] of [
  ["batches of 16", 16, 10, 2],
  ["full batch of 1,200", 1200, 120, 3],
]) {
  const model = await trained(batchSize, epochs, seed);
  const line = await lossLandscape(model, train, { ...around, dimensions: 1, steps: 61 });
  const { loss, accuracy } = await model.evaluate(test);
  const width = line.x.filter((_, i) => line.values[0][i] < line.loss + 0.5).length * (line.x[1] - line.x[0]);
  nets.push({ name, model, line, width, loss, accuracy });
  console.log(
    `${name.padEnd(20)} training loss ${line.loss.toFixed(4)}  test loss ${loss.toFixed(3)}  test accuracy ${(accuracy * 100).toFixed(1)} %  ` +
      `width where the loss is less than 0.5 above: ${width.toFixed(2)}`,
  );
}
const [small, large] = nets;
const between = await lossLandscape(small.model, train, {
  between: [small.model.getWeights(), large.model.getWeights()],
  steps: 31,
  maxRows: 200,
});
const barrier = Math.max(...between.values[0].filter((_, i) => between.x[i] >= 0 && between.x[i] <= 1));
console.log(`highest loss on the line from the one to the other: ${barrier.toFixed(3)}`);

const planes = [];
for (const { name, model } of nets) {
  const plane = await lossLandscape(model, train, { ...around, steps: 15, maxRows: 100 });
  planes.push({ name, plane });
}
const most = Math.max(...planes.flatMap(({ plane }) => plane.values.flatMap((row) => [...row])));
const size = { width: 560, height: 420 };
await picture(
  "loss-landscape",
  await figure(
    [
      ...(await Promise.all(
        planes.map(({ name, plane }) =>
          heatmap({
            title: `Around the weights: ${name}`,
            x: { title: "first direction, 1 = length of each filter", values: plane.x },
            y: { title: "second direction", values: plane.y },
            z: plane.values,
            value: { title: "training loss", min: 0, max: most },
            contours: 10,
            ...size,
          }),
        ),
      )),
      await lineChart({
        title: "Along one direction, filter-normalized",
        x: { title: "position, 1 = length of each filter" },
        y: { title: "training loss" },
        series: nets.map(({ name, line }) => ({ name, x: line.x, y: line.values[0] })),
        ...size,
      }),
      await lineChart({
        title: "From the one net's weights to the other's",
        x: { title: "position: 0 small batches, 1 full batch" },
        y: { title: "training loss" },
        series: [{ name: "loss", x: between.x, y: between.values[0] }],
        ...size,
      }),
    ],
    { columns: 2 },
  ),
);
console.log(
  `Notice: each net lies in a basin, ${small.width.toFixed(2)} wide for small batches and ${large.width.toFixed(2)} for full ones. On the line between the two the loss reaches ` +
    `${barrier.toFixed(2)} against ${Math.max(small.line.loss, large.line.loss).toFixed(2)} at its ends: ${barrier > 2 * Math.max(small.line.loss, large.line.loss) + 0.05 ? "these are two valleys with a pass between them" : "one valley holds both"}.`,
);
