import * as data from "../../../src/data/index.js";
import {
  and,
  arg,
  called,
  count,
  flag,
  fn,
  NO_TENSOR,
  NOTHING,
  number,
  options,
  type Row,
  row,
  seed,
} from "./arguments.js";

const made = () => data.Table.fromColumns({ age: [1, 2, 3, 4], city: ["Bern", "Oslo", "Bern", "Oslo"] });
const on =
  (method: string) =>
  (...args: never[]) => {
    const result = (made()[method as "head"] as (...args: unknown[]) => unknown)(...args);
    return method === "rows" ? [...(result as Iterable<unknown>)] : result;
  };
const column = (name: string, right: unknown = "age") => arg(name, right, ...NOTHING, 3, {}, "agee");
const names = (name: string, right: unknown) => arg(name, right, 3, {}, [3], "agee", ["agee"], ["age", "age"]);
const labels = arg("labels", "class", "classes", 3);
const ratios = arg("ratios", [0.5, 0.5], ...NOTHING, [], [0.5], [0.5, 0.6], "x");
const splitting = options(seed, arg("stratify", "city", 3, "agee"));

export const tableRows: Record<string, Row> = {
  "Table.fromColumns": and(
    row(
      data.Table.fromColumns,
      arg("column", { a: [1, null], b: ["x", "y"] }, ...NOTHING, 3, [], {}, { a: 3 }, { a: [{}] }),
    ),
    [{ a: [1, "x"] }],
    [{ a: [1, 2], b: [1] }],
  ),
  "Table.column": row(on("column"), column("name"), arg("type", "number", "numbers", 3)),
  "Table.select": row(on("select"), column("names")),
  "Table.drop": row(on("drop"), column("names")),
  "Table.rename": row(
    on("rename"),
    arg("names", { age: "years" }, ...NOTHING, 3, { agee: "x" }, { age: 3 }, { age: "city" }),
  ),
  "Table.with": row(
    on("with"),
    arg("name", "tall", ...NOTHING, 3, ""),
    arg("", [1, 2, 3, 4], ...NOTHING, 3, {}, [1], ["a", 1, 2, 3], () => ({})),
  ),
  "Table.filter": row(
    on("filter"),
    fn(() => true, "keep"),
  ),
  "Table.take": row(on("take"), arg("indices", [0, 3], ...NOTHING, 3, [4], [-1], [0.5], ["0"])),
  "Table.slice": row(on("slice"), number("from", 1, 0.5), number("to", 2, 0.5)),
  "Table.concat": row(
    on("concat"),
    arg("other", made(), ...NOTHING, {}, made().drop("age"), made().with("age", ["a", "b", "c", "d"])),
  ),
  "Table.dropMissing": row(on("dropMissing"), column("names")),
  "Table.rows": row(on("rows")),
  "Table.row": row(on("row"), number("index", 0, 4, -1, 0.5)),
  "Table.head": row(on("head"), count("count", 2)),
  "Table.describe": row(on("describe")),
  "Table.split": row(on("split"), ratios, splitting),
  "Table.kFold": row(on("kFold"), arg("k", 2, ...NOTHING, 1, 1.5, 9), splitting),
  "Table.dataset": row(on("dataset"), options(names("x", ["age"]), names("y", "city"), labels)),
  "Table.toString": row(on("toString")),
  csv: row(
    data.csv as never,
    arg("", "age,city\n1,Bern\n2,Oslo\n", ...NOTHING, 3, {}, "missing.csv", "", "\n", "a,b\n1\n"),
    options(
      arg("separator", ",", 3, "", ",,", null),
      flag("header"),
      arg("columns", ["a", "b"], "a", 3, ["a"], ["a", "a"], [3]),
      arg("select", ["a"], "a", 3, [3], ["c"]),
      arg("types", { a: "number" }, 3, { a: "numbers" }, { c: "number" }),
      arg("missing", ["x"], "x", 3, [3]),
      arg("comment", "#", 3, ""),
      count("skipLines", 0),
      flag("trim"),
      arg("quote", "'", 3, "", "''"),
      arg("decimal", ".", ";", 3),
      arg("dates", "iso", "european", 3),
      arg("encoding", "utf-8", "utf-99", 3),
      number("limit", 10, 0, -1, 1.5),
    ),
  ),
  npy: row(
    data.npy,
    arg(
      "",
      data.npyBytes([1]),
      ...NOTHING,
      3,
      {},
      "missing.npy",
      Uint8Array.of(1),
      new Uint8Array(0),
      new Uint8Array(20),
    ),
  ),
  npyBytes: row(data.npyBytes as never, arg("array", [[1]], ...NO_TENSOR)),
  preprocessor: called(
    /^(preprocessor|normalizer): config/,
    row(
      data.preprocessor as never,
      arg(
        "config",
        data.tabular(made()).config,
        ...NOTHING,
        {},
        "text",
        3,
        { kind: "other" },
        { kind: "tabular" },
        { kind: "tabular", columns: [] },
        { kind: "tabular", columns: [null], y: null },
        { kind: "tabular", columns: [{ name: "age", type: "number" }], y: null },
        { ...data.tabular(made()).config, y: undefined },
        { kind: "standardize", shape: [1], axis: [1], mean: [1, 2], std: [1] },
      ),
    ),
  ),
  tabular: row(
    data.tabular as never,
    arg(
      "",
      made(),
      ...NOTHING,
      {},
      [[1]],
      made().filter(() => false),
      made().with("age", [1, 2, 3, Infinity]),
    ),
    options(
      names("x", ["age"]),
      names("y", "city"),
      labels,
      arg(
        "numbers",
        { impute: 3, clip: [0, 9] },
        3,
        { impute: "medium" },
        { impute: Number.NaN },
        { clip: [1, 0] },
        { clip: 0.5 },
        { log: 1 },
        { scale: "x" },
        { x: 1 },
      ),
      arg(
        "categories",
        {},
        3,
        { encode: "hot" },
        { impute: 3 },
        { unseen: "x" },
        { minCount: 0 },
        { maxCategories: 0 },
        { x: 1 },
      ),
      arg("dates", {}, 3, { encode: "x" }, { impute: "x" }, { x: 1 }),
      arg(
        "columns",
        {},
        3,
        [],
        { agee: {} },
        { age: 3 },
        { age: { type: "x" } },
        { age: { scale: "x" } },
        { age: { x: 1 } },
      ),
    ),
  ),
};
