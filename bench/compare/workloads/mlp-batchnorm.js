import { adam, network } from "./make.js";

const hidden = [
  { type: "dense", units: 512, useBias: false },
  { type: "batchNormalization", epsilon: 1e-3 },
  { type: "activation", activation: "relu" },
];
const layers = [...hidden, ...hidden, { type: "dense", units: 10, activation: "softmax" }];

/** A wide classifier with batch normalization between the products and their ReLUs. */
export default [
  {
    name: "mlp-batchnorm",
    title: "MLP 784-512-512-10 with batch norm, batch 256",
    kind: "train",
    bars: [{ threads: "many", against: "pytorch", atLeast: 0.6, node: 26 }],
    make: () => network({ inputShape: [784], layers, batch: 256, loss: "categoricalCrossentropy", optimizer: adam }),
  },
];
