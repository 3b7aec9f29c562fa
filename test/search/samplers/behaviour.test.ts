import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Outcome, simulate } from "../../../bench/search/simulate.js";
import { init } from "../../../src/backend/engine.js";
import type { Values } from "../../../src/search/parameter.js";
import { choice, int, logInt, logUniform, quantized, uniform, when } from "../../../src/search/parameters.js";
import type { Sampler } from "../../../src/search/sampler.js";
import { bayesian } from "../../../src/search/samplers/bayesian.js";
import { cmaEs } from "../../../src/search/samplers/cma-es.js";
import { nsga2 } from "../../../src/search/samplers/nsga2.js";
import { random } from "../../../src/search/samplers/random.js";
import { sobol } from "../../../src/search/samplers/sobol.js";
import { tpe } from "../../../src/search/samplers/tpe.js";
import { isActive, isValueOf } from "../../../src/search/space.js";

const samplers: readonly [name: string, make: () => Sampler][] = [
  ["random", random],
  ["sobol", sobol],
  ["bayesian", () => bayesian({ startup: 6 })],
  ["tpe", () => tpe({ startup: 6 })],
  ["tpe, each parameter by itself", () => tpe({ startup: 6, multivariate: false })],
  ["cmaEs", () => cmaEs({ population: 6 })],
  ["nsga2", () => nsga2({ population: 6 })],
];
const learning = samplers.slice(2);

const mixed = {
  rate: logUniform(1e-4, 1),
  layers: int(1, 3),
  units1: logInt(4, 64),
  units2: when("layers", [2, 3], logInt(4, 64)),
  units3: when("layers", 3, logInt(4, 64)),
  optimizer: choice(["sgd", "adam", "rmsprop"]),
  momentum: when("optimizer", "sgd", uniform(0, 1)),
  nesterov: when("optimizer", "sgd", choice([true, false])),
  dropout: quantized(0, 0.5, 0.1),
};

/** Has its least value, 0, at rate 0.01, two layers of 16, Adam, dropout 0.2. */
function loss({ rate, layers, units1, units2 = 4, optimizer, dropout }: Values): number {
  const log = (value: unknown) => Math.log10(value as number);
  return (
    (log(rate) + 2) ** 2 +
    ((layers as number) - 2) ** 2 +
    (log(units1) - log(16)) ** 2 +
    (log(units2) - log(16)) ** 2 +
    (optimizer === "adam" ? 0 : 1) +
    10 * ((dropout as number) - 0.2) ** 2
  );
}

describe.each(samplers)("%s", (_, make) => {
  const run = (seed: number, trials = 24, objective: (values: Values, number: number) => number | Outcome = loss) =>
    simulate({ space: mixed, sampler: make(), trials, seed }, objective);

  test("has only values of their parameters, and those of active ones alone", () => {
    for (const { params } of run(1)) {
      for (const [name, parameter] of Object.entries(mixed)) {
        const value = params[name];
        expect(value !== undefined, name).toBe(isActive(parameter, params));
        if (value !== undefined) expect(isValueOf(parameter, value), `${name} ${value}`).toBe(true);
      }
    }
  });

  test("the same seed gives the same trials, another one others", () => {
    const [first, second, other] = [run(1, 14), run(1, 14), run(2, 14)];
    expect(second).toEqual(first);
    expect(other.map(({ params }) => params)).not.toEqual(first.map(({ params }) => params));
  });

  test("a study that is taken up again goes on as it would have", () => {
    const whole = run(4, 16);
    const resumed = simulate({ space: mixed, sampler: make(), trials: 16, seed: 4, before: whole.slice(0, 11) }, loss);
    expect(resumed).toEqual(whole);
  });

  test("failed, pruned, infinite and equal values, and parameters of an older space, do not break it", () => {
    const outcomes: (number | Outcome)[] = [
      { state: "failed" },
      { values: [Number.NaN] },
      { values: [Number.POSITIVE_INFINITY] },
      { values: [Number.NEGATIVE_INFINITY] },
      { state: "pruned", intermediate: [{ step: 1, value: Number.NaN }] },
      { state: "pruned", intermediate: [{ step: 3, value: 2 }] },
      { state: "pruned" },
      1,
      1,
    ];
    expect(run(5, 30, (_, number) => outcomes[number % outcomes.length] as Outcome).length).toBe(30);
    expect(run(5, 16, () => ({ state: "failed" })).length).toBe(16);
    expect(run(5, 16, () => 0).length).toBe(16);
    const older = simulate({ space: { gone: uniform(0, 1) }, sampler: random(), trials: 10, seed: 1 }, () => 1);
    expect(simulate({ space: mixed, sampler: make(), trials: 20, seed: 1, before: older }, loss).length).toBe(20);
  });

  test("a space of one choice works", () => {
    const space = { kind: choice(["a", "b", "c"]) };
    const trials = simulate({ space, sampler: make(), trials: 40, seed: 1 }, ({ kind }) => (kind === "b" ? 0 : 1));
    expect(trials.filter(({ params }) => params.kind === "b").length).toBeGreaterThan(5);
  });

  test("with three trials at a time no two that run are the same", () => {
    const space = { x: uniform(0, 1), y: uniform(0, 1) };
    const trials = simulate(
      { space, sampler: make(), trials: 20, seed: 1, parallel: 3 },
      ({ x, y }) => ((x as number) - 0.3) ** 2 + ((y as number) - 0.6) ** 2,
    );
    const places = trials.map(({ params }) => `${params.x} ${params.y}`);
    expect(new Set(places).size).toBe(20);
  });
});

