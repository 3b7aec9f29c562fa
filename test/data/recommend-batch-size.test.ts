import { describe, expect, test } from "vitest";
import { recommendBatchSize } from "../../src/data/index.js";

const MiB = 2 ** 20;

describe("recommendBatchSize", () => {
  // Ng, "Understanding mini-batch gradient descent": all of them below 2,000 rows; else 64 to 512.
  test.each<
    [count: number, bytesPerRow: number, memory: number | undefined, batchSize: number | "full", steps: number]
  >([
    [1, 1000, undefined, "full", 1],
    [1999, 1000, undefined, "full", 1],
    // 2,000 / 64 is 31.25, / 128 is 15.6: 30 steps in an epoch are left by 64 alone.
    [2000, 1000, undefined, 64, 32],
    [3712, 1000, undefined, 64, 58],
    // 29 · 128 + 1 rows make the 30th step.
    [3713, 1000, undefined, 128, 30],
    [10_000, 1000, undefined, 256, 40],
    [60_000, 1000, undefined, 512, 118],
    [100_000_000, 1000, undefined, 512, 195_313],
    // 1 GiB holds 153 rows of 7,000,000 bytes.
    [60_000, 7_000_000, undefined, 128, 469],
    [60_000, MiB, 64 * MiB, 64, 938],
    [60_000, MiB, 64 * MiB - 1, 32, 1875],
    [60_000, MiB, MiB, 1, 60_000],
    // Few rows that do not fit together.
    [1000, MiB, 600 * MiB, 64, 16],
    [1000, MiB, 1000 * MiB, "full", 1],
    [100, MiB, 50 * MiB, 32, 4],
  ])("%d rows of %d bytes in %s", (count, bytesPerRow, memory, batchSize, steps) => {
    const advice = recommendBatchSize(count, bytesPerRow, memory === undefined ? {} : { memory });
    const rows = batchSize === "full" ? count : batchSize;
    expect(advice).toMatchObject({ batchSize, rows, steps, bytes: rows * bytesPerRow });
    expect(advice.bytes).toBeLessThanOrEqual(memory ?? 2 ** 30);
  });

  test("what else is worth trying fits too", () => {
    expect(recommendBatchSize(60_000, 1000).candidates).toEqual([64, 128, 256, 512]);
    expect(recommendBatchSize(60_000, MiB, { memory: 200 * MiB }).candidates).toEqual([64, 128]);
    expect(recommendBatchSize(100, 1000).candidates).toEqual([64]);
    expect(recommendBatchSize(60_000, MiB, { memory: 10 * MiB }).candidates).toEqual([]);
  });

  test("says why", () => {
    expect(recommendBatchSize(1797, 1024).reason).toBe(
      "With 1,797 rows, below 2,000, a step over all of them costs little (1,797 × 1 KiB = 1.8 MiB) and its gradient is exact.",
    );
    expect(recommendBatchSize(60_000, 1024).reason).toBe(
      "512 rows a step: the most that is usual, as more rows make the gradient hardly more exact. " +
        "A step takes 512 × 1 KiB = 512 KiB of 1 GiB, an epoch 118 steps. Worth trying too: 64, 128, 256.",
    );
    expect(recommendBatchSize(10_000, 1024).reason).toContain(
      "256 rows a step: the largest power of two that leaves 30 steps in an epoch.",
    );
    expect(recommendBatchSize(60_000, MiB, { memory: 200 * MiB }).reason).toContain(
      "128 rows a step: the largest power of two that fits the memory.",
    );
    expect(recommendBatchSize(60_000, MiB, { memory: 10 * MiB }).reason).toContain(
      "8 rows a step: the largest power of two that fits the memory, which 64 do not.",
    );
    expect(recommendBatchSize(1000, MiB, { memory: 600 * MiB }).reason).toContain(
      "64 rows a step: the least of 64 to 512",
    );
  });

  test.each<[unknown[], string]>([
    [[0, 100], "recommendBatchSize: count expected a whole number ≥ 1"],
    [[1.5, 100], "count expected a whole number"],
    [[10, 0], "bytesPerRow expected a finite number > 0, got 0"],
    [
      [10, MiB, { memory: 1000 }],
      "bytesPerRow expected at most memory, 1000 bytes, got 1 MiB; make the rows or the layers smaller",
    ],
    [[10, 10, { memory: 0 }], "memory expected a finite number > 0, got 0"],
    [[10, 10, { memroy: 1 }], 'did you mean "memory"?'],
  ])("bad input %j", (args, text) => {
    expect(() => (recommendBatchSize as (...args: unknown[]) => unknown)(...args)).toThrow(text);
  });
});
