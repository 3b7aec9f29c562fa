// A page that may take little memory.

import * as wg from "wasmgrad";

const MIB = 1024 * 1024;

export async function fill() {
  await wg.init({ memoryLimit: 16 * MIB, numerics: "strict", threads: 1 });
  const model = wg.sequential([
    wg.layers.conv2d({ filters: 64, kernelSize: 3, inputShape: [64, 64, 3] }),
    wg.layers.flatten(),
    wg.layers.dense({ units: 1 }),
  ]);
  model.compile({ optimizer: "sgd", loss: "meanSquaredError" });
  const x = { data: new Float32Array(128 * 64 * 64 * 3), shape: [128, 64, 64, 3] };
  const y = { data: new Float32Array(128), shape: [128, 1] };
  const refused = async (body) => {
    try {
      await body();
    } catch ({ name, message }) {
      return `${name}: ${message}`;
    }
  };
  const said = {
    tensor: await refused(() => wg.tensor(new Float32Array(8 * MIB))),
    matmul: await refused(() => wg.matmul(wg.ones([2048, 1]), wg.ones([1, 2048]))),
    predict: await refused(() => model.predict(x)),
    fit: await refused(() => model.fit(x, y, { epochs: 1, batchSize: 128 })),
  };
  const one = { data: x.data.subarray(0, 64 * 64 * 3), shape: [1, 64, 64, 3] };
  const { reserved } = wg.memory();
  return { said, still: model.predict(one).shape, isWithin: reserved <= 16 * MIB };
}
