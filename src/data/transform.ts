import { type DType, newArray, type TypedArray } from "../util/dtypes.js";
import { ShapeError, ValueError } from "../util/errors.js";
import { type HostArray, hostDType } from "../util/host-array.js";
import { type Shape, sameShape, showShape } from "../util/shapes.js";
import { type Column, mappedColumn } from "./column.js";
import { Dataset, type Tensors } from "./dataset.js";
import type { Element, Layout } from "./fields.js";
import type { View } from "./rows.js";
import { deriveRows } from "./source.js";
import { mapStream } from "./stream.js";

/** A function of each element of `x` (its rows all of one shape), in one pass over plain arrays. */
export interface RowTransform {
  readonly operation: string;
  /** The shape of a row, before and after. */
  readonly shape: Shape;
  dtype(from: DType): DType;
  /** Writes what becomes of whole rows to `out` from `offset` on. */
  apply(out: TypedArray, offset: number, rows: TypedArray): void;
}

/** The dataset with `x` passed through a transform: as a batch is gathered where rows are in memory. */
export function transformDataset<X extends Tensors, Y extends Tensors | undefined>(
  dataset: Dataset<X, Y>,
  transform: RowTransform,
): Dataset<X, Y> {
  const { source } = dataset;
  if (source.kind === "rows") {
    const rows = deriveRows(source, source.extent, (view) => transformView(view, transform));
    rows.view(); // so that rows in memory that do not fit are found here and now
    return new Dataset(rows);
  }
  const batched = source.batch !== undefined;
  const open: typeof source.open = (pass) =>
    mapStream(source.open(pass), (element) => transformElement(element, batched, transform));
  return new Dataset({ ...source, open });
}

/** An array of rows passed through a transform. */
export function transformArray(array: HostArray, transform: RowTransform): HostArray {
  checkRow(transform, array.shape.slice(1));
  return transformed(array, transform);
}

function transformView(view: View, transform: RowTransform): View {
  const [x, ...others] = view.store.columns as [Column, ...Column[]];
  if (!x) return view;
  checkLayout(transform, view.store.layout);
  checkRow(transform, x.rowShape);
  const column = mappedColumn(x, transform.dtype(x.dtype), transform.apply);
  return { ...view, store: { ...view.store, columns: [column, ...others] } };
}

function transformElement(element: Element, batched: boolean, transform: RowTransform): Element {
  const [x, ...others] = element.fields as [HostArray, ...HostArray[]];
  checkLayout(transform, element.layout);
  checkRow(transform, batched ? x.shape.slice(1) : x.shape);
  return { layout: element.layout, fields: [transformed(x, transform), ...others] };
}

function transformed(array: HostArray, { dtype, apply }: RowTransform): HostArray {
  const type = dtype(hostDType(array));
  const data = newArray(type, array.data.length);
  apply(data, 0, array.data);
  return { data, shape: array.shape, dtype: type };
}

/** @throws ValueError where `x` is several arrays. */
export function checkLayout({ operation }: { operation: string }, layout: Layout): void {
  if (layout.x === "one") return;
  throw new ValueError(
    `${operation}: dataset expected one array in x, got several; normalise each array before Dataset.fromArrays joins them`,
  );
}

function checkRow({ operation, shape }: RowTransform, got: Shape): void {
  if (sameShape(shape, got)) return;
  throw new ShapeError(
    `${operation}: data expected rows of shape ${showShape(shape)} as it was fitted on, got ${showShape(got)}`,
  );
}
