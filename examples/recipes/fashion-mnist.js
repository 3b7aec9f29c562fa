// Fashion-MNIST: what piece of clothing, by a network without convolution. Test accuracy 0.90. node examples/recipes/fashion-mnist.js

import * as wg from "wasmgrad";
import { augment, fashionMnist } from "wasmgrad/data";

// Batch normalization for speed, dropout and mirrored images against variance (a shirt is a shirt from the left and from the right), a
// rate that ends at 0. Settings were chosen on dev, the last 6,000 training images; the test images are used once, at the end.
await wg.init();
wg.setSeed(0);
const { train: all, test } = await fashionMnist();
const train = augment(all.take(54_000), { flip: "horizontal", seed: 1 });
const dev = all.skip(54_000);

const hidden = (units) => [
  wg.layers.dense({ units, kernelInitializer: "auto" }),
  wg.layers.batchNormalization(),
  wg.layers.activation({ activation: "relu" }),
  wg.layers.dropout({ rate: 0.3 }),
];
const model = wg.sequential([
  wg.layers.flatten({ inputShape: [28, 28, 1] }),
  ...hidden(512),
  ...hidden(256),
  wg.layers.dense({ units: 10, activation: "softmax" }),
]);
const [epochs, batchSize] = [24, 128];
const steps = epochs * Math.ceil(54_000 / batchSize);
model.compile({
  optimizer: wg.optimizers.adamw({ learningRate: wg.schedules.cosine(2e-3, { steps }), weightDecay: 0.01 }),
  loss: "sparseCategoricalCrossentropy",
  metrics: ["accuracy"],
});
await model.fit(train, { epochs, batchSize, validation: dev, callbacks: [wg.callbacks.progressBar()] });
const { accuracy } = await model.evaluate(test);
console.log(`\ntest accuracy: ${accuracy.toFixed(4)}`);
