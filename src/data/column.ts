import { type DType, newArray, type TypedArray } from "../util/dtypes.js";
import { type HostArray, hostDType, rowShapeOf, rowsOf } from "../util/host-array.js";
import { type Shape, sizeOfShape } from "../util/shapes.js";

/** The pass that rows are gathered for: what changes from epoch to epoch is drawn by it. */
export interface Moment {
  readonly seed: number | undefined;
  /** Of all rows, or of each in the order's places. */
  readonly epochs: number | Float64Array;
}

/** The epoch of the row in place `i` of an order. */
export function epochAt({ epochs }: Moment, i: number): number {
  return typeof epochs === "object" ? (epochs[i] as number) : epochs;
}

/** One field of all rows, wherever its numbers come from. */
export interface Column {
  readonly rows: number;
  readonly rowShape: Shape;
  readonly dtype: DType;
  /** Writes rows `order[from]` … `order[to − 1]` to `out`, the first one as its row `at`. */
  gather(out: TypedArray, at: number, order: Int32Array, from: number, to: number, moment: Moment): void;
}

/** Rows of an array as they are. */
export function arrayColumn(array: HostArray): Column {
  const rowShape = rowShapeOf(array);
  const size = sizeOfShape(rowShape);
  const { data } = array;
  const rows = rowsOf(array);
  let views: (TypedArray | undefined)[] | undefined;
  const viewOf = (row: number): TypedArray => {
    if (rows > MOST_VIEWS) return data.subarray(row * size, (row + 1) * size);
    views ??= new Array(rows);
    let view = views[row];
    if (!view) views[row] = view = data.subarray(row * size, (row + 1) * size);
    return view;
  };
  return {
    rows,
    rowShape,
    dtype: hostDType(array),
    gather(out, at, order, from, to) {
      for (let i = from; i < to; i++) {
        const target = (at + i - from) * size;
        const row = order[i] as number;
        if (size > SHORT_ROW) out.set(viewOf(row), target);
        else copyRow(out, target, data, row * size, size);
      }
    },
  };
}

/** Above this, the call that copies memory pays for the view that it needs (measured). */
const SHORT_ROW = 64;

/** Views are kept of so many rows, some 7 MB, so that an epoch makes no garbage. */
const MOST_VIEWS = 65536;

/** Four at once: half as long as one by one. */
function copyRow(out: TypedArray, to: number, data: TypedArray, from: number, size: number): void {
  let j = 0;
  for (; j + 4 <= size; j += 4) {
    out[to + j] = data[from + j] as number;
    out[to + j + 1] = data[from + j + 1] as number;
    out[to + j + 2] = data[from + j + 2] as number;
    out[to + j + 3] = data[from + j + 3] as number;
  }
  for (; j < size; j++) out[to + j] = data[from + j] as number;
}

/** Bytes that become float32, each times `scale`, as they are gathered: images keep a quarter of the memory. */
export function scaledColumn(bytes: HostArray, scale: number): Column {
  const rowShape = rowShapeOf(bytes);
  const size = sizeOfShape(rowShape);
  const data = bytes.data as Uint8Array;
  return {
    rows: rowsOf(bytes),
    rowShape,
    dtype: "float32",
    gather: (out, at, order, from, to) => gatherScaled(out as Float32Array, at, data, size, scale, order, from, to),
  };
}

/** A function of its own, so that its loop sees these two array types and no others. */
function gatherScaled(
  out: Float32Array,
  at: number,
  data: Uint8Array,
  size: number,
  scale: number,
  order: Int32Array,
  from: number,
  to: number,
): void {
  for (let i = from; i < to; i++) {
    const source = (order[i] as number) * size;
    const target = (at + i - from) * size;
    for (let j = 0; j < size; j++) out[target + j] = (data[source + j] as number) * scale;
  }
}

/** A column whose rows pass through `apply`, which writes `values` (rows of the inner column) to `out` in another dtype. */
export function mappedColumn(
  inner: Column,
  dtype: DType,
  apply: (out: TypedArray, offset: number, values: TypedArray) => void,
): Column {
  const size = sizeOfShape(inner.rowShape);
  let scratch = newArray(inner.dtype, 0);
  return {
    rows: inner.rows,
    rowShape: inner.rowShape,
    dtype,
    gather(out, at, order, from, to, moment) {
      const length = (to - from) * size;
      if (scratch.length < length) scratch = newArray(inner.dtype, length);
      inner.gather(scratch, 0, order, from, to, moment);
      apply(out, at * size, scratch.subarray(0, length));
    },
  };
}

/** The rows of `first`, then those of `second`. */
export function joinedColumn(first: Column, second: Column): Column {
  const { rows } = first;
  const one = new Int32Array(1);
  return {
    rows: rows + second.rows,
    rowShape: first.rowShape,
    dtype: first.dtype,
    gather(out, at, order, from, to, moment) {
      for (let i = from; i < to; i++) {
        const row = order[i] as number;
        if (row < rows) first.gather(out, at + i - from, order, i, i + 1, moment);
        else {
          one[0] = row - rows;
          second.gather(out, at + i - from, one, 0, 1, { ...moment, epochs: epochAt(moment, i) });
        }
      }
    },
  };
}
