import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Dataset, kFold, oneHot, recommendSplit, split } from "../../src/data/index.js";
import { setSeed } from "../../src/tensor/random.js";
import { rowsOf, xs } from "../support/rows.js";

/** Rows 0 … n − 1, whose x is their number. */
const count = (n: number) => Dataset.fromArrays(Int32Array.from({ length: n }, (_, i) => i));
const labelled = (labels: readonly number[]) =>
  Dataset.fromArrays(
    labels.map((_, i) => i),
    Int32Array.from(labels),
  );
/** The labels of class c, `counts[c]` times each, mixed in a fixed way. */
const labels = (...counts: number[]) => {
  const all = counts.flatMap((n, c) => new Array<number>(n).fill(c));
  return all.map((_, i) => all[(i * 7919) % all.length] as number);
};
const numbers = async (dataset: Dataset) => (await xs(dataset)) as number[];
const sorted = (rows: readonly number[]) => [...rows].sort((a, b) => a - b);
const upTo = (n: number) => Array.from({ length: n }, (_, i) => i);
const sizes = (parts: readonly Dataset[]) => parts.map(({ size }) => size);
const countsOf = (rows: readonly number[], of: readonly number[], classes: number) =>
  upTo(classes).map((c) => rows.filter((row) => of[row] === c).length);

/** Ratios that sum to 1: whole weights over their sum. */
const anyRatios = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 5 }).map((weights) => {
  const total = weights.reduce((sum, w) => sum + w, 0);
  return weights.map((w) => w / total);
});

describe("split", () => {
  test.each([
    [10, [0.7, 0.3], [7, 3]],
    [10, [0.6, 0.2, 0.2], [6, 2, 2]],
    [1000, [0.98, 0.01, 0.01], [980, 10, 10]],
    [400, [0.995, 0.0025, 0.0025], [398, 1, 1]],
    [1000, [0.995, 0.004, 0.001], [995, 4, 1]],
    // 6.6, 2.2, 2.2: the row left over goes to the part that lost most.
    [11, [0.6, 0.2, 0.2], [7, 2, 2]],
    // 4.2, 1.4, 1.4: to the earlier of two that lost the same, after none to the first.
    [7, [0.6, 0.2, 0.2], [4, 2, 1]],
    [5, [0.5, 0.5], [3, 2]],
    // 0.29 · 100 is 28.999999999999996 in binary.
    [100, [0.29, 0.71], [29, 71]],
    [3, [1], [3]],
  ])("%i rows by %j are %j", async (rows, ratios, want) => {
    const parts = split(count(rows), ratios, { seed: 1 });
    expect(sizes(parts)).toEqual(want);
    expect(sorted((await Promise.all(parts.map(numbers))).flat())).toEqual(upTo(rows));
  });

  test("every row is in exactly one part, and sizes differ from their quota by less than one", async () => {
    await fc.assert(
      fc.asyncProperty(anyRatios, fc.integer({ min: 100, max: 300 }), fc.nat(), async (ratios, rows, seed) => {
        const parts = split(count(rows), ratios, { seed });
        expect(sorted((await Promise.all(parts.map(numbers))).flat())).toEqual(upTo(rows));
        parts.forEach(({ size }, p) => {
          expect(Math.abs((size as number) - rows * (ratios[p] as number))).toBeLessThan(1);
        });
      }),
      { numRuns: 30 },
    );
  });

  test("shuffles by its seed, by that of setSeed otherwise, and the same in every epoch", async () => {
    const first = (options = {}) => numbers(split(count(50), [0.5, 0.5], options)[0]);
    expect(await first({ seed: 3 })).toEqual(await first({ seed: 3 }));
    expect(await first({ seed: 3 })).not.toEqual(await first({ seed: 4 }));
    setSeed(4);
    expect(await first()).toEqual(await first({ seed: 4 }));
    const rows = await first({ seed: 3 });
    expect(rows).not.toEqual(sorted(rows));
    const [part] = split(count(50).shuffle(), [0.5, 0.5]);
    expect(await numbers(part)).toEqual(await numbers(part));
    const epoch = async (n: number) => {
      const batches: number[] = [];
      for await (const { x } of await part.batches({ shuffle: true, epoch: n })) batches.push(...(x[0]?.data ?? []));
      return batches;
    };
    expect(await epoch(0)).not.toEqual(await epoch(1));
    const shuffled = split(count(50), [0.5, 0.5])[0].shuffle();
    expect(await numbers(shuffled)).not.toEqual(await numbers(shuffled));
  });

  test("parts share memory with the dataset, and go through its methods", async () => {
    const data = Float32Array.of(1, 2, 3, 4);
    const [a, b] = split(Dataset.fromArrays(data, Int32Array.of(1, 2, 3, 4)), [0.5, 0.5]);
    data.fill(9);
    expect(await xs(a)).toEqual([9, 9]);
    expect((await rowsOf(a.concat(b))).map(({ y }) => y).sort()).toEqual([1, 2, 3, 4]);
    const [c, d] = split(a, [0.5, 0.5]);
    expect([c.size, d.size, a.batch(2).take(1).size, a.repeat(3).size]).toEqual([1, 1, 2, 6]);
  });

  test("reads a generator once and keeps it", async () => {
    let passes = 0;
    const stream = Dataset.fromGenerator(function* () {
      passes++;
      for (let i = 0; i < 10; i++) yield { x: [i], y: i % 2 };
    });
    const parts = split(stream, [0.6, 0.4], { stratify: true });
    expect([passes, parts[0].size]).toEqual([0, undefined]);
    const rows = (await Promise.all(parts.map((part) => xs(part)))).flat() as number[][];
    expect(sorted(rows.flat())).toEqual(upTo(10));
    expect([passes, ...sizes(parts)]).toEqual([1, 6, 4]);
    await expect(xs(split(stream, [0.95, 0.05])[1])).rejects.toThrow("ratios[1] expected at least one row of 10");
  });
});

