import { afterEach, describe, expect, test } from "vitest";
import { permutation, randomNormal, randomUniform, setSeed, stream, truncatedNormal } from "../../src/tensor/random.js";
import { useOracle } from "../support/backends.js";

afterEach(() => setSeed(0));

describe("streams", () => {
  test("names, seeds and all 53 bits of a seed give keys of their own", () => {
    const keys = new Set<string>();
    const names = ["", "a", "b", "ab", "ba", "abc", "dense_1/kernel", "dense_1/kernel0", "dense_2/kernel", "é", "a\0"];
    const seeds = [0, 1, 2 ** 31, 2 ** 32, 2 ** 32 + 1, Number.MAX_SAFE_INTEGER];
    for (const name of names) {
      for (const seed of seeds) {
        setSeed(seed);
        const { key0, key1 } = stream(name);
        expect(stream(name)).toEqual({ key0, key1 });
        keys.add(`${key0} ${key1}`);
      }
    }
    expect(keys.size).toBe(names.length * seeds.length);
  });

  test("the keys of 20,000 names are spread: no bit leans", () => {
    const ones = new Array<number>(64).fill(0);
    for (let i = 0; i < 20_000; i++) {
      const { key0, key1 } = stream(`layer_${i}`);
      for (let bit = 0; bit < 32; bit++) {
        (ones[bit] as number) += (key0 >>> bit) & 1;
        (ones[32 + bit] as number) += (key1 >>> bit) & 1;
      }
    }
    for (const count of ones) expect(Math.abs(count - 10_000)).toBeLessThan(5 * Math.sqrt(5000));
  });

  test("keys do not change between versions", () => {
    expect(stream("dense_1/kernel")).toEqual({ key0: 1280625430, key1: 167473365 });
  });

  test("setSeed rejects what is no seed", () => {
    for (const bad of [-1, 1.5, NaN, 2 ** 53, "1" as unknown as number]) {
      expect(() => setSeed(bad)).toThrow(/^setSeed: seed expected a whole number ≥ 0 and ≤ 9007199254740991, got /);
    }
  });
});

describe("random tensors", () => {
  test.each([
    ["randomNormal", randomNormal],
    ["randomUniform", randomUniform],
    ["truncatedNormal", truncatedNormal],
  ] as const)("%s: calls differ, seeds repeat", async (name, make) => {
    await useOracle();
    const list = (seed?: number) => make([5], 0, 1, "float32", seed).toArray();
    const [first, second] = [list(), list()];
    expect(second).not.toEqual(first);
    setSeed(0);
    expect([list(), list()]).toEqual([first, second]);
    setSeed(1);
    expect(list()).not.toEqual(first);
    expect(list(3)).toEqual(list(3));
    expect(list(3)).not.toEqual(list(4));
    expect(make([2, 0, 3]).shape).toEqual([2, 0, 3]);
    expect(make([]).shape).toEqual([]);
    expect(make([2], 0, 1, "float64").dtype).toBe("float64");
    expect(() => make([2], 0, 1, "int32")).toThrow(`${name}: dtype expected float32 or float64, got int32`);
    expect(() => make([2], 0, 1, "float23" as "float32")).toThrow('did you mean "float32"?');
    expect(() => make([2], NaN)).toThrow(/expected a finite number, got NaN/);
    expect(() => make([-1])).toThrow(`${name}: shape expected an array of whole numbers ≥ 0, got [-1]`);
    expect(() => make([2], 0, 1, "float32", -1)).toThrow(`${name}: seed expected a whole number ≥ 0`);
  });

  test("parameters out of range", () => {
    expect(() => randomNormal([2], 0, -1)).toThrow("randomNormal: stdDev expected a finite number ≥ 0, got -1");
    expect(() => randomUniform([2], 1, 0)).toThrow("randomUniform: maxval expected a finite number ≥ 1, got 0");
    expect(() => randomUniform([2], -3e38, 3e38)).toThrow("randomUniform: maxval - minval expected at most 3.4e38");
  });
});

describe("permutation", () => {
  const own = { key0: 1, key1: 2 };

  test("every number once, the same for the same step, another for another", () => {
    for (const n of [0, 1, 2, 3, 100, 60_000]) {
      expect([...permutation(n, own, 0)].sort((a, b) => a - b)).toEqual(Array.from({ length: n }, (_, i) => i));
    }
    expect(permutation(100, own, 5)).toEqual(permutation(100, own, 5));
    expect(permutation(100, own, 5)).not.toEqual(permutation(100, own, 6));
  });

  test("the 24 orders of four come equally often", () => {
    const counts = new Map<string, number>();
    const draws = 24_000;
    for (let step = 0; step < draws; step++) {
      const order = permutation(4, own, step).join("");
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(24);
    // χ² with 23 degrees of freedom exceeds 49.7 once in a thousand.
    let chi = 0;
    for (const count of counts.values()) chi += (count - draws / 24) ** 2 / (draws / 24);
    expect(chi).toBeLessThan(49.7);
  });
});
