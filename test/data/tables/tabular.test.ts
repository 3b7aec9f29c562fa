import { describe, expect, test } from "vitest";
import {
  type Dataset,
  preprocessor,
  Table,
  type TabularConfig,
  type TabularOptions,
  tabular,
} from "../../../src/data/index.js";
import type { Tensor } from "../../../src/index.js";

const NONE = Number.NaN;

/** All rows of x and y. */
async function arrays(data: Dataset) {
  for await (const { x, y } of data.batch(data.size ?? 1)) {
    return {
      x: (x as Tensor).toArray() as number[][],
      y: (y as Tensor | undefined)?.toArray(),
      dtype: (y as Tensor | undefined)?.dtype,
    };
  }
  throw new Error("no rows");
}

/** A single column, fitted on `train` and applied to `test`. */
async function one(train: unknown[], test: unknown[], options: TabularOptions = {}) {
  const prep = tabular(Table.fromColumns({ v: train as number[] }), options);
  const { x } = await arrays(prep.transform(Table.fromColumns({ v: test as number[] })));
  return { features: prep.features, x };
}

describe("numbers", () => {
  // 1, 2, 2, 7 and a missing one: median 2, mean 3, most frequent 2.
  const train = [1, 2, 2, 7, null];
  const none = { scale: "none" } as const;

  test("missing values become median, mean, most frequent or a number", async () => {
    for (const [impute, fill] of [
      ["median", 2],
      ["mean", 3],
      ["mostFrequent", 2],
      [-1, -1],
    ] as const) {
      expect((await one(train, [null, 4], { numbers: { impute, ...none } })).x).toEqual([[fill], [4]]);
    }
  });

  test("standardised by mean and deviation of the imputed training rows", async () => {
    // 1, 2, 2, 7, 3 → mean 3, squares 4 + 1 + 1 + 16 + 0 = 22, deviation √(22/5)
    const { x } = await one(train, [1, 3, null], { numbers: { impute: "mean" } });
    expect(x[0]?.[0]).toBeCloseTo(-2 / Math.sqrt(4.4), 6);
    expect([x[1], x[2]]).toEqual([[0], [0]]);
  });

  test("to 0 … 1; a constant column becomes 0", async () => {
    expect((await one([2, 4, 6], [2, 5, 8], { numbers: { scale: "minMax" } })).x).toEqual([[0], [0.75], [1.5]]);
    for (const scale of ["standardize", "minMax"] as const) {
      expect((await one([0.1, 0.1, 0.1], [0.1], { numbers: { scale } })).x).toEqual([[0]]);
    }
  });

  test("an indicator where training lacks values", async () => {
    const { features, x } = await one(train, [null, 4], { numbers: { indicator: true, ...none } });
    expect(features).toEqual(["v", "v missing"]);
    expect(x).toEqual([
      [2, 1],
      [4, 0],
    ]);
    expect((await one([1, 2], [null], { numbers: { indicator: true, ...none } })).x).toEqual([[1.5]]);
  });

  test("clipped to bounds or to quantiles, then the logarithm", async () => {
    expect((await one(train, [-9, 9], { numbers: { clip: [0, 5], ...none } })).x).toEqual([[0], [5]]);
    const hundred = Array.from({ length: 101 }, (_, i) => i);
    expect((await one(hundred, [-5, 50, 1000], { numbers: { clip: 0.05, ...none } })).x).toEqual([[5], [50], [95]]);
    const { x } = await one(train, [Math.E - 1, 1 - Math.E, 0], { numbers: { log: true, ...none } });
    [1, -1, 0].forEach((expected, i) => {
      expect(x[i]?.[0]).toBeCloseTo(expected, 6);
    });
  });
});