describe("stratify", () => {
  const share = async (counts: number[], ratios: number[], seed = 1) => {
    const y = labels(...counts);
    const parts = split(labelled(y), ratios, { seed, stratify: true });
    const rows = await Promise.all(parts.map(numbers));
    expect(sorted(rows.flat())).toEqual(upTo(y.length));
    return rows.map((part) => countsOf(part, y, counts.length));
  };

  test("keeps the share of each class: by hand", async () => {
    expect(await share([50, 30, 20], [0.6, 0.2, 0.2])).toEqual([
      [30, 18, 12],
      [10, 6, 4],
      [10, 6, 4],
    ]);
    // Quotas 4.5 and 4.5 of each class: parts of 9 rows, so one class rounds up in each.
    const [a, b] = await share([9, 9], [0.5, 0.5]);
    expect([a, b].map((part) => sorted(part as number[]))).toEqual([
      [4, 5],
      [4, 5],
    ]);
    // Quotas 3.6 and 0.4: rounded down, class 1 would be missing in the second part.
    expect(await share([96, 4], [0.9, 0.1])).toEqual([
      [87, 3],
      [9, 1],
    ]);
  });

  test("is within one row for any classes and ratios", async () => {
    const counts = fc.array(fc.integer({ min: 100, max: 160 }), { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(counts, anyRatios, fc.nat(), async (classes, ratios, seed) => {
        const rows = classes.reduce((sum, n) => sum + n, 0);
        (await share(classes, ratios, seed)).forEach((part, p) => {
          const ratio = ratios[p] as number;
          part.forEach((n, c) => {
            expect(Math.abs(n - (classes[c] as number) * ratio)).toBeLessThan(1);
          });
          expect(Math.abs(part.reduce((sum, n) => sum + n, 0) - rows * ratio)).toBeLessThan(1);
        });
      }),
      { numRuns: 40 },
    );
  });

  test("has the sizes of a split without it, where a class must make way for that", async () => {
    // Rounding up class by class, where there is space, ends at 10, 84, 28, 74, 28.
    const ratios = [1, 9, 3, 8, 3].map((weight) => weight / 24);
    const parts = split(labelled(labels(107, 117)), ratios, { stratify: true });
    expect(sizes(parts)).toEqual([9, 84, 28, 75, 28]);
  });

  test("puts rare classes into every part, each within one row of its share", async () => {
    // Quotas 3.6 and 0.4 of three classes each, 89.1 and 9.9 of the fourth: 11 rows, of which 3 go to the rare ones.
    const counts = [4, 4, 4, 99];
    const [train, dev] = await share(counts, [0.9, 0.1]);
    expect([train, dev]).toEqual([
      [3, 3, 3, 90],
      [1, 1, 1, 9],
    ]);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 3, max: 30 }), { minLength: 1, maxLength: 8 }),
        anyRatios,
        async (classes, ratios) => {
          const parts = await share(classes, ratios).catch((error: Error) => {
            expect(error.message).toMatch(/rows enough for every class|at least one row|one for each part/);
            return undefined;
          });
          parts?.forEach((part, p) => {
            part.forEach((n, c) => {
              expect(n).toBeGreaterThan(0);
              expect(Math.abs(n - (classes[c] as number) * (ratios[p] as number))).toBeLessThan(1);
            });
          });
        },
      ),
    );
  });

  test("takes class numbers, booleans and one-hot rows alike", async () => {
    const y = labels(12, 8);
    const x = upTo(20);
    for (const each of [y, y.map((v) => [v]), oneHot(y, 2), y.map((v) => v === 1), y.map((v) => 2 * v - 1)]) {
      const [, dev] = split(Dataset.fromArrays(x, each as number[]), [0.75, 0.25], { stratify: true });
      expect(countsOf(await numbers(dev), y, 2)).toEqual([3, 2]);
    }
  });
});

