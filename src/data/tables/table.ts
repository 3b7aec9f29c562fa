import type { Tensor } from "../../tensor/tensor.js";
import { checkName, checkNumber, show } from "../../util/check.js";
import { ShapeError, ValueError } from "../../util/errors.js";
import type { Dataset } from "../dataset.js";
import {
  type Cell,
  COLUMN_TYPES,
  type ColumnType,
  type ColumnValues,
  cellOf,
  columnOf,
  type DateColumn,
  type NumberColumn,
  renamed,
  type StringColumn,
  type TableColumn,
  type TableRow,
  takeColumn,
} from "./columns.js";
import { describeTable } from "./describe.js";
import { joinColumns } from "./join.js";
import { findColumn } from "./names.js";
import { showTable } from "./show.js";
import { type TableDatasetOptions, tableDataset } from "./table-dataset.js";
import { foldTable, splitTable, type TableSplitOptions } from "./table-split.js";

/** `toString` shows so many rows, or all where there are few more. */
const SHOWN = 10;
const FEW = 20;

/**
 * Named columns of numbers, texts or dates, as `csv` reads them: to look at, to choose from, to make a dataset of. Each method returns
 * another table and leaves this one as it is.
 *
 * Missing values are NaN among numbers and null among texts and dates.
 *
 * @example
 * const table = Table.fromColumns({ age: [31, null, 48], city: ["Oslo", "Bern", "Oslo"] });
 * table.size; // 3
 * table.column("city", "string").categories; // ["Bern", "Oslo"]
 * table.filter((row: { age: number }) => row.age > 40).size; // 1
 */
export class Table {
  /** How many rows. */
  readonly size: number;
  readonly names: readonly string[];

  /** @internal Use `csv` or `Table.fromColumns`. */
  constructor(readonly columns: readonly TableColumn[]) {
    this.size = columns[0]?.size ?? 0;
    this.names = columns.map(({ name }) => name);
  }

  /**
   * A table of the given columns: numbers, texts, dates or booleans (as 1 and 0); null, undefined or NaN where a value is missing.
   *
   * @throws ValueError where a column mixes kinds, ShapeError where lengths differ
   * @example
   * Table.fromColumns({ x: [1, 2], y: ["a", null] }).column("y").missing; // 1
   */
  static fromColumns(columns: Readonly<Record<string, ColumnValues>>): Table {
    const operation = "Table.fromColumns";
    if (
      columns === null ||
      typeof columns !== "object" ||
      Array.isArray(columns) ||
      Object.keys(columns).length === 0
    ) {
      throw new ValueError(`${operation}: columns expected a record as { age: [31, 48] }, got ${show(columns)}`);
    }
    const made = Object.entries(columns).map(([name, values]) => columnOf(operation, name, values));
    checkSizes(operation, made);
    return new Table(made);
  }

  /**
   * One column: its type, values and how many are missing.
   *
   * @param type what it must be; TypeScript then knows its values
   * @throws ValueError for an unknown name, with the nearest one, or another type
   */
  column(name: string, type: "number"): NumberColumn;
  column(name: string, type: "date"): DateColumn;
  column(name: string, type: "string"): StringColumn;
  column(name: string, type?: ColumnType): TableColumn;
  column(name: string, type?: ColumnType): TableColumn {
    const found = findColumn("Table.column", "name", this.columns, name);
    if (type === undefined || checkName("Table.column", "type", type, COLUMN_TYPES) === found.type) return found;
    throw new ValueError(
      `Table.column: "${name}" expected to hold ${type}s, got ${found.type}s; declare its type when reading`,
    );
  }

  /** These columns alone, in the order given. @throws ValueError for an unknown name */
  select(...names: string[]): Table {
    return new Table(names.map((name) => findColumn("Table.select", "names", this.columns, name)));
  }

  /** All columns but these. @throws ValueError for an unknown name */
  drop(...names: string[]): Table {
    for (const name of names) findColumn("Table.drop", "names", this.columns, name);
    return new Table(this.columns.filter(({ name }) => !names.includes(name)));
  }

