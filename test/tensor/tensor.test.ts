import { describe, expect, test } from "vitest";
import * as wg from "../../src/index.js";

describe("tensor", () => {
  test.each([
    [5, [], "float32", 5],
    [[1, 2], [2], "float32", [1, 2]],
    [[[1], [2]], [2, 1], "float32", [[1], [2]]],
    [[true, false], [2], "bool", [true, false]],
    [Int32Array.of(1, -2), [2], "int32", [1, -2]],
    [Float64Array.of(0.1), [1], "float64", [0.1]],
    [Uint8Array.of(255), [1], "uint8", [255]],
    [[], [0], "float32", []],
    [[[], []], [2, 0], "float32", [[], []]],
  ])("%o has its shape, dtype and values", (values, shape, dtype, array) => {
    const x = wg.tensor(values as wg.TensorLike);
    expect([x.shape, x.dtype, x.toArray()]).toEqual([shape, dtype, array]);
    expect(x.size).toBe(shape.reduce((a, b) => a * b, 1));
  });

  test("an explicit shape and dtype", () => {
    const x = wg.tensor([1, 2, 3, 4], [2, 2], "int32");
    expect([x.toArray(), x.dtype]).toEqual([
      [
        [1, 2],
        [3, 4],
      ],
      "int32",
    ]);
  });

  test("toTypedArray is a copy", () => {
    const x = wg.tensor([1, 2]);
    x.toTypedArray()[0] = 9;
    expect(x.toArray()).toEqual([1, 2]);
  });

  test("toString shows dtype, shape and the first elements", () => {
    expect(
      String(
        wg.tensor([
          [1, 0.333333333],
          [3, 4],
        ]),
      ),
    ).toBe("Tensor float32 [2, 2] [1, 0.333333, 3, 4]");
    expect(String(wg.tensor(new Float32Array(20)))).toBe("Tensor float32 [20] [0, 0, 0, 0, 0, 0, 0, 0, …]");
  });

  test.each([
    [
      "ragged arrays",
      () => wg.tensor([[1, 2], [3]]),
      /tensor: values expected 2 entries in every array of axis 1, got 1/,
    ],
    ["mixed depth", () => wg.tensor([[1], 2] as never), /numbers nested to one depth, got 2 among them/],
    ["text", () => wg.tensor(["a"] as never), /got "a" among them/],
    ["another size", () => wg.tensor([1, 2, 3], [2, 2]), /3 values expected a shape of 3 elements, got \[2, 2\] of 4/],
    ["a bad shape", () => wg.tensor([1], [-1]), /shape expected an array of whole numbers ≥ 0, got \[-1\]/],
    [
      "an unknown dtype",
      () => wg.tensor([1], [1], "float23" as never),
      /dtype expected one of .*; did you mean "float32"\?/,
    ],
    ["item of two", () => wg.tensor([1, 2]).item(), /item: tensor expected one element, got shape \[2\]/],
  ])("%s are refused", (_, run, message) => {
    expect(run).toThrow(message);
  });
});

describe("variable", () => {
  test("assign replaces the values, of the same shape only", () => {
    const v = wg.variable([1, 2], { name: "w" });
    v.assign([3, 4]);
    v.assign(wg.tensor(Int32Array.of(5, 6)));
    expect(v.toArray()).toEqual([5, 6]);
    expect(() => v.assign([1])).toThrow(/variable "w"\.assign: values expected shape \[2\], got \[1\]/);
  });
});
