import { checkNumber, show } from "../util/check.js";
import { ShapeError, ValueError } from "../util/errors.js";
import { type HostArray, rowsOf } from "../util/host-array.js";
import { showShape } from "../util/shapes.js";
import { type DataArray, type Several, toHost, unpack } from "./arrays.js";
import { arrayColumn, type Column, scaledColumn } from "./column.js";
import { fieldNames } from "./fields.js";
import type { RowStore } from "./rows.js";

/** Bytes that are kept as they are and become float32, times `scale`, batch by batch. */
export interface ScaledBytes extends HostArray {
  readonly data: Uint8Array;
  readonly scale: number;
}

/** What `fromArrays` takes for `x` and for `y`. */
export type Arrays = Several<DataArray | ScaledBytes>;

/** The store of a user's arrays. */
export function storeOf(operation: string, x: Arrays, y: Arrays | undefined): RowStore {
  const [xArrangement, xs] = unpack(operation, "x", x);
  const [yArrangement, ys] = y === undefined ? [undefined, []] : unpack(operation, "y", y);
  const layout = { x: xArrangement, y: yArrangement };
  const names = fieldNames(layout);
  const columns = [...xs, ...ys].map((each, i) => columnOf(operation, names[i] as string, each));
  const rows = (columns[0] as Column).rows;
  columns.forEach((column, i) => {
    if (column.rows !== rows) {
      throw new ShapeError(
        `${operation}: ${names[i]} expected ${rows} rows as ${names[0]} has, got ${column.rows}; give one for each row`,
      );
    }
  });
  return { layout, columns, rows };
}

function columnOf(operation: string, name: string, value: unknown): Column {
  const host = toHost(operation, name, value);
  if (host.shape.length === 0) {
    throw new ShapeError(
      `${operation}: ${name} expected rows along its first axis, got a single number; put it into an array`,
    );
  }
  if (rowsOf(host) === 0) {
    throw new ShapeError(
      `${operation}: ${name} expected at least one row, got shape ${showShape(host.shape)}; check how it was loaded`,
    );
  }
  const { scale } = host as Partial<ScaledBytes>;
  if (scale === undefined) return arrayColumn(host);
  if (!(host.data instanceof Uint8Array)) {
    throw new ValueError(
      `${operation}: ${name}.data expected a Uint8Array beside scale, got ${show(host.data)}; leave scale out`,
    );
  }
  return scaledColumn(host, checkNumber(operation, `${name}.scale`, scale));
}