  /**
   * Columns under other names: `{ old: "new" }`.
   *
   * @throws ValueError for an unknown name, or two columns of one name
   */
  rename(names: Readonly<Record<string, string>>): Table {
    const operation = "Table.rename";
    if (names === null || typeof names !== "object") {
      throw new ValueError(`${operation}: names expected a record as { old: "new" }, got ${show(names)}`);
    }
    for (const [from, to] of Object.entries(names)) {
      findColumn(operation, "names", this.columns, from);
      if (typeof to !== "string" || to === "") {
        throw new ValueError(`${operation}: names expected texts as new names, got ${show(to)} for "${from}"`);
      }
    }
    const columns = this.columns.map((column) =>
      Object.hasOwn(names, column.name) ? renamed(column, names[column.name] as string) : column,
    );
    const twice = columns.find(({ name }, i) => columns.findIndex((other) => other.name === name) !== i);
    if (twice) throw new ValueError(`${operation}: names expected different ones, got "${twice.name}" twice`);
    return new Table(columns);
  }

  /**
   * The table with one more column, or with another in place of the one of that name.
   *
   * @param values one for each row, or a function of the row
   * @throws ValueError where values are of mixed kinds, ShapeError where there are too few or too many
   * @example
   * const rooms = Table.fromColumns({ rooms: [6, 8], homes: [2, 4] });
   * rooms.with("perHome", (row: { rooms: number; homes: number }) => row.rooms / row.homes).column("perHome").values; // [3, 2]
   */
  with<R extends TableRow>(
    name: string,
    values: ColumnValues | ((row: R, index: number) => Cell | boolean | undefined),
  ): Table {
    const operation = "Table.with";
    if (typeof name !== "string" || name === "") {
      throw new ValueError(`${operation}: name expected a text that is not empty, got ${show(name)}`);
    }
    const given = typeof values === "function" ? Array.from(this.rows<R>(), values) : values;
    const column = columnOf(operation, name, given);
    if (this.columns.length > 0 && column.size !== this.size) {
      throw new ShapeError(`${operation}: values expected ${this.size}, one for each row, got ${column.size}`);
    }
    const found = this.names.indexOf(name);
    return new Table(
      found < 0 ? [...this.columns, column] : this.columns.map((old, i) => (i === found ? column : old)),
    );
  }

  /**
   * The rows for which `keep` returns true. For TypeScript, say what a row holds: `(row: { age: number }) => row.age > 40`.
   *
   * @throws ValueError where it is no function
   */
  filter<R extends TableRow>(keep: (row: R, index: number) => boolean): Table {
    if (typeof keep !== "function") {
      throw new ValueError(`Table.filter: keep expected a function of a row, got ${show(keep)}`);
    }
    const kept: number[] = [];
    let i = 0;
    for (const row of this.rows<R>()) {
      if (keep(row, i)) kept.push(i);
      i++;
    }
    return this.taken(kept);
  }

  /** The rows of these numbers, in the order given. @throws ValueError for a row that is not there */
  take(indices: ArrayLike<number>): Table {
    if (indices === null || typeof indices !== "object" || !Number.isSafeInteger(indices.length)) {
      throw new ValueError(`Table.take: indices expected an array of row numbers, got ${show(indices)}`);
    }
    for (let i = 0; i < indices.length; i++) this.checkRow("Table.take", `indices[${i}]`, indices[i] as number);
    return this.taken(indices);
  }

  /** Rows `from` … `to` − 1, counted from the end where negative, as of an array. @throws ValueError for no whole numbers */
  slice(from: number, to = this.size): Table {
    checkNumber("Table.slice", "from", from, { whole: true });
    checkNumber("Table.slice", "to", to, { whole: true });
    const place = (n: number) => Math.min(this.size, Math.max(0, n < 0 ? this.size + n : n));
    const [begin, end] = [place(from), place(to)];
    return this.taken(Array.from({ length: Math.max(0, end - begin) }, (_, i) => begin + i));
  }

  /** These rows, then those of `other`, whose columns must have the same names and types. @throws ValueError where they do not */
  concat(other: Table): Table {
    if (!(other instanceof Table)) throw new ValueError(`Table.concat: other expected a Table, got ${show(other)}`);
    return new Table(joinColumns("Table.concat", this.columns, other.columns));
  }

  /** The rows in which none of the named columns (default: no column) has a missing value. @throws ValueError for an unknown name */
  dropMissing(...names: string[]): Table {
    const chosen =
      names.length === 0
        ? this.columns
        : names.map((name) => findColumn("Table.dropMissing", "names", this.columns, name));
    const missing = (column: TableColumn, i: number) =>
      column.type === "string" ? (column.codes[i] as number) < 0 : Number.isNaN(column.values[i]);
    const all = Array.from({ length: this.size }, (_, i) => i);
    return this.taken(all.filter((i) => !chosen.some((column) => missing(column, i))));
  }

  /** The rows as objects, one after the other. */
  *rows<R extends TableRow>(): Generator<R, void, undefined> {
    for (let i = 0; i < this.size; i++) yield this.rowAt(i) as R;
  }

