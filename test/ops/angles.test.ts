import { expect, test } from "vitest";
import { acos, acosh, asin, asinh, atan, atanh, cosh, sinh, tan } from "../../src/ops/angles.js";
import { type Tensor, tensor } from "../../src/tensor/tensor.js";
import { backends } from "../support/backends.js";
import { checkOp } from "../support/check-op.js";

// Bounds in ULP are in kernels/ulp.test.ts.

const functions: [name: string, run: (x: Tensor) => Tensor, oracle: (x: number) => number, range: [number, number]][] =
  [
    ["tan", tan, Math.tan, [-1.2, 1.2]],
    ["asin", asin, Math.asin, [-0.9, 0.9]],
    ["acos", acos, Math.acos, [-0.9, 0.9]],
    ["atan", atan, Math.atan, [-5, 5]],
    ["sinh", sinh, Math.sinh, [-3, 3]],
    ["cosh", cosh, Math.cosh, [-3, 3]],
    ["asinh", asinh, Math.asinh, [-5, 5]],
    ["acosh", acosh, Math.acosh, [1.1, 5]],
    ["atanh", atanh, Math.atanh, [-0.9, 0.9]],
  ];
const special = [0, -0, 1, -1, 2, -2, 0.5, -0.5, 1e-20, -1e-20, 1e20, -1e20, 88.9, -88.9, NaN, Infinity, -Infinity];

for (const [name, run, oracle, range] of functions) {
  checkOp(name, {
    run: (x) => run(x),
    expected: (x) => Array.from(x, oracle),
    cases: [
      ...[1, 2, 3, 5, 33].map((n) => ({ name: `${n} elements`, inputs: [[n]], range })),
      { name: "three axes", inputs: [[3, 5, 7]], range },
      { name: "empty", inputs: [[0]] },
      {
        name: "special values",
        // Beyond its range the reduction of tan has no meaning.
        inputs: [{ values: name === "tan" ? special.filter((v) => !(Math.abs(v) === 1e20)) : special }],
        gradient: false,
      },
    ],
  });
}

test.each(backends)("a zero keeps its sign on $name", async ({ use }) => {
  await use();
  for (const dtype of ["float32", "float64"] as const) {
    for (const f of [tan, asin, atan, sinh, asinh, atanh]) {
      expect(Array.from(f(tensor([-0, 0], undefined, dtype)).toTypedArray()), `${f.name} ${dtype}`).toEqual([-0, 0]);
    }
  }
});
