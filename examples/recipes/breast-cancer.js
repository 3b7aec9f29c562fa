// Breast cancer: benign or malignant, by logistic regression. 10-fold accuracy 0.979. node examples/recipes/breast-cancer.js

import * as wg from "wasmgrad";
import { csv, tabular } from "wasmgrad/data";
import { dataFile, meanAndDeviation } from "./data.js";

// 569 rows and 30 features that overlap: a linear model is enough. What counts is one scale for all features, fitted in each fold on its
// training rows alone, and a little L2 against features that say the same.
await wg.init();
wg.setSeed(0);
const table = await csv(dataFile("breast-cancer/breast_cancer.csv", "scikit-learn, sklearn/datasets/data"), {
  skipLines: 1,
  header: false,
});
const label = table.names.at(-1);

const accuracies = [];
for (const { train, validation } of table.kFold(10, { seed: 0, stratify: label })) {
  const prep = tabular(train, { y: label });
  const model = wg.sequential([
    wg.layers.dense({
      units: 1,
      activation: "sigmoid",
      kernelRegularizer: wg.regularizers.l2(0.001),
      inputShape: [prep.features.length],
    }),
  ]);
  model.compile({
    optimizer: wg.optimizers.adam({ learningRate: 0.01 }),
    loss: "binaryCrossentropy",
    metrics: ["accuracy"],
  });
  await model.fit(prep.transform(train), { epochs: 60, batchSize: 32 });
  const { accuracy } = await model.evaluate(prep.transform(validation));
  accuracies.push(accuracy);
  console.log(
    `fold ${String(accuracies.length).padStart(2)}: ${train.size} rows trained on, accuracy ${accuracy.toFixed(4)}`,
  );
}
console.log(`\n10-fold accuracy: ${meanAndDeviation(accuracies)}`);
