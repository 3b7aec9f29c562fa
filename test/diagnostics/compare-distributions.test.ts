import { describe, expect, test } from "vitest";
import { Dataset, drawnDigits, Table } from "../../src/data/index.js";
import { compareDistributions } from "../../src/diagnostics/index.js";
import * as wg from "../../src/index.js";
import { expectClose } from "../support/check-op.js";

const normals = (rows: number, features: number, seed: number) =>
  wg.randomNormal([rows, features], 0, 1, "float64", seed).toArray() as number[][];
const quick = { classifier: false };

describe("features by themselves", () => {
  test("finds the one that moved, by hand: D = 0.25 and the words for it", async () => {
    const one = Array.from({ length: 400 }, (_, i) => [i % 20, i]);
    const other = one.map(([a, b]) => [a as number, (b as number) + 100]);
    const found = await compareDistributions(one, other, { ...quick, names: ["age", "price"] });
    expect(found.differ).toBe(true);
    expect(found.features.map(({ name, index, differs, statistic }) => [name, index, differs, statistic])).toEqual([
      ["price", 1, true, 0.25],
      ["age", 0, false, 0],
    ]);
    expect(found.summary).toMatch(/2 features, 400 training rows against 400 dev rows/);
    expect(found.summary).toMatch(/What gives it away: price \(its distribution moved, PSI \d\.\d\d: large shift\)\.$/);
    expect(String(found)).toBe(found.summary);
  });

  test("missing values: their share is tested, the rest is compared without them", async () => {
    const x = normals(400, 1, 3).map(([v]) => v as number);
    const holes = x.map((v, i) => (i % 4 === 0 ? Number.NaN : v));
    const { features, differ, summary } = await compareDistributions({ income: x }, { income: holes }, quick);
    expect(differ).toBe(true);
    const [income] = features;
    expect(income?.missing).toEqual({ train: 0, dev: 0.25 });
    // 2 × 2 counts 0, 400 and 100, 300: χ² = 800 · (0 · 300 − 400 · 100)² / (100 · 700 · 400 · 400) = 114.29.
    expect(income?.missingAdjusted).toBeLessThan(1e-20);
    expect(income?.adjusted).toBeGreaterThan(0.5);
    expect(summary).toContain("income (missing in 0 % of training and 25 % of dev rows)");
    const same = await compareDistributions({ income: holes }, { income: holes }, quick);
    expect([same.differ, same.features[0]?.missingAdjusted]).toEqual([false, 1]);
  });

  test("tables: texts are categories, one number for a text in both sets", async () => {
    const texts = (count: number, own: string) => Array.from({ length: 100 }, (_, i) => (i < count ? own : "Bern"));
    const y = Array.from({ length: 100 }, (_, i) => i);
    const train = Table.fromColumns({ x: texts(50, "Oslo"), y });
    const dev = Table.fromColumns({ x: texts(80, "Oslo"), y });
    const { features } = await compareDistributions(train, dev, quick);
    expect(features.map(({ name, kind, differs }) => [name, kind, differs])).toEqual([
      ["x", "category", true],
      ["y", "number", false],
    ]);
    // 50, 50 against 20, 80: expected 35 and 65.
    expectClose([features[0]?.statistic as number], [450 / 35 + 450 / 65], 1e-13, 0);
    // "Zug" alone is new: Oslo's 50 against 0 and 0 against 50.
    const renamed = await compareDistributions(train, Table.fromColumns({ x: texts(50, "Zug"), y }), quick);
    expectClose([renamed.features[0]?.statistic as number], [100], 1e-13, 0);
    const holes = Table.fromColumns({ x: texts(50, "Oslo").map((text, i) => (i % 2 ? text : null)), y });
    expect((await compareDistributions(train, holes, quick)).features[0]?.missing).toEqual({ train: 0, dev: 0.5 });
    await expect(compareDistributions(train, [[1, 2]], quick)).rejects.toThrow(
      "compareDistributions: dev expected a Table as the other is one, got [[1, 2]]",
    );
    await expect(compareDistributions(train, Table.fromColumns({ x: y, y }), quick)).rejects.toThrow(
      'compareDistributions: dev expected strings in "x" as in train, got numbers; declare the type in csv',
    );
  });

  test("categories: int32 columns, or declared ones", async () => {
    const sex = Int32Array.from({ length: 100 }, (_, i) => i % 2);
    const skewed = Int32Array.from({ length: 100 }, (_, i) => Number(i < 80));
    const { features } = await compareDistributions({ sex }, { sex: skewed }, quick);
    expect(features[0]).toMatchObject({ kind: "category", differs: true });
    // 50, 50 against 20, 80: expected 35 and 65: 2 · 225 / 35 + 2 · 225 / 65.
    expectClose([features[0]?.statistic as number], [450 / 35 + 450 / 65], 1e-13, 0);
    const declared = await compareDistributions(
      Array.from(sex, (v) => [0, v]),
      Array.from(skewed, (v) => [0, v]),
      { ...quick, names: ["a", "sex"], categorical: ["sex"] },
    );
    expect(declared.features.map(({ name, kind }) => [name, kind])).toEqual([
      ["sex", "category"],
      ["a", "number"],
    ]);
    const ages = Int32Array.from({ length: 100 }, (_, i) => i);
    expect((await compareDistributions({ ages }, { ages }, quick)).features[0]?.kind).toBe("number");
  });

  test("sets of one source: one of 40 pairs in twenty is a false alarm, by either correction", async () => {
    for (const correction of ["holm", "benjaminiHochberg"] as const) {
      let alarms = 0;
      for (let seed = 0; seed < 40; seed++) {
        const found = await compareDistributions(normals(150, 5, 2 * seed), normals(120, 5, 2 * seed + 1), {
          ...quick,
          correction,
          alpha: 0.05,
        });
        alarms += Number(found.differ);
      }
      expect(alarms).toBeLessThanOrEqual(5);
    }
  });

  test("a sample of the rows where there are more than asked for, the same for one seed", async () => {
    const [one, other] = [normals(500, 2, 1), normals(500, 2, 2)];
    const options = { ...quick, maxRows: 100, seed: 4 };
    const found = await compareDistributions(one, other, options);
    expect(found.rows).toEqual({ train: 100, dev: 100 });
    expect(found.summary).toContain("100 of 500 training rows");
    expect((await compareDistributions(one, other, options)).features).toEqual(found.features);
    expect((await compareDistributions(one, other, { ...options, seed: 5 })).features).not.toEqual(found.features);
  });
});

