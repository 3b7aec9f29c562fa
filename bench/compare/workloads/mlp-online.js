import { network } from "./make.js";

const layers = [16, 16, 1].map((units) => ({ type: "dense", units, activation: "sigmoid" }));

/** What brain.js can do: one row at a time, sigmoid everywhere, gradient descent on half the squared error. */
export default [
  {
    name: "mlp-online",
    title: "MLP 2-16-16-1, sigmoid, one row, gradient descent",
    kind: "train",
    make: () =>
      network({
        inputShape: [2],
        layers,
        batch: 1,
        loss: "halfSquaredError",
        optimizer: { name: "sgd", learningRate: 0.1 },
      }),
  },
];
