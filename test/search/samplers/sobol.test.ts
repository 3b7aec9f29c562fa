import { describe, expect, test } from "vitest";
import { simulate } from "../../../bench/search/simulate.js";
import { uniform } from "../../../src/search/parameters.js";
import { DIMENSIONS, owenScrambled, Sobol, sobolWord } from "../../../src/search/samplers/sobol/sequence.js";
import { sobol } from "../../../src/search/samplers/sobol.js";
import { golden } from "../support/golden.js";

test("the sequence's points are SciPy's, unscrambled", () => {
  const points = golden.sobol.map((row, i) => row.map((_, d) => sobolWord(i, d) / 2 ** 32));
  expect(points).toEqual(golden.sobol);
  for (const [dimension, value] of golden.sobolLate) expect(sobolWord(1000, dimension) / 2 ** 32).toBe(value);
});

describe("scrambled", () => {
  test("each part of a dyadic grid still has its one point", () => {
    const sequence = new Sobol(3, 5);
    const points = Array.from({ length: 64 }, (_, i) => sequence.point(i));
    for (let d = 0; d < 5; d++) {
      const cells = points.map((point) => Math.floor((point[d] as number) * 64));
      expect(new Set(cells).size).toBe(64);
    }
    // The first two dimensions are a (0, m, 2)-net: 8 × 8 cells have a point each.
    const squares = points.map(([x = 0, y = 0]) => Math.floor(x * 8) * 8 + Math.floor(y * 8));
    expect(new Set(squares).size).toBe(64);
  });

  test("is another sequence for another seed", () => {
    expect(new Sobol(1, 3).point(5)).not.toEqual(new Sobol(2, 3).point(5));
    expect(new Sobol(1, 3).point(5)).toEqual(new Sobol(1, 3).point(5));
    expect(new Set(Array.from({ length: 256 }, (_, i) => owenScrambled(i, 99))).size).toBe(256);
  });

  test("has random numbers beyond its dimensions", () => {
    const point = new Sobol(1, DIMENSIONS + 5).point(0);
    expect(point.length).toBe(DIMENSIONS + 5);
    expect(point.every((each) => each >= 0 && each < 1)).toBe(true);
    expect(new Set(point).size).toBe(point.length);
  });
});

test("trials are its points by their numbers", () => {
  const space = { a: uniform(0, 1), b: uniform(2, 4) };
  const trials = simulate({ space, sampler: sobol(), trials: 8, seed: 5 }, () => 0);
  const sequence = new Sobol(5, 2);
  expect(trials.map(({ params }) => [params.a, ((params.b as number) - 2) / 2])).toEqual(
    Array.from({ length: 8 }, (_, i) => sequence.point(i)),
  );
});
