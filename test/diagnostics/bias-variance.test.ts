import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type BiasVarianceOptions, biasVariance } from "../../src/diagnostics/index.js";

describe("biasVariance", () => {
  test.each<[string, BiasVarianceOptions, number[], string, string[]]>([
    // Ng, "Bias / Variance": cats that people tell apart with an error near 0 %.
    ["1 % / 11 %", { train: 0.01, dev: 0.11 }, [0.01, 0.1], "variance", ["variance"]],
    ["15 % / 16 %", { train: 0.15, dev: 0.16 }, [0.15, 0.01], "avoidableBias", ["avoidableBias"]],
    ["15 % / 30 %", { train: 0.15, dev: 0.3 }, [0.15, 0.15], "avoidableBias", ["avoidableBias", "variance"]],
    ["0.5 % / 1 %", { train: 0.005, dev: 0.01 }, [0.005, 0.005], "none", []],
    // The same 15 % where the pictures are so blurred that nobody does better.
    ["15 % / 16 % of 15 %", { train: 0.15, dev: 0.16, bayes: 0.15 }, [0, 0.01], "none", []],
    // Ng, "Avoidable bias": 8 % / 10 % against 1 % and against 7.5 %.
    [
      "8 % / 10 % of 1 %",
      { train: 0.08, dev: 0.1, bayes: 0.01 },
      [0.07, 0.02],
      "avoidableBias",
      ["avoidableBias", "variance"],
    ],
    ["8 % / 10 % of 7.5 %", { train: 0.08, dev: 0.1, bayes: 0.075 }, [0.005, 0.02], "variance", ["variance"]],
    // Ng, "Bias and variance with mismatched data distributions".
    ["1 / 9 / 10", { train: 0.01, trainDev: 0.09, dev: 0.1 }, [0.01, 0.08, 0.01], "variance", ["variance"]],
    [
      "1 / 1.5 / 10",
      { train: 0.01, trainDev: 0.015, dev: 0.1 },
      [0.01, 0.005, 0.085],
      "dataMismatch",
      ["dataMismatch"],
    ],
    ["10 / 11 / 12", { train: 0.1, trainDev: 0.11, dev: 0.12 }, [0.1, 0.01, 0.01], "avoidableBias", ["avoidableBias"]],
    [
      "10 / 11 / 20",
      { train: 0.1, trainDev: 0.11, dev: 0.2 },
      [0.1, 0.01, 0.09],
      "avoidableBias",
      ["avoidableBias", "dataMismatch"],
    ],
    // There: 4 % by people, 7 / 10 / 6 / 6: the dev set is easier than the training set.
    [
      "4 / 7 / 10 / 6 / 6",
      { bayes: 0.04, train: 0.07, trainDev: 0.1, dev: 0.06, test: 0.06 },
      [0.03, 0.03, -0.04, 0],
      "avoidableBias",
      ["avoidableBias", "variance"],
    ],
    [
      "2 / 3 / 9",
      { train: 0.02, dev: 0.03, test: 0.09, bayes: 0.01 },
      [0.01, 0.01, 0.06],
      "devOverfitting",
      ["devOverfitting"],
    ],
  ])("%s", (_, errors, gaps, dominant, high) => {
    const found = biasVariance(errors);
    const all = [found.avoidableBias, found.variance, found.dataMismatch, found.devOverfitting];
    const given = all.filter((gap) => gap !== undefined);
    expect(given.length).toBe(gaps.length);
    gaps.forEach((gap, i) => {
      expect(given[i]).toBeCloseTo(gap, 12);
    });
    expect([found.dominant, found.high]).toEqual([dominant, high]);
  });

  test("gaps that are all given add up to test − bayes", () => {
    const error = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(error, error, error, error, error, (train, dev, test, trainDev, bayes) => {
        const found = biasVariance({ train, dev, test, trainDev, bayes });
        const sum = found.avoidableBias + found.variance + (found.dataMismatch ?? 0) + (found.devOverfitting ?? 0);
        expect(sum).toBeCloseTo(test - bayes, 12);
        expect(found.dominant).toBe(found.high[0] ?? "none");
        expect(found.recipe.length > 0).toBe(found.high.length > 0);
      }),
    );
  });

  test("gives the course's recipe for what dominates", () => {
    const recipe = (errors: BiasVarianceOptions) => biasVariance(errors).recipe.join("\n");
    expect(recipe({ train: 0.15, dev: 0.16 })).toMatch(
      /bigger network[\s\S]*longer training[\s\S]*another architecture/,
    );
    expect(recipe({ train: 0.01, dev: 0.11 })).toMatch(
      /more training data[\s\S]*regularisation[\s\S]*another architecture/,
    );
    expect(recipe({ train: 0.01, trainDev: 0.015, dev: 0.1 })).toMatch(/error analysis[\s\S]*more like the dev set/);
    expect(recipe({ train: 0.01, dev: 0.02, test: 0.1 })).toMatch(/bigger dev set/);
    expect(recipe({ train: 0.005, dev: 0.01 })).toBe("");
  });

  test("takes another tolerance", () => {
    expect(biasVariance({ train: 0.004, dev: 0.01, tolerance: 0.005 })).toMatchObject({
      dominant: "variance",
      high: ["variance"],
    });
    expect(biasVariance({ train: 0.01, dev: 0.11, tolerance: 0.2 }).dominant).toBe("none");
  });

  test("writes a summary to read", () => {
    expect(biasVariance({ train: 0.01, dev: 0.11, test: 0.105 }).summary).toBe(
      [
        "avoidable bias          1 %  low   train 1 % − bayes 0 %",
        "variance               10 %  high  dev 11 % − train 1 %",
        "overfitting to dev   −0.5 %  low   test 10.5 % − dev 11 %",
        "Work on variance first: more training data, or augmentation of what there is; regularisation: L2, dropout, early stopping; another architecture.",
      ].join("\n"),
    );
    expect(biasVariance({ train: 0.01, dev: 0.02, trainDev: 0.015 }).summary).toMatch(
      /train-dev 1\.5 % − train 1 %\n.*dev 2 % − train-dev 1\.5 %\nNo gap reaches the tolerance of 2 %\.$/,
    );
    expect(biasVariance({ train: 0.01, dev: 0.02, bayes: 0.015 }).summary).toContain("bayes was estimated too high");
  });

  test.each([
    [
      "percentages",
      { train: 1, dev: 11 },
      "biasVariance: dev expected an error as a fraction from 0 to 1, got 11; divide percentages by 100",
    ],
    [
      "a negative error",
      { train: -0.1, dev: 0.1 },
      "biasVariance: train expected an error as a fraction from 0 to 1, got -0.1",
    ],
    [
      "NaN",
      { train: 0.1, dev: 0.1, test: Number.NaN },
      "biasVariance: test expected an error as a fraction from 0 to 1, got NaN",
    ],
    [
      "infinity",
      { train: 0.1, dev: 0.1, trainDev: Infinity },
      "biasVariance: trainDev expected an error as a fraction from 0 to 1, got Infinity",
    ],
    [
      "text",
      { train: 0.1, dev: 0.1, bayes: "0" },
      'biasVariance: bayes expected an error as a fraction from 0 to 1, got "0"',
    ],
    ["no dev", { train: 0.1 }, "biasVariance: dev expected an error as a fraction from 0 to 1, got undefined"],
    [
      "a misspelt one",
      { train: 0.1, dev: 0.1, traindev: 0.1 },
      'biasVariance: unknown option "traindev"; did you mean "trainDev"?',
    ],
    [
      "a tolerance of 0",
      { train: 0.1, dev: 0.1, tolerance: 0 },
      "biasVariance: tolerance expected a finite number > 0 and ≤ 1, got 0",
    ],
    ["nothing", undefined, "biasVariance: options expected an object with train, dev"],
  ])("says what is wrong with %s", (_, errors, text) => {
    expect(() => biasVariance(errors as never)).toThrow(text);
  });
});
