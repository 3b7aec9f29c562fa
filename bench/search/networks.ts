import { csv, Dataset, fashionMnist } from "../../src/data/index.js";
import * as wg from "../../src/index.js";
import type { Trial } from "../../src/search/index.js";
import { logInt, logUniform, oneMinusLogUniform, uniform } from "../../src/search/parameters.js";

/** What is searched for: how a network of one hidden layer is trained. */
export const space = {
  learningRate: logUniform(1e-4, 1),
  momentum: oneMinusLogUniform(0.5, 0.999),
  units: logInt(4, 128),
  dropout: uniform(0, 0.8),
  l2: logUniform(1e-6, 0.1),
};

/** Rows to train on, and others to judge by. */
export interface Rows {
  readonly train: Dataset;
  readonly dev: Dataset;
}

/** 1,000 of the 1,797 digits to train on, the others to judge by. */
export async function digits(): Promise<Rows> {
  const table = await csv("../shared/data/digits/digits.csv.gz");
  const pixels = table.columns.slice(0, 64).map(({ values }) => values as ArrayLike<number>);
  const data = Uint8Array.from({ length: table.size * 64 }, (_, i) => pixels[i % 64]?.[i >>> 6] as number);
  const labels = Int32Array.from(table.column("column64").values as ArrayLike<number>);
  return cut(Dataset.fromArrays({ data, shape: [table.size, 64], scale: 1 / 16 }, labels), 1000, 797);
}

/** The first images of Fashion-MNIST to train on, the next ones to judge by. */
export async function fashion(train: number, dev: number): Promise<Rows> {
  return cut((await fashionMnist({ flatten: true })).train, train, dev);
}

const cut = (all: Dataset, train: number, dev: number): Rows => ({
  train: all.take(train),
  dev: all.skip(train).take(dev),
});

/** A network as a trial's values say; all have the library's seed, and so the same rows in a step. */
export function network({ params }: Trial<typeof space>, inputs: number): wg.Sequential {
  const { learningRate, momentum, units, dropout, l2 } = params;
  const kernelRegularizer = wg.regularizers.l2(l2);
  const model = wg.sequential([
    wg.layers.dense({
      units,
      activation: "relu",
      kernelInitializer: "heNormal",
      kernelRegularizer,
      inputShape: [inputs],
    }),
    wg.layers.dropout({ rate: dropout }),
    wg.layers.dense({ units: 10, activation: "softmax", kernelRegularizer }),
  ]);
  model.compile({
    optimizer: wg.optimizers.sgd({ learningRate, momentum }),
    loss: "sparseCategoricalCrossentropy",
    metrics: [crossEntropy()],
  });
  return model;
}

/** The mean of −ln of what the right class gets: the loss without the penalty, which L2 would make small by itself. */
function crossEntropy(): wg.Metric {
  let [sum, rows] = [0, 0];
  return {
    name: "crossEntropy",
    reset() {
      [sum, rows] = [0, 0];
    },
    update({ data: classes }, { data: probabilities, shape }) {
      const columns = shape.at(-1) as number;
      for (let i = 0; i < classes.length; i++) {
        sum -= Math.log(Math.max(1e-30, Number(probabilities[i * columns + Number(classes[i])])));
      }
      rows += classes.length;
    },
    result: () => sum / rows,
  };
}