describe.each(learning)("%s", (name, make) => {
  const quadratic = ({ x, y }: Values) => ((x as number) - 0.3) ** 2 + ((y as number) - 0.6) ** 2;
  const space = { x: uniform(0, 1), y: uniform(0, 1) };
  const least = (sampler: Sampler, direction: "minimize" | "maximize" = "minimize") => {
    const sign = direction === "maximize" ? -1 : 1;
    const trials = simulate(
      { space, sampler, trials: 40, seed: 2, directions: [direction] },
      (values) => sign * quadratic(values),
    );
    return Math.min(...trials.map(({ values }) => sign * (values?.[0] as number)));
  };

  test("finds a quadratic's minimum", () => {
    expect(least(make())).toBeLessThan(name === "bayesian" ? 1e-5 : 0.02);
  });

  test("finds a maximum where the direction says so", () => {
    expect(least(make(), "maximize")).toBeLessThan(name === "bayesian" ? 1e-5 : 0.02);
  });
});

test("bayesian and tpe find the best of a mixed space", () => {
  for (const sampler of [bayesian(), tpe()]) {
    const trials = simulate({ space: mixed, sampler, trials: 40, seed: 1 }, loss);
    expect(Math.min(...trials.map(({ values }) => values?.[0] as number))).toBeLessThan(0.6);
  }
});

describe("bayesian", () => {
  const run = () => simulate({ space: mixed, sampler: bayesian({ startup: 5 }), trials: 16, seed: 9 }, loss);
  beforeAll(() => init({ backend: "js" }));
  afterAll(() => init({ backend: "auto" }));

  test("chooses the same to the bit on the plain loops", async () => {
    const plain = run();
    await init({ backend: "wasm" });
    expect(run()).toEqual(plain);
  });
});

test("what knows one direction says so of two", () => {
  for (const make of [bayesian, tpe, cmaEs]) {
    const two = () =>
      simulate({ space: mixed, sampler: make(), trials: 1, seed: 1, directions: ["minimize", "maximize"] }, loss);
    expect(two).toThrow(/direction expected one, got .*nsga2/);
  }
});

test("options out of range are named", () => {
  expect(() => bayesian({ startup: 0 })).toThrow("bayesian: startup");
  expect(() => tpe({ priorWeight: 0 })).toThrow("tpe: priorWeight");
  expect(() => tpe({ candidate: 3 } as object)).toThrow("candidates");
  expect(() => cmaEs({ sigma: 2 })).toThrow("cmaEs: sigma");
  expect(() => nsga2({ population: 1 })).toThrow("nsga2: population");
  expect(() => nsga2({ crossover: "one" as "sbx" })).toThrow("nsga2: crossover");
});
