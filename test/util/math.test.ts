import { describe, expect, test } from "vitest";
import { cosPi, exp, integerPower, log, oneMinusPower, power } from "../../src/util/math.js";
import { uniform } from "../support/random.js";

/** `count` doubles of [low, high). */
const between = (low: number, high: number, count = 20_000) =>
  Array.from(uniform(count, 0, 1), (u) => low + (high - low) * u);

function expectRelative(f: (x: number) => number, want: (x: number) => number, xs: number[], bound = 1e-15): void {
  for (const x of xs) {
    const [got, wanted] = [f(x), want(x)];
    if (Math.abs(got - wanted) > bound * Math.abs(wanted)) expect.fail(`at ${x}: expected ${wanted}, got ${got}`);
  }
}

describe("plain-arithmetic functions against the engine's own", () => {
  test("exp", () => {
    expectRelative(exp, Math.exp, [...between(-1, 1), ...between(-700, 700), 0, 1e-300, -1e-17]);
    expect([exp(Infinity), exp(-Infinity), exp(NaN), exp(0), exp(-746), exp(709.7)]).toEqual([
      Infinity,
      0,
      NaN,
      1,
      0,
      Math.exp(709.7),
    ]);
  });

  test("log", () => {
    expectRelative(log, Math.log, [...between(0.5, 2), ...between(1e-3, 1e3), 1e300, 1e-300, 5e-324, 1 + 2 ** -52]);
    expect([log(1), log(0), log(-1), log(NaN), log(Infinity)]).toEqual([0, -Infinity, NaN, NaN, Infinity]);
  });

  test("oneMinusPower has the bits of the subtraction", () => {
    for (const base of [0, 0.5, 0.9, 0.99, 0.999, 0.9999]) {
      for (let exponent = 0; exponent < 100_000; exponent = Math.ceil(1.1 * exponent + 1)) {
        expect(oneMinusPower(base, exponent), `${base}^${exponent}`).toBe(1 - integerPower(base, exponent));
      }
      const edge = Math.round(40 / (1 - base));
      for (let exponent = edge - 3; exponent < edge + 3; exponent++) {
        expect(oneMinusPower(base, exponent), `${base}^${exponent}`).toBe(1 - integerPower(base, exponent));
      }
    }
  });

  test("integerPower", () => {
    expect([integerPower(3, 5), integerPower(2, -3), integerPower(0, 0), integerPower(2, -1000)]).toEqual([
      243,
      0.125,
      1,
      2 ** -1000,
    ]);
    // The double nearest 0.9 to the power 1000, by Python's decimal.
    expect(Math.abs(integerPower(0.9, 1000) / 1.7478712517226947e-46 - 1)).toBeLessThan(3e-14);
    expectRelative(
      (n) => integerPower(0.999, Math.floor(n)),
      (n) => 0.999 ** Math.floor(n),
      between(0, 1e4, 500),
      1e-12,
    );
  });

  test("power", () => {
    expectRelative(
      (y) => power(0.96, y),
      (y) => 0.96 ** y,
      between(-2, 20, 2000),
      4e-15,
    );
    expectRelative(
      (y) => power(0.96, y),
      (y) => 0.96 ** y,
      between(0, 1, 2000),
    );
  });

  test("cosPi", () => {
    expectRelative(cosPi, (x) => Math.cos(Math.PI * x), between(-0.25, 0.25));
    // Near ½ the engine's argument π·x is rounded; the sine of the exact distance is not.
    expectRelative(cosPi, (x) => Math.sin(Math.PI * (0.5 - x)), between(0.25, 0.75));
    expectRelative(cosPi, (x) => -Math.cos(Math.PI * (1 - x)), between(0.75, 1));
    expect([0, 0.5, 1, 1.5, 2, -1, 3].map(cosPi)).toEqual([1, 0, -1, 0, 1, -1, -1]);
  });
});