describe("categories", () => {
  const train = ["b", "a", "b", null];

  test("one-hot: sorted, missing as one of their own, unseen as zeros", async () => {
    const { features, x } = await one(train, ["a", "b", null, "z"]);
    expect(features).toEqual(["v=a", "v=b", "v=(missing)"]);
    expect(x).toEqual([
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
      [0, 0, 0],
    ]);
  });

  test("unseen in a slot, or an error that names the row", async () => {
    const categories = { unseen: "slot" } as const;
    expect((await one(["a", "b"], ["z", null, "a"], { categories })).x).toEqual([
      [0, 0, 1],
      [0, 0, 1],
      [1, 0, 0],
    ]);
    await expect(one(["a", "b"], ["a", "z"], { categories: { unseen: "error" } })).rejects.toThrow(
      'tabular.transform: column "v" expected one of the training rows\' 2 categories, got "z" in row 1',
    );
  });

  test("missing as the most frequent, as a text, or an error", async () => {
    expect((await one(train, [null], { categories: { impute: "mostFrequent" } })).x).toEqual([[0, 1]]);
    expect((await one(train, [null], { categories: { impute: "c" } })).x).toEqual([[0, 0, 1]]);
    await expect(one(train, [null], { categories: { impute: "error" } })).rejects.toThrow(
      /"v" expected a value in every row, got none in 1 of 4 rows \(first in row 3\)/,
    );
  });

  test("numbers: integers for embeddings, with a slot behind them", async () => {
    const { features, x } = await one(train, ["a", "b", null, "z"], { categories: { encode: "integer" } });
    expect([features, x]).toEqual([["v"], [[0], [1], [2], [3]]]);
  });

  test("rare ones are as if unseen", async () => {
    const { features } = await one(["a", "a", "b", "c"], ["a"], { categories: { minCount: 2, unseen: "slot" } });
    expect(features).toEqual(["v=a", "v=(unseen)"]);
  });

  test("numbers taken as categories stand in the order of numbers", async () => {
    const columns = { v: { type: "category" } } as const;
    const { features, x } = await one([10, 9, 1], [9, 3], { columns });
    expect(features).toEqual(["v=1", "v=9", "v=10"]);
    expect(x).toEqual([
      [0, 1, 0],
      [0, 0, 0],
    ]);
    // As a table that has texts in the same column reads it.
    expect((await one([10, 9, 1], ["9", "x"], { columns })).x[0]).toEqual([0, 1, 0]);
  });
});

test("dates as days since 1970, or in parts", async () => {
  const days = [new Date("1970-01-03"), new Date("2024-02-29T18:00Z"), null];
  const numbers = await one(days, [days[0], null], { dates: { scale: "none", impute: 5 } });
  expect(numbers.x).toEqual([[2], [5]]);
  const { features, x } = await one(days, [days[1]], { dates: { encode: "parts", scale: "none", indicator: true } });
  expect(features).toEqual(
    ["v year", "v missing", "v month", "v day", "v weekday", "v hour"].map((name) =>
      name === "v missing" ? "v year missing" : name,
    ),
  );
  expect(x).toEqual([[2024, 0, 2, 29, 4, 18]]);
});

describe("labels", () => {
  const table = Table.fromColumns({ x: [1, 2, 3], kind: ["b", "a", "b"], size: [10, 9, 10], weight: [0.5, 1, 2] });
  const labelled = async (options: TabularOptions) => {
    const prep = tabular(table, { x: ["x"], ...options });
    const { y, dtype } = await arrays(prep.transform(table));
    return { classes: prep.classes, y, dtype };
  };

  test("texts as classes, numbers as numbers, either as one-hot", async () => {
    expect(await labelled({ y: "kind" })).toEqual({ classes: ["a", "b"], y: [1, 0, 1], dtype: "int32" });
    expect(await labelled({ y: "weight" })).toEqual({ classes: [], y: [[0.5], [1], [2]], dtype: "float32" });
    expect(await labelled({ y: "size", labels: "class" })).toEqual({
      classes: ["9", "10"],
      y: [1, 0, 1],
      dtype: "int32",
    });
    expect((await labelled({ y: "kind", labels: "oneHot" })).y).toEqual([
      [0, 1],
      [1, 0],
      [0, 1],
    ]);
    expect((await labelled({ y: ["size", "weight"] })).y).toEqual([
      [10, 0.5],
      [9, 1],
      [10, 2],
    ]);
  });

  test("classes keep their numbers where a table lacks some; new ones and missing ones are errors", async () => {
    const prep = tabular(table, { x: ["x"], y: "kind" });
    expect((await arrays(prep.transform(table.slice(0, 1)))).y).toEqual([1]);
    expect(() => prep.transform(Table.fromColumns({ x: [1], kind: ["c"] }))).toThrow(
      'tabular.transform: y expected one of the classes a, b in "kind", got "c" in row 0',
    );
    expect(() => prep.transform(Table.fromColumns({ x: [1, 2], kind: ["a", null] }))).toThrow(
      'y expected a value in every row of "kind", got none in 1 of 2 rows (first in row 1)',
    );
    expect(() => tabular(Table.fromColumns({ x: [1, 2], t: [1, NONE] }), { y: "t" })).toThrow(
      'tabular: y expected a value in every row of "t", got none in 1 of 2 rows (first in row 1)',
    );
  });

  test("a table without them makes a dataset without them", async () => {
    expect((await arrays(tabular(table, { x: ["x"], y: "kind" }).transform(table.select("x")))).y).toBeUndefined();
  });
});

