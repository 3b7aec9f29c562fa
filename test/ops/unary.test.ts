import { describe, expect, test } from "vitest";
import { clipByValue } from "../../src/ops/clip.js";
import { ceil, floor, round } from "../../src/ops/rounding.js";
import {
  abs,
  cos,
  erf,
  exp,
  expm1,
  isFinite as isFiniteOf,
  isNaN as isNaNOf,
  log,
  log1p,
  neg,
  reciprocal,
  rsqrt,
  sign,
  sin,
  sqrt,
  square,
} from "../../src/ops/unary.js";
import { grad } from "../../src/tensor/grad.js";
import { type Tensor, tensor } from "../../src/tensor/tensor.js";
import { DTypeError, ValueError } from "../../src/util/errors.js";
import { backends } from "../support/backends.js";
import { checkOp, elementwiseCases, expectClose, type OpCase } from "../support/check-op.js";

const each = (f: (v: number) => number) => (x: Float64Array) => x.map(f);
const extremes = elementwiseCases.filter(({ gradient }) => gradient === false);
const regular = elementwiseCases.filter(({ gradient }) => gradient !== false);
/** The same cases with values from another range; of the extremes those whose result float32 can hold. */
const from = (low: number, high: number, f: (v: number) => number): OpCase[] => [
  ...regular.map((one): OpCase => ({ ...one, range: [low, high] })),
  ...extremes.map((one) => ({ ...one, inputs: [{ values: held(one.inputs[0] as { values: number[] }, f) }] })),
];
const held = ({ values }: { values: number[] }, f: (v: number) => number) =>
  values.filter((v) => {
    const y = f(Math.fround(v));
    return Number.isFinite(Math.fround(y)) || !Number.isFinite(y);
  });
const flat = elementwiseCases.map((one) => ({ ...one, gradient: false }));

/** Cases in a range where `f` is defined, and what it gives there. */
const expecting = (f: (v: number) => number, low = -2, high = 2) => ({ cases: from(low, high, f), expected: each(f) });

checkOp("exp", { run: (x) => exp(x), ...expecting(Math.exp, -5, 5) });
checkOp("expm1", { run: (x) => expm1(x), ...expecting(Math.expm1, -2, 2) });
checkOp("log", { run: (x) => log(x), ...expecting(Math.log, 0.1, 9) });
checkOp("log1p", { run: (x) => log1p(x), ...expecting(Math.log1p, -0.9, 9) });
checkOp("sqrt", { run: (x) => sqrt(x), ...expecting(Math.sqrt, 0.1, 9) });
checkOp("rsqrt", { run: (x) => rsqrt(x), ...expecting((v) => 1 / Math.sqrt(v), 0.1, 9) });
checkOp("reciprocal", { run: (x) => reciprocal(x), ...expecting((v) => 1 / v, 0.1, 9) });
checkOp("square", { run: (x) => square(x), ...expecting((v) => v ** 2) });
checkOp("abs", { run: (x) => abs(x), cases: elementwiseCases, expected: each(Math.abs) });
checkOp("neg", { run: (x) => neg(x), cases: elementwiseCases, expected: each((v) => 0 - v) });
checkOp("sign", { run: (x) => sign(x), cases: flat, expected: each(Math.sign) });
checkOp("floor", { run: (x) => floor(x), cases: flat, expected: each(Math.floor) });
checkOp("ceil", { run: (x) => ceil(x), cases: flat, expected: each(Math.ceil) });
checkOp("sin", { run: (x) => sin(x), cases: regular, expected: each(Math.sin) });
checkOp("cos", { run: (x) => cos(x), cases: regular, expected: each(Math.cos) });
checkOp("erf", { run: (x) => erf(x), cases: elementwiseCases });
checkOp("clipByValue", {
  run: (x) => clipByValue(x, -0.5, 1),
  cases: elementwiseCases,
  expected: each((v) => (Number.isNaN(v) ? v : Math.min(Math.max(v, -0.5), 1))),
});