describe("groups", () => {
  test("stay together, with sizes worked by hand", async () => {
    // Groups of 5, 3, 2, 2, 2, 1, 1: 8 and 8 rows exactly, and 10, 3, 3.
    const keys = [5, 3, 2, 2, 2, 1, 1].flatMap((n, g) => new Array<string>(n).fill(`user ${g}`));
    for (const [ratios, want] of [
      [
        [0.5, 0.5],
        [8, 8],
      ],
      [
        [0.625, 0.1875, 0.1875],
        [10, 3, 3],
      ],
    ] as const) {
      expect(sizes(split(count(16), ratios, { groups: keys }))).toEqual(want);
    }
    // Largest first would give 3 + 2 + 2 and 3 + 2; exchanging finds 3 + 3 and 2 + 2 + 2.
    const hard = [3, 3, 2, 2, 2].flatMap((n, g) => new Array<number>(n).fill(g));
    expect(sizes(split(count(12), [0.5, 0.5], { groups: hard }))).toEqual([6, 6]);
    // A part gets a group even where that is more than its share.
    expect(sizes(split(count(100), [0.98, 0.01, 0.01], { groups: upTo(100).map((i) => i % 10) }))).toEqual([
      80, 10, 10,
    ]);
  });

  test("are never in two parts, and no move of one group brings sizes nearer", async () => {
    const groups = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 20, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(groups, anyRatios, fc.nat(), async (counts, ratios, seed) => {
        const all = counts.flatMap((n, g) => new Array<number>(n).fill(g));
        const keys = all.map((_, i) => all[(i * 7919) % all.length] as number);
        fc.pre(ratios.every((ratio) => ratio * keys.length >= 1));
        const parts = split(count(keys.length), ratios, { seed, groups: Int32Array.from(keys) });
        const rows = await Promise.all(parts.map(numbers));
        expect(sorted(rows.flat())).toEqual(upTo(keys.length));
        const members = rows.map((part) => new Set(part.map((row) => keys[row] as number)));
        expect(members.reduce((sum, { size }) => sum + size, 0)).toBe(new Set(keys).size);
        const wanted = sizes(split(count(keys.length), ratios));
        const over = rows.map((part, p) => part.length - (wanted[p] as number));
        members.forEach((own, p) => {
          expect(own.size).toBeGreaterThan(0);
          if (own.size === 1) return;
          for (const group of own) {
            const n = keys.filter((key) => key === group).length;
            // Moving n rows from p to q lowers the sum of squares where n < over[p] − over[q].
            for (const other of over) expect(n).toBeGreaterThanOrEqual((over[p] as number) - other);
          }
        });
      }),
      { numRuns: 30 },
    );
  });
});

describe("kFold", () => {
  test("validates on every row once and trains on all others", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 2, max: 8 }),
        fc.integer({ min: 8, max: 60 }),
        fc.nat(),
        async (k, n, seed) => {
          const folds = kFold(count(n), k, { seed });
          const seen = await Promise.all(folds.map(({ validation }) => numbers(validation)));
          expect(sorted(seen.flat())).toEqual(upTo(n));
          for (const [i, { train, validation }] of folds.entries()) {
            expect(sorted([...(await numbers(train)), ...(seen[i] as number[])])).toEqual(upTo(n));
            expect([Math.floor(n / k), Math.ceil(n / k)]).toContain(validation.size);
          }
        },
      ),
      { numRuns: 20 },
    );
    expect(kFold(count(10), 3).map(({ train, validation }) => [train.size, validation.size])).toEqual([
      [6, 4],
      [7, 3],
      [7, 3],
    ]);
  });

  test("keeps classes and groups", async () => {
    const y = labels(30, 10);
    for (const { validation } of kFold(labelled(y), 10, { stratify: true })) {
      expect(countsOf(await numbers(validation), y, 2)).toEqual([3, 1]);
    }
    const keys = upTo(40).map((i) => i % 8);
    const owners = await Promise.all(
      kFold(count(40), 4, { groups: keys }).map(async ({ train, validation }) => {
        const own = new Set((await numbers(validation)).map((row) => keys[row]));
        expect((await numbers(train)).some((row) => own.has(keys[row]))).toBe(false);
        return own.size;
      }),
    );
    expect(owners).toEqual([2, 2, 2, 2]);
  });
});

