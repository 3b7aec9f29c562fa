// The network that the pages load, after a short training on digits that the library draws. It runs in Node, with the built package.

import * as wg from "wasmgrad";
import { drawnDigits } from "wasmgrad/data";
import { save } from "wasmgrad/formats";
import { network, schedule } from "../../../examples/models/cnn.js";

export async function writeDigits(file) {
  const [count, epochs, batchSize] = [4000, 2, 64];
  wg.setSeed(0);
  const model = network(10, "mnist");
  const learningRate = schedule(0.02, epochs * Math.ceil(count / batchSize));
  model.compile({ optimizer: wg.optimizers.adam({ learningRate }), loss: "categoricalCrossentropy" });
  await model.fit(drawnDigits({ count, oneHot: true }), { epochs, batchSize });
  await save(model, file);
  return file;
}
