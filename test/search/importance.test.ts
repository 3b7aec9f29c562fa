import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { Draws } from "../../src/search/draws.js";
import {
  choice,
  type FrozenTrial,
  importance,
  int,
  logUniform,
  type Params,
  quantized,
  type Space,
  uniform,
  type Values,
  when,
} from "../../src/search/index.js";
import { valuesAt } from "../../src/search/space.js";

interface Case {
  trials: Values[];
  values: number[][];
  optuna: { shares: Record<string, number>; spread: number }[];
}

/** What test/fixtures/importance.py had Optuna compute. */
const golden: Record<string, Case> = JSON.parse(
  readFileSync(new URL("../fixtures/importance.json", import.meta.url), "utf8"),
);

const trialOf = (params: Values, values: readonly number[], number: number): FrozenTrial => ({
  number,
  state: "complete",
  params,
  values,
  intermediate: [],
  attributes: {},
});

/** A study of trials at random places. */
function drawn<S extends Space>(space: S, count: number, objective: (params: Params<S>) => number) {
  const trials = Array.from({ length: count }, (_, number) => {
    const draws = new Draws(1, number);
    const params = valuesAt(space, () => draws.uniform());
    return trialOf(params, [objective(params as unknown as Params<S>)], number);
  });
  return { space, directions: ["minimize"] as const, trials };
}

const spaces: Record<string, Space> = {
  numbers: Object.fromEntries([..."abcd"].map((name) => [name, uniform(0, 1)])),
  kinds: {
    exponent: logUniform(1e-5, 1e-1),
    layers: int(1, 6),
    dropout: quantized(0, 0.5, 0.1),
    optimizer: choice(["adam", "sgd", "rmsprop"]),
  },
  two: { a: uniform(-1, 1), b: uniform(-1, 1) },
};

describe("Optuna's FanovaImportanceEvaluator agrees", () => {
  const cases = Object.entries(golden).flatMap(([name, { optuna }]) =>
    optuna.map((expected, target) => [name, target, expected] as const),
  );
  test.each(cases)("%s, value %i", (name, target, expected) => {
    const { trials, values } = golden[name] as Case;
    const study = {
      space: spaces[name] as Space,
      directions: (values[0] as number[]).map(() => "minimize" as const),
      trials: trials.map((params, i) => {
        // A rate on its logarithm, where Optuna was given the exponent.
        const own = "exponent" in params ? { ...params, exponent: 10 ** (params.exponent as number) } : params;
        return trialOf(own, values[i] as number[], i);
      }),
    };
    const found = importance(study, { target });
    const order = (shares: Record<string, number>) =>
      Object.keys(shares).sort((a, b) => (shares[b] as number) - (shares[a] as number));
    expect(order(found)).toEqual(order(expected.shares));
    for (const [key, share] of Object.entries(expected.shares)) {
      expect(Math.abs((found[key] as number) - share), key).toBeLessThan(0.05 + expected.spread);
    }
  });
});

describe("additive functions", () => {
  test("y = 3a + b: nine tenths and one", () => {
    const found = importance(drawn({ a: uniform(0, 1), b: uniform(0, 1) }, 300, ({ a, b }) => 3 * a + b));
    expect(found.a).toBeCloseTo(0.9, 1);
    expect((found.a as number) + (found.b as number)).toBeCloseTo(1, 12);
    expect(Object.keys(found)).toEqual(["a", "b"]);
  });

  test("categories have no order: each one's mean counts", () => {
    const space = { kind: choice(["a", "b", "c", "d"]), x: uniform(0, 1) };
    const height = { a: 0, b: 1, c: 0, d: 1 };
    // Var kind = 1/4, Var x = 1/12.
    const found = importance(drawn(space, 400, ({ kind, x }) => height[kind] + x));
    expect(found.kind).toBeCloseTo(0.75, 1);
  });

  test("a logarithmic parameter counts on its scale", () => {
    const space = { rate: logUniform(1e-6, 1), x: uniform(0, 1) };
    const found = importance(drawn(space, 300, ({ rate, x }) => Math.log10(rate) / 6 + x));
    expect(found.rate).toBeCloseTo(0.5, 1);
  });

  test("a parameter that does nothing, and one that never differs", () => {
    const space = { a: uniform(0, 1), b: uniform(0, 1), c: uniform(0, 1) };
    const study = drawn(space, 200, ({ a }) => a);
    const trials = study.trials.map((trial) => ({ ...trial, params: { ...trial.params, c: 0.5 } }));
    const found = importance({ ...study, trials });
    expect(found.a).toBeGreaterThan(0.97);
    expect(found.c).toBeLessThan(1e-12);
  });

  test("parameters that are one in all trials share alike: none is preferred", () => {
    const study = drawn({ a: uniform(0, 1), b: uniform(0, 1) }, 100, ({ a }) => a);
    const trials = study.trials.map((trial) => ({
      ...trial,
      params: { a: trial.params.a, b: trial.params.a } as Values,
    }));
    expect(Math.abs((importance({ ...study, trials }).a as number) - 0.5)).toBeLessThan(0.15);
  });
});

