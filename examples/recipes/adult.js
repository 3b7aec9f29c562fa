// Adult: who earns more than 50,000 dollars, by a network on a table with categories. Test accuracy 0.855. node examples/recipes/adult.js

import * as wg from "wasmgrad";
import { csv, tabular } from "wasmgrad/data";
import { dataFile } from "./data.js";

// Categories one-hot, "?" as a category of its own, gains and losses by their logarithm with a mark that there are any. Dropout and
// decoupled weight decay against variance; settings were chosen on dev, a fifth of the training file, and the test file is read last.
await wg.init();
wg.setSeed(0);
const origin = "archive.ics.uci.edu, Adult";
const columns =
  "age,workclass,fnlwgt,education,education-num,marital-status,occupation,relationship,race,sex,capital-gain,capital-loss,hours-per-week,native-country,class".split(
    ",",
  );
const read = async (name, more) =>
  (await csv(dataFile(`adult/${name}`, origin), { header: false, columns, ...more }))
    .with("class", (row) => row.class.replace(".", ""))
    .with("gained", (row) => Number(row["capital-gain"] > 0))
    .with("lost", (row) => Number(row["capital-loss"] > 0));

const [train, dev] = (await read("adult.data")).split([0.8, 0.2], { seed: 1, stratify: "class" });
const prep = tabular(train, {
  y: "class",
  columns: { fnlwgt: { log: true }, "capital-gain": { log: true }, "capital-loss": { log: true } },
});
console.log(
  `${train.size} training and ${dev.size} dev rows, ${prep.features.length} features; ${prep.classes.join(" or ")}`,
);

const hidden = (inputShape) => [
  wg.layers.dense({ units: 64, activation: "relu", kernelInitializer: "auto", inputShape }),
  wg.layers.dropout({ rate: 0.3 }),
];
const model = wg.sequential([
  ...hidden([prep.features.length]),
  ...hidden(),
  wg.layers.dense({ units: 1, activation: "sigmoid" }),
]);
const [epochs, batchSize] = [15, 128];
const steps = epochs * Math.ceil(train.size / batchSize);
model.compile({
  optimizer: wg.optimizers.adamw({ learningRate: wg.schedules.cosine(2e-3, { steps }), weightDecay: 0.1 }),
  loss: "binaryCrossentropy",
  metrics: ["accuracy"],
});
await model.fit(prep.transform(train), {
  epochs,
  batchSize,
  validation: prep.transform(dev),
  callbacks: [wg.callbacks.progressBar()],
});

const test = await read("adult.test", { skipLines: 1 });
const { accuracy } = await model.evaluate(prep.transform(test));
console.log(`\ntest accuracy: ${accuracy.toFixed(4)}`);
