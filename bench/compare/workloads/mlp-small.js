import { adam, network } from "./make.js";

const layers = [
  { type: "dense", units: 16, activation: "relu" },
  { type: "dense", units: 16, activation: "relu" },
  { type: "dense", units: 1 },
];

/** So small that what is timed is everything but the arithmetic. */
export default [
  {
    name: "mlp-small",
    title: "MLP 2-16-16-1, batch 32",
    kind: "train",
    bars: [
      { threads: "one", against: "pytorch", atLeast: 20 },
      { threads: "one", against: "tfjs-wasm", atLeast: 50 },
    ],
    make: () => network({ inputShape: [2], layers, batch: 32, loss: "meanSquaredError", optimizer: adam }),
  },
];
