import { show } from "../util/check.js";
import { newArray } from "../util/dtypes.js";
import { ShapeError, ValueError } from "../util/errors.js";
import { showShape, sizeOfShape } from "../util/shapes.js";
import { fieldsIn } from "./fields.js";
import type { View } from "./rows.js";

/** The classes of `y`, by the order in which they appear, and that of each row. */
export function classesIn(operation: string, { store }: View, rows: Int32Array, nameOf: (label: number) => string) {
  const { layout } = store;
  if (layout.y !== "one") {
    const got = layout.y === undefined ? "none" : `${fieldsIn(layout.y)} arrays`;
    throw new ValueError(
      `${operation}: stratify expected labels as one array y, got ${got}; give Dataset.fromArrays a y, or leave stratify out`,
    );
  }
  const column = store.columns[fieldsIn(layout.x)] as (typeof store.columns)[number];
  const width = sizeOfShape(column.rowShape);
  if (column.rowShape.length > 1 || width === 0) {
    throw new ShapeError(
      `${operation}: stratify expected y of class numbers or one-hot rows, got rows of shape ${showShape(column.rowShape)}`,
    );
  }
  const CHUNK = 4096;
  const values = newArray(column.dtype, CHUNK * width);
  const numbers = new Map<number, number>();
  const classes: { name: string; count: number }[] = [];
  const classOf = new Uint32Array(rows.length);
  for (let start = 0; start < rows.length; start += CHUNK) {
    const end = Math.min(rows.length, start + CHUNK);
    column.gather(values, 0, rows, start, end, { seed: undefined, epochs: 0 });
    for (let i = start; i < end; i++) {
      const at = (i - start) * width;
      const label = width === 1 ? (values[at] as number) : hotIn(values.subarray(at, at + width));
      if (!Number.isInteger(label)) {
        const got =
          width === 1
            ? String(label)
            : `[${Array.from(values.subarray(at, at + Math.min(width, 8))).join(", ")}${width > 8 ? ", …" : ""}]`;
        throw new ValueError(
          `${operation}: stratify expected y of whole class numbers or rows with a single 1, got ${got} in row ${i}; leave stratify out for other targets`,
        );
      }
      let number = numbers.get(label);
      if (number === undefined) {
        number = classes.length;
        numbers.set(label, number);
        classes.push({ name: nameOf(label), count: 0 });
      }
      (classes[number] as { count: number }).count++;
      classOf[i] = number;
    }
  }
  return { classes, classOf };
}

/** Where a one-hot row has its 1; NaN where it is none. */
function hotIn(row: ArrayLike<number>): number {
  let hot = Number.NaN;
  for (let j = 0; j < row.length; j++) {
    if (row[j] === 0) continue;
    if (row[j] !== 1 || !Number.isNaN(hot)) return Number.NaN;
    hot = j;
  }
  return hot;
}

/** The groups, by the order in which they appear, and that of each row. */
export function groupsIn(operation: string, keys: ArrayLike<unknown>, rows: number) {
  if (keys.length !== rows) {
    throw new ValueError(`${operation}: groups expected ${rows} keys, one for each row, got ${keys.length}`);
  }
  const numbers = new Map<unknown, number>();
  const counts: number[] = [];
  const groupOf = new Uint32Array(rows);
  for (let i = 0; i < rows; i++) {
    const key = keys[i];
    if (!["string", "number", "bigint"].includes(typeof key) || Number.isNaN(key)) {
      throw new ValueError(
        `${operation}: groups expected a string or a number for each row, got ${show(key)} in row ${i}; give such a row a key of its own`,
      );
    }
    let number = numbers.get(key);
    if (number === undefined) {
      number = counts.length;
      numbers.set(key, number);
      counts.push(0);
    }
    (counts[number] as number)++;
    groupOf[i] = number;
  }
  return { counts, groupOf };
}
