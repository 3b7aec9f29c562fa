import { describe, expect, test } from "vitest";
import { Table } from "../../../src/data/index.js";

const table = Table.fromColumns({
  age: [31, null, 48, 25],
  city: ["Oslo", "Bern", null, "Oslo"],
  born: [new Date("1990-01-02"), null, new Date("1973-05-06T07:08:09Z"), new Date("1996-01-01")],
  ok: [true, false, true, true],
});
const column = (from: Table, name: string) => [...from.column(name).values];

test("columns of numbers, texts, dates and booleans, with what is missing", () => {
  expect(table.columns.map(({ name, type, missing }) => [name, type, missing])).toEqual([
    ["age", "number", 1],
    ["city", "string", 1],
    ["born", "date", 1],
    ["ok", "number", 0],
  ]);
  expect(table.row(1)).toEqual({ age: Number.NaN, city: "Bern", born: null, ok: 0 });
  expect([...table.rows()].map(({ city }) => city)).toEqual(["Oslo", "Bern", null, "Oslo"]);
  expect(() => table.column("city", "number")).toThrow('Table.column: "city" expected to hold numbers, got strings');
  expect(() => table.column("agee")).toThrow('got "agee"; did you mean "age"?');
});

test("choosing rows and columns", () => {
  expect(table.select("ok", "age").names).toEqual(["ok", "age"]);
  expect(table.drop("ok", "age").names).toEqual(["city", "born"]);
  expect(table.rename({ age: "years" }).names).toEqual(["years", "city", "born", "ok"]);
  expect(
    column(
      table.filter((row: { age: number }) => row.age > 30),
      "age",
    ),
  ).toEqual([31, 48]);
  expect(column(table.take([3, 0, 0]), "city")).toEqual(["Oslo", "Oslo", "Oslo"]);
  expect([table.slice(1, 3), table.slice(-1), table.head(2), table.head(0)].map(({ size }) => size)).toEqual([
    2, 1, 2, 0,
  ]);
  expect(column(table.dropMissing(), "age")).toEqual([31, 25]);
  expect(column(table.dropMissing("city"), "age")).toEqual([31, Number.NaN, 25]);
});

test("columns made of others, and tables joined", () => {
  const wider = table.with("next", (row: { age: number }) => row.age + 1).with("city", ["a", "b", "c", "d"]);
  expect(column(wider, "next")).toEqual([32, Number.NaN, 49, 26]);
  expect([wider.names.indexOf("city"), wider.column("city").missing]).toEqual([1, 0]);
  const both = table.concat(Table.fromColumns({ ok: [1], city: ["Aarau"], born: [new Date(0)], age: [1] }));
  expect(column(both, "city")).toEqual(["Oslo", "Bern", null, "Oslo", "Aarau"]);
  expect(both.column("city", "string").categories).toEqual(["Aarau", "Bern", "Oslo"]);
  expect(column(both, "age")).toEqual([31, Number.NaN, 48, 25, 1]);
  expect(() => table.concat(table.with("age", ["a", "b", "c", "d"]))).toThrow(
    'column "age" of other expected numbers, got strings',
  );
});

test("described: numpy's mean, std and quantiles", () => {
  // numpy: np.mean, np.std, np.percentile([1, 2, 4, 8], [25, 50, 75]) = 1.75, 3, 5
  const [row] = [
    ...Table.fromColumns({ x: [8, 1, null, 4, 2] })
      .describe()
      .rows(),
  ];
  expect(row).toMatchObject({
    column: "x",
    count: 4,
    missing: 1,
    different: 4,
    mean: 3.75,
    min: 1,
    median: 3,
    max: 8,
    "25%": 1.75,
    "75%": 5,
  });
  expect(row?.deviation).toBeCloseTo(2.680951, 6);
  expect(table.describe().row(1)).toMatchObject({ type: "string", count: 3, different: 2, top: "Oslo" });
  expect(table.describe().row(2)).toMatchObject({ type: "date", top: "1973-05-06T07:08:09Z to 1996-01-01" });
});

test("shown aligned, cut where it is long", () => {
  expect(String(table.select("age", "city", "born").head(3))).toBe(
    [
      "   age  city    born",
      "number  string  date",
      "    31  Oslo    1990-01-02",
      "        Bern",
      "    48          1973-05-06T07:08:09Z",
      "3 rows × 3 columns",
    ].join("\n"),
  );
  const long = Table.fromColumns({ n: Array.from({ length: 50 }, (_, i) => i) });
  expect(String(long).split("\n").length).toBe(13);
});

