import { expect, test } from "vitest";
import { erfcx, improvementRates, logImprovement, normalCdf, normalQuantile } from "../../src/search/normal.js";
import { expectClose } from "../support/check-op.js";
import { golden } from "./support/golden.js";

const column = (rows: readonly (readonly number[])[], i: number) => rows.map((row) => row[i] as number);

test("logImprovement and its rates as mpmath has them, where h is 1e-2000000000000000 too", () => {
  const rows = golden.improvement;
  const zs = column(rows, 0);
  expectClose(zs.map(logImprovement), column(rows, 1), 1e-13, 1e-14);
  expectClose(
    zs.map((z) => improvementRates(z)[0]),
    column(rows, 2),
    1e-12,
    0,
  );
  expectClose(
    zs.map((z) => improvementRates(z)[1]),
    column(rows, 3),
    1e-12,
    0,
  );
});

test("normalCdf, normalQuantile and erfcx as SciPy and mpmath have them", () => {
  expectClose(column(golden.cdf, 0).map(normalCdf), column(golden.cdf, 1), 1e-13, 0);
  expectClose(column(golden.quantile, 0).map(normalQuantile), column(golden.quantile, 1), 4e-15, 1e-16);
  expectClose(column(golden.erfcx, 0).map(erfcx), column(golden.erfcx, 1), 4e-15, 0);
});

test("the quantile of the probability is the number", () => {
  for (let x = -6; x <= 4; x += 0.37) expect(normalQuantile(normalCdf(x))).toBeCloseTo(x, 9);
});
