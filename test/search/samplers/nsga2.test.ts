import { expect, test } from "vitest";
import { simulate } from "../../../bench/search/simulate.js";
import { Draws } from "../../../src/search/draws.js";
import { uniform } from "../../../src/search/parameters.js";
import { dominates, paretoFront } from "../../../src/search/pareto.js";
import { crowdingOf, frontsOf, isBetter, select } from "../../../src/search/samplers/nsga2/sorting.js";
import { crossed, mutated } from "../../../src/search/samplers/nsga2/variation.js";
import { nsga2 } from "../../../src/search/samplers/nsga2.js";
import { random } from "../../../src/search/samplers/random.js";

test("dominates: nowhere worse, somewhere better", () => {
  expect(dominates([1, 2], [1, 3])).toBe(true);
  expect(dominates([1, 2], [1, 2])).toBe(false);
  expect(dominates([1, 3], [2, 2])).toBe(false);
});

test("fronts by hand", () => {
  //  4 | b         0: a, b, d    1: c, e    2: f
  const points = [
    [1, 3], // a
    [0, 4], // b
    [2, 3], // c
    [3, 1], // d
    [1, 5], // e
    [4, 5], // f
  ];
  expect(frontsOf(points)).toEqual([0, 0, 1, 0, 1, 2]);
  expect(frontsOf([])).toEqual([]);
  expect(frontsOf([[1], [1]])).toEqual([0, 0]);
});

test("crowding by hand: the neighbours' distance in units of the ranges", () => {
  const crowding = crowdingOf([
    [0, 10],
    [1, 6],
    [2, 5],
    [4, 0],
  ]);
  expect(crowding).toEqual([Number.POSITIVE_INFINITY, 2 / 4 + 5 / 10, 3 / 4 + 6 / 10, Number.POSITIVE_INFINITY]);
  expect(crowdingOf([[1, 1]])).toEqual([Number.POSITIVE_INFINITY]);
});

test("selection cuts the last front where it is most crowded", () => {
  const points = [
    [0, 10],
    [1, 6],
    [2, 5],
    [4, 0],
    [9, 9],
  ];
  expect(select(points, 3).map(({ index }) => index)).toEqual([0, 3, 2]);
  expect(select(points, 9).map(({ index, front }) => [index, front])).toEqual([
    [0, 0],
    [3, 0],
    [2, 0],
    [1, 0],
    [4, 1],
  ]);
  expect(isBetter({ index: 0, front: 0, crowding: 0 }, { index: 1, front: 1, crowding: 9 })).toBe(true);
});

test("crossover and mutation stay inside and keep the mean", () => {
  const draws = new Draws(1, 0);
  const sum = (body: () => number) => {
    let total = 0;
    for (let i = 0; i < 4000; i++) {
      const each = body();
      expect(each).toBeGreaterThanOrEqual(0);
      expect(each).toBeLessThanOrEqual(1);
      total += each / 4000;
    }
    return total;
  };
  expect(sum(() => crossed(0.4, 0.6, 2, draws))).toBeCloseTo(0.5, 1);
  expect(sum(() => mutated(0.5, 5, draws))).toBeCloseTo(0.5, 1);
  sum(() => crossed(0, 1, 20, draws));
  sum(() => mutated(0, 20, draws));
  sum(() => mutated(1, 20, draws));
  expect(crossed(0.3, 0.3, 20, draws)).toBe(0.3);
});

const space = Object.fromEntries(Array.from({ length: 6 }, (_, i) => [`x${i}`, uniform(0, 1)]));

/** ZDT1 (Zitzler, Deb and Thiele, 2000): the front is b = 1 − √a. */
function zdt1(values: Readonly<Record<string, unknown>>): [number, number] {
  const [a = 0, ...others] = Object.values(values) as number[];
  const g = 1 + (9 * others.reduce((total, each) => total + each, 0)) / others.length;
  return [a, g * (1 - Math.sqrt(a / g))];
}

/** The area that the trials dominate below (1.1, 1.1). */
function area(trials: ReturnType<typeof simulate>): number {
  const front = paretoFront(trials, ["minimize", "minimize"]).map(({ values }) => values as [number, number]);
  front.sort((p, q) => p[0] - q[0]);
  let [total, top] = [0, 1.1];
  for (const [a, b] of front) {
    total += Math.max(0, 1.1 - a) * Math.max(0, top - b);
    top = Math.min(top, b);
  }
  return total;
}

test("finds ZDT1's front, where random search does not come near", () => {
  const run = (sampler: ReturnType<typeof random>) =>
    simulate({ space, sampler, trials: 600, seed: 1, directions: ["minimize", "minimize"] }, (values) => ({
      values: zdt1(values),
    }));
  const [bred, chance] = [area(run(nsga2({ population: 30 }))), area(run(random()))];
  expect(bred).toBeGreaterThan(0.6); // at most 0.87
  expect(chance).toBeLessThan(0.2);
});

test("maximizes where the direction says so", () => {
  const trials = simulate(
    { space, sampler: nsga2({ population: 20 }), trials: 400, seed: 2, directions: ["maximize", "maximize"] },
    (values) => ({ values: zdt1(values).map((each) => -each) }),
  );
  const negated = trials.map((each) => ({ ...each, values: (each.values as number[]).map((value) => -value) }));
  expect(area(negated)).toBeGreaterThan(0.4);
  expect(paretoFront(trials, ["maximize", "maximize"])).toEqual(
    trials.filter(({ number }) =>
      paretoFront(negated, ["minimize", "minimize"]).some((each) => each.number === number),
    ),
  );
});
