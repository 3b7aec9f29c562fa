import { show } from "../../util/check.js";
import { ValueError } from "../../util/errors.js";

/** What the values of a column are. */
export type ColumnType = "number" | "string" | "date";

export const COLUMN_TYPES: readonly ColumnType[] = ["number", "string", "date"];

interface ColumnBase {
  readonly name: string;
  readonly size: number;
  /** How many values are missing. */
  readonly missing: number;
}

export interface NumberColumn extends ColumnBase {
  readonly type: "number";
  /** NaN where missing. */
  readonly values: Float64Array;
}

export interface DateColumn extends ColumnBase {
  readonly type: "date";
  /** Milliseconds since 1970-01-01 UTC, as in `Date`; NaN where missing. */
  readonly values: Float64Array;
}

export interface StringColumn extends ColumnBase {
  readonly type: "string";
  /** null where missing. */
  readonly values: readonly (string | null)[];
  /** The distinct values, sorted. Parts of a table keep those of the whole, so that class numbers agree. */
  readonly categories: readonly string[];
  /** The place of each value in `categories`, −1 where missing. */
  readonly codes: Int32Array;
}

/** One column of a `Table`. */
export type TableColumn = NumberColumn | DateColumn | StringColumn;

/** One value of a table: NaN is a missing number, null a missing text or date. */
export type Cell = number | string | Date | null;

/** One row of a table. */
export type TableRow = Readonly<Record<string, Cell>>;

/** What makes a column: numbers, texts, dates or booleans (1 and 0); null, undefined or NaN where a value is missing. */
export type ColumnValues = ArrayLike<number | string | boolean | Date | null | undefined>;

export function numericColumn(name: string, type: "number" | "date", values: Float64Array): NumberColumn | DateColumn {
  return { name, type, values, size: values.length, missing: values.reduce((n, v) => n + Number(Number.isNaN(v)), 0) };
}

/** @param categories sorted */
export function stringColumn(name: string, codes: Int32Array, categories: readonly string[]): StringColumn {
  let values: readonly (string | null)[] | undefined;
  return {
    name,
    type: "string",
    size: codes.length,
    missing: codes.reduce((n, code) => n + Number(code < 0), 0),
    categories,
    codes,
    get values() {
      values ??= Array.from(codes, (code) => categories[code] ?? null);
      return values;
    },
  };
}

/** Texts by codes in the order of their first appearance → sorted categories. */
export function sortedColumn(name: string, codes: Int32Array, found: readonly string[]): StringColumn {
  const categories = [...found].sort();
  const rank = new Map(categories.map((category, i) => [category, i]));
  const places = found.map((category) => rank.get(category) as number);
  return stringColumn(
    name,
    codes.map((code) => places[code] ?? -1),
    categories,
  );
}

/** The rows `indices` of a column. */
export function takeColumn(column: TableColumn, indices: ArrayLike<number>): TableColumn {
  const { name, type } = column;
  if (type === "string") {
    return stringColumn(
      name,
      Int32Array.from(indices, (i) => column.codes[i] as number),
      column.categories,
    );
  }
  return numericColumn(
    name,
    type,
    Float64Array.from(indices, (i) => column.values[i] as number),
  );
}

export function renamed(column: TableColumn, name: string): TableColumn {
  return column.type === "string"
    ? stringColumn(name, column.codes, column.categories)
    : numericColumn(name, column.type, column.values);
}

export function cellOf(column: TableColumn, row: number): Cell {
  if (column.type === "string") return column.categories[column.codes[row] as number] ?? null;
  const value = column.values[row] as number;
  if (column.type === "number") return value;
  return Number.isNaN(value) ? null : new Date(value);
}

/** A value as people read it; empty where missing. */
export function cellText(cell: Cell): string {
  if (cell === null || Number.isNaN(cell)) return "";
  if (!(cell instanceof Date)) return String(cell);
  const text = cell.toISOString();
  return text.endsWith("T00:00:00.000Z") ? text.slice(0, 10) : text.replace(/\.000Z$/, "Z");
}

/**
 * A column of a user's values. Where all are missing it has numbers.
 *
 * @throws ValueError that names the row where a value is of another kind than those before it
 */
export function columnOf(operation: string, name: string, values: unknown): TableColumn {
  const length = (values as ArrayLike<unknown> | null | undefined)?.length;
  if (values === null || typeof values !== "object" || !Number.isSafeInteger(length)) {
    throw new ValueError(
      `${operation}: column "${name}" expected an array of numbers, texts or dates, got ${show(values)}`,
    );
  }
  const cells = Array.from(values as ArrayLike<unknown>);
  const type = cells.map(typeOfCell).find((each) => each !== "missing") ?? "number";
  cells.forEach((cell, row) => {
    const got = typeOfCell(cell);
    if (got === type || got === "missing") return;
    throw new ValueError(
      `${operation}: column "${name}" expected ${type === undefined ? "numbers, texts or dates" : `a ${type} as in the rows before`}, got ${show(cell)} in row ${row}; null stands for a missing value`,
    );
  });
  if (type !== "string") {
    return numericColumn(
      name,
      type as "number" | "date",
      Float64Array.from(cells, (cell) => (cell === null || cell === undefined ? Number.NaN : Number(cell))),
    );
  }
  const found = new Map<string, number>();
  const codes = Int32Array.from(cells, (cell) => {
    if (typeof cell !== "string") return -1;
    const known = found.get(cell);
    if (known !== undefined) return known;
    found.set(cell, found.size);
    return found.size - 1;
  });
  return sortedColumn(name, codes, [...found.keys()]);
}

/** undefined for what no column holds. */
function typeOfCell(cell: unknown): ColumnType | "missing" | undefined {
  if (cell === null || cell === undefined) return "missing";
  if (typeof cell === "number") return Number.isNaN(cell) ? "missing" : "number";
  if (typeof cell === "boolean") return "number";
  if (typeof cell === "string") return "string";
  return cell instanceof Date ? "date" : undefined;
}