describe("recommendSplit", () => {
  test.each([
    [100, [0.6, 0.2, 0.2], [60, 20, 20]],
    [1000, [0.6, 0.2, 0.2], [600, 200, 200]],
    [10_000, [0.6, 0.2, 0.2], [6000, 2000, 2000]],
    [50_000, [0.8, 0.1, 0.1], [40_000, 5000, 5000]],
    [200_000, [0.9, 0.05, 0.05], [180_000, 10_000, 10_000]],
    [1_000_000, [0.98, 0.01, 0.01], [980_000, 10_000, 10_000]],
    [2_000_000, [0.995, 0.0025, 0.0025], [1_990_000, 5000, 5000]],
    [100_000_000, [0.995, 0.004, 0.001], [99_500_000, 400_000, 100_000]],
  ])("%i rows: %j", (rows, ratios, parts) => {
    const advice = recommendSplit(rows);
    expect([advice.ratios, advice.rows]).toEqual([ratios, parts]);
    expect([advice.train, advice.dev, advice.test]).toEqual(ratios);
  });

  test("says why", () => {
    // 1.96 · √(0.09 / 60) = 0.0759; 1.96 · √(0.09 / 10,000) = 0.00588
    expect(recommendSplit(300)).toMatchObject({
      reason:
        "With 300 rows, dev and test need a large share to measure anything: 20 % each. An error of 10 % is measured to ±7.6 points by 60 test rows " +
        "(95 of 100 times). With so few, prefer kFold, which validates on every row.",
      alternative: { ratios: [0.7, 0.3] },
    });
    expect(recommendSplit(1e6).reason).toBe(
      "Of 1,000,000 rows, 10,000 for dev and 10,000 for test are enough: all others serve training. An error of 10 % is measured to ±0.6 points by " +
        "10,000 test rows (95 of 100 times).",
    );
    expect(recommendSplit(1e7).reason).toContain("dev gets more, as it compares many models and test measures one");
    expect(recommendSplit(3e6).alternative?.reason).toContain("12,000 rows for dev, 3,000 for test");
    expect(() => recommendSplit(3)).toThrow("recommendSplit: count expected a whole number ≥ 4");
  });

  test("every advice can be followed", () => {
    for (const rows of [4, 7, 99, 12_345]) {
      const { ratios, rows: parts } = recommendSplit(rows);
      expect(sizes(split(count(rows), ratios))).toEqual(parts);
    }
  });
});

