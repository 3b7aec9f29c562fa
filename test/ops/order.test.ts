import { expect, test } from "vitest";
import { cumprod, cumsum } from "../../src/ops/cumulative.js";
import { fmod, mod } from "../../src/ops/modulo.js";
import { argMax, topk } from "../../src/ops/order.js";
import { backends } from "../support/backends.js";
import { checkOp } from "../support/check-op.js";

// Values are held against ONNX and NumPy in onnx.test.ts.

for (const [exclusive, reverse] of [
  [false, false],
  [true, false],
  [false, true],
  [true, true],
]) {
  const how = `${exclusive ? ", exclusive" : ""}${reverse ? ", reverse" : ""}`;
  for (const axis of [0, 1, 2]) {
    const cases = [
      { name: "odd sizes", inputs: [[3, 5, 7]] },
      { name: "empty", inputs: [[3, 0, 0]] },
    ];
    checkOp(`cumsum along ${axis}${how}`, { run: (x) => cumsum(x, axis, exclusive, reverse), cases });
    checkOp(`cumprod along ${axis}${how}`, { run: (x) => cumprod(x, axis, exclusive, reverse), cases });
  }
  checkOp(`cumprod${how}, factors of 0`, {
    run: (x) => cumprod(x, 0, exclusive, reverse),
    cases: [
      { name: "one", inputs: [{ values: [2, 3, 0, 4, 5] }] },
      { name: "two", inputs: [{ values: [2, 0, 3, 0, 5] }] },
    ],
  });
}

for (const [k, axis, largest] of [
  [3, -1, true],
  [2, 0, false],
  [5, 1, true],
] as const) {
  checkOp(`topk of ${k} along ${axis}`, {
    run: (x) => topk(x, k, { axis, largest }).values,
    cases: [{ name: "odd sizes", inputs: [[3, 5, 7]] }],
  });
}

test.each(backends)("topk on $name: NaN is the greatest, the lower index first", async ({ use }) => {
  await use();
  const x = [1, NaN, Infinity, 1, -0, NaN, 0, -Infinity];
  expect(topk(x, 8).indices.toArray()).toEqual([1, 5, 2, 0, 3, 4, 6, 7]);
  expect(topk(x, 8, { largest: false }).indices.toArray()).toEqual([7, 4, 6, 0, 3, 2, 1, 5]);
  expect(topk(x, 0).values.shape).toEqual([0]);
  expect(argMax([1, NaN, 3, NaN], 0, true, true).toArray()).toEqual([3]);
});

for (const [name, run] of [
  ["mod", mod],
  ["fmod", fmod],
] as const) {
  checkOp(name, {
    run,
    cases: [
      { name: "one shape", inputs: [[33], [33]], range: [1, 9] },
      {
        name: "stretched",
        inputs: [
          [3, 1, 7],
          [5, 1],
        ],
      },
      { name: "a whole divisor", inputs: [[33], { values: [3] }], range: [-20, 20] },
      { name: "empty", inputs: [[0], [1]] },
    ],
  });
}

test("errors name what is wrong", () => {
  expect(() => topk([1, 2], 3)).toThrow("topk: k expected at most 2, the size of axis 0 of [2], got 3");
  expect(() => cumsum(1)).toThrow("cumsum: axis expected none for a scalar, got 0");
});
