import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { init } from "../../../../src/backend/engine.js";
import { logImprovement } from "../../../../src/search/normal.js";
import { posterior } from "../../../../src/search/samplers/bayesian/fit.js";
import { type Data, GaussianProcess, marginal } from "../../../../src/search/samplers/bayesian/gaussian-process.js";
import { expectClose } from "../../../support/check-op.js";
import { golden } from "../../support/golden.js";

const { points, values, weights, scale, noise, at, means, variances } = golden.process;
const data: Data = { points: Float64Array.from(points.flat()), values: Float64Array.from(values), owners: [0, 1, 2] };
const hyper = { weights: Float64Array.from(weights), scale, noise };

/** The derivatives of f by its arguments, by central differences. */
function differences(f: (x: Float64Array) => number, x: Float64Array, step = 1e-5): number[] {
  return Array.from(x, (each, i) => {
    const moved = (by: number) => f(x.map((other, k) => (k === i ? each + by : other)));
    return (8 * (moved(step) - moved(-step)) - (moved(2 * step) - moved(-2 * step))) / (12 * step);
  });
}

describe.each([{ backend: "wasm" }, { backend: "js" }] as const)("on $backend", ({ backend }) => {
  beforeAll(() => init({ backend }));
  afterAll(() => init({ backend: "auto" }));

  test("the marginal likelihood and the posterior are numpy's", () => {
    expect(marginal(data, hyper, new Float64Array(5))).toBeCloseTo(golden.process.marginal, 11);
    const found = new GaussianProcess(data, hyper).posterior(Float64Array.from(at.flat()));
    expectClose(found.means, means, 1e-12, 1e-13);
    expectClose(found.variances, variances, 1e-12, 1e-13);
  });
});

test("the gradient by the logarithms of the hyper-parameters is that of central differences, with priors too", () => {
  const theta = Float64Array.from([...weights, scale, noise].map(Math.log));
  const own = (x: Float64Array, gradient: Float64Array) =>
    marginal(
      data,
      { weights: x.slice(0, 3).map(Math.exp), scale: Math.exp(x[3] as number), noise: Math.exp(x[4] as number) },
      gradient,
    );
  for (const objective of [own, (x: Float64Array, gradient: Float64Array) => posterior(data, x, gradient)]) {
    const gradient = new Float64Array(5);
    objective(theta, gradient);
    expectClose(
      gradient,
      differences((x) => objective(x, new Float64Array(5)), theta, 1e-3),
      1e-7,
      1e-7,
    );
  }
});

test("coordinates of one parameter share its length", () => {
  const shared: Data = { ...data, owners: [0, 0, 1] };
  const both = { weights: Float64Array.of(2, 0.5), scale, noise };
  const gradient = new Float64Array(4);
  const value = marginal(shared, both, gradient);
  const apart = new Float64Array(5);
  expect(marginal(data, { ...both, weights: Float64Array.of(2, 2, 0.5) }, apart)).toBe(value);
  expectClose([...gradient], [(apart[0] as number) + (apart[1] as number), ...apart.slice(2)], 1e-12, 1e-13);
});

test("log expected improvement is that of the posterior, and its gradient that of central differences", () => {
  const process = new GaussianProcess(data, hyper);
  at.forEach((point, i) => {
    for (const best of [-1, -30]) {
      const x = Float64Array.from(point);
      const gradient = new Float64Array(3);
      const deviation = Math.sqrt(variances[i] as number);
      const value = process.logImprovement(x, best, gradient);
      expect(value).toBeCloseTo(logImprovement((best - (means[i] as number)) / deviation) + Math.log(deviation), 8);
      const by = differences((other) => process.logImprovement(other, best, new Float64Array(3)), x, 1e-3);
      expectClose(gradient, by, 1e-7, 1e-7);
    }
  });
});

test("two trials at one place with hardly any noise do not break it", () => {
  const twice: Data = { points: Float64Array.of(0.5, 0.5, 0.1), values: Float64Array.of(1, 1, -1), owners: [0] };
  const process = new GaussianProcess(twice, { weights: Float64Array.of(1), scale: 1, noise: 1e-18 });
  const found = process.posterior(Float64Array.of(0.5, 0.1));
  expectClose(found.means, [1, -1], 1e-4, 1e-4);
  expect(found.variances.every((each) => each > 0 && each < 1e-4)).toBe(true);
});
