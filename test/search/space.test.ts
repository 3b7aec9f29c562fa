import { describe, expect, test } from "vitest";
import {
  choice,
  int,
  logInt,
  logUniform,
  oneMinusLogUniform,
  type Parameter,
  quantized,
  uniform,
  when,
} from "../../src/search/index.js";
import { checkSpace, checkValues, valuesAt } from "../../src/search/space.js";
import { fromUnit, toUnit } from "../../src/search/unit.js";

const parameters: Record<string, Parameter> = {
  uniform: uniform(-1, 3),
  logUniform: logUniform(1e-4, 1),
  oneMinusLogUniform: oneMinusLogUniform(0.9, 0.999),
  int: int(-2, 5),
  logInt: logInt(1, 1000),
  quantized: quantized(0, 1, 0.1),
  "quantized, whole": quantized(8, 64, 8),
  choice: choice(["a", "b", "c"]),
};
const evenly = Array.from({ length: 1000 }, (_, i) => (i + 0.5) / 1000);

describe.each(Object.entries(parameters))("%s", (_, parameter) => {
  test("all values lie in the range, from one end to the other", () => {
    const values = [0, ...evenly, 1].map((u) => fromUnit(parameter, u));
    if (parameter.type === "choice") expect(new Set(values)).toEqual(new Set(parameter.choices));
    else {
      expect(Math.min(...(values as number[]))).toBe(parameter.low);
      expect(Math.max(...(values as number[]))).toBe(parameter.high);
    }
  });

  test("a value's place gives it back", () => {
    for (const u of evenly) {
      const value = fromUnit(parameter, u);
      const back = fromUnit(parameter, toUnit(parameter, value));
      if (typeof value === "number") expect(back).toBeCloseTo(value, 12);
      else expect(back).toBe(value);
    }
  });
});

describe("scales", () => {
  const share = (parameter: Parameter, below: number) =>
    evenly.filter((u) => (fromUnit(parameter, u) as number) < below).length / evenly.length;

  test("logarithmic: each decade has the same share", () => {
    expect([1e-3, 1e-2, 1e-1].map((x) => share(logUniform(1e-4, 1), x))).toEqual([0.25, 0.5, 0.75]);
  });

  test("1 − log: as many between 0.9 and 0.99 as between 0.99 and 0.999", () => {
    expect(share(oneMinusLogUniform(0.9, 0.999), 0.99)).toBe(0.5);
  });

  test("whole numbers have equal shares, the ends too", () => {
    const counts = new Map<unknown, number>();
    for (const u of evenly) {
      const value = fromUnit(int(1, 4), u);
      counts.set(value, (counts.get(value) ?? 0) + 1);
    }
    expect([...counts].sort()).toEqual([1, 2, 3, 4].map((value) => [value, 250]));
  });

  test("steps of a tenth are the numbers that one writes", () => {
    const values = new Set(evenly.map((u) => fromUnit(quantized(0, 1, 0.1), u)));
    expect([...values]).toEqual([0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1]);
  });

  test("a step that does not fit the range ends below it", () => {
    expect(quantized(0, 1, 0.3)).toMatchObject({ low: 0, high: 0.3 * 3, step: 0.3 });
  });
});

describe("conditions", () => {
  const space = { layers: int(1, 3), units2: when("layers", [2, 3], int(1, 9)), units3: when("layers", 3, int(1, 9)) };

  test("a parameter is there where its condition holds", () => {
    const at = (layers: number) =>
      Object.keys(valuesAt(space, (name) => (name === "layers" ? (layers - 0.5) / 3 : 0.5)));
    expect([1, 2, 3].map(at)).toEqual([["layers"], ["layers", "units2"], ["layers", "units2", "units3"]]);
  });

  test("one that hangs on a missing one is missing", () => {
    const chain = { a: choice([0, 1]), b: when("a", 1, choice([0, 1])), c: when("b", 1, int(1, 2)) };
    expect(valuesAt(chain, (name) => (name === "a" ? 0 : 0.9))).toEqual({ a: 0 });
  });
});

describe("a space that cannot be", () => {
  test.each([
    [
      undefined,
      "space expected an object of parameters such as { learningRate: logUniform(1e-4, 1e-1) }, got undefined",
    ],
    [{}, "space expected an object of parameters such as"],
    [{ rate: 0.1 }, "space.rate expected a parameter such as uniform(0, 1)"],
    [
      { units: when("layers", 2, int(1, 2)) },
      'space.units expected to hang on a parameter that stands before it, got "layers"; before it stand none',
    ],
    [{ layer: int(1, 2), units: when("layers", 2, int(1, 2)) }, 'got "layers"; did you mean "layer"?'],
    [{ units: when("layers", 2, int(1, 2)), layers: int(1, 2) }, "write that one first"],
    [
      { layers: int(1, 2), units: when("layers", 3, int(1, 2)) },
      "space.units expected values that layers can have, got 3; layers is a whole number from 1 to 2",
    ],
  ])("%o", (space, text) => {
    expect(() => checkSpace("study", space)).toThrow(text);
  });

  test.each([
    [() => uniform(1, 0), "uniform: low expected less than high, got 1 and 0; exchange them"],
    [() => uniform(1, 1), "a value that is fixed belongs into the objective"],
    [() => logUniform(0, 1), "logUniform: low expected a finite number > 0, got 0"],
    [() => oneMinusLogUniform(0.9, 1), "oneMinusLogUniform: high expected a finite number < 1, got 1"],
    [() => int(0.5, 2), "int: low expected a whole number, got 0.5"],
    [() => logInt(0, 8), "logInt: low expected a whole number ≥ 1, got 0"],
    [() => choice(["a"] as never), "choice: choices expected two or more"],
    [() => choice(["a", "a"]), 'choice: choices expected each once, got "a" twice'],
    [() => quantized(0, 1, 2), "quantized: step expected a finite number > 0 and ≤ 1, got 2"],
  ])("%s", (make, text) => {
    expect(make).toThrow(text);
  });
});

test("given values are names and values of the space", () => {
  const space = { rate: logUniform(0.01, 1), steps: quantized(0, 1, 0.25), kind: choice(["a", "b"]) };
  expect(checkValues("enqueue", space, { rate: 0.1, steps: 0.75 })).toEqual({ rate: 0.1, steps: 0.75 });
  expect(() => checkValues("enqueue", space, { rats: 0.1 })).toThrow('got "rats"; did you mean "rate"?');
  expect(() => checkValues("enqueue", space, { rate: 2 })).toThrow(
    "enqueue: params.rate expected a number from 0.01 to 1, on a logarithmic scale, got 2",
  );
  expect(() => checkValues("enqueue", space, { steps: 0.3 })).toThrow("in steps of 0.25, got 0.3");
  expect(() => checkValues("enqueue", space, { kind: "c" })).toThrow('one of "a", "b", got "c"');
});
