import type { TableColumn } from "./columns.js";
import { numericColumn, sortedColumn } from "./columns.js";

/** Takes the fields of one column as they come. */
export interface ColumnBuilder {
  /** Whether the field is of the column's type; it counts as missing where it is not. `undefined`: missing. */
  add(text: string | undefined): boolean;
  finish(): TableColumn;
}

export function numericBuilder(name: string, type: "number" | "date", parse: (text: string) => number): ColumnBuilder {
  let values = new Float64Array(1024);
  let size = 0;
  return {
    add(text) {
      if (size === values.length) {
        const wider = new Float64Array(2 * size);
        wider.set(values);
        values = wider;
      }
      const value = text === undefined ? Number.NaN : parse(text);
      values[size++] = value;
      return text === undefined || !Number.isNaN(value);
    },
    finish: () => numericColumn(name, type, values.slice(0, size)),
  };
}

/** Keeps each distinct text once. */
export function stringBuilder(name: string): ColumnBuilder {
  const found = new Map<string, number>();
  let codes = new Int32Array(1024);
  let size = 0;
  return {
    add(text) {
      if (size === codes.length) {
        const wider = new Int32Array(2 * size);
        wider.set(codes);
        codes = wider;
      }
      let code = text === undefined ? -1 : found.get(text);
      if (code === undefined) {
        code = found.size;
        found.set(text as string, code);
      }
      codes[size++] = code;
      return true;
    },
    finish: () => sortedColumn(name, codes.slice(0, size), [...found.keys()]),
  };
}
