import { describe, expect, test } from "vitest";
import { eye, full, linspace, oneHot, ones, onesLike, range, zeros, zerosLike } from "../../src/tensor/create.js";
import { tensor } from "../../src/tensor/tensor.js";
import { backends } from "../support/backends.js";

for (const backend of backends) {
  describe(`on ${backend.name}`, () => {
    test("zeros, ones and full in every dtype", async () => {
      await backend.use();
      for (const dtype of ["float32", "float64", "int32", "uint8"] as const) {
        expect(zeros([2, 2], dtype)).toMatchObject({ dtype, shape: [2, 2] });
        expect(zeros([2, 2], dtype).toArray()).toEqual([
          [0, 0],
          [0, 0],
        ]);
        expect(ones([3], dtype).toArray()).toEqual([1, 1, 1]);
        expect(full([5], 7, dtype).toArray()).toEqual([7, 7, 7, 7, 7]);
        expect(zerosLike(ones([2], dtype))).toMatchObject({ dtype, shape: [2] });
        expect(onesLike(zeros([2], dtype)).toArray()).toEqual([1, 1]);
      }
      expect(zeros([0, 3]).size).toBe(0);
      expect(ones([]).toArray()).toBe(1);
      expect(full([2], true).toArray()).toEqual([true, true]);
      expect(Object.is(full([1], -0).item(), -0)).toBe(true);
    });

    test("eye", async () => {
      await backend.use();
      expect(eye(2, 3, "int32").toArray()).toEqual([
        [1, 0, 0],
        [0, 1, 0],
      ]);
      expect(eye(0).shape).toEqual([0, 0]);
      expect(eye(3, 1).toArray()).toEqual([[1], [0], [0]]);
    });

    test("range", async () => {
      await backend.use();
      expect(range(0, 6, 2).toArray()).toEqual([0, 2, 4]);
      expect(range(0, 5, 2, "int32").toArray()).toEqual([0, 2, 4]);
      expect(range(3, 0).toArray()).toEqual([3, 2, 1]);
      expect(range(0, 3, -1).size).toBe(0);
      expect(range(2, 2).size).toBe(0);
      expect(range(0, 1, 0.25, "float64").toArray()).toEqual([0, 0.25, 0.5, 0.75]);
    });

    test("linspace", async () => {
      await backend.use();
      expect(linspace(0, 1, 5).toArray()).toEqual([0, 0.25, 0.5, 0.75, 1]);
      expect(linspace(2, 9, 1).toArray()).toEqual([2]);
      expect(linspace(0, 0.3, 4, "float64").toTypedArray().at(-1)).toBe(0.3);
    });

    test("oneHot", async () => {
      await backend.use();
      expect(oneHot([2, 0], 3).toArray()).toEqual([
        [0, 0, 1],
        [1, 0, 0],
      ]);
      expect(oneHot(tensor([[1], [0]], undefined, "int32"), 2, 5, -1, "float64")).toMatchObject({
        dtype: "float64",
        shape: [2, 1, 2],
      });
      expect(oneHot(Uint8Array.of(1), 2, 5, -1).toArray()).toEqual([[-1, 5]]);
      expect(oneHot([], 3).shape).toEqual([0, 3]);
    });
  });
}

describe("bad input", () => {
  test.each<[string, () => unknown, string]>([
    ["a negative size", () => zeros([2, -1]), "zeros: shape expected an array of whole numbers ≥ 0, got [2, -1]"],
    ["an unknown dtype", () => ones([1], "int" as never), 'ones: dtype expected one of "float32", "float64", "int32"'],
    ["a value that is no number", () => full([1], "a" as never), 'full: value expected a number or a boolean, got "a"'],
    ["a step of 0", () => range(0, 1, 0), "range: step expected a number other than 0, got 0"],
    ["a bound that is not finite", () => range(0, Infinity), "range: stop expected a finite number, got Infinity"],
    ["a count of 0", () => linspace(0, 1, 0), "linspace: count expected a whole number ≥ 1, got 0"],
    [
      "a label out of range",
      () => oneHot([0, 3], 3),
      "oneHot: indices expected whole numbers from 0 to 2, got 3 at position 1",
    ],
    ["a fractional label", () => oneHot([0, 1.5], 3), "oneHot: indices expected whole numbers, got 1.5 at position 1"],
  ])("%s", (_, run, message) => {
    expect(run).toThrow(message);
  });
});
