import { beforeAll, describe, expect, test } from "vitest";
import { kernels, memory } from "../../src/backend/engine.js";
import { withMemory } from "../../src/backend/hold.js";
import type { FloatDType } from "../../src/util/dtypes.js";
import { backends, useOracle } from "../support/backends.js";
import { expectClose } from "../support/check-op.js";
import { generator } from "../support/random.js";

const next = generator(11);
const numbers = (length: number): number[] => Array.from({ length }, () => next() - 0.5);
const sizes = [1, 2, 3, 4, 5, 6, 7, 9, 16, 21];

/** Puts arrays into the memory, runs `body` with their addresses, and returns what lies at the first one, or what `body` returns. */
function withArrays(
  dtype: FloatDType,
  arrays: readonly ArrayLike<number>[],
  body: (...at: number[]) => unknown,
): number[] {
  const heap = () => memory().heap(dtype);
  const shift = dtype === "float32" ? 2 : 3;
  return withMemory(
    arrays.map(({ length }) => length),
    dtype,
    (...at) => {
      arrays.forEach((values, i) => {
        heap().set(values, (at[i] as number) >>> shift);
      });
      const returned = body(...at);
      if (typeof returned === "number") return [returned];
      const first = (at[0] as number) >>> shift;
      return Array.from(heap().subarray(first, first + (arrays[0] as ArrayLike<number>).length));
    },
  );
}

/** Rows of B·Bᵀ plus half the identity: symmetric and well conditioned. */
function positive(n: number): number[] {
  const b = numbers(n * n);
  return Array.from({ length: n * n }, (_, at) => {
    const [i, j] = [Math.floor(at / n), at % n];
    let sum = i === j ? 0.5 : 0;
    for (let k = 0; k < n; k++) sum += (b[i * n + k] as number) * (b[j * n + k] as number);
    return sum;
  });
}

const factor = (dtype: FloatDType, a: readonly number[], n: number): number[] =>
  withArrays(dtype, [a], (at) => {
    expect(kernels(dtype).cholesky(at as number, n)).toBe(0);
  });

/** [n, k] · [k, m] */
function product(a: readonly number[], b: readonly number[], n: number): number[] {
  const k = a.length / n;
  const m = b.length / k;
  return Array.from({ length: n * m }, (_, at) => {
    let sum = 0;
    for (let i = 0; i < k; i++) sum += (a[Math.floor(at / m) * k + i] as number) * (b[i * m + (at % m)] as number);
    return sum;
  });
}

const upper = (u: readonly number[], n: number) => u.map((each, at) => (at % n < Math.floor(at / n) ? 0 : each));
const transposed = (u: readonly number[], n: number) =>
  u.map((_, at) => u[(at % n) * n + Math.floor(at / n)] as number);

