import { type DType, newArray, type TypedArray } from "../util/dtypes.js";
import { ShapeError, ValueError } from "../util/errors.js";
import { type HostArray, hostDType } from "../util/host-array.js";
import { type Shape, sameShape, showShape, sizeOfShape } from "../util/shapes.js";
import type { Column } from "./column.js";
import { type Element, fieldNames, fieldsIn, type Layout, sameLayout, showLayout } from "./fields.js";
import type { Pass, View } from "./rows.js";

/** Rows cut to one size; the last batch may be smaller, or is dropped. */
export interface BatchRule {
  readonly size: number;
  readonly dropRemainder: boolean;
}

/** A batch outside the WASM memory: the first axis of every array is its rows. */
export interface HostBatch extends Element {
  /** Rows. */
  readonly size: number;
  /** The arrays of `x` and of `y`, in the order of `layout`. */
  readonly x: readonly HostArray[];
  readonly y: readonly HostArray[];
}

/** One pass over a dataset in batches. */
export interface Batches extends AsyncIterable<HostBatch> {
  /** Batches of this pass, Infinity where it has no end, undefined where nobody knows. */
  readonly steps: number | undefined;
  /** The same batches without waiting, where all rows are in memory. */
  readonly sync: Iterable<HostBatch> | undefined;
}

/** Two sets of arrays used in turn, so that a batch stays whole while the next one is filled; or new ones for each batch. */
export type Reuse = "alternate" | "never";

/** Batches of rows in memory: one gather each. */
export function* batchView(
  view: View,
  pass: Pass,
  rule: BatchRule,
  reuse: Reuse,
  skip = 0,
): Generator<HostBatch, void, undefined> {
  const { columns, layout } = view.store;
  const buffers = new Buffers(layout, columns, Math.min(rule.size, view.size), reuse);
  let left = skip * rule.size;
  let filled = 0;
  for (const { rows, epochs = pass.epoch } of view.order(pass)) {
    const moment = { seed: pass.seed, epochs };
    let from = Math.min(left, rows.length);
    left -= from;
    while (from < rows.length) {
      const to = Math.min(rows.length, from + rule.size - filled);
      const into = buffers.current();
      for (let c = 0; c < columns.length; c++) {
        (columns[c] as Column).gather(into[c] as TypedArray, filled, rows, from, to, moment);
      }
      filled += to - from;
      from = to;
      if (filled === rule.size) {
        yield buffers.finish(filled);
        filled = 0;
      }
    }
  }
  if (filled > 0 && !rule.dropRemainder) yield buffers.finish(filled);
}

/** Batches of rows that come one by one. @throws ShapeError where a row is shaped unlike the first. */
export async function* batchRows(
  rows: AsyncIterable<Element>,
  rule: BatchRule,
  reuse: Reuse,
  skip = 0,
): AsyncGenerator<HostBatch, void, undefined> {
  let left = skip * rule.size;
  let first: Element | undefined;
  let buffers: Buffers | undefined;
  let filled = 0;
  let row = 0;
  for await (const element of rows) {
    first ??= element;
    checkAlike("batch", first, element, row++);
    if (left > 0) {
      left--;
      continue;
    }
    buffers ??= new Buffers(first.layout, first.fields.map(fieldOf), rule.size, reuse);
    const into = buffers.current();
    element.fields.forEach((field, i) => {
      (into[i] as TypedArray).set(field.data, filled * field.data.length);
    });
    if (++filled === rule.size) {
      yield buffers.finish(filled);
      filled = 0;
    }
  }
  if (buffers && filled > 0 && !rule.dropRemainder) yield buffers.finish(filled);
}

/** How many batches `rows` make. */
export function countBatches(rows: number, { size, dropRemainder }: BatchRule): number {
  return dropRemainder ? Math.floor(rows / size) : Math.ceil(rows / size);
}

/** An element as a batch; its fields share their first axis. @throws ShapeError where they do not. */
export function asBatch({ layout, fields }: Element): HostBatch {
  const size = fields[0]?.shape[0];
  const names = fieldNames(layout);
  fields.forEach((field, i) => {
    if (field.shape[0] !== size || size === undefined) {
      throw new ShapeError(
        `Dataset: ${names[i]} of a batch expected ${size ?? "some"} rows as ${names[0]} has, got shape ${showShape(field.shape)}`,
      );
    }
  });
  return parted(layout, fields, size as number);
}

/** @throws ValueError, ShapeError where the parts or the shapes of an element are not those of the first. */
export function checkAlike(operation: string, first: Element, element: Element, row: number): void {
  if (!sameLayout(first.layout, element.layout)) {
    throw new ValueError(
      `Dataset.${operation}: row ${row} expected ${showLayout(first.layout)} as the first row, got ${showLayout(element.layout)}`,
    );
  }
  for (let i = 0; i < first.fields.length; i++) {
    const a = first.fields[i] as HostArray;
    const b = element.fields[i] as HostArray;
    if (sameShape(a.shape, b.shape) && hostDType(a) === hostDType(b)) continue;
    throw new ShapeError(
      `Dataset.${operation}: ${fieldNames(first.layout)[i]} of row ${row} expected ${hostDType(a)} ${showShape(a.shape)} as the first row, ` +
        `got ${hostDType(b)} ${showShape(b.shape)}; pad, crop or drop such rows with map or filter`,
    );
  }
}

/** What `Buffers` must know of a field. */
interface Field {
  readonly rowShape: Shape;
  readonly dtype: DType;
}

function fieldOf(row: HostArray): Field {
  return { rowShape: row.shape, dtype: hostDType(row) };
}

function parted(layout: Layout, fields: readonly HostArray[], size: number): HostBatch {
  const count = fieldsIn(layout.x);
  return { layout, fields, size, x: fields.slice(0, count), y: fields.slice(count) };
}

/** The arrays that batches are filled into. */
class Buffers {
  private readonly slots: { readonly arrays: TypedArray[]; readonly full: HostBatch }[] = [];
  private slot = 0;

  constructor(
    private readonly layout: Layout,
    private readonly fields: readonly Field[],
    private readonly size: number,
    private readonly reuse: Reuse,
  ) {}

  /** The arrays to fill now. */
  current(): readonly TypedArray[] {
    return (this.slots[this.slot] ??= this.makeSlot()).arrays;
  }

  /** The filled arrays as a batch of `rows`; the next ones become current. */
  finish(rows: number): HostBatch {
    const { arrays, full } = this.slots[this.slot] as (typeof this.slots)[number];
    if (this.reuse === "never") this.slots.length = 0;
    else this.slot = 1 - this.slot;
    return rows === this.size ? full : this.batchOf(arrays, rows);
  }

  private makeSlot() {
    const arrays = this.fields.map(({ rowShape, dtype }) => newArray(dtype, this.size * sizeOfShape(rowShape)));
    return { arrays, full: this.batchOf(arrays, this.size) };
  }

  private batchOf(arrays: readonly TypedArray[], rows: number): HostBatch {
    const hosts = this.fields.map(({ rowShape, dtype }, i) => ({
      data: (arrays[i] as TypedArray).subarray(0, rows * sizeOfShape(rowShape)),
      shape: [rows, ...rowShape],
      dtype,
    }));
    return parted(this.layout, hosts, rows);
  }
}