describe("conditional parameters", () => {
  const space = { layers: int(1, 2), width1: uniform(0, 1), width2: when("layers", 2, uniform(0, 1)) };

  test("count as much as the trials that have them", () => {
    const wide = { layers: int(1, 4), width1: uniform(0, 1), width4: when("layers", 4, uniform(0, 1)) };
    // A quarter of the trials has width4. Within them it makes as much as width1, of all a quarter of it.
    const found = importance(drawn(wide, 400, ({ width1, width4 = 0.5 }) => width1 + width4));
    expect(Math.abs((found.width1 as number) - 0.8)).toBeLessThan(0.05);
    expect(Math.abs((found.width4 as number) - 0.2)).toBeLessThan(0.05);
    expect(found.layers).toBeLessThan(0.02);
  });

  test("one that a single trial has counts for nothing", () => {
    const study = drawn(space, 60, ({ width1 }) => width1);
    const trials = study.trials.map((trial, i) => {
      const { width2, ...others } = trial.params;
      return { ...trial, params: i === 7 ? { ...others, width2: 0.3 } : others };
    });
    expect(importance({ ...study, trials }).width2).toBe(0);
  });
});

describe("which trials count", () => {
  const space = { a: uniform(0, 1), b: uniform(0, 1) };
  const study = drawn(space, 50, ({ a, b }) => 2 * a + b);

  test("complete ones with a finite value", () => {
    const others: FrozenTrial[] = [
      { ...trialOf({ a: 0.5, b: 0.5 }, [9], 50), state: "pruned" },
      { ...trialOf({ a: 0.5, b: 0.5 }, [], 51), state: "failed" },
      trialOf({ a: 0.5, b: 0.5 }, [Number.POSITIVE_INFINITY], 52),
      { ...trialOf({ a: 0.5, b: 0.5 }, [], 53), state: "running" },
    ];
    expect(importance({ ...study, trials: [...study.trials, ...others] })).toEqual(importance(study));
  });

  test("the same seed gives the same bits, another one others", () => {
    expect(importance(study, { seed: 4 })).toEqual(importance(study, { seed: 4 }));
    expect(importance(study, { seed: 4 })).not.toEqual(importance(study, { seed: 5 }));
  });

  test("values that are huge or tiny, and far from zero", () => {
    const by = (scale: number, offset: number) =>
      importance({
        ...study,
        trials: study.trials.map((trial) => ({ ...trial, values: [(trial.values?.[0] as number) * scale + offset] })),
      }).a as number;
    const plain = importance(study).a as number;
    expect(by(5e307, 0)).toBeCloseTo(plain, 2);
    expect(by(1e-300, 0)).toBeCloseTo(plain, 2);
    expect(by(1, 1e6)).toBeCloseTo(plain, 2);
  });
});

describe("bad input", () => {
  const space = { a: uniform(0, 1) };
  const directions = ["minimize"] as const;
  const trials = [0.1, 0.9].map((a, i) => trialOf({ a }, [a], i));

  test.each<[string, () => unknown, RegExp]>([
    ["one trial", () => importance({ space, directions, trials: trials.slice(1) }), /two or more complete ones, got 1/],
    [
      "equal values",
      () => importance({ space, directions, trials: trials.map((trial) => ({ ...trial, values: [3] })) }),
      /values that differ, got 3 from all/,
    ],
    [
      "equal parameters",
      () => importance({ space, directions, trials: trials.map((trial) => ({ ...trial, params: { a: 0.5 } })) }),
      /parameters that differ/,
    ],
    ["no target", () => importance({ space, directions: ["minimize", "maximize"], trials }), /say which value/],
    ["a target too many", () => importance({ space, directions, trials }, { target: 1 }), /target expected .*≤ 0/],
    ["no space", () => importance({ directions, trials } as never), /space expected/],
    ["no study", () => importance(undefined as never), /study expected/],
    [
      "an unknown option",
      () => importance({ space, directions, trials }, { tree: 3 } as never),
      /did you mean "trees"/,
    ],
  ])("%s", (_, call, text) => {
    expect(call).toThrow(text);
  });
});
