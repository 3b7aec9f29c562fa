import { adam, network } from "./make.js";

const conv = (filters) => ({ type: "conv2d", filters, kernelSize: 3, activation: "relu" });
const pool = { type: "maxPooling2d", poolSize: 2 };

export const inputShape = [28, 28, 1];
export const layers = [
  conv(8),
  pool,
  conv(16),
  pool,
  { type: "flatten" },
  { type: "dense", units: 10, activation: "softmax" },
];

/** conv 8, pool, conv 16, pool, dense 10: the least that one would call a convolutional network; windows of 3 × 3, zero padding to the same size. */
export default [
  {
    name: "cnn",
    title: "CNN 8-16 on 28 × 28 × 1, batch 64",
    kind: "train",
    bars: [
      { threads: "many", against: "tfjs-cpu", atLeast: 500 },
      { threads: "many", against: "jax-js", atLeast: 5 },
      { threads: "many", against: "pytorch", atLeast: 1 },
    ],
    make: () => network({ inputShape, layers, batch: 64, loss: "categoricalCrossentropy", optimizer: adam }),
  },
];
