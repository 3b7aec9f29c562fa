import { ValueError } from "../../util/errors.js";
import type { TableColumn } from "./columns.js";

/** Turns one column into features. */
export interface Encoder {
  /** The name of each feature. */
  readonly features: readonly string[];
  /** Writes the features of row i to `out` from `at + i · stride` on. @throws ValueError for a value that it cannot take */
  write(column: TableColumn, out: Float32Array, at: number, stride: number): void;
}

/** @throws ValueError where a column of numbers or dates has another type; one without any value may have any. */
export function checkType(operation: string, column: TableColumn, type: "number" | "date"): void {
  if (column.type === type || column.missing === column.size) return;
  throw new ValueError(
    `${operation}: column "${column.name}" expected ${type}s as in the training rows, got ${column.type}s; declare its type when reading`,
  );
}

/** The values of a column of numbers or dates; NaN throughout where it has none. */
export function valuesOf(column: TableColumn): Float64Array {
  return column.type === "string" ? new Float64Array(column.size).fill(Number.NaN) : column.values;
}
