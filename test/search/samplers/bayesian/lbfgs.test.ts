import { expect, test } from "vitest";
import { lbfgs, type Objective } from "../../../../src/search/samplers/bayesian/lbfgs.js";

const rosenbrock: Objective = (x, gradient) => {
  const [a, b] = x as unknown as [number, number];
  gradient[0] = -400 * a * (b - a * a) - 2 * (1 - a);
  gradient[1] = 200 * (b - a * a);
  return 100 * (b - a * a) ** 2 + (1 - a) ** 2;
};
const box = (low: number, high: number) => [Float64Array.of(low, low), Float64Array.of(high, high)] as const;

test("finds Rosenbrock's minimum", () => {
  const { x, value } = lbfgs(rosenbrock, Float64Array.of(-1.2, 1), ...box(-5, 5), { steps: 200, tolerance: 1e-9 });
  expect(value).toBeLessThan(1e-14);
  expect(x[0]).toBeCloseTo(1, 6);
});

test("stays between the bounds, and ends on one where the minimum is beyond", () => {
  let outside = 0;
  const counted: Objective = (x, gradient) => {
    if (x.some((each) => each < -0.5 || each > 0.5)) outside++;
    return rosenbrock(x, gradient);
  };
  const { x } = lbfgs(counted, Float64Array.of(-9, 9), ...box(-0.5, 0.5), { steps: 200, tolerance: 1e-9 });
  expect(outside).toBe(0);
  expect(x[0]).toBeCloseTo(0.5, 9);
  expect(x[1]).toBeCloseTo(0.25, 6);
});

test("steps back from where the objective has no value", () => {
  const log: Objective = (x, gradient) => {
    const [a] = x as unknown as [number];
    if (a <= 0) return Number.POSITIVE_INFINITY;
    gradient[0] = 1 - 1 / a;
    return a - Math.log(a);
  };
  const { x } = lbfgs(log, Float64Array.of(30), Float64Array.of(-100), Float64Array.of(100), {
    steps: 100,
    tolerance: 1e-9,
  });
  expect(x[0]).toBeCloseTo(1, 6);
});
