import { expect, test } from "vitest";
import * as wg from "../../src/index.js";

test("short epochs let others have their turn, as long ones do", async () => {
  const model = wg.sequential([wg.layers.dense({ units: 1, inputShape: [1] })]);
  model.compile({ optimizer: "sgd", loss: "meanSquaredError" });
  let turns = 0;
  const timer = setInterval(() => {
    if (++turns === 3) model.stopTraining = true;
  }, 1);
  await model.fit([[1]], [[1]], { epochs: 100_000 });
  clearInterval(timer);
  expect(turns).toBe(3);
  expect(model.epoch).toBeLessThan(100_000);
});
