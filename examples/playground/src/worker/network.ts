import * as wg from "wasmgrad";
import type { Prepared } from "../data/prepare.js";
import type { NetworkSettings, Settings, TrainingSettings } from "../settings.js";

/** The layers to look into, by the names that they have in the model. */
export interface Block {
  /** As it is shown. */
  readonly title: string;
  /** Has the weights. */
  readonly dense: string;
  /** Puts out what the next block is fed. */
  readonly output: string;
}

export interface Network {
  readonly model: wg.Sequential;
  readonly optimizer: wg.Optimizer;
  readonly blocks: readonly Block[];
  readonly batchSize: number;
}

/** A network with its first weights, ready to be trained. The same settings make the same weights, whatever else the worker trains. */
export function networkFor({ network, training }: Settings, data: Prepared): Network {
  const rows = data.train.size as number;
  const batchSize = training.batchSize === "full" ? rows : Math.min(training.batchSize, rows);
  wg.setSeed(training.seed);
  const model = wg.sequential(layersFor(network, data));
  const optimizer = optimizerFor(training, Math.ceil(rows / batchSize));
  model.compile({
    optimizer,
    loss: data.task === "classification" ? "sparseCategoricalCrossentropy" : "meanSquaredError",
    metrics: [data.task === "classification" ? "accuracy" : "rootMeanSquaredError"],
    ...(network.l1 + network.l2 > 0
      ? { kernelRegularizer: wg.regularizers.l1l2({ l1: network.l1, l2: network.l2 }) }
      : {}),
  });
  const hidden = network.layers.map((_, i) => ({
    title: `hidden ${i + 1}`,
    dense: `hidden${i + 1}`,
    output: `activation${i + 1}`,
  }));
  return { model, optimizer, blocks: [...hidden, { title: "output", dense: "output", output: "output" }], batchSize };
}

function layersFor({ layers, activation, initializer, dropoutMode }: NetworkSettings, data: Prepared): wg.Layer[] {
  const kernelInitializer = initializers[initializer]();
  const hidden = layers.flatMap(({ units, batchNorm, dropout }, i) => [
    wg.layers.dense({ units, kernelInitializer, useBias: !batchNorm, name: `hidden${i + 1}` }),
    // In front of the activation, as in the course; it brings its own bias.
    ...(batchNorm ? [wg.layers.batchNormalization({ name: `norm${i + 1}` })] : []),
    wg.layers.activation({ activation, name: `activation${i + 1}` }),
    ...(dropout > 0 ? [wg.layers.dropout({ rate: dropout, mode: dropoutMode, name: `dropout${i + 1}` })] : []),
  ]);
  const units = data.task === "classification" ? data.classes.length : 1;
  return [
    // Rows of numbers pass as they are, images become rows.
    wg.layers.flatten({ inputShape: data.inputShape, name: "input" }),
    ...hidden,
    wg.layers.dense({ units, kernelInitializer, name: "output" }),
    ...(data.task === "classification" ? [wg.layers.activation({ activation: "softmax", name: "probabilities" })] : []),
  ];
}

const initializers: Record<NetworkSettings["initializer"], () => wg.initializers.Initializer> = {
  zeros: () => wg.initializers.zeros(),
  small: () => wg.initializers.randomNormal({ stdDev: 0.01 }),
  large: () => wg.initializers.randomNormal({ stdDev: 2 }),
  xavierNormal: () => wg.initializers.xavierNormal(),
  glorotUniform: () => wg.initializers.glorotUniform(),
  heNormal: () => wg.initializers.heNormal(),
};

function optimizerFor({ optimizer, schedule, ...training }: TrainingSettings, stepsPerEpoch: number): wg.Optimizer {
  const learningRate = schedules[schedule](training.learningRate, training.epochs, stepsPerEpoch);
  if (optimizer === "momentum") return wg.optimizers.sgd({ learningRate, momentum: 0.9 });
  if (optimizer === "nesterov") return wg.optimizers.sgd({ learningRate, momentum: 0.9, nesterov: true });
  return wg.optimizers[optimizer]({ learningRate });
}

/** Each falls over the whole run: to an eighth in three steps, to a hundredth, to a tenth, to 0. */
const schedules: Record<
  TrainingSettings["schedule"],
  (rate: number, epochs: number, stepsPerEpoch: number) => number | wg.Schedule
> = {
  constant: (rate) => rate,
  step: (rate, epochs, stepsPerEpoch) =>
    wg.schedules.exponentialDecay(rate, { rate: 0.5, steps: Math.ceil(epochs / 4), staircase: true, stepsPerEpoch }),
  exponential: (rate, epochs, stepsPerEpoch) =>
    wg.schedules.exponentialDecay(rate, { rate: 0.01, steps: epochs * stepsPerEpoch }),
  inverseTime: (rate, epochs, stepsPerEpoch) =>
    wg.schedules.inverseTimeDecay(rate, { decay: 9 / (epochs * stepsPerEpoch) }),
  cosine: (rate, epochs, stepsPerEpoch) => wg.schedules.cosine(rate, { steps: epochs * stepsPerEpoch }),
  // It rises for a step at least.
  oneCycle: (rate, epochs, stepsPerEpoch) =>
    wg.schedules.oneCycle(rate, { steps: Math.max(2, epochs * stepsPerEpoch) }),
};

/** The rate of the next step. */
export function learningRateOf(optimizer: wg.Optimizer, step: number): number {
  const { learningRate } = optimizer;
  return typeof learningRate === "number" ? learningRate : learningRate(step);
}