  /** One row as an object. @throws ValueError for a row that is not there */
  row<R extends TableRow>(index: number): R {
    return this.rowAt(this.checkRow("Table.row", "index", index)) as R;
  }

  /** The first rows, default 5. @throws ValueError for no whole number ≥ 0 */
  head(count = 5): Table {
    checkNumber("Table.head", "count", count, { min: 0, whole: true });
    return this.slice(0, count);
  }

  /**
   * A row for each column: type, how many values are there, missing and different; mean, deviation (of the population), least, quartiles
   * and greatest of numbers; the most frequent text.
   *
   * @example
   * Table.fromColumns({ x: [1, 3, null] }).describe().row(0); // { column: "x", count: 2, missing: 1, mean: 2, deviation: 1 }
   */
  describe(): Table {
    return new Table(describeTable(this.columns));
  }

  /**
   * Cuts the rows into parts at random, as `split` does datasets.
   *
   * @param ratios fractions that sum to 1
   * @param options.seed default: that of `setSeed`
   * @param options.stratify a column whose values keep their share in every part
   * @param options.groups a column whose equal values stay in one part
   * @throws ValueError as `split`, or for an unknown column
   * @example
   * const table = Table.fromColumns({ x: [1, 2, 3, 4], sick: ["no", "no", "yes", "yes"] });
   * const [train, test] = table.split([0.5, 0.5], { seed: 1, stratify: "sick" });
   * test.column("sick").values; // ["no", "yes"], in some order
   */
  split<const R extends readonly number[]>(
    ratios: R,
    options: TableSplitOptions = {},
  ): { -readonly [K in keyof R]: Table } {
    const parts = splitTable("Table.split", this.columns, this.size, ratios, options);
    return parts.map((rows) => this.taken(rows)) as { -readonly [K in keyof R]: Table };
  }

  /**
   * Cuts the rows into `k` parts, each the validation table of one round, as `kFold` does datasets.
   *
   * @throws ValueError as `kFold`, or for an unknown column
   * @example
   * const folds = Table.fromColumns({ x: [1, 2, 3, 4, 5, 6] }).kFold(3, { seed: 1 });
   * folds.map(({ train, validation }) => [train.size, validation.size]); // [[4, 2], [4, 2], [4, 2]]
   */
  kFold(k: number, options: TableSplitOptions = {}): { train: Table; validation: Table }[] {
    return foldTable("Table.kFold", this.columns, this.size, k, options).map(({ train, validation }) => ({
      train: this.taken(train),
      validation: this.taken(validation),
    }));
  }

  /**
   * A dataset of number columns as they are: `x` float32 [rows, columns]. For texts, dates or missing values, see `tabular`.
   *
   * @param options.x names of the features; default all columns but `y`
   * @param options.y the column, or the columns, of the labels; default none
   * @param options.labels `"class"` (default for texts): int32 [rows], a text's place in `categories`, or the whole number ≥ 0 as it is;
   *   `"oneHot"`: float32 [rows, classes]; `"number"` (default for numbers): float32 [rows, columns]
   * @throws ValueError for a feature that is no number or missing, a label that is missing, an unknown column or option
   * @example
   * const table = Table.fromColumns({ width: [1, 2], kind: ["b", "a"] });
   * for await (const { x, y } of table.dataset({ y: "kind" })) [x.toArray(), y.item()];
   */
  dataset(options: TableDatasetOptions = {}): Dataset<Tensor, Tensor> {
    return tableDataset("Table.dataset", this.columns, this.size, options);
  }

  /** The first rows with names and types, aligned; the number of rows and columns below. */
  toString(): string {
    return showTable(this.columns, this.size, this.size <= FEW ? FEW : SHOWN);
  }

  private taken(indices: ArrayLike<number>): Table {
    return new Table(this.columns.map((column) => takeColumn(column, indices)));
  }

  private rowAt(index: number): TableRow {
    return Object.fromEntries(this.columns.map((column) => [column.name, cellOf(column, index)]));
  }

  private checkRow(operation: string, argument: string, index: number): number {
    return checkNumber(operation, argument, index, { min: 0, max: this.size - 1, whole: true });
  }
}

function checkSizes(operation: string, columns: readonly TableColumn[]): void {
  const [first] = columns;
  const other = columns.find(({ size }) => size !== first?.size);
  if (other) {
    throw new ShapeError(
      `${operation}: column "${other.name}" expected ${first?.size} values as "${first?.name}" has, got ${other.size}`,
    );
  }
}
