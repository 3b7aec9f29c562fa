import { describe, expect, test } from "vitest";
import { clipByGlobalNorm, clipByNorm } from "../../src/ops/clip-norm.js";
import { sum } from "../../src/ops/reduce.js";
import { grad } from "../../src/tensor/grad.js";
import { backends } from "../support/backends.js";
import { checkOp } from "../support/check-op.js";

const length = (x: ArrayLike<number>) => Math.sqrt(Array.from(x).reduce((s, v) => s + v * v, 0));

checkOp("clipByNorm", {
  run: (x) => clipByNorm(x, 1.5),
  cases: [
    { name: "above the limit", inputs: [[5]], range: [1, 2] },
    { name: "below it", inputs: [[3]], range: [-0.5, 0.5] },
    { name: "a matrix", inputs: [[3, 5]] },
  ],
  expected: (x) => x.map((v) => (v * 1.5) / Math.max(length(x), 1.5)),
});

checkOp("clipByGlobalNorm", {
  run: (a, b) => clipByGlobalNorm([a, b], 1).clipped[1] as never,
  cases: [{ name: "the second of two", inputs: [[4], [2, 3]] }],
  expected: (a, b) => b.map((v) => v / Math.max(length([...a, ...b]), 1)),
});

describe.each(backends)("clipping on $name", ({ use }) => {
  test("by hand, along axes, in any shape", async () => {
    await use();
    // ‖(2, 3, 6)‖ = 7.
    expect(clipByNorm([2, 3, 6], 3.5).toArray()).toEqual([1, 1.5, 3]);
    expect(clipByNorm([2, 3, 6], 7).toArray()).toEqual([2, 3, 6]);
    expect(
      clipByNorm(
        [
          [3, 4],
          [30, 40],
        ],
        10,
        1,
      ).toArray(),
    ).toEqual([
      [3, 4],
      [6, 8],
    ]);
    expect(clipByNorm(-8, 2).item()).toBe(-2);
    expect(clipByNorm([0, 0], 1).toArray()).toEqual([0, 0]);
    // √(9 + 16 + 144) = 13.
    const { clipped, globalNorm } = clipByGlobalNorm([[3, 4], [[12]]], 6.5);
    expect(globalNorm.item()).toBe(13);
    expect(clipped.map((each) => each.toArray())).toEqual([[1.5, 2], [[6]]]);
    expect(grad((x) => sum(clipByNorm(x, 1)))([0, 0]).toArray()).toEqual([1, 1]);
  });

  test("a norm that is not finite makes all NaN", async () => {
    await use();
    expect(clipByNorm([1, Infinity], 1).toArray()).toEqual([NaN, NaN]);
    expect(clipByNorm([1, NaN], 1).toArray()).toEqual([NaN, NaN]);
    expect(clipByGlobalNorm([[1], [-Infinity]], 1).clipped.map((each) => each.item())).toEqual([NaN, NaN]);
  });
});
