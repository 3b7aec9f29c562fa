import { describe, expect, test } from "vitest";
import { penalty } from "../../src/ops/penalty.js";
import { grad } from "../../src/tensor/grad.js";
import { tensor } from "../../src/tensor/tensor.js";
import { backends } from "../support/backends.js";
import { checkOp, type OpCase } from "../support/check-op.js";
import { uniform } from "../support/random.js";

// Away from 0, where |w| has its kink.
const cases: OpCase[] = [0, 1, 2, 3, 4, 5, 7, 8, 15, 16, 17, 100].map((n) => ({
  name: `${n} elements`,
  inputs: [{ values: uniform(n, 0.1, 2).map((v, i) => (i % 3 ? v : -v)) }],
}));
cases.push(
  { name: "three chunks and a tail", inputs: [[3 * 1024 + 5]], gradient: false },
  { name: "a matrix", inputs: [[7, 9]] },
  { name: "scalar", inputs: [[]] },
);

for (const [l1, l2] of [
  [0.25, 0],
  [0, 0.75],
  [0.25, 0.75],
  [0, 0],
] as const) {
  checkOp(`penalty with l1 ${l1}, l2 ${l2}`, {
    run: (w) => penalty(w, { l1, l2 }),
    cases,
    expected: (w) => [w.reduce((sum, v) => sum + l1 * Math.abs(v) + l2 * v * v, 0)],
  });
}

describe.each(backends)("penalty on $name", ({ use }) => {
  test("extremes: NaN passes, a factor of 0 leaves its term out, -0 is 0", async () => {
    await use();
    for (const dtype of ["float32", "float64"] as const) {
      const at = (values: number[], options: { l1?: number; l2?: number }) => {
        const w = tensor(Float64Array.from(values), undefined, dtype);
        return { value: penalty(w, options).item(), gradient: grad((v) => penalty(v, options))(w).toArray() };
      };
      expect(at([1, NaN, 3], { l1: 1 })).toEqual({ value: NaN, gradient: [1, NaN, 1] });
      expect(at([1, NaN, 3], { l2: 1 })).toEqual({ value: NaN, gradient: [2, NaN, 6] });
      expect(at([-Infinity, 2], { l1: 1 })).toEqual({ value: Infinity, gradient: [-1, 1] });
      expect(at([Infinity, -2], { l2: 1 })).toEqual({ value: Infinity, gradient: [Infinity, -4] });
      expect(at([0, -0, -2], { l1: 3 })).toEqual({ value: 6, gradient: [0, 0, -3] });
      expect(at([1e-20, -1e18], { l2: 1 }).value / 1e36).toBeCloseTo(1, 6);
    }
  });

  test("a million weights keep six digits in float32", async () => {
    await use();
    const w = uniform(1_000_000, -1, 1);
    const want = w.reduce((sum, v) => sum + v * v, 0);
    expect(Math.abs(penalty(tensor(w), { l2: 1 }).item() / want - 1)).toBeLessThan(1e-6);
  });
});

test("penalty: bad input", () => {
  expect(() => penalty([1], { l1: -1 })).toThrow("penalty: l1 expected a finite number ≥ 0, got -1");
  expect(() => penalty([1], { l2: NaN })).toThrow("penalty: l2 expected a finite number ≥ 0, got NaN");
  expect(() => penalty([1], { l3: 1 } as { l1?: number })).toThrow('penalty: unknown option "l3"; did you mean "l1"?');
  expect(() => penalty(tensor([1], [1], "int32"), { l1: 1 })).toThrow("penalty: w expected float32 or float64");
});
