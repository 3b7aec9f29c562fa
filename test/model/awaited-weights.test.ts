import { afterEach, describe, expect, test, vi } from "vitest";
import { kernels } from "../../src/backend/engine.js";
import * as wg from "../../src/index.js";
import { decodeModel } from "../../src/model/decode-model.js";
import { encodeModel } from "../../src/model/encode-model.js";

const draws = ["random_normal", "random_truncated_normal", "random_uniform"] as const;
const watched = () => draws.map((name) => vi.spyOn(kernels("float32"), name));

afterEach(() => vi.restoreAllMocks());

const stack = () =>
  wg.sequential([
    wg.layers.dense({ units: 3, inputShape: [4], kernelInitializer: "heNormal" }),
    wg.layers.batchNormalization(),
    wg.layers.dense({ units: 2, kernelInitializer: "orthogonal" }),
  ]);

function graph() {
  const x = wg.input({ shape: [5, 3] });
  const y = wg.layers.bidirectional({ layer: wg.layers.lstm({ units: 2 }) }).apply(x);
  return wg.model({ inputs: x, outputs: wg.layers.dense({ units: 2 }).apply(y) });
}

const numbers = (model: wg.Model) => model.getWeights().map((each) => [...each.toTypedArray()]);

describe.each([
  ["a stack", stack],
  ["a graph", graph],
])("weights of %s that are known before they are made are not drawn", (_, make) => {
  test("from a file", async () => {
    const model = make();
    const bytes = Buffer.concat(encodeModel(model));
    const spies = watched();
    const again = await decodeModel(bytes, "file");
    for (const spy of spies) expect(spy).not.toHaveBeenCalled();
    expect(numbers(again)).toEqual(numbers(model));
  });

  test("for a copy", () => {
    const model = make();
    const before = numbers(model);
    const spies = watched();
    const copy = model.copy();
    for (const spy of spies) expect(spy).not.toHaveBeenCalled();
    expect(numbers(copy)).toEqual(before);
  });
});

test("the copy of a model that has no weights yet draws them", () => {
  const model = stack();
  const spies = watched();
  const copy = model.copy();
  const drawn = numbers(copy);
  expect(spies.some((spy) => spy.mock.calls.length > 0)).toBe(true);
  expect(drawn).toEqual(numbers(model));
});
