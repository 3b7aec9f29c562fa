import { adam, network } from "./make.js";

const conv = (filters) => [
  { type: "conv2d", filters, kernelSize: 3, useBias: false },
  { type: "batchNormalization", epsilon: 1e-3 },
  { type: "activation", activation: "relu" },
];
const rest = [
  { type: "maxPooling2d", poolSize: 2 },
  { type: "dropout", rate: 0.25 },
];
const layers = [
  ...conv(32),
  ...conv(32),
  ...rest,
  ...conv(64),
  ...conv(64),
  ...rest,
  { type: "flatten" },
  { type: "dense", units: 10, activation: "softmax" },
];

/** A network as for CIFAR-10, with batch normalization and dropout. Random masks differ between libraries: results are compared without dropout, times taken with it. */
export default [
  {
    name: "cnn-deep",
    title: "CNN 32-32-64-64 on 32 × 32 × 3, batch 64",
    kind: "train",
    bars: [{ threads: "many", against: "pytorch", atLeast: 0.4 }],
    make: () =>
      network({ inputShape: [32, 32, 3], layers, batch: 64, loss: "categoricalCrossentropy", optimizer: adam }),
  },
];