describe("the domain classifier", () => {
  test("finds a correlation that no feature shows by itself", async () => {
    const one = normals(600, 2, 1);
    const other = normals(600, 2, 2).map(([a, b]) => {
      const [u, v] = [a as number, b as number];
      return [u, 0.95 * u + Math.sqrt(1 - 0.95 ** 2) * v];
    });
    const found = await compareDistributions(one, other);
    expect(found.features.every(({ differs }) => !differs)).toBe(true);
    expect(found.differ).toBe(true);
    expect(found.classifier?.auc).toBeGreaterThan(0.7);
    expect(found.summary).toContain("no feature by itself gives it away");
    expect((await compareDistributions(one, other)).classifier).toEqual(found.classifier);
  });

  test("alike: near 0.5, by four of its errors; apart: 1", async () => {
    const [one, other] = [normals(500, 4, 8), normals(500, 4, 9)];
    const alike = (await compareDistributions(one, other)).classifier;
    expect(Math.abs((alike?.auc ?? 0) - 0.5)).toBeLessThan(4 * (alike?.standardError ?? 0));
    expect(alike?.folds).toBe(5);
    // Folds of 100 + 100: 201 / 120000 times 1/5 + 1/4.
    expectClose([alike?.standardError as number], [Math.sqrt((201 / 120_000) * 0.45)], 1e-12, 0);
    const apart = await compareDistributions(
      one,
      other.map((row) => row.map((v) => v + 20)),
    );
    expect(apart.classifier?.auc).toBe(1);
    expect((await compareDistributions([[1]], [[2]])).classifier).toBeUndefined();
  });

  test("leaves the seed of the program as it was", async () => {
    wg.setSeed(5);
    wg.randomNormal([1]);
    const next = wg.randomNormal([1]).item();
    wg.setSeed(5);
    wg.randomNormal([1]);
    await compareDistributions(normals(20, 1, 1), normals(20, 1, 2));
    expect(wg.randomNormal([1]).item()).toBe(next);
  });
});

test("images: 784 pixels by their place, brighter ones are found", async () => {
  const train = drawnDigits({ count: 300, seed: 1 });
  const dev = drawnDigits({ count: 300, seed: 2 }).map(({ x, y }) => ({ x: wg.add(wg.mul(x, 0.7), 0.3), y }));
  const found = await compareDistributions(train, dev, { classifierRows: 200 });
  expect(found.features.length).toBe(784);
  expect(found.features[0]?.name).toMatch(/^x\[\d+, \d+\]$/);
  expect(found.classifier?.auc).toBeGreaterThan(0.95);
  expect(found.differ).toBe(true);
  const same = await compareDistributions(train, drawnDigits({ count: 300, seed: 3 }), { classifierRows: 200 });
  expect(same.differ).toBe(false);
});

test("says what is wrong", async () => {
  const rows = [[1, 2]];
  await expect(compareDistributions(rows, [[1]])).rejects.toThrow(
    "compareDistributions: dev expected the features of train, 2 of them, got 1; take the same columns of both",
  );
  await expect(compareDistributions({ a: [1] }, { b: [1] })).rejects.toThrow(
    'expected the features of train, "a", got "b"',
  );
  await expect(compareDistributions(rows, rows, { names: ["a"] })).rejects.toThrow("names expected 2 texts, each once");
  await expect(compareDistributions(rows, rows, { categorical: ["c"] })).rejects.toThrow('got "c"');
  await expect(
    compareDistributions(
      Dataset.fromArrays([1]).filter(() => false),
      rows,
    ),
  ).rejects.toThrow("compareDistributions: train expected at least one row");
  await expect(compareDistributions(Dataset.fromArrays([1]).repeat(), rows)).rejects.toThrow("expected an end");
  await expect(compareDistributions("text" as never, rows)).rejects.toThrow("compareDistributions: x expected");
});
