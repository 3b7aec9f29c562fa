import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { dot, lanczos, norm, symmetricEigen } from "../../src/diagnostics/lanczos.js";
import { stream } from "../../src/tensor/random.js";
import { expectClose } from "../support/check-op.js";

const numpy = JSON.parse(readFileSync(new URL("../fixtures/distributions.json", import.meta.url), "utf8"));
const matrix = numpy.matrix as number[][];
const multiply = (rows: number[][]) => (v: Float64Array) =>
  Float64Array.from(rows, (row) => row.reduce((sum, x, i) => sum + x * (v[i] as number), 0));

test("by hand: 2, 1; 1, 2 has 1 and 3 along (1, −1) and (1, 1)", () => {
  const [low, high] = symmetricEigen([
    [2, 1],
    [1, 2],
  ]) as [{ value: number; vector: number[] }, { value: number; vector: number[] }];
  expectClose([low.value, high.value], [1, 3], 1e-15, 0);
  expectClose([Math.abs(dot(Float64Array.from(low.vector), Float64Array.of(1, 1)))], [0], 0, 1e-15);
  expectClose([Math.abs(dot(Float64Array.from(high.vector), Float64Array.of(1, 1)))], [Math.SQRT2], 1e-15, 0);
});

test("all eigenvalues of a random symmetric 30 × 30 matrix as NumPy's eigvalsh", () => {
  expectClose(
    symmetricEigen(matrix).map(({ value }) => value),
    numpy.eigenvalues,
    1e-12,
    1e-12,
  );
  const pairs = lanczos(multiply(matrix), 30, 30, stream("test", 1));
  expectClose(
    pairs.map(({ value }) => value),
    numpy.eigenvalues,
    1e-10,
    1e-10,
  );
  for (const { value, vector } of pairs) {
    expectClose([norm(vector)], [1], 1e-12, 0);
    expectClose(
      multiply(matrix)(vector),
      vector.map((x) => value * x),
      0,
      1e-9,
    );
  }
});

test("fewer iterations: the ends first, each within its error of an eigenvalue", () => {
  const pairs = lanczos(multiply(matrix), 30, 14, stream("test", 2));
  expect(pairs.length).toBe(14);
  const eigenvalues = numpy.eigenvalues as number[];
  for (const { value, error } of pairs) {
    const nearest = Math.min(...eigenvalues.map((each) => Math.abs(each - value)));
    expect(nearest).toBeLessThanOrEqual(error + 1e-12);
  }
  expectClose(
    [pairs[0]?.value as number, pairs[13]?.value as number],
    [eigenvalues[0] as number, eigenvalues[29] as number],
    0.02,
    0,
  );
});

test("equal eigenvalues and the zero matrix end early", () => {
  const diagonal = (values: number[]) => (v: Float64Array) => v.map((x, i) => x * (values[i] as number));
  const found = lanczos(diagonal([2, 2, 2, 5, 5]), 5, 5, stream("test", 3));
  expectClose(
    found.map(({ value }) => value),
    [2, 5],
    1e-12,
    0,
  );
  expect(lanczos(diagonal([0, 0, 0]), 3, 3, stream("test", 3)).map(({ value, error }) => [value, error])).toEqual([
    [0, 0],
  ]);
});
