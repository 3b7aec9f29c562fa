import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  categoryDifference,
  chiSquare,
  kolmogorovSmirnov,
  numberDifference,
  stabilityIndex,
} from "../../../src/diagnostics/distributions/two-samples.js";
import { expectClose } from "../../support/check-op.js";

const scipy = JSON.parse(readFileSync(new URL("../../fixtures/distributions.json", import.meta.url), "utf8"));
const sorted = (values: number[]) => Float64Array.from(values).sort();
const repeated = (counts: number[]) => Float64Array.from(counts.flatMap((n, i) => new Array<number>(n).fill(i)));

describe("Kolmogorov–Smirnov", () => {
  test.each(scipy.ks as { a: number[]; b: number[]; statistic: number; exact: number; corrected: number }[])(
    "D = $statistic as SciPy, p near $exact",
    ({ a, b, statistic, exact, corrected }) => {
      const found = kolmogorovSmirnov(sorted(a), sorted(b));
      expectClose([found.statistic], [statistic], 1e-14, 0);
      expectClose([found.pValue], [corrected], 1e-11, 0);
      // Ties make the exact law of distinct values only a bound; rounding to 0.001 leaves few.
      if (new Set([...a, ...b]).size > 50) expect(Math.abs(found.pValue - exact)).toBeLessThan(0.03);
    },
  );

  test("by hand: F₁ and F₂ differ most at 2, by 2/3 − 1/4; nothing in common is 1; equal sets are 0", () => {
    expectClose([kolmogorovSmirnov(sorted([1, 2, 5]), sorted([2, 3, 4, 6])).statistic], [2 / 3 - 1 / 4], 1e-15, 0);
    expect(kolmogorovSmirnov(sorted([1, 2]), sorted([3, 4])).statistic).toBe(1);
    expect(kolmogorovSmirnov(sorted([1, 2, 2]), sorted([1, 2, 2]))).toEqual({ statistic: 0, pValue: 1 });
    expect(kolmogorovSmirnov(sorted([]), sorted([1]))).toEqual({ statistic: 0, pValue: 1 });
  });
});

describe("χ²", () => {
  test.each(scipy.chiSquare as { counts: number[][]; statistic: number; pValue: number }[])(
    "$counts as SciPy",
    ({ counts, statistic, pValue }) => {
      const found = chiSquare(counts);
      expectClose([found.statistic, found.pValue], [statistic, pValue], 1e-12, 0);
      const [a, b] = counts.map(repeated) as [Float64Array, Float64Array];
      const features = categoryDifference(a, b);
      expectClose([features.statistic, features.pValue], [statistic, pValue], 1e-12, 0);
    },
  );

  test("rare categories are tested as one: 2 + 1 + 2 against 4 + 3 + 3", () => {
    const [a, b] = [repeated([95, 2, 1, 2]), repeated([90, 4, 3, 3])];
    const pooled = chiSquare([
      [95, 5],
      [90, 10],
    ]);
    const { statistic, pValue, distance } = categoryDifference(a, b);
    expect({ statistic, pValue }).toEqual(pooled);
    expectClose([distance], [0.05], 1e-12, 0);
  });

  test("one category in both, or no rows: no difference", () => {
    expect(categoryDifference(repeated([4]), repeated([9]))).toEqual({ statistic: 0, pValue: 1, psi: 0, distance: 0 });
    expect(
      chiSquare([
        [3, 0],
        [0, 0],
      ]),
    ).toEqual({ statistic: 0, pValue: 1 });
  });
});

describe("population-stability index", () => {
  test("by hand: 0.5, 0.5 → 0.8, 0.2 is 0.3 ln 1.6 − 0.3 ln 0.4", () => {
    expectClose([stabilityIndex([50, 50], [80, 20])], [0.3 * Math.log(1.6) - 0.3 * Math.log(0.4)], 1e-14, 0);
    expect(stabilityIndex([5, 10], [10, 20])).toBe(0);
    // The empty bin counts as half a row of 10: (0.05 − 0.5) ln (0.05 / 0.5), and (1 − 0.5) ln (1 / 0.5).
    expectClose([stabilityIndex([5, 5], [0, 10])], [-0.45 * Math.log(0.1) + 0.5 * Math.log(2)], 1e-14, 0);
  });

  test("bins are the deciles of the training rows: all of dev in the first of ten", () => {
    const train = Float64Array.from({ length: 100 }, (_, i) => i);
    const dev = Float64Array.from({ length: 100 }, (_, i) => i / 20);
    // Nine empty bins of 0.1 and one of 1.
    const expected = 0.9 * Math.log(10) + 9 * (0.005 - 0.1) * Math.log(0.05);
    expectClose([numberDifference(train, dev).psi], [expected], 1e-13, 0);
    expect(numberDifference(train, train).psi).toBe(0);
    expect(numberDifference(new Float64Array(5), new Float64Array(9))).toEqual({
      statistic: 0,
      pValue: 1,
      psi: 0,
      distance: 0,
    });
  });
});
