import { expect, test } from "vitest";
import { relu6 } from "../../src/ops/activation.js";
import { clipByValue } from "../../src/ops/clip.js";
import { hardSwish, mish } from "../../src/ops/gated.js";
import { prelu } from "../../src/ops/prelu.js";
import { celu, hardSigmoid, logSigmoid, selu, softsign, thresholdedRelu } from "../../src/ops/rectifiers.js";
import { sum } from "../../src/ops/reduce.js";
import { grad } from "../../src/tensor/grad.js";
import { type Tensor, tensor } from "../../src/tensor/tensor.js";
import { checkOp } from "../support/check-op.js";

// Values are held against ONNX and PyTorch in onnx.test.ts too.

const each = (f: (x: number) => number) => (x: Float64Array) => Array.from(x, f);
const cases = [
  { name: "odd sizes", inputs: [[3, 5, 7]], range: [-8, 8] as [number, number] },
  { name: "near 0", inputs: [[33]] },
  { name: "empty", inputs: [[0]] },
  { name: "NaN", inputs: [{ values: [NaN, 0, -0, 1e30, -1e30] }], gradient: false },
];
const softplus = (v: number) => Math.max(v, 0) + Math.log1p(Math.exp(-Math.abs(v)));
const sixth = (v: number) => Math.min(Math.max(v + 3, 0), 6) / 6;
const upper = (v: number, limit: number) => (Number.isNaN(v) ? v : v > limit ? v : 0);

checkOp("relu6", { run: (x) => relu6(x), cases, expected: each((v) => Math.min(Math.max(v, 0), 6)) });
checkOp("hardSwish", { run: (x) => hardSwish(x), cases, expected: each((v) => v * sixth(v)) });
checkOp("mish", { run: (x) => mish(x), cases, expected: each((v) => v * Math.tanh(softplus(v))) });
checkOp("hardSigmoid of other slopes", {
  run: (x) => hardSigmoid(x, 0.25, 0.375),
  cases,
  expected: each((v) => Math.min(Math.max(v / 4 + 0.375, 0), 1)),
});
checkOp("selu of other parameters", {
  run: (x) => selu(x, 1.5, 2),
  cases,
  expected: each((v) => 2 * (v < 0 ? 1.5 * Math.expm1(v) : v)),
});
checkOp("celu", { run: (x) => celu(x, 0.5), cases, expected: each((v) => (v < 0 ? 0.5 * Math.expm1(v / 0.5) : v)) });
checkOp("softsign", { run: (x) => softsign(x), cases, expected: each((v) => v / (1 + Math.abs(v))) });
checkOp("logSigmoid", { run: (x) => logSigmoid(x), cases, expected: each((v) => -softplus(-v)) });
checkOp("thresholdedRelu", {
  run: (x) => thresholdedRelu(x, 0.7),
  cases: cases.slice(0, 3),
  expected: each((v) => upper(v, 0.7)),
});
checkOp("prelu", {
  run: (x, alpha) => prelu(x, alpha),
  cases: [
    { name: "a slope for each channel", inputs: [[3, 5, 7], [7]] },
    { name: "one slope", inputs: [[33], [1]] },
  ],
});
checkOp("clipByValue by tensors", {
  run: (x, min, max) => clipByValue(x, min, max),
  cases: [
    { name: "stretched", inputs: [[3, 5, 7], { values: [-1, -0.5, 0, 0.5, 0.9, -2, 0.2] }, { values: [1] }] },
    { name: "a limit above the other", inputs: [[9], { values: [1] }, { values: [-1] }] },
  ],
});

test("gradients at limits, and errors", () => {
  const slopes = (f: (x: Tensor) => Tensor, x: number[]) => grad((t: Tensor) => sum(f(t)))(tensor(x)).toArray();
  expect(slopes((x) => relu6(x), [-1, 0, 3, 6, 7])).toEqual([0, 1, 1, 1, 0]);
  expect(slopes((x) => clipByValue(x, [0, 0, 0], 6), [-1, 0, 7])).toEqual([0, 1, 0]);
  expect(() => clipByValue([1], "0" as never, 1)).toThrow("clipByValue: min expected a number or a tensor");
  expect(() => clipByValue([1], 2, 1)).toThrow("clipByValue: min expected at most max = 1, got 2; swap them");
  expect(() => celu([1], 0)).toThrow("celu: alpha expected a finite number > 0, got 0");
});
