import { adam, network } from "./make.js";

export const layers = [
  { type: "dense", units: 128, activation: "relu" },
  { type: "dense", units: 10, activation: "softmax" },
];

/** A small classifier of 28 × 28 images. */
export default [
  {
    name: "mlp",
    title: "MLP 784-128-10, batch 128",
    kind: "train",
    bars: [
      { threads: "many", against: "tfjs-wasm", atLeast: 12 },
      { threads: "many", against: "jax-js", atLeast: 5 },
      { threads: "many", against: "pytorch", atLeast: 0.8, node: 26 },
    ],
    make: () => network({ inputShape: [784], layers, batch: 128, loss: "categoricalCrossentropy", optimizer: adam }),
  },
];