describe.each(backends)("on $name", ({ use }) => {
  const values = (f: (x: Tensor) => Tensor, x: number[], dtype: "float32" | "float64") =>
    Array.from(f(tensor(x, undefined, dtype)).toTypedArray());

  test("round takes the even one of two", async () => {
    await use();
    for (const dtype of ["float32", "float64"] as const) {
      expect(values(round, [-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 3.4999, 8388609], dtype)).toEqual([
        -2, -2, -0, 0, 2, 2, 3, 8388609,
      ]);
      expect(values(round, [-0, NaN, Infinity, -Infinity, -0.2], dtype)).toEqual([-0, NaN, Infinity, -Infinity, -0]);
    }
  });

  test("−0 stays −0, and neg turns it", async () => {
    await use();
    for (const dtype of ["float32", "float64"] as const) {
      for (const f of [expm1, log1p, sqrt, sign, floor, ceil, round, sin, erf]) {
        expect(values(f, [-0, 0], dtype), `${f.name} in ${dtype}`).toEqual([-0, 0]);
      }
      expect(values(neg, [-0, 0], dtype)).toEqual([0, -0]);
      expect(values(abs, [-0], dtype)).toEqual([0]);
      expect(values(reciprocal, [-0, 0, -Infinity], dtype)).toEqual([-Infinity, Infinity, -0]);
      expect(values((x) => clipByValue(x, -1, 1), [-0], dtype)).toEqual([-0]);
    }
  });

  test("sin and cos at infinities are NaN, and bounded anywhere", async () => {
    await use();
    for (const dtype of ["float32", "float64"] as const) {
      for (const f of [sin, cos]) {
        expect(values(f, [Infinity, -Infinity, NaN], dtype)).toEqual([NaN, NaN, NaN]);
        for (const y of values(f, [1e7, 1e20, -3e38], dtype)) expect(Math.abs(y)).toBeLessThanOrEqual(1);
      }
    }
  });

  test("gradients where central differences do not reach", async () => {
    await use();
    const slopes = (f: (x: Tensor) => Tensor, x: number[]) =>
      x.map((v) => (grad((t: Tensor) => f(t))(tensor([v], [1], "float64")) as Tensor).item());
    expect(slopes(abs, [-2, 0, -0, 3])).toEqual([-1, 0, 0, 1]);
    expect(slopes((x) => clipByValue(x, -1, 1), [-2, -1, 0, 1, 2])).toEqual([0, 1, 1, 1, 0]);
    expect(slopes(sqrt, [0, Infinity])).toEqual([Infinity, 0]);
    expect(slopes(erf, [-Infinity, 1e30, Infinity])).toEqual([0, 0, 0]);
    expectClose(slopes(erf, [0]), [2 / Math.sqrt(Math.PI)], 1e-15, 0);
    expect(slopes(floor, [1.5])).toEqual([0]);
  });

  test.each([1, 3, 4, 5, 9])("isNaN and isFinite of %i elements", async (n) => {
    await use();
    const x = Array.from({ length: n }, (_, i) => [NaN, 1, Infinity, -Infinity, -0][i % 5] as number);
    for (const dtype of ["float32", "float64"] as const) {
      const t = tensor(x, undefined, dtype);
      expect(isNaNOf(t).dtype).toBe("bool");
      expect(isNaNOf(t).toArray()).toEqual(x.map((v) => Number.isNaN(v)));
      expect(isFiniteOf(t).toArray()).toEqual(x.map((v) => Number.isFinite(v)));
    }
  });
});

test("bad input", () => {
  expect(() => exp(tensor([true]))).toThrow(
    new DTypeError('exp: x expected float32 or float64, got bool; convert it with cast(x, "float32")'),
  );
  expect(() => isNaNOf(tensor(Int32Array.of(1)))).toThrow(DTypeError);
  expect(() => clipByValue([1], 2, 1)).toThrow(
    new ValueError("clipByValue: min expected at most max = 1, got 2; swap them"),
  );
  expect(() => clipByValue([1], 0, undefined as unknown as number)).toThrow(
    new ValueError(
      "clipByValue: max expected a number or a tensor, got undefined; give an infinity where there is no limit",
    ),
  );
  expect(() => clipByValue([1], NaN, 1)).toThrow(ValueError);
});
