import { describe, expect, test } from "vitest";
import { Dataset, minMaxScale, normalizer, oneHot, standardize } from "../../src/data/index.js";
import { tensor } from "../../src/tensor/tensor.js";
import { generator } from "../support/random.js";
import { xs } from "../support/rows.js";

/** Three features, worked by hand: 1 3 5 7 (μ 4, σ² 5), 10 10 10 10, -1 0 1 2 (μ 0.5, σ² 1.25). */
const table = [
  [1, 10, -1],
  [3, 10, 0],
  [5, 10, 1],
  [7, 10, 2],
];
const close = (got: ArrayLike<number>, want: number[], digits = 6) => {
  expect(got.length).toBe(want.length);
  want.forEach((v, i) => {
    expect(got[i]).toBeCloseTo(v, digits);
  });
};

describe("standardize", () => {
  const norm = standardize(table);

  test("finds mean and deviation of each feature, 0 for a constant one", () => {
    close(norm.mean, [4, 10, 0.5], 14);
    close(norm.std, [Math.sqrt(5), 0, Math.sqrt(1.25)], 14);
  });

  test("applies them to other data, and goes back", () => {
    const { data, shape } = norm.transform([[4, 12, 1.75]]);
    close(data, [0, 2, 1.25 / Math.sqrt(1.25)]);
    expect([shape, data instanceof Float32Array]).toEqual([[1, 3], true]);
    close(norm.inverse(norm.transform(table)).data, table.flat());
    const wide = norm.transform({ data: Float64Array.of(4, 12, 1.75), shape: [1, 3] });
    expect(wide.data).toBeInstanceOf(Float64Array);
    close(norm.inverse(wide).data, [4, 12, 1.75], 14);
    const t = norm.transform(tensor([[4, 12, 1.75]]));
    expect([t.shape, t.dtype]).toEqual([[1, 3], "float32"]);
  });

  test("keeps its precision beside a large mean, over many chunks", () => {
    const next = generator(3);
    const data = Float64Array.from({ length: 300_000 }, () => 1e9 + next());
    const { mean, std } = standardize({ data, shape: [data.length, 1] });
    expect(mean[0]).toBeCloseTo(1e9 + 0.5, 2);
    expect(std[0]).toBeCloseTo(Math.sqrt(1 / 12), 3);
  });

  test("a constant that is no binary fraction has deviation 0", () => {
    const norm = standardize({ data: new Float64Array(1000).fill(0.1), shape: [1000] });
    expect([norm.mean[0], norm.std[0]]).toEqual([0.1, 0]);
    expect(norm.transform(Float64Array.of(0.1)).data).toEqual(Float64Array.of(0));
  });

  test("statistics of one axis, or one for all", () => {
    const images = { data: Float32Array.of(1, 10, 3, 20, 5, 30, 7, 40), shape: [2, 2, 1, 2] };
    close(standardize(images, { axis: -1 }).mean, [4, 25]);
    close(standardize(images, { axis: 1 }).mean, [(1 + 10 + 5 + 30) / 4, (3 + 20 + 7 + 40) / 4]);
    close(standardize(images, { axis: null }).mean, [116 / 8]);
    close(
      standardize(images, { axis: null }).std,
      [Math.sqrt((1 + 100 + 9 + 400 + 25 + 900 + 49 + 1600) / 8 - 14.5 ** 2)],
      10,
    );
    close(
      standardize(images, { axis: -1 }).transform(images).data,
      [-3, -15, -1, -5, 1, 5, 3, 15].map((v, i) => v / (i % 2 ? Math.sqrt(125) : Math.sqrt(5))),
    );
  });

  test.each([
    ["in memory", () => Dataset.fromArrays(table, [0, 1, 2, 3])],
    ["of integers", () => Dataset.fromArrays({ data: Int32Array.from(table.flat()), shape: [4, 3] }, [0, 1, 2, 3])],
    ["from a generator", () => Dataset.fromGenerator(() => table.map((x, y) => ({ x, y })))],
    ["in batches", () => Dataset.fromArrays(table, [0, 1, 2, 3]).batch(3)],
    ["in batches from a generator", () => Dataset.fromGenerator(() => table.map((x, y) => ({ x, y }))).batch(3)],
  ])("datasets %s", async (_, make) => {
    const fitted = await standardize(make());
    close(fitted.mean, [4, 10, 0.5]);
    const rows = (await xs(fitted.transform(make()))).flat(2) as number[];
    close(rows, Array.from(norm.transform(table).data));
    close((await xs(fitted.inverse(fitted.transform(make())))).flat(2) as number[], table.flat());
  });

  test("bytes with a scale stay bytes, and are normalised as they are gathered", async () => {
    const bytes = Dataset.fromArrays({ data: Uint8Array.of(0, 51, 102, 255), shape: [4, 1], scale: 1 / 255 });
    const { mean, transform } = await standardize(bytes);
    close(mean, [0.4]);
    const rows = (await xs(transform(bytes).shuffle().batch(3))).flat(2) as number[];
    expect(rows.reduce((sum, v) => sum + v, 0)).toBeCloseTo(0, 5);
    expect(rows.reduce((sum, v) => sum + v * v, 0)).toBeCloseTo(4, 5);
  });

  test("goes through JSON", () => {
    const again = normalizer(JSON.parse(JSON.stringify(norm.config)));
    expect(again.config).toEqual(norm.config);
    expect(again.transform(table)).toEqual(norm.transform(table));
  });
});

