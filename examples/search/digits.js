// A search for the hyper-parameters of a network that reads digits of 8 × 8 pixels. Trials that do badly are given up after a few epochs.
//
//   npx wasmgrad search run examples/search/digits.js --trials 40 --parallel 2
//   npx wasmgrad search report --storage digits.sqlite

import * as wg from "wasmgrad";
import { csv, tabular } from "wasmgrad/data";
import {
  asha,
  defineStudy,
  logInt,
  logUniform,
  oneMinusLogUniform,
  pruningCallback,
  tpe,
  uniform,
} from "wasmgrad/search";
import { dataFile } from "../recipes/data.js";

const table = await csv(dataFile("digits/digits.csv.gz", "scikit-learn, sklearn/datasets/data"), { header: false });
const label = table.names.at(-1);
const [train, dev] = table.split([0.7, 0.3], { seed: 0, stratify: label });
const prep = tabular(train, { y: label, labels: "class" });
const rows = { train: prep.transform(train), dev: prep.transform(dev) };

export default defineStudy({
  name: "digits",
  space: {
    learningRate: logUniform(1e-3, 1),
    momentum: oneMinusLogUniform(0.5, 0.99),
    units: logInt(8, 128),
    dropout: uniform(0, 0.5),
    l2: logUniform(1e-6, 1e-2),
  },
  sampler: tpe(),
  pruner: asha({ minResource: 2 }),
  direction: "maximize",
  async objective(trial) {
    const { learningRate, momentum, units, dropout, l2 } = trial.params;
    wg.setSeed(0);
    const kernelRegularizer = wg.regularizers.l2(l2);
    const model = wg.sequential([
      wg.layers.dense({ units, activation: "relu", kernelRegularizer, inputShape: [prep.features.length] }),
      wg.layers.dropout({ rate: dropout }),
      wg.layers.dense({ units: 10, activation: "softmax", kernelRegularizer }),
    ]);
    model.compile({
      optimizer: wg.optimizers.sgd({ learningRate, momentum }),
      loss: "sparseCategoricalCrossentropy",
      metrics: ["accuracy"],
    });
    const { history } = await model.fit(rows.train, {
      epochs: 16,
      batchSize: 32,
      validation: rows.dev,
      callbacks: [pruningCallback(trial, { monitor: "val_accuracy" })],
    });
    return history.val_accuracy.at(-1);
  },
});
