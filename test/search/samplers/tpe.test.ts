import { expect, test } from "vitest";
import { Draws } from "../../../src/search/draws.js";
import type { Parameter } from "../../../src/search/parameter.js";
import { choice, int, logInt, quantized, uniform } from "../../../src/search/parameters.js";
import { ParzenEstimator, widths } from "../../../src/search/samplers/tpe/parzen.js";
import { goodOf, split, weightsOf } from "../../../src/search/samplers/tpe/split.js";
import type { FrozenTrial } from "../../../src/search/trial.js";
import { toUnit } from "../../../src/search/unit.js";
import { expectClose } from "../../support/check-op.js";
import { golden } from "../support/golden.js";

const { parzen } = golden;
const space: Record<string, Parameter> = {
  x: uniform(0, 1),
  n: int(1, 8),
  units: logInt(4, 64),
  q: quantized(0, 2, 0.5),
  kind: choice(["a", "b", "c"]),
};
const names = Object.keys(space);

const place = (name: string, value: number): number => {
  const parameter = space[name] as Parameter;
  return parameter.type === "choice" ? (value + 0.5) / 3 : toUnit(parameter, value);
};

function logs(some: readonly string[]): number[] {
  const rows = [0, 1, 2, 3, 4].map((i) => some.map((name) => place(name, parzen.trials[name]?.[i] as number)));
  const estimator = new ParzenEstimator(
    some.map((name) => space[name] as Parameter),
    rows,
    weightsOf(5),
    { priorWeight: 1, sharpness: 1 },
  );
  return [0, 1, 2].map((i) => estimator.log(some.map((name) => place(name, parzen.asked[name]?.[i] as number))));
}

test.each(names)("the density of %s is Optuna's", (name) => {
  expectClose(logs([name]), parzen.logs[name] as number[], 1e-10, 1e-11);
});

test("the density of several parameters is Optuna's", () => {
  expectClose(logs(names), parzen.together, 1e-10, 1e-11);
});

test("weights and γ are Optuna's", () => {
  for (const [n, want] of Object.entries(parzen.weights)) expectClose(weightsOf(Number(n)), want, 1e-14, 0);
  for (const [n, want] of Object.entries(parzen.gamma)) expect(goodOf(Number(n))).toBe(want);
  expect(weightsOf(0)).toEqual([]);
});

test("widths: to the farther neighbour, clipped; the ends look inwards", () => {
  expectClose(widths([0.5, 0.1, 0.7], 1), [0.4, 0.4, 0.2], 1e-12, 0);
  expectClose(widths([0.5, 0.5, 0.5], 1), [0.2, 0.2, 0.2], 1e-12, 0);
  expectClose(widths([0.9], 1), [0.9], 1e-12, 0);
  expectClose(widths([0.5, 0.5], 2), [1 / 16, 1 / 16], 1e-12, 0);
  expectClose(widths(new Array(20).fill(0.5), 2), new Array(20).fill(0.01), 1e-12, 0);
});

test("without trials only the prior is left", () => {
  const estimator = new ParzenEstimator([choice(["a", "b"]), uniform(0, 1)], [], [], { priorWeight: 1, sharpness: 1 });
  const flat = Math.log(0.5) + estimator.log([0.2, 0.5]) - estimator.log([0.7, 0.5]);
  expect(flat).toBeCloseTo(Math.log(0.5), 12);
});

test("samples follow the mixture", () => {
  const estimator = new ParzenEstimator([uniform(0, 1), choice(["a", "b"])], [[0.9, 0.75]], [3], {
    priorWeight: 1,
    sharpness: 1,
  });
  const draws = new Draws(1, 1);
  const all = Array.from({ length: 4000 }, () => estimator.sample(draws));
  expect(all.every(([x = -1]) => x >= 0 && x <= 1)).toBe(true);
  // 3/4 of the weight has "b" with (1 + ½) / 2, the prior ½.
  expect(all.filter(([, b = 0]) => b > 0.5).length / 4000).toBeCloseTo(0.75 * 0.75 + 0.25 * 0.5, 1);
});

const trial = (number: number, state: FrozenTrial["state"], more: Partial<FrozenTrial> = {}): FrozenTrial => ({
  number,
  state,
  params: {},
  intermediate: [],
  attributes: {},
  ...more,
});

test("split: complete trials by value, then pruned ones that went far, the rest among the others", () => {
  const trials = [
    trial(0, "complete", { values: [3] }),
    trial(1, "pruned", { intermediate: [{ step: 4, value: 0.1 }] }),
    trial(2, "complete", { values: [1] }),
    trial(3, "running"),
    trial(4, "pruned", { intermediate: [{ step: 9, value: 7 }] }),
    trial(5, "failed"),
    trial(6, "pruned"),
    trial(7, "complete", { values: [Number.NaN] }),
  ];
  const numbers = (good: number, direction: "minimize" | "maximize" = "minimize") => {
    const { below, above } = split(trials, direction, () => good);
    return [below.map(({ number }) => number), above.map(({ number }) => number)];
  };
  expect(numbers(1)).toEqual([[2], [0, 1, 3, 4, 5, 6, 7]]);
  expect(numbers(1, "maximize")).toEqual([[0], [1, 2, 3, 4, 5, 6, 7]]);
  expect(numbers(4)).toEqual([
    [0, 2, 4, 7],
    [1, 3, 5, 6],
  ]);
  expect(numbers(6)).toEqual([
    [0, 1, 2, 4, 6, 7],
    [3, 5],
  ]);
});