describe("minMaxScale", () => {
  test("takes the bounds to the range, and a constant to its lower end", () => {
    const scale = minMaxScale(table, { range: [-1, 1] });
    close(scale.min, [1, 10, -1]);
    close(scale.max, [7, 10, 2]);
    close(scale.transform(table).data, [-1, -1, -1, -1 / 3, -1, -1 / 3, 1 / 3, -1, 1 / 3, 1, -1, 1]);
    close(scale.inverse(scale.transform(table)).data, table.flat());
    close(minMaxScale(table).transform([[13, 11, 0.5]]).data, [2, 1, 0.5]);
    expect(normalizer(JSON.parse(JSON.stringify(scale.config))).transform(table)).toEqual(scale.transform(table));
  });

  test("of a dataset", async () => {
    const scale = await minMaxScale(Dataset.fromArrays(table), { axis: null });
    expect([scale.min[0], scale.max[0]]).toEqual([-1, 10]);
  });
});

describe("values that are no numbers", () => {
  const gaps = [
    [1, NaN],
    [3, 4],
    [5, NaN],
    [NaN, 6],
  ];
  test("are an error that names feature and rows", () => {
    expect(() => standardize(gaps)).toThrow(
      'standardize: data expected finite numbers, got NaN in 1 of 4 rows in feature 0 of 2 (first in row 3) and in 1 other feature; fill or drop them, or pass { nan: "ignore" }',
    );
    expect(() => minMaxScale([[1], [-Infinity], [Infinity]], { nan: "ignore" })).toThrow(
      "minMaxScale: data expected finite numbers, got infinite values in 2 of 3 rows in feature 0 of 1 (first in row 1); clip or drop them",
    );
  });

  test("or are left out and let through", async () => {
    for (const norm of [
      standardize(gaps, { nan: "ignore" }),
      await standardize(Dataset.fromArrays(gaps), { nan: "ignore" }),
    ]) {
      close(norm.mean, [3, 5]);
      close(norm.std, [Math.sqrt(8 / 3), 1]);
      expect(norm.transform(gaps).data[1]).toBeNaN();
    }
    const none = standardize([[NaN], [NaN]], { nan: "ignore" });
    expect([none.mean[0], none.std[0]]).toEqual([0, 0]);
  });
});

test.each<[string, () => unknown, string]>([
  ["no rows", () => standardize([]), "standardize: data expected at least one row and one value, got shape [0]"],
  [
    "rows of another shape",
    () => standardize(table).transform([[1, 2]]),
    "standardize: data expected rows of shape [3] as it was fitted on, got [2]",
  ],
  [
    "a dataset of another shape",
    () => standardize(table).transform(Dataset.fromArrays([[1, 2]])),
    "standardize: data expected rows of shape [3] as it was fitted on, got [2]",
  ],
  [
    "the axis of rows",
    () => standardize(table, { axis: 0 }),
    "standardize: axis expected axes of a row, 1 to 1, got 0; rows share their statistics",
  ],
  [
    "an axis too many",
    () => standardize(table, { axis: 2 }),
    "standardize: axis expected a whole number from -2 to 1 for rank 2, got 2",
  ],
  [
    "a misspelt option",
    () => standardize(table, { axes: 1 } as never),
    'standardize: unknown option "axes"; did you mean "axis"?',
  ],
  [
    "a misspelt rule",
    () => standardize(table, { nan: "ignor" } as never),
    'standardize: nan expected one of "error", "ignore", got "ignor"; did you mean "ignore"?',
  ],
  [
    "a falling range",
    () => minMaxScale(table, { range: [1, 1] }),
    "minMaxScale: range expected [low, high] with low < high, got [1, 1]",
  ],
  [
    "another config",
    () => normalizer({ kind: "standardise" } as never),
    'normalizer: config.kind expected one of "standardize", "minMaxScale", got "standardise"; did you mean "standardize"?',
  ],
  [
    "a config cut off",
    () => normalizer({ ...standardize(table).config, std: [1, 2] }),
    "normalizer: config.std expected 3 finite numbers, got [1, 2]",
  ],
])("rejects %s", (_, run, text) => {
  expect(run).toThrow(text);
});

test("rejects datasets that cannot be fitted on", async () => {
  const two = Dataset.fromArrays({ a: [1], b: [2] });
  await expect(standardize(two as never)).rejects.toThrow(
    "standardize: dataset expected one array in x, got several; normalise each array before Dataset.fromArrays joins them",
  );
  await expect(standardize(Dataset.fromArrays(table).repeat())).rejects.toThrow(
    "standardize: dataset expected an end, got one that repeats without end; fit before repeat",
  );
  await expect(standardize(Dataset.fromArrays(table).take(0))).rejects.toThrow(
    "standardize: dataset expected at least one row, got none",
  );
});

describe("oneHot", () => {
  test("puts a 1 at the class", () => {
    const want = { data: Float32Array.of(0, 0, 1, 1, 0, 0), shape: [2, 3] };
    for (const labels of [[2, 0], [[2], [0]], Int32Array.of(2, 0), tensor([2, 0])])
      expect(oneHot(labels, 3)).toEqual(want);
  });

  test.each<[string, () => unknown, string]>([
    [
      "a label too large",
      () => oneHot([0, 3], 3),
      "oneHot: labels expected whole numbers from 0 to 2, got 3 in row 1; check classes, or number the labels from 0",
    ],
    ["a negative label", () => oneHot([-1], 3), "got -1 in row 0"],
    ["half a label", () => oneHot([0.5], 3), "got 0.5 in row 0"],
    ["NaN", () => oneHot([NaN], 3), "got NaN in row 0"],
    ["a matrix", () => oneHot([[1, 2]], 3), "oneHot: labels expected shape [rows] or [rows, 1], got [1, 2]"],
    ["no classes", () => oneHot([1], 0), "oneHot: classes expected a whole number ≥ 1, got 0"],
  ])("rejects %s", (_, run, text) => {
    expect(run).toThrow(text);
  });
});
