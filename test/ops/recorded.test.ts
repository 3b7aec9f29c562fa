import { expect, test } from "vitest";
import * as wg from "../../src/index.js";

/** A loss that moves, picks, scatters and orders, so that a recorded step repeats these. */
function loss(targets: wg.Tensor, output: wg.Tensor): wg.Tensor {
  const n = output.shape[0] as number;
  const wide = wg.pad(
    output,
    [
      [0, 0],
      [2, 2],
    ],
    0,
    "edge",
  );
  const products = wg.einsum("ij,ik->ij", wide, wide);
  const places = wg.tensor(
    Int32Array.from({ length: n }, (_, i) => i % 3),
    [n, 1],
  );
  const scattered = wg.scatterElements(products, places, wg.mul(output, 2), 1, "max");
  const running = wg.cumsum(wg.topk(scattered, 3).values, 1);
  const picked = wg.stridedSlice(running, [null, null], [null, null], [1, -2]);
  return wg.square(wg.sub(wg.mean(picked, 1), wg.squeeze(targets, 1)));
}

test("a recorded step does with them what an eager one does", async () => {
  const losses = async (runEagerly: boolean) => {
    wg.setSeed(3);
    const model = wg.sequential([
      wg.layers.dense({ units: 8, activation: "hardSwish", inputShape: [5] }),
      wg.layers.dense({ units: 8, activation: "mish" }),
      wg.layers.dense({ units: 4, activation: "relu6" }),
      wg.layers.dense({ units: 1 }),
    ]);
    const own = { ...wg.losses.lossNamed("meanSquaredError"), name: "own", fused: undefined, withGradient: undefined };
    model.compile({ optimizer: "adam", loss: { ...own, perSample: loss } as unknown as wg.Loss, runEagerly });
    const x = wg.randomNormal([64, 5], 0, 1, "float32", 1);
    const { history } = await model.fit(x, wg.sum(x, 1, true), { epochs: 3, batchSize: 16, shuffle: false });
    return history.loss;
  };
  const eager = await losses(true);
  expect(eager?.every(Number.isFinite)).toBe(true);
  expect(await losses(false)).toEqual(eager);
});