describe("errors", () => {
  const table = Table.fromColumns({ age: [1, 2], name: ["a", "b"], far: [1, Infinity], none: [null, null] });
  const cases: [string, TabularOptions, string][] = [
    [
      "an infinite value",
      { x: ["far"] },
      'column "far" expected finite numbers, got infinite ones in 1 of 2 rows (first in row 1)',
    ],
    ["nothing to fit", { x: ["none"] }, 'column "none" expected at least one value in the training rows, got none'],
    [
      "free text",
      { x: ["name"], categories: { maxCategories: 1 } },
      'column "name" expected at most 1 categories, got 2 in 2 rows',
    ],
    ["an unknown column", { x: ["agee"] }, 'x expected a column of the table, got "agee"; did you mean "age"?'],
    [
      "options of a column that is none",
      { x: ["age"], columns: { agee: {} } },
      'columns expected names of features, got "agee"; did you mean "age"?',
    ],
    [
      "an option of another kind",
      { x: ["age"], columns: { age: { encode: "oneHot" } as never } },
      'unknown option "encode"',
    ],
    [
      "zeros for integers",
      { x: ["name"], categories: { encode: "integer", unseen: "zeros" } },
      'categories.unseen expected one of "slot", "error"',
    ],
    ["NaN where it is an error", { x: ["age"], numbers: { impute: NONE } }, "numbers.impute expected a finite number"],
  ];
  for (const [title, options, message] of cases) {
    test(title, () => expect(() => tabular(table, options)).toThrow(message));
  }

  test("a table that differs from the training rows", () => {
    const prep = tabular(table, { x: ["age"], numbers: { impute: "error" } });
    expect(() => prep.transform(Table.fromColumns({ aged: [1] }))).toThrow('got "age"; did you mean "aged"?');
    expect(() => prep.transform(Table.fromColumns({ age: ["old"] }))).toThrow(
      'column "age" expected numbers as in the training rows, got strings',
    );
    expect(() => prep.transform(Table.fromColumns({ age: [1, null] }))).toThrow(
      'column "age" expected a number in every row, got none in row 1',
    );
  });
});

describe("the config", () => {
  const train = Table.fromColumns({
    age: [20, null, 40],
    city: ["Oslo", "Bern", null],
    since: [new Date("2020-01-01"), null, new Date("2021-06-01T12:00Z")],
    pay: [1, 100, 10_000],
    sick: ["no", "yes", "no"],
  });
  const options: TabularOptions = {
    y: "sick",
    numbers: { indicator: true },
    dates: { encode: "parts" },
    columns: { pay: { log: true, clip: 0.1 }, city: { unseen: "slot" } },
  };

  test("goes through JSON and does the same again", async () => {
    const prep = tabular(train, options);
    const again = preprocessor(JSON.parse(JSON.stringify(prep.config)) as TabularConfig);
    expect([again.features, again.classes, again.config]).toEqual([prep.features, prep.classes, prep.config]);
    expect(await arrays(again.transform(train))).toEqual(await arrays(prep.transform(train)));
  });

  test("is checked entry by entry", () => {
    const { config } = tabular(train, options);
    const broken = (path: (string | number)[], value: unknown) => {
      const copy = JSON.parse(JSON.stringify(config));
      const last = path.at(-1) as string;
      path.slice(0, -1).reduce((at, key) => at[key], copy)[last] = value;
      return () => preprocessor(copy);
    };
    expect(broken(["columns", 0, "divisor"], 0)).toThrow(
      "preprocessor: config.columns[0].divisor expected a finite number that is not 0, got 0",
    );
    expect(broken(["columns", 1, "categories"], null)).toThrow("config.columns[1].categories expected a list of texts");
    expect(broken(["columns", 2, "parts", 0, "number", "fill"], "x")).toThrow(
      "config.columns[2].parts[0].number.fill expected",
    );
    expect(broken(["columns", 2, "type"], "time")).toThrow("config.columns[2].type expected");
    expect(broken(["y", "labels"], "any")).toThrow('config.y.labels expected one of "number", "class", "oneHot"');
    expect(broken(["columns"], [])).toThrow("config.columns expected a list of columns");
  });
});