describe("errors", () => {
  const ten = count(10);
  const run = (ratios: unknown, options?: unknown, dataset: unknown = ten) =>
    split(dataset as Dataset, ratios as number[], options as object);
  const y = (values: unknown) => Dataset.fromArrays(new Float32Array((values as []).length), values as number[]);

  test.each([
    ["a sum below 1", () => run([0.6, 0.2]), "split: ratios expected a sum of 1, got 0.8 of [0.6, 0.2]"],
    [
      "percentages",
      () => run([70, 30]),
      "split: ratios expected a sum of 1, got 100 of [70, 30]; divide percentages by 100",
    ],
    ["a negative ratio", () => run([1.2, -0.2]), "split: ratios[1] expected a fraction > 0, got -0.2"],
    ["a ratio of 0", () => run([1, 0]), "split: ratios[1] expected a fraction > 0, got 0"],
    ["NaN", () => run([Number.NaN, 1]), "split: ratios[0] expected a fraction > 0, got NaN"],
    [
      "no array",
      () => run(0.7),
      "split: ratios expected an array of fractions that sum to 1, got 0.7; such as [0.6, 0.2, 0.2]",
    ],
    ["none", () => run([]), "split: ratios expected an array of fractions that sum to 1, got []"],
    [
      "more parts than rows",
      () => run([0.4, 0.3, 0.3], {}, count(2)),
      "split: dataset expected at least 3 rows, one for each part, got 2; cut into fewer parts",
    ],
    [
      "a part without rows",
      () => run([0.98, 0.01, 0.01]),
      "split: ratios[1] expected at least one row of 10, got 0.01, which leaves none; recommendSplit(10) suggests ratios",
    ],
    [
      "no dataset",
      () => run([1], {}, [1]),
      "split: dataset expected a Dataset, got [1]; wrap arrays by Dataset.fromArrays",
    ],
    [
      "batches",
      () => run([1], {}, ten.batch(2)),
      "split: dataset expected rows, got batches of 2; call batch on the parts instead",
    ],
    ["no end", () => run([1], {}, ten.repeat()), "split: dataset expected an end, got rows without end"],
    [
      "repeated rows",
      () => run([1], {}, ten.repeat(2)),
      "split: dataset expected every row once, got one again as row 10; call repeat on",
    ],
    [
      "an unknown option",
      () => run([1], { stratified: true }),
      'split: unknown option "stratified"; did you mean "stratify"?',
    ],
    ["a seed below 0", () => run([1], { seed: -1 }), "split: seed expected a whole number ≥ 0"],
    ["stratify no boolean", () => run([1], { stratify: "y" }), 'split: stratify expected true or false, got "y"'],
    [
      "labels missing",
      () => run([1], { stratify: true }),
      "split: stratify expected labels as one array y, got none; give Dataset.fromArrays a y, or leave stratify out",
    ],
    [
      "labels of several arrays",
      () => run([1], { stratify: true }, Dataset.fromArrays([1, 2], [Int32Array.of(0, 1), Int32Array.of(1, 0)])),
      "got 2 arrays",
    ],
    [
      "targets that are no classes",
      () => run([1], { stratify: true }, y([0, 0.5])),
      "split: stratify expected y of whole class numbers or rows with a single 1, got 0.5 in row 1; leave stratify out for other targets",
    ],
    [
      "rows that are not one-hot",
      () =>
        run(
          [1],
          { stratify: true },
          y([
            [0, 1],
            [1, 1],
          ]),
        ),
      "got [1, 1] in row 1",
    ],
    ["labels that are images", () => run([1], { stratify: true }, y([[[0], [1]]])), "got rows of shape [2, 1]"],
    [
      "a class missing in a part",
      () => run([0.6, 0.2, 0.2], { stratify: true }, y([0, 0, 0, 0, 0, 0, 0, 0, 7, 7])),
      "split: stratify expected rows enough for every class in every part, got class 7 with 2 rows, of which ratio 0.2 leaves none; " +
        "merge rare classes, make that part bigger, or leave stratify out",
    ],
    [
      "more classes than rows of a part",
      () => run([0.9, 0.1], { stratify: true }, y([0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3])),
      "got 4 classes for the 2 rows of ratio 0.1; merge rare classes",
    ],
    [
      "groups that are no array",
      () => run([1], { groups: "ab" }),
      'split: groups expected an array with a key for each row, got "ab"',
    ],
    [
      "groups of another length",
      () => run([1], { groups: [1, 2] }),
      "split: groups expected 10 keys, one for each row, got 2",
    ],
    [
      "a row without a group",
      () => run([1], { groups: [1, undefined, ...upTo(8)] }),
      "split: groups expected a string or a number for each row, got undefined in row 1; give such a row a key of its own",
    ],
    [
      "fewer groups than parts",
      () => run([0.5, 0.5], { groups: new Uint8Array(10) }),
      "split: groups expected at least 2, one for each part, got 1; cut into fewer parts",
    ],
    [
      "groups and stratify",
      () => run([1], { groups: upTo(10), stratify: true }),
      "split: options expected stratify or groups, got both",
    ],
    [
      "groups of shuffled rows",
      () => run([1], { groups: upTo(10) }, ten.shuffle()),
      "split: dataset expected rows in the order of groups, got shuffled ones",
    ],
    ["one fold", () => kFold(ten, 1), "kFold: k expected a whole number ≥ 2, got 1; 5 and 10 are usual"],
    [
      "more folds than rows",
      () => kFold(ten, 11),
      "kFold: dataset expected at least 11 rows, one for each part, got 10",
    ],
  ])("says what is wrong with %s", (_, fails, text) => {
    expect(fails).toThrow(text);
  });
});
