import { expect, test } from "vitest";
import { exponentialAverage } from "../../src/diagnostics/index.js";

const over = (average: ReturnType<typeof exponentialAverage>, series: number[]) => series.map((x) => average.next(x));

test("v = β v + (1 − β) x, by hand", () => {
  // 0.9 · 0 + 0.1 · 40 = 4; 0.9 · 4 + 0.1 · 49 = 8.5; 0.9 · 8.5 + 0.1 · 45 = 12.15
  over(exponentialAverage(0.9), [40, 49, 45]).forEach((v, i) => {
    expect(v).toBeCloseTo([4, 8.5, 12.15][i] as number, 13);
  });
  expect(over(exponentialAverage(0.5), [8, 0, -4])).toEqual([4, 2, -1]);
  expect(over(exponentialAverage(0), [3, -7])).toEqual([3, -7]);
});

test("bias correction divides by 1 − βᵗ", () => {
  // 4 / 0.1 = 40; 8.5 / 0.19; 12.15 / 0.271
  over(exponentialAverage(0.9, { biasCorrection: true }), [40, 49, 45]).forEach((v, i) => {
    expect(v).toBeCloseTo([40, 8.5 / 0.19, 12.15 / 0.271][i] as number, 12);
  });
  const constant = over(exponentialAverage(0.98, { biasCorrection: true }), Array(500).fill(7));
  for (const v of constant) expect(v).toBeCloseTo(7, 12);
});

test("the value so far; NaN before the first; each average counts for itself", () => {
  const [a, b] = [exponentialAverage(0.5), exponentialAverage(0.5, { biasCorrection: true })];
  expect([a.value, b.value]).toEqual([Number.NaN, Number.NaN]);
  a.next(6);
  b.next(6);
  expect([a.value, b.value]).toEqual([3, 6]);
  expect([a.value, b.value]).toEqual([3, 6]);
});

test("bad input", () => {
  expect(() => exponentialAverage(1)).toThrow("exponentialAverage: beta expected a finite number ≥ 0 and < 1, got 1");
  expect(() => exponentialAverage(Number.NaN)).toThrow("beta expected a finite number ≥ 0 and < 1, got NaN");
  expect(() => exponentialAverage(0.5, { biasCorection: true } as never)).toThrow('did you mean "biasCorrection"?');
  expect(() => exponentialAverage(0.5, { biasCorrection: 1 as never })).toThrow(
    "biasCorrection expected true or false",
  );
});
