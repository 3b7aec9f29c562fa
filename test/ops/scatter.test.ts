import { expect, test } from "vitest";
import { type ScatterReduction, scatterElements, scatterND, tensorScatterUpdate } from "../../src/ops/scatter.js";
import { tensor } from "../../src/tensor/tensor.js";
import { checkOp } from "../support/check-op.js";

// Values are held against ONNX in onnx.test.ts.

for (const reduction of ["none", "add", "mul", "max", "min"] as ScatterReduction[]) {
  checkOp(`scatterElements, ${reduction}`, {
    run: (x, updates) =>
      scatterElements(
        x,
        [
          [2, 0, 2],
          [1, 1, 1],
        ],
        updates,
        1,
        reduction,
      ),
    cases: [
      {
        name: "places named twice",
        inputs: [
          [2, 4],
          [2, 3],
        ],
      },
      {
        name: "special values",
        inputs: [
          { values: [1, NaN, -0, Infinity, 1, 2, 3, 4], shape: [2, 4] },
          { values: [NaN, 1, 2, -0, 0, Infinity], shape: [2, 3] },
        ],
        gradient: false,
      },
    ],
  });
  checkOp(`tensorScatterUpdate, ${reduction}`, {
    run: (x, updates) => tensorScatterUpdate(x, [[2], [0], [2]], updates, reduction),
    cases: [
      {
        name: "parts",
        inputs: [
          [4, 2, 3],
          [3, 2, 3],
        ],
      },
    ],
  });
}

checkOp("scatterElements, mul, with factors of 0", {
  run: (x, updates) => scatterElements(x, [0, 0, 1, 1, 2, 3], updates, 0, "mul"),
  cases: [{ name: "one and two of them", inputs: [{ values: [2, 0, 3, 0] }, { values: [0, 5, 2, 3, 4, 0] }] }],
});

checkOp("scatterND", {
  run: (updates) => scatterND([[1], [3], [1]], updates, [5, 2]),
  cases: [{ name: "places named twice", inputs: [[3, 2]] }],
});

test("the last of updates to one place stays", () => {
  expect(scatterElements([0, 0, 0], [1, 1, 1], [5, 6, 7]).toArray()).toEqual([0, 7, 0]);
  expect(scatterElements(tensor([true, false]), [1, 0], tensor([true, false])).toArray()).toEqual([false, true]);
});

test("errors name what is wrong", () => {
  expect(() => scatterElements([1, 2], [0], [1, 2])).toThrow(
    "scatterElements: updates expected the shape of indices, [1], got [2]",
  );
  expect(() => tensorScatterUpdate([1, 2], [[0]], [1], "mean" as never)).toThrow(
    "tensorScatterUpdate: reduction expected one of",
  );
  expect(() => tensorScatterUpdate([1, 2], [[0, 0]], [1])).toThrow(
    "tensorScatterUpdate: indices expected [..., depth] with a depth from 1 to 1 for [2], got [1, 2]",
  );
});
