import type { Stream } from "../tensor/random.js";
import { newArray, type TypedArray } from "../util/dtypes.js";
import { ValueError } from "../util/errors.js";
import { type HostArray, hostDType } from "../util/host-array.js";
import { checkAlike } from "./batches.js";
import { arrayColumn, type Column, type Moment } from "./column.js";
import type { Element } from "./fields.js";
import { epochWithin, type Pass, type RowStore, type View } from "./rows.js";
import { Words } from "./words.js";

/** Elements (rows or batches) that come one by one; each pass opens it anew. */
export type Open = (pass: Pass) => AsyncIterable<Element>;

type Elements = AsyncGenerator<Element, void, undefined>;

/** Rows in memory, one by one. */
export function* rowElements(view: View, pass: Pass): Generator<Element, void, undefined> {
  const { columns, layout } = view.store;
  for (const { rows, epochs = pass.epoch } of view.order(pass)) {
    const moment = { seed: pass.seed, epochs };
    for (let i = 0; i < rows.length; i++) yield { layout, fields: columns.map((each) => rowOf(each, rows, i, moment)) };
  }
}

function rowOf(column: Column, order: Int32Array, i: number, moment: Moment): HostArray {
  const { rowShape, dtype } = column;
  const data = newArray(
    dtype,
    rowShape.reduce((size, n) => size * n, 1),
  );
  column.gather(data, 0, order, i, i + 1, moment);
  return { data, shape: rowShape, dtype };
}

export async function* mapStream(from: AsyncIterable<Element>, fn: (element: Element, i: number) => Element): Elements {
  let i = 0;
  for await (const element of from) yield fn(element, i++);
}

export async function* filterStream(from: AsyncIterable<Element>, keep: (element: Element) => boolean): Elements {
  for await (const element of from) if (keep(element)) yield element;
}

/** A buffer of `size` elements; each one that leaves is drawn from it, and the next that comes takes its place. */
export async function* shuffleStream(from: AsyncIterable<Element>, size: number, stream: Stream, pass: Pass): Elements {
  const words = new Words(stream, pass.epoch);
  const buffer: Element[] = [];
  for await (const element of from) {
    if (buffer.length < size) {
      buffer.push(element);
      continue;
    }
    const i = words.below(size);
    const out = buffer[i] as Element;
    buffer[i] = element;
    yield out;
  }
  while (buffer.length > 0) {
    const i = words.below(buffer.length);
    const out = buffer[i] as Element;
    const last = buffer.pop() as Element;
    if (i < buffer.length) buffer[i] = last;
    yield out;
  }
}

export async function* takeStream(from: AsyncIterable<Element>, count: number): Elements {
  if (count === 0) return;
  let taken = 0;
  for await (const element of from) {
    yield element;
    if (++taken === count) return;
  }
}

export async function* skipStream(from: AsyncIterable<Element>, count: number): Elements {
  let skipped = 0;
  for await (const element of from) if (skipped++ >= count) yield element;
}

export async function* concatStreams(first: AsyncIterable<Element>, second: AsyncIterable<Element>): Elements {
  yield* first;
  yield* second;
}

/** Passes one after the other. @throws ValueError where an endless repetition meets an empty pass. */
export async function* repeatStream(open: Open, count: number, pass: Pass): Elements {
  for (let i = 0; i < count; i++) {
    let empty = true;
    for await (const element of open({ ...pass, epoch: epochWithin(pass.epoch, i, count) })) {
      empty = false;
      yield element;
    }
    if (empty && count === Infinity) {
      throw new ValueError("Dataset.repeat: dataset expected at least one row to repeat without end, got none");
    }
  }
}

/** Asks for up to `count` elements ahead of the one in use. */
export async function* prefetchStream(from: AsyncIterable<Element>, count: number): Elements {
  const source = from[Symbol.asyncIterator]();
  const waiting: Promise<IteratorResult<Element>>[] = [];
  try {
    for (;;) {
      while (waiting.length <= count) {
        const next = source.next();
        next.catch(() => undefined); // it is reported when its turn comes, not before
        waiting.push(next);
      }
      const result = await (waiting.shift() as Promise<IteratorResult<Element>>);
      if (result.done) return;
      yield result.value;
    }
  } finally {
    await source.return?.();
  }
}

/** Reads a stream of rows to its end, column by column. */
export async function collect(rows: AsyncIterable<Element>): Promise<RowStore> {
  let first: Element | undefined;
  let columns: GrowingColumn[] = [];
  let count = 0;
  for await (const element of rows) {
    if (!first) {
      first = element;
      columns = element.fields.map((field) => new GrowingColumn(field));
    }
    checkAlike("cache", first, element, count++);
    element.fields.forEach((field, i) => {
      (columns[i] as GrowingColumn).push(field.data);
    });
  }
  if (!first) return { layout: { x: "one", y: undefined }, columns: [], rows: 0 };
  return { layout: first.layout, columns: columns.map((column) => column.finish(count)), rows: count };
}

/** A column that doubles its room as rows come. */
class GrowingColumn {
  private data: TypedArray;
  private length = 0;

  constructor(private readonly row: HostArray) {
    this.data = newArray(hostDType(row), row.data.length * 64);
  }

  push(row: TypedArray): void {
    if (this.length + row.length > this.data.length) {
      const larger = newArray(hostDType(this.row), this.data.length * 2);
      larger.set(this.data);
      this.data = larger;
    }
    this.data.set(row, this.length);
    this.length += row.length;
  }

  finish(rows: number): Column {
    return arrayColumn({
      data: this.data.slice(0, this.length),
      shape: [rows, ...this.row.shape],
      dtype: hostDType(this.row),
    });
  }
}
