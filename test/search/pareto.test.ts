import { expect, test } from "vitest";
import { Draws } from "../../src/search/draws.js";
import type { FrozenTrial } from "../../src/search/index.js";
import { costsOf, dominates, paretoFront } from "../../src/search/pareto.js";

const trialOf = (number: number, values: readonly number[]): FrozenTrial => ({
  number,
  values,
  state: "complete",
  params: {},
  intermediate: [],
  attributes: {},
});

test.each([1, 2, 3])("the front of %i values is what no other trial dominates, in the order of the trials", (count) => {
  const directions = (["minimize", "maximize", "minimize"] as const).slice(0, count);
  for (let seed = 0; seed < 20; seed++) {
    const draws = new Draws(seed, 0);
    // On a coarse lattice trials tie in one value, and in all.
    const trials = Array.from({ length: 60 }, (_, number) =>
      trialOf(
        number,
        directions.map(() => draws.below(seed < 10 ? 6 : 1000)),
      ),
    );
    const all = costsOf(trials, directions);
    const expected = all.filter((a) => !all.some((b) => dominates(b.costs, a.costs))).map(({ trial }) => trial);
    expect(paretoFront(trials, directions)).toEqual(expected);
  }
});

test("infinite values count, and trials without a number do not", () => {
  const trials = [
    trialOf(0, [Number.POSITIVE_INFINITY, 0]),
    trialOf(1, [Number.NaN, -1]),
    { ...trialOf(2, [0, 0]), state: "pruned" as const },
    trialOf(3, [1]),
    trialOf(4, [1, 1]),
  ];
  expect(paretoFront(trials, ["minimize", "minimize"]).map(({ number }) => number)).toEqual([0, 4]);
});
