import { describe, expect, test } from "vitest";
import {
  asha,
  type FrozenTrial,
  hyperband,
  median,
  type Pruner,
  patience,
  percentile,
  successiveHalving,
} from "../../src/search/index.js";

const trial = (number: number, values: readonly number[], state: FrozenTrial["state"] = "complete"): FrozenTrial => ({
  number,
  state,
  params: {},
  attributes: {},
  intermediate: values.map((value, step) => ({ step, value })),
  ...(state === "complete" && { values: [values[values.length - 1] as number] }),
});
const judged = (pruner: Pruner, others: readonly FrozenTrial[], values: readonly number[], number = others.length) => {
  const own = trial(number, values, "running");
  return pruner.shouldPrune({ trial: own, trials: [...others, own], direction: "minimize" });
};

describe("percentile", () => {
  const others = [1, 2, 3, 4, 5].map((value, i) => trial(i, [value, value / 10]));

  test("the median of five is the third", () => {
    expect([2.9, 3, 3.1].map((value) => judged(median(), others, [value]))).toEqual([false, false, true]);
  });

  test("a quarter goes on with 25, three quarters with 75", () => {
    expect([2, 2.1, 4, 4.1].map((value) => judged(percentile(25), others, [value]))).toEqual([false, true, true, true]);
    expect([2, 2.1, 4, 4.1].map((value) => judged(percentile(75), others, [value]))).toEqual([
      false,
      false,
      false,
      true,
    ]);
  });

  test("what counts is the best value so far", () => {
    expect(judged(median(), others, [0.2, 9])).toBe(false);
  });

  test("large is good where it is to be maximized", () => {
    const own = trial(5, [2], "running");
    expect(median().shouldPrune({ trial: own, trials: [...others, own], direction: "maximize" })).toBe(true);
  });

  test("NaN is pruned, and among the others counts as the worst", () => {
    expect(judged(median(), others, [Number.NaN])).toBe(true);
    const broken = [trial(0, [Number.NaN]), trial(1, [Number.NaN]), trial(2, [1])];
    expect(judged(median({ startupTrials: 1 }), broken, [1e9])).toBe(false);
  });

  test("waits for complete trials, for the warm-up and between intervals", () => {
    expect(judged(median({ startupTrials: 6 }), others, [99])).toBe(false);
    expect(
      judged(
        median(),
        others.map((each) => ({ ...each, state: "pruned" as const })),
        [99],
      ),
    ).toBe(false);
    expect(judged(median({ warmupSteps: 1 }), others, [99])).toBe(false);
    expect(judged(median({ warmupSteps: 1 }), others, [99, 99])).toBe(true);
    const long = [0, 1, 2, 3, 4].map((i) => trial(i, [1, 1, 1, 1, 1]));
    const at = (steps: number) => judged(median({ interval: 2 }), long, Array(steps).fill(9));
    expect([1, 2, 3, 4, 5].map(at)).toEqual([true, false, true, false, true]);
  });
});

