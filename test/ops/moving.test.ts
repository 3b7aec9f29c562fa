import { expect, test } from "vitest";
import { gatherND, takeAlongAxis } from "../../src/ops/gather-nd.js";
import { type PadMode, pad } from "../../src/ops/pad.js";
import { stridedSlice } from "../../src/ops/slice.js";
import { tensor } from "../../src/tensor/tensor.js";
import { checkOp } from "../support/check-op.js";

// Values are held against NumPy and ONNX in onnx.test.ts; gradients, special values and threads here.

for (const mode of ["reflect", "symmetric", "edge", "wrap"] as PadMode[]) {
  checkOp(`pad, ${mode}`, {
    run: (x) =>
      pad(
        x,
        [
          [2, 1],
          [0, 5],
          [1, 0],
        ],
        0,
        mode,
      ),
    cases: [
      { name: "three axes", inputs: [[3, 4, 2]] },
      { name: "one element along an axis", inputs: [[1, 4, 1]] },
      {
        name: "special values",
        inputs: [{ values: [NaN, -0, Infinity, -Infinity], shape: [2, 2, 1] }],
        gradient: false,
      },
    ],
  });
}

for (const [begin, end, strides] of [
  [[1], [6], [2]],
  [[null], [null], [-1]],
  [
    [-2, 5],
    [0, 0],
    [-2, -3],
  ],
  [
    [0, null, 1],
    [null, null, 5],
    [3, -1, 2],
  ],
  [[5], [2], [1]],
] as [(number | null)[], (number | null)[], number[]][]) {
  checkOp(`stridedSlice ${JSON.stringify([begin, end, strides])}`, {
    run: (x) => stridedSlice(x, begin, end, strides),
    cases: [
      { name: "three axes", inputs: [[7, 6, 5]] },
      { name: "empty", inputs: [[0, 6, 5]] },
    ],
  });
}

checkOp("takeAlongAxis", {
  run: (x) =>
    takeAlongAxis(
      x,
      [
        [2, 2, 0],
        [1, 0, 2],
      ],
      1,
    ),
  cases: [{ name: "repeated indices", inputs: [[2, 4]] }],
});

checkOp("gatherND", {
  run: (x) =>
    gatherND(x, [
      [1, 0],
      [0, 2],
      [1, 0],
    ]),
  cases: [
    { name: "elements, repeated", inputs: [[2, 3]] },
    { name: "parts, repeated", inputs: [[2, 3, 5]] },
  ],
});

test("errors name what is wrong", () => {
  expect(() => pad([], [[1, 0]], 0, "edge")).toThrow("pad: x expected an element along axis 0 to repeat, got [0]");
  expect(() => pad([1], [[1, 0]], 0, "edges" as never)).toThrow('did you mean "edge"?');
  expect(() => stridedSlice([1], [0], [1], [0])).toThrow(
    "stridedSlice: strides expected an array of whole numbers other than 0, got [0]",
  );
  expect(() => takeAlongAxis([[1, 2]], tensor([0, 0, 0], [1, 3], "int32"), 0)).toThrow(
    "takeAlongAxis: indices expected 2 axes, each but axis 0 of at most the size in [1, 2], got [1, 3]",
  );
  expect(() => gatherND([[1, 2]], [[0, 2]])).toThrow("gatherND: indices expected whole numbers from 0 to 1, got 2");
});
