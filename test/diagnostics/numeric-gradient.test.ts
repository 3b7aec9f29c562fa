import { describe, expect, test } from "vitest";
import { numericGradient } from "../../src/diagnostics/index.js";
import * as wg from "../../src/index.js";
import { expectClose } from "../support/check-op.js";

// Ng, "Numerical approximation of gradients": θ³ at 1 with ε = 0.01 is 3.0001 from both sides, 3.0301 from one.
const cube = (x: number) => x * x * x;

test("the course's numbers", () => {
  expect(numericGradient(cube, 1, { h: 0.01 })).toBeCloseTo(3.0001, 12);
  expect(numericGradient(cube, 1, { h: 0.01, method: "forward" })).toBeCloseTo(3.0301, 12);
  // (1 − 0.99³) / 0.01
  expect(numericGradient(cube, 1, { h: 0.01, method: "backward" })).toBeCloseTo(2.9701, 12);
});

describe("the order of the error", () => {
  // eˣ sin x: derivative eˣ (sin x + cos x), curvature 2 eˣ cos x, third derivative 2 eˣ (cos x − sin x).
  const f = (x: number) => Math.exp(x) * Math.sin(x);
  const [x, slope] = [0.5, Math.exp(0.5) * (Math.sin(0.5) + Math.cos(0.5))];
  const steps = [1e-1, 1e-2, 1e-3];

  test.each([
    ["forward", 1, Math.exp(0.5) * Math.cos(0.5)],
    ["backward", 1, -Math.exp(0.5) * Math.cos(0.5)],
    ["central", 2, (Math.exp(0.5) * (Math.cos(0.5) - Math.sin(0.5))) / 3],
  ] as const)("%s: h^%d, with the factor of Taylor's next term", (method, order, factor) => {
    const errors = steps.map((h) => numericGradient(f, x, { method, h }) - slope);
    for (let i = 1; i < steps.length; i++) {
      const measured = Math.log10((errors[i - 1] as number) / (errors[i] as number));
      expect(Math.abs(measured - order)).toBeLessThan(0.06);
    }
    expectClose([(errors[2] as number) / (steps[2] as number) ** order], [factor], 2e-3, 0);
  });

  test("the default steps leave the error that theory gives: ε^⅔ and ε^½", () => {
    expect(Math.abs(numericGradient(f, x) - slope)).toBeLessThan(1e-10);
    for (const method of ["forward", "backward"] as const) {
      const error = Math.abs(numericGradient(f, x, { method }) - slope);
      expect(error).toBeLessThan(1e-7);
      expect(error).toBeGreaterThan(1e-10);
    }
    // 1e6 + 6e-6 has half its digits left; the step grows with x.
    expectClose([numericGradient((v) => v * v, 1e6)], [2e6], 1e-9, 0);
  });
});

describe("every form of x comes back as it came", () => {
  // a · b²: (b², 2ab) = (9, 6) at (1, 3).
  test("array", () => {
    const gradient = numericGradient(([a, b]) => a * b * b, [1, 3]);
    expect(Array.isArray(gradient)).toBe(true);
    expectClose(gradient, [9, 6], 1e-9, 0);
  });
  test("Float64Array", () => {
    const x = Float64Array.of(1, 3);
    const gradient = numericGradient((v) => (v[0] as number) * (v[1] as number) ** 2, x);
    expect(gradient).toBeInstanceOf(Float64Array);
    expectClose(gradient, [9, 6], 1e-9, 0);
    expect([...x]).toEqual([1, 3]);
  });
  test("tensor, whatever its float type, handed on as float64", () => {
    for (const dtype of ["float32", "float64"] as const) {
      const seen: string[] = [];
      const gradient = numericGradient(
        (v) => {
          seen.push(v.dtype);
          return wg.sum(wg.square(v));
        },
        wg.tensor(
          [
            [1, 2],
            [3, 4],
          ],
          [2, 2],
          dtype,
        ),
      );
      expect([gradient.shape, gradient.dtype]).toEqual([[2, 2], "float64"]);
      expectClose(gradient.toTypedArray(), [2, 4, 6, 8], 1e-9, 0);
      expect([...new Set(seen)]).toEqual(["float64"]);
    }
  });
  test("what f does to its array stays with it; none is an empty gradient", () => {
    const spoil = (v: number[]) => {
      const sum = v.reduce((a, b) => a + b, 0);
      v.fill(99);
      return sum;
    };
    expectClose(numericGradient(spoil, [1, 2, 3]), [1, 1, 1], 1e-9, 0);
    expectClose(numericGradient(spoil, [1, 2, 3], { method: "forward" }), [1, 1, 1], 1e-6, 0);
    expect(numericGradient(() => 1, [])).toEqual([]);
  });
});

test("agrees with the tape", () => {
  const x = wg.tensor(
    [
      [0.3, -1.2],
      [2, 0.7],
    ],
    [2, 2],
    "float64",
  );
  const f = (v: wg.Tensor) => wg.mean(wg.mul(wg.tanh(v), wg.exp(v)));
  expectClose(numericGradient(f, x).toTypedArray(), wg.grad(f)(x).toTypedArray(), 1e-9, 1e-11);
});

test.each<[string, () => unknown, string]>([
  ["no function", () => numericGradient(3 as never, 1), "numericGradient: f expected a function, got 3"],
  [
    "no point",
    () => numericGradient(cube, "1" as never),
    'x expected a number, an array of numbers, a Float64Array or a tensor, got "1"',
  ],
  ["NaN", () => numericGradient(cube, Number.NaN), "numericGradient: x expected a finite number, got NaN"],
  ["an entry that is none", () => numericGradient(() => 1, [1, null as never]), "x expected a finite number, got null"],
  [
    "integers",
    () => numericGradient(() => 1, wg.tensor([1], [1], "int32")),
    "x expected float32 or float64, got int32",
  ],
  ["h of 0", () => numericGradient(cube, 1, { h: 0 }), "h expected a finite number > 0, got 0"],
  ["a misspelt method", () => numericGradient(cube, 1, { method: "centre" as never }), 'did you mean "central"?'],
  ["a misspelt option", () => numericGradient(cube, 1, { H: 1 } as never), 'unknown option "H"; did you mean "h"?'],
  [
    "a result of text",
    () => numericGradient(() => "1" as never, 1),
    'f expected to return a number or a scalar tensor, got "1"',
  ],
  ["a vector", () => numericGradient((v) => v, wg.tensor([1, 2])), "got shape [2]; reduce it with sum or mean"],
  [
    "a pole",
    () => numericGradient((v) => 1 / (v - 0.5), 0, { h: 0.5 }),
    "f expected to be finite within h of x, got Infinity",
  ],
])("bad input: %s", (_, call, text) => {
  expect(call).toThrow(text);
});
