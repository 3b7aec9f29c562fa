import { expect, test } from "vitest";
import * as wg from "../../../src/index.js";
import { expectClose } from "../../support/check-op.js";
import { uniform } from "../../support/random.js";

test.each(["nearest", "bilinear"] as const)("resizing, %s, is the operation of that name", (interpolation) => {
  const model = wg.sequential([wg.layers.resizing({ height: 5, width: 2, interpolation, inputShape: [3, 4, 2] })]);
  expect(model.outputShape).toEqual([5, 2, 2]);
  const x = wg.tensor(uniform(48, -1, 1, 1), [2, 3, 4, 2]);
  const want = interpolation === "nearest" ? wg.resizeNearestNeighbor(x, [5, 2]) : wg.resizeBilinear(x, [5, 2]);
  expectClose(model.predict(x).toTypedArray(), Array.from(want.toTypedArray()), 0, 0, "y");
  expect(wg.layers.resizing(model.layers[0]?.config as never).config).toEqual(model.layers[0]?.config);
});

test("resizing says what does not fit", () => {
  expect(() => wg.layers.resizing({ height: 2, width: 2 }).apply(wg.input({ shape: [3, 4] }))).toThrow(
    'resizing "resizing": input expected [batch, height, width, channels], got [batch, 3, 4]',
  );
});
