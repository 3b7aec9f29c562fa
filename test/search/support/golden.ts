import { readFileSync } from "node:fs";

interface Golden {
  sobol: number[][];
  sobolLate: [dimension: number, value: number][];
  improvement: number[][];
  cdf: number[][];
  quantile: number[][];
  erfcx: number[][];
  process: {
    points: number[][];
    values: number[];
    weights: number[];
    scale: number;
    noise: number;
    marginal: number;
    at: number[][];
    means: number[];
    variances: number[];
  };
  parzen: {
    trials: Record<string, number[]>;
    asked: Record<string, number[]>;
    logs: Record<string, number[]>;
    together: number[];
    weights: Record<string, number[]>;
    gamma: Record<string, number>;
  };
}

/** What test/fixtures/search.py computed with SciPy, mpmath, numpy and Optuna. */
export const golden = JSON.parse(
  readFileSync(new URL("../../fixtures/search.json", import.meta.url), "utf8"),
) as Golden;