describe("asha", () => {
  const pruner = asha({ reductionFactor: 2, minResource: 2 });

  test("judges at its rungs alone: after 2, 4, 8 steps", () => {
    const others = [trial(0, Array(8).fill(1)), trial(1, Array(8).fill(1))];
    const steps = [1, 2, 3, 4, 5, 6, 7, 8].filter((n) => judged(pruner, others, Array(n).fill(9)));
    expect(steps).toEqual([2, 4, 8]);
  });

  test("lets the best half of those so far go on, and the first", () => {
    expect(judged(pruner, [], [9, 9])).toBe(false);
    const others = [1, 2, 3].map((value, i) => trial(i, [value, value]));
    expect([0.5, 1.5, 2.5, 3.5].map((value) => judged(pruner, others, [value, value]))).toEqual([
      false,
      false,
      true,
      true,
    ]);
  });

  test("judges one among few by how far it is behind, and not by those that diverged", () => {
    const goesOn = (values: readonly number[], own: number) =>
      !judged(
        asha(),
        values.map((value, i) => trial(i, [value])),
        [own],
      );
    // A third of the way from 1 to 2.
    expect([1.3, 1.4].map((own) => goesOn([1, 2], own))).toEqual([true, false]);
    expect([1, 1.1].map((own) => goesOn([1, Number.NaN], own))).toEqual([true, false]);
  });

  test("steps that are skipped count as the next report", () => {
    const others = [trial(0, Array(8).fill(1)), trial(1, Array(8).fill(1))];
    const own = { ...trial(2, [], "running"), intermediate: [{ step: 6, value: 9 }] };
    expect(pruner.shouldPrune({ trial: own, trials: [...others, own], direction: "minimize" })).toBe(true);
  });

  test("finds the best of 64 curves for a fraction of their steps", () => {
    const done: FrozenTrial[] = [];
    let steps = 0;
    for (let number = 0; number < 64; number++) {
      const floor = ((number * 37) % 64) / 64;
      const values: number[] = [];
      let state: FrozenTrial["state"] = "complete";
      for (let step = 0; step < 16 && state === "complete"; step++) {
        values.push(floor + 1 / (step + 1));
        steps++;
        if (judged(asha({ reductionFactor: 4 }), done, values, number)) state = "pruned";
      }
      done.push(trial(number, values, state));
    }
    const best = done
      .filter(({ state }) => state === "complete")
      .sort((p, q) => (p.values?.[0] ?? 0) - (q.values?.[0] ?? 0))[0];
    expect(best?.number).toBe(0);
    expect(steps).toBeLessThan((64 * 16) / 4);
  });
});

describe("successiveHalving", () => {
  test("leaves exactly those that a round in step would leave, when the best come first", () => {
    const pruner = successiveHalving({ trials: 4, reductionFactor: 2 });
    const others = [1, 2].map((value, i) => trial(i, [value, value, value, value]));
    expect(judged(pruner, others, [3])).toBe(true);
    expect(judged(pruner, others, [1.5])).toBe(false);
    expect(judged(pruner, others, [1.5, 1.5])).toBe(true);
  });

  test("rounds do not meet", () => {
    const pruner = successiveHalving({ trials: 2, reductionFactor: 2 });
    expect(judged(pruner, [trial(0, [1]), trial(1, [1])], [9])).toBe(false);
  });
});

describe("hyperband", () => {
  test("has ladders from early to none, by the numbers of the trials", () => {
    const pruner = hyperband({ maxResource: 9, reductionFactor: 3 });
    const firstRung = (number: number) => {
      const rivals = Array.from({ length: 60 }, (_, i) => trial(i === number ? 60 : i, Array(9).fill(0)));
      return [1, 2, 3, 4, 5, 6, 7, 8, 9].find((n) => judged(pruner, rivals, Array(n).fill(1), number));
    };
    // 9 trials from step 1, 5 from step 3, 3 from step 9: Li et al., table 1, for R = 9 and η = 3.
    expect([0, 8, 9, 13, 14, 16, 17].map(firstRung)).toEqual([1, 1, 3, 3, 9, 9, 1]);
  });
});

describe("patience", () => {
  test("prunes what has not improved for so many reports", () => {
    const pruner = patience({ patience: 2 });
    expect(
      [
        [3, 2, 1],
        [1, 2, 3],
        [1, 2],
        [2, 3, 1],
      ].map((values) => judged(pruner, [], values)),
    ).toEqual([false, true, false, false]);
    expect(judged(patience({ patience: 1, minDelta: 0.5 }), [], [1, 0.8])).toBe(true);
  });

  test("or asks another pruner then", () => {
    const never: Pruner = { name: "never", shouldPrune: () => false };
    expect(judged(patience({ patience: 1, pruner: never }), [], [1, 2])).toBe(false);
  });
});
