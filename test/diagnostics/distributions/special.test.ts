import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  adjusted,
  chiSquareTail,
  kolmogorovTail,
  logGamma,
  normalTail,
  upperGamma,
} from "../../../src/diagnostics/distributions/special.js";
import { expectClose } from "../../support/check-op.js";

const scipy = JSON.parse(readFileSync(new URL("../../fixtures/distributions.json", import.meta.url), "utf8"));

describe("special functions as SciPy has them", () => {
  test.each(scipy.gamma as [number, number, number][])("Q(%f, %f)", (a, x, expected) => {
    expectClose([upperGamma(a, x)], [expected], 1e-12, 0);
  });

  test.each(scipy.logGamma as [number, number][])("ln Γ(%f)", (a, expected) => {
    expectClose([logGamma(a)], [expected], 1e-13, 1e-14);
  });

  test.each(scipy.normal as [number, number][])("P(Z ≥ %f)", (z, expected) => {
    expectClose([normalTail(z)], [expected], 1e-12, 0);
  });

  test.each(scipy.kolmogorov as [number, number][])("P(K ≥ %f)", (lambda, expected) => {
    expectClose([kolmogorovTail(lambda)], [expected], 1e-12, 0);
  });

  test("χ² of tables: 3.841 with one degree and 9.488 with four leave 5 %", () => {
    expectClose([chiSquareTail(3.841458821, 1), chiSquareTail(9.487729037, 4)], [0.05, 0.05], 1e-8, 0);
    expect([upperGamma(2, 0), upperGamma(2, Infinity)]).toEqual([1, 0]);
    expect(() => upperGamma(0, 1)).toThrow("upperGamma");
  });
});

test("several tests at once: Holm by hand, Benjamini and Hochberg as SciPy", () => {
  // In order 0.01, 0.02, 0.04 times 3, 2, 1; none below the one before.
  expectClose(adjusted([0.04, 0.01, 0.02], "holm"), [0.04, 0.03, 0.04], 1e-15, 0);
  expect(adjusted([0.9, 0.6], "holm")).toEqual([1, 1]);
  expectClose(adjusted(scipy.pValues, "benjaminiHochberg"), scipy.benjaminiHochberg, 1e-15, 0);
  expect(adjusted([], "holm")).toEqual([]);
});
