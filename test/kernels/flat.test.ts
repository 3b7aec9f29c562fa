import { describe, expect, test } from "vitest";
import { kernels } from "../../src/backend/engine.js";
import { tensor } from "../../src/tensor/tensor.js";
import type { FloatDType } from "../../src/util/dtypes.js";
import { backends } from "../support/backends.js";
import { expectClose } from "../support/check-op.js";
import { uniform } from "../support/random.js";

const types = ["float32", "float64"] as const;

/** The dot product of two vectors, put together from the given pieces. */
function dot(a: ArrayLike<number>, b: ArrayLike<number>, dtype: FloatDType, edges = [0, a.length]): number {
  const [u, v] = [a, b].map((each) => tensor(Float64Array.from(each), [a.length], dtype));
  const cell = tensor(Float64Array.of(0), [1], "float64");
  for (let i = 0; i + 1 < edges.length; i++) {
    kernels(dtype).dot_product(cell.at, u?.at as number, v?.at as number, edges[i] as number, edges[i + 1] as number);
  }
  return cell.item();
}

describe.each(backends)("kernels of flat vectors on $name", ({ use }) => {
  test("dot product: by hand, at every length, in double", async () => {
    await use();
    for (const dtype of types) {
      expect(dot([1, 2, 3, 4, 5], [6, -7, 8, 9, 10], dtype)).toBe(102);
      for (let n = 0; n < 20; n++) {
        // Σ i² from 1 to n.
        const numbers = Array.from({ length: n }, (_, i) => i + 1);
        expect(dot(numbers, numbers, dtype)).toBe((n * (n + 1) * (2 * n + 1)) / 6);
        expect(dot(numbers, numbers, dtype, [0, n >> 2, n >> 1, n])).toBe((n * (n + 1) * (2 * n + 1)) / 6);
      }
    }
    // 1e30² is beyond a float32, 1e-30² below it.
    expect(dot([1e30, 3], [1e30, 0], "float32")).toBeCloseTo(1e60, -54);
    expect(dot([1e-30], [1e-30], "float32") / 1e-60).toBeCloseTo(1, 6);
    expect(dot([1, NaN], [1, 1], "float32")).toBeNaN();
    expect(dot([Infinity, 1], [Infinity, 1], "float32")).toBe(Infinity);
    const many = uniform(1_000_000, -1, 1, 3).map(Math.fround);
    const want = many.reduce((sum, v) => sum + v * v, 0);
    expect(Math.abs(dot(many, many, "float32") / want - 1)).toBeLessThan(1e-12);
  });

  test("dot product in parts: each part is that of its elements, and they add up in order", async () => {
    await use();
    for (const dtype of types) {
      const k = kernels(dtype);
      const values = tensor(uniform(40, -1, 1, 5), [40], dtype);
      const parts = tensor(new Float64Array(5).fill(7), [5], "float64");
      // 3 … 37 in parts of 9.
      k.dot_parts(parts.at, values.at, values.at, 3, 37, 9, 1, 4);
      k.dot_parts(parts.at, values.at, values.at, 3, 37, 9, 0, 1);
      const x = Array.from(values.toTypedArray());
      const want = [3, 12, 21, 30].map((first) =>
        x.slice(first, Math.min(37, first + 9)).reduce((sum, v) => sum + v * v, 0),
      );
      expectClose(parts.toTypedArray(), [...want, 7], 1e-14, 0);
      const cell = tensor(Float64Array.of(1), [1], "float64");
      k.add_parts(cell.at, parts.at, 4);
      expect(cell.item()).toBe(Array.from(parts.toTypedArray().slice(0, 4)).reduce((sum, v) => sum + v, 1));
    }
  });

  test("the others: by hand, and nothing outside of the range is written", async () => {
    await use();
    for (const dtype of types) {
      const k = kernels(dtype);
      for (const [begin, end] of [
        [0, 7],
        [1, 6],
        [2, 3],
        [4, 4],
      ] as const) {
        const inside = (make: (i: number) => number) =>
          Array.from({ length: 7 }, (_, i) => (i >= begin && i < end ? make(i) : i));
        const make = () => tensor(Float64Array.of(0, 1, 2, 3, 4, 5, 6), [7], dtype);
        const x = tensor(Float64Array.of(8, 8, 8, 8, 8, 8, 8), [7], dtype);
        const y = make();
        k.add_scaled(y.at, x.at, 0.5, begin, end);
        expect(y.toArray()).toEqual(inside((i) => i + 4));
        const z = make();
        k.multiply_by(z.at, x.at, -2, begin, end);
        expect(z.toArray()).toEqual(inside(() => -16));
        const mean = make();
        k.move_towards(mean.at, x.at, 0.25, begin, end);
        expect(mean.toArray()).toEqual(inside((i) => 0.75 * i + 2));
        const all = make();
        k.move_towards(all.at, x.at, 1, begin, end);
        expect(all.toArray()).toEqual(inside(() => 8));
      }
    }
  });

  test("what is small and not 0 is kept from the denormals", async () => {
    await use();
    for (const dtype of types) {
      const given = [0, -0, 1e-3, -1e-3, 0.25, -0.25, 1, NaN, -Infinity, 1e-40, -5e-324];
      const x = tensor(Float64Array.from(given), [given.length], dtype);
      const before = [...x.toTypedArray()];
      kernels(dtype).keep_normal(x.at, 0.25, 1, 11);
      const want = before.map((v, i) => (i > 0 && v !== 0 && Math.abs(v) < 0.25 ? Math.sign(v) / 4 : v));
      expect([...x.toTypedArray()]).toEqual(want);
    }
  });

  test("a mean that has arrived stays, and a first value of 1e38 is taken over though the difference overflows", async () => {
    await use();
    const k = kernels("float32");
    const [mean, x] = [tensor([0.1, -3e38]), tensor([0.1, 3e38])];
    k.move_towards(mean.at, x.at, 1 / 3, 0, 1);
    expect(mean.toTypedArray()[0]).toBe(Math.fround(0.1));
    k.move_towards(mean.at, x.at, 1, 0, 2);
    expect(mean.toTypedArray()[1]).toBe(Math.fround(3e38));
  });
});
