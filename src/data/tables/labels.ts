import { ValueError } from "../../util/errors.js";
import type { HostArray } from "../../util/host-array.js";
import { oneHot } from "../one-hot.js";
import { cellText, type TableColumn } from "./columns.js";

/** What becomes of the column of labels. */
export type Labels = "number" | "class" | "oneHot";

export const LABELS: readonly Labels[] = ["number", "class", "oneHot"];

/** How the values of a column are counted in errors: `2 of 150 rows (first in row 7)`. */
export function countRows(bad: (row: number) => boolean, size: number): string | undefined {
  let count = 0;
  let first = -1;
  for (let i = 0; i < size; i++) {
    if (!bad(i)) continue;
    if (count++ === 0) first = i;
  }
  return count === 0 ? undefined : `${count} of ${size} rows (first in row ${first})`;
}

/** @throws ValueError where a label is missing */
export function checkLabelled(operation: string, column: TableColumn): void {
  const missing = (i: number) =>
    column.type === "string" ? (column.codes[i] as number) < 0 : Number.isNaN(column.values[i]);
  const got = countRows(missing, column.size);
  if (got !== undefined) {
    throw new ValueError(
      `${operation}: y expected a value in every row of "${column.name}", got none in ${got}; dropMissing("${column.name}") leaves them out`,
    );
  }
}

/** Columns side by side, float32 [rows, columns]. @throws ValueError where a value is no number, missing or infinite */
export function numberLabels(operation: string, columns: readonly TableColumn[]): HostArray {
  const rows = columns[0]?.size ?? 0;
  const data = new Float32Array(rows * columns.length);
  columns.forEach((column, j) => {
    if (column.type !== "number") {
      throw new ValueError(
        `${operation}: y expected numbers in "${column.name}", got ${column.type}s; pass labels: "class" or "oneHot"`,
      );
    }
    checkLabelled(operation, column);
    const infinite = countRows((i) => !Number.isFinite(column.values[i]), rows);
    if (infinite !== undefined) {
      throw new ValueError(
        `${operation}: y expected finite numbers in "${column.name}", got infinite ones in ${infinite}`,
      );
    }
    column.values.forEach((value, i) => {
      data[i * columns.length + j] = value;
    });
  });
  return { data, shape: [rows, columns.length] };
}

/** The classes of a column as texts: sorted, numbers by their size. */
export function classesIn(column: TableColumn): string[] {
  if (column.type === "string") {
    const used = new Set(column.codes);
    return column.categories.filter((_, code) => used.has(code));
  }
  const distinct = [...new Set(column.values)].filter((v) => !Number.isNaN(v)).sort((a, b) => a - b);
  return distinct.map((v) => cellText(column.type === "number" ? v : new Date(v)));
}

/** The class number of each row. @throws ValueError where one is missing or none of `classes` */
export function classNumbers(operation: string, column: TableColumn, classes: readonly string[]): Int32Array {
  checkLabelled(operation, column);
  const place = new Map(classes.map((name, i) => [name, i]));
  const numberOf = (text: string, row: number): number => {
    const found = place.get(text);
    if (found !== undefined) return found;
    throw new ValueError(
      `${operation}: y expected one of the classes ${classes.slice(0, 20).join(", ")} in "${column.name}", got "${text}" in row ${row}; ` +
        "fit on rows of every class, or correct its spelling",
    );
  };
  if (column.type !== "string") {
    return Int32Array.from(column.values, (v, row) =>
      numberOf(cellText(column.type === "number" ? v : new Date(v)), row),
    );
  }
  return column.codes.map((code, row) => numberOf(column.categories[code] as string, row));
}

/** Class numbers as they are wanted. */
export function arrange(numbers: Int32Array, classes: number, labels: Labels): Int32Array | HostArray {
  return labels === "oneHot" ? oneHot(numbers, classes) : numbers;
}