describe("split and folds", () => {
  const rows = 40;
  const many = Table.fromColumns({
    id: Array.from({ length: rows }, (_, i) => i),
    kind: Array.from({ length: rows }, (_, i) => (i < 30 ? "often" : "rare")),
    half: Array.from({ length: rows }, (_, i) => (i % 4) / 2),
    user: Array.from({ length: rows }, (_, i) => `u${i % 8}`),
  });
  const ids = (parts: Table[]) => parts.flatMap((part) => column(part, "id") as number[]).sort((a, b) => a - b);

  test("every row in exactly one part, the same for one seed", () => {
    const parts = many.split([0.5, 0.25, 0.25], { seed: 3 });
    expect(parts.map(({ size }) => size)).toEqual([20, 10, 10]);
    expect(ids(parts)).toEqual(column(many, "id"));
    const again = many.split([0.5, 0.25, 0.25], { seed: 3 });
    expect(column(again[1], "id")).toEqual(column(parts[1], "id"));
    expect(column(many.split([0.5, 0.25, 0.25], { seed: 4 })[1], "id")).not.toEqual(column(parts[1], "id"));
  });

  test("stratified by texts or numbers; groups stay together", () => {
    for (const part of many.split([0.5, 0.5], { seed: 1, stratify: "kind" })) {
      expect(column(part, "kind").filter((kind) => kind === "rare").length).toBe(5);
      expect(part.column("kind", "string").categories).toEqual(["often", "rare"]);
    }
    for (const part of many.split([0.5, 0.5], { seed: 1, stratify: "half" })) {
      expect(column(part, "half").filter((half) => half === 0.5).length).toBe(5);
    }
    const [a, b] = many.split([0.5, 0.5], { seed: 1, groups: "user" });
    const users = (part: Table) => new Set(column(part, "user"));
    expect([...users(a)].filter((user) => users(b).has(user))).toEqual([]);
  });

  test("folds: each row validates once", () => {
    const folds = many.kFold(4, { seed: 1, stratify: "kind" });
    expect(ids(folds.map(({ validation }) => validation))).toEqual(column(many, "id"));
    for (const { train, validation } of folds) expect(ids([train, validation])).toEqual(column(many, "id"));
  });

  test("a class that a part would lack is an error", () => {
    const lonely = many.with("kind", (_, i) => (i === 0 ? 7 : 1));
    expect(() => lonely.split([0.5, 0.5], { stratify: "kind" })).toThrow(
      /split: stratify expected rows enough for every class in every part, got class 7 of "kind" with 1 row/,
    );
    const text = many.with("kind", (_, i) => (i === 0 ? "rare" : "often"));
    expect(() => text.kFold(4, { stratify: "kind" })).toThrow(
      /kFold: stratify .*, got class "rare" of "kind" with 1 row, of which ratio 0.25 leaves none/,
    );
    const holes = many.with("kind", (_, i) => (i === 0 ? null : 0.5));
    expect(() => holes.split([0.5, 0.5], { stratify: "kind" })).toThrow(/got class missing of "kind" with 1 row/);
  });
});

describe("a dataset", () => {
  test("takes numbers as they are, and says what is missing or no number", async () => {
    expect(() => table.dataset({ x: ["age"] })).toThrow(
      'Table.dataset: x expected a number in every row of "age", got none in 1 of 4 rows (first in row 1); tabular fills them',
    );
    expect(() => table.dataset({ x: ["city"] })).toThrow(
      'x expected columns of numbers, got strings in "city"; tabular encodes them',
    );
    expect(() => table.dataset({ x: ["ok"], y: "city" })).toThrow(
      'y expected a value in every row of "city", got none in 1 of 4 rows',
    );
    expect(() => table.dataset({ x: ["ok"], y: "age", labels: "class" })).toThrow(
      'y expected a value in every row of "age"',
    );
    const halves = Table.fromColumns({ x: [1, 2], y: [0.5, 1] });
    expect(() => halves.dataset({ y: "y", labels: "class" })).toThrow(
      'whole numbers ≥ 0 as classes in "y", got others in 1 of 2 rows (first in row 0)',
    );
    const found: unknown[] = [];
    for await (const { x, y } of halves.dataset({ y: "y" }).batch(2))
      found.push(x.toArray(), y.toArray(), x.dtype, y.shape);
    expect(found).toEqual([[[1], [2]], [[0.5], [1]], "float32", [2, 1]]);
  });

  test("parts of a table agree on class numbers", async () => {
    const kinds = Table.fromColumns({ x: [1, 2, 3], kind: ["c", "a", "b"] });
    for await (const { y } of kinds.slice(0, 1).dataset({ y: "kind" }).batch(1))
      expect([y.toArray(), y.dtype]).toEqual([[2], "int32"]);
    for await (const { y } of kinds.slice(0, 1).dataset({ y: "kind", labels: "oneHot" }).batch(1))
      expect(y.toArray()).toEqual([[0, 0, 1]]);
  });
});
