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

/** Accuracy on rows unseen, epoch by epoch. */
async function curveOf(data) {
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
  const curve = [];
  for (let epoch = 1; epoch <= EPOCHS; epoch++) {
    await model.fit(data, { epochs: epoch, initialEpoch: epoch - 1, batchSize: 32 });
    curve.push((await model.evaluate(dev)).accuracy);
  }
  return { curve, train: (await model.evaluate(train)).accuracy };
}

wg.setSeed(2);
const plain = await curveOf(train);
wg.setSeed(2);
const augmented = await curveOf(more);
const last = ({ curve }) => curve.slice(-10).reduce((sum, v) => sum + v, 0) / 10;
const percent = (v) => `${(100 * v).toFixed(1)} %`.padStart(7);
console.log(`300 drawn digits, 784-64-10, ${EPOCHS} epochs; dev accuracy is the mean of the last ten:\n`);
console.log(`                      train      dev`);
console.log(`as they are         ${percent(plain.train)}  ${percent(last(plain))}`);
console.log(`augmented           ${percent(augmented.train)}  ${percent(last(augmented))}`);

const epochs = Array.from({ length: EPOCHS }, (_, i) => i + 1);
const chart = await lineChart({
  title: "Accuracy on 1,900 digits unseen, after training on 300",
  x: { title: "epoch" },
  y: { title: "dev accuracy (fraction)", min: 0, max: 1 },
  series: [
    { name: "augmented", x: epochs, y: augmented.curve },
    { name: "as they are", x: epochs, y: plain.curve },
  ],
});
await picture("augmentation", await figure([sheet, chart], { columns: 2 }));
console.log(
  `\nNotice: the network knows its 300 pictures by heart (${percent(plain.train).trim()}) and names ${percent(last(plain)).trim()} of new ones; shown each in a new form every epoch, it names ${percent(last(augmented)).trim()}. Augmentation is data that costs nothing, as long as the label stays true.`,
);
