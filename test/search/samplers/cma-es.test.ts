import { expect, test } from "vitest";
import { simulate } from "../../../bench/search/simulate.js";
import { choice, uniform } from "../../../src/search/parameters.js";
import { constantsOf, initial, pointOf, updated } from "../../../src/search/samplers/cma-es/state.js";
import { cmaEs } from "../../../src/search/samplers/cma-es.js";
import { expectClose } from "../../support/check-op.js";

test("the constants are those of Hansen's tutorial for 2 variables and 6 points", () => {
  const { weights, muEffective, cSigma, dSigma, cC, c1, cMu } = constantsOf(2, 6);
  const raw = [1, 2, 3].map((i) => Math.log(3.5) - Math.log(i));
  const sum = raw.reduce((total, each) => total + each, 0);
  expectClose(
    weights,
    raw.map((each) => each / sum),
    1e-13,
    0,
  );
  expect(muEffective).toBeCloseTo(2.0286, 4);
  expect(cSigma).toBeCloseTo(4.0286 / 9.0286, 4);
  expect(dSigma).toBeCloseTo(1 + 4.0286 / 9.0286, 4);
  expect(cC).toBeCloseTo((4 + 2.0286 / 2) / (6 + 2.0286), 4);
  expect(c1).toBeCloseTo(2 / (3.3 ** 2 + 2.0286), 4);
  expect(cMu).toBeCloseTo((2 * (2.0286 - 2 + 1 / 2.0286)) / (16 + 2.0286), 4);
});

test("one step by hand: the mean moves to the weighted points, the covariance grows along the step", () => {
  const points = [
    [0.7, 0.5],
    [0.6, 0.5],
    [0.1, 0.1],
    [0.2, 0.9],
  ];
  const state = updated(initial(2, 0.1), points);
  const { weights, cC, c1, cMu, cSigma, muEffective } = constantsOf(2, 4);
  const [w = 0, v = 0] = weights;
  const step = w * 2 + v * 1;
  expectClose(state.mean, [0.5 + 0.1 * step, 0.5], 1e-12, 0);
  expect(state.pathSigma[0]).toBeCloseTo(Math.sqrt(cSigma * (2 - cSigma) * muEffective) * step, 12);
  const pathC = Math.sqrt(cC * (2 - cC) * muEffective) * step;
  expect(state.pathC[0]).toBeCloseTo(pathC, 12);
  const keep = 1 - c1 - cMu;
  expectClose(state.covariance, [keep + c1 * pathC ** 2 + cMu * (4 * w + v), 0, 0, keep], 1e-12, 1e-15);
  expectClose(pointOf(state, [0, 0]), [...state.mean], 0, 0);
  expect(pointOf(state, [1, 0])[0]).toBeCloseTo(
    (state.mean[0] as number) + state.sigma * Math.sqrt(state.covariance[0] as number),
    12,
  );
});

test("finds the minimum of a valley that lies across the axes, with a choice beside it", () => {
  const space = { x: uniform(-2, 2), y: uniform(-2, 2), kind: choice(["a", "b"]) };
  const trials = simulate({ space, sampler: cmaEs(), trials: 240, seed: 3 }, ({ x, y }) => {
    const [a, b] = [x as number, y as number];
    return (a + b - 1) ** 2 * 100 + (a - b) ** 2;
  });
  const best = Math.min(...trials.map(({ values }) => values?.[0] as number));
  expect(best).toBeLessThan(1e-6);
  expect(new Set(trials.map(({ params }) => params.kind)).size).toBe(2);
});
