// Augmentation: what each transformation does to a picture, and what all of them do for a network with few pictures. node examples/course/augmentation.js

import * as wg from "wasmgrad";
import { augment, drawnDigits, split } from "wasmgrad/data";
import { contactSheet, figure, lineChart } from "wasmgrad/report";
import { picture } from "./picture.js";

await wg.init();
wg.setSeed(1);

/** The images of a dataset's pass, each { data, shape }. */
async function imagesOf(dataset, epoch = 0) {
  const found = [];
  for (const { x } of (await dataset.batches({ epoch })).sync) {
    const [count, height, width] = x[0].shape;
    for (let i = 0; i < count; i++) {
      const data = x[0].data.slice(i * height * width, (i + 1) * height * width);
      found.push({ data, shape: [height, width] });
    }
  }
  return found;
}

const few = drawnDigits({ count: 9, seed: 3 });
const steps = {
  flip: { flip: "horizontalAndVertical" },
  "crop, 4 pixels of padding": { crop: { padding: 4 } },
  "rotate 25°": { rotate: 25 },
  "zoom 0.3": { zoom: 0.3 },
  "shear 25°": { shear: 25 },
  "shift 0.15": { shift: 0.15 },
  "elastic 34, 4": { elastic: { alpha: 34, sigma: 4 } },
  "brightness 0.4": { brightness: 0.4 },
  "contrast 0.7": { contrast: 0.7 },
  "cutout 10": { cutout: 10 },
};
const rows = [{ name: "before", images: await imagesOf(few) }];
for (const [name, options] of Object.entries(steps)) {
  rows.push({ name, images: await imagesOf(augment(few, { ...options, seed: 1 })) });
}
const sheet = await contactSheet({ title: "Nine digits before and after each transformation", rows, scale: 2 });

const [train, dev] = split(drawnDigits({ count: 2200, seed: 5 }), [300 / 2200, 1900 / 2200], {
  seed: 1,
  stratify: true,
});
// Gentle enough that a 9 stays a 9: what a label does not survive is no augmentation.
const more = augment(train, { rotate: 12, zoom: 0.12, shear: 10, shift: 0.07, elastic: { alpha: 15, sigma: 4 } });
const EPOCHS = 60;

/** Accuracy on the 300 rows as they are and on rows unseen, epoch by epoch. */
async function curvesOf(data) {
  const model = wg.sequential([
    wg.layers.flatten({ inputShape: [28, 28, 1] }),
    wg.layers.dense({ units: 64, activation: "relu" }),
    wg.layers.dense({ units: 10, activation: "softmax" }),
  ]);
  model.compile({
    optimizer: wg.optimizers.adam({ learningRate: 2e-3 }),
    loss: "sparseCategoricalCrossentropy",
    metrics: ["accuracy"],
  });
  const curves = { train: [], dev: [] };
  for (let epoch = 1; epoch <= EPOCHS; epoch++) {
    await model.fit(data, { epochs: epoch, initialEpoch: epoch - 1, batchSize: 32 });
    curves.train.push((await model.evaluate(train)).accuracy);
    curves.dev.push((await model.evaluate(dev)).accuracy);
  }
  return curves;
}

wg.setSeed(2);
const plain = await curvesOf(train);
wg.setSeed(2);
const augmented = await curvesOf(more);
const last = (curve) => curve.slice(-10).reduce((sum, v) => sum + v, 0) / 10;
const percent = (v) => `${(100 * v).toFixed(1)} %`.padStart(7);
console.log(`300 drawn digits, 784-64-10, ${EPOCHS} epochs; accuracy, the mean over the last ten:\n`);
console.log("trained on          train      dev");
console.log(`as they are       ${percent(last(plain.train))}  ${percent(last(plain.dev))}`);
console.log(`augmented         ${percent(last(augmented.train))}  ${percent(last(augmented.dev))}`);

const epochs = Array.from({ length: EPOCHS }, (_, i) => i + 1);
const chart = (title, part) =>
  lineChart({
    title,
    x: { title: "epoch" },
    y: { title: "accuracy (fraction)", min: 0, max: 1 },
    series: [
      { name: "trained on augmented digits", x: epochs, y: augmented[part] },
      { name: "trained on them as they are", x: epochs, y: plain[part] },
    ],
    width: 520,
    height: 400,
  });
const charts = [await chart("The 300 digits of training", "train"), await chart("1,900 digits unseen", "dev")];
await picture("augmentation", await figure([sheet, await figure(charts, { columns: 1 })]));
console.log(
  `\nNotice: the network knows its 300 pictures by heart (${percent(last(plain.train)).trim()}) and names ${percent(last(plain.dev)).trim()} of new ones; shown each in a new form every epoch, it names ${percent(last(augmented.dev)).trim()}. Augmentation is data that costs nothing, as long as the label stays true.`,
);
