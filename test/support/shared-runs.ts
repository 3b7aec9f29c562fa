import { createHash } from "node:crypto";
import { augment, drawnDigits } from "../../src/data/index.js";
import * as wg from "../../src/index.js";
import { uniform } from "./random.js";

/** What a run comes to: digests of the weights and of the predictions, and the losses. */
export type Bits = Record<string, string>;

export function digest(t: wg.Tensor): string {
  const { buffer, byteOffset, byteLength } = t.toTypedArray();
  return createHash("sha256")
    .update(new Uint8Array(buffer, byteOffset, byteLength))
    .digest("hex");
}

const bitsOf = (model: wg.Sequential, loss: unknown): Bits => ({
  ...Object.fromEntries(model.getWeights().map((each, i) => [`weight ${i}`, digest(each)])),
  loss: String(loss),
});

/** Training with dropout, batch normalization, a penalty, clipping and a short last batch. */
export async function trained(optimizer: unknown, units = 24): Promise<Bits> {
  wg.setSeed(11);
  const rows = 200;
  const x = { data: Float32Array.from(uniform(rows * 20, -1, 1, 1)), shape: [rows, 20] };
  const y = { data: Int32Array.from({ length: rows }, (_, i) => i % 5), shape: [rows] };
  const model = wg.sequential([
    wg.layers.dense({ units, activation: "relu", inputShape: [20], kernelRegularizer: wg.regularizers.l2(1e-3) }),
    wg.layers.batchNormalization(),
    wg.layers.dropout({ rate: 0.2 }),
    wg.layers.dense({ units: 5, activation: "softmax" }),
  ]);
  model.compile({ optimizer: optimizer as "adam", loss: "sparseCategoricalCrossentropy" });
  const { history } = await model.fit(x, y, { epochs: 2, batchSize: 64 });
  return { ...bitsOf(model, history.loss), predicted: digest(model.predict(x)) };
}

/** Layers over pictures of digits, [28, 28, 1]. */
const networks = {
  "an MLP": () => [
    wg.layers.flatten({ inputShape: [28, 28, 1] }),
    wg.layers.dense({ units: 30, useBias: false, kernelConstraint: wg.constraints.maxNorm(2) }),
    wg.layers.batchNormalization(),
    wg.layers.activation({ activation: "relu" }),
    wg.layers.dropout({ rate: 0.3 }),
    wg.layers.dense({ units: 10, activation: "softmax" }),
  ],
  "a CNN": () => [
    wg.layers.conv2d({ filters: 6, kernelSize: 3, activation: "relu", padding: "same", inputShape: [28, 28, 1] }),
    wg.layers.maxPooling2D({ poolSize: 2 }),
    wg.layers.batchNormalization(),
    wg.layers.depthwiseConv2d({ kernelSize: 3 }),
    wg.layers.conv2d({ filters: 9, kernelSize: 3, strides: 2 }),
    wg.layers.averagePooling2D({ poolSize: 2 }),
    wg.layers.dropout({ rate: 0.2 }),
    wg.layers.flatten(),
    wg.layers.dense({ units: 10, activation: "softmax" }),
  ],
};

export const networkNames = Object.keys(networks) as (keyof typeof networks)[];

/** Training on augmented pictures, with Adam, a global clip norm and averaged weights. */
export async function trainedOnDigits(name: keyof typeof networks): Promise<Bits> {
  wg.setSeed(7);
  const digits = drawnDigits({ count: 150 });
  const data = augment(digits, { rotate: 15, crop: { padding: 2 }, elastic: { alpha: 8, sigma: 3 } });
  const model = wg.sequential(networks[name]());
  const optimizer = wg.optimizers.adam({ learningRate: 0.01, globalClipNorm: 0.5 });
  model.compile({ optimizer, loss: "sparseCategoricalCrossentropy" });
  const average = wg.callbacks.exponentialMovingAverage({ decay: 0.9 });
  const { history } = await model.fit(data, { epochs: 2, batchSize: 64, callbacks: [average] });
  const pictures = { data: uniform(40 * 28 * 28, 0, 255), shape: [40, 28, 28, 1] };
  return { ...bitsOf(model, history.loss), predicted: digest(model.predict(pictures)) };
}