describe.each(backends)("on $name", ({ use }) => {
  beforeAll(() => use());

  test("cholesky of a matrix by hand: [[4, 2], [2, 5]] is [[2, 1], [0, 2]] squared, and the lower half is not touched", () => {
    for (const dtype of ["float32", "float64"] as const) expect(factor(dtype, [4, 2, 9, 5], 2)).toEqual([2, 1, 9, 2]);
  });

  test.each(sizes)("A = UᵀU, and its solutions and inverse, of size %i", (n) => {
    const a = positive(n);
    const u = upper(factor("float64", a, n), n);
    expectClose(product(transposed(u, n), u, n), a, 1e-13, 1e-14);
    const x = numbers(n * 7);
    const k = kernels("float64");
    const solved = withArrays("float64", [product(a, x, n), u], (at, factors) => {
      k.solve_lower(at as number, factors as number, n, 7, 0, 7);
      k.solve_upper(at as number, factors as number, n, 7, 0, 7);
    });
    expectClose(solved, x, 1e-9, 1e-10);
    const inverse = withArrays("float64", [a, u, a], (at, factors, scratch) =>
      k.cholesky_inverse(at as number, factors as number, scratch as number, n),
    );
    const identity = Array.from({ length: n * n }, (_, at) => (at % (n + 1) === 0 ? 1 : 0));
    expectClose(product(a, inverse, n), identity, 0, 1e-9);
    expect(inverse).toEqual(transposed(inverse, n));
  });

  test("only the columns of the range are solved", () => {
    const solved = withArrays("float64", [[2, 4, 6], [2]], (x, u) => {
      kernels("float64").solve_lower(x as number, u as number, 1, 3, 1, 2);
      kernels("float64").solve_upper(x as number, u as number, 1, 3, 2, 3);
    });
    expect(solved).toEqual([2, 2, 3]);
  });

  test("cholesky says which pivot is not above 0", () => {
    const fails = (a: number[], n: number) =>
      withArrays("float64", [a], (at) => kernels("float64").cholesky(at as number, n));
    expect(fails([0], 1)).toEqual([1]);
    expect(fails([1, 2, 2, 1], 2)).toEqual([2]);
    expect(fails([Number.NaN], 1)).toEqual([1]);
    expect(fails([], 0)).toEqual([0]);
    expect(fails([1, 0, 0, 0, 1, 0, 0, 0, -1], 3)).toEqual([3]);
  });

  test("matern52 as its formula says, far points and NaN included", () => {
    const a = [0, 0, 1, 0.5, 1e6, 0, Number.NaN, 0];
    const b = [0, 0.25, 1, 0, 2, 1]; // [2, 3]
    for (const [dtype, tolerance] of [
      ["float64", 4e-15],
      ["float32", 1e-6],
    ] as const) {
      const run = (first: number) => {
        const arrays = [new Array(12).fill(9), new Array(12).fill(9), a, b];
        const order = first === 0 ? arrays : [arrays[1], arrays[0], a, b];
        return withArrays(dtype, order as number[][], (one, two, left, right) => {
          const [y, slope] = first === 0 ? [one, two] : [two, one];
          kernels(dtype).matern52(y as number, slope as number, left as number, right as number, 2, 3, 0, 4);
        });
      };
      const rho = Array.from({ length: 12 }, (_, at) => {
        const [i, j] = [Math.floor(at / 3), at % 3];
        const square =
          ((a[2 * i] as number) - (b[j] as number)) ** 2 + ((a[2 * i + 1] as number) - (b[3 + j] as number)) ** 2;
        return Math.sqrt(5 * square);
      });
      expectClose(
        run(0),
        rho.map((r) => (1 + r + (r * r) / 3) * Math.exp(-r)),
        tolerance,
        1e-20,
      );
      expectClose(
        run(1),
        rho.map((r) => (-5 / 6) * (1 + r) * Math.exp(-r)),
        tolerance,
        1e-20,
      );
    }
  });
});

describe("every build gives the bits of the plain loops", () => {
  const all = sizes.map((n) => ({
    n,
    a: positive(n),
    x: numbers(n * 5),
    points: numbers(n * 3),
    columns: numbers(3 * 7),
  }));

  test.each(backends)("on $name", async ({ use }) => {
    for (const dtype of ["float32", "float64"] as const) {
      const run = () =>
        all.map(({ n, a, x, points, columns }) => {
          const k = kernels(dtype);
          const u = factor(dtype, a, n);
          return [
            u,
            withArrays(dtype, [a, u, a], (at, factors, scratch) =>
              k.cholesky_inverse(at as number, factors as number, scratch as number, n),
            ),
            withArrays(dtype, [x, u], (at, factors) => k.solve_lower(at as number, factors as number, n, 5, 1, 5)),
            withArrays(dtype, [x, u], (at, factors) => k.solve_upper(at as number, factors as number, n, 5, 1, 5)),
            withArrays(dtype, [numbers7(n), numbers7(n), points, columns], (y, slope, left, right) =>
              k.matern52(y as number, slope as number, left as number, right as number, 3, 7, 0, n),
            ),
            withArrays(dtype, [numbers7(n), numbers7(n), points, columns], (slope, y, left, right) =>
              k.matern52(y as number, slope as number, left as number, right as number, 3, 7, 0, n),
            ),
          ];
        });
      await useOracle();
      const want = run();
      await use();
      expect(run()).toEqual(want);
    }
  });
});

const numbers7 = (n: number): number[] => new Array(7 * n).fill(0);
