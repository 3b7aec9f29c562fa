import { permutation } from "../tensor/random.js";
import { ShapeError, ValueError } from "../util/errors.js";
import { sameShape, showShape } from "../util/shapes.js";
import { type Column, joinedColumn } from "./column.js";
import { fieldNames, type Layout, sameLayout, showLayout } from "./fields.js";
import { shuffleStreamOf } from "./shuffle.js";

/** What a pass over a dataset depends on. */
export interface Pass {
  readonly epoch: number;
  /** For shuffles that have no seed of their own; undefined: the library's. */
  readonly seed: number | undefined;
}

/** All rows, column by column. */
export interface Table {
  readonly layout: Layout;
  readonly columns: readonly Column[];
  readonly rows: number;
}

/**
 * Rows in memory and the order in which a pass takes them. Shuffling, taking, skipping, joining and repeating change the order alone:
 * no row is copied before its batch is gathered.
 */
export interface View {
  readonly table: Table;
  /** Rows of one pass; Infinity where it repeats without end. */
  readonly size: number;
  /** Row numbers in their order, in runs of any length. */
  order(pass: Pass): Iterable<Int32Array>;
}

export function tableView(table: Table): View {
  return {
    table,
    size: table.rows,
    *order() {
      yield Int32Array.from({ length: table.rows }, (_, i) => i);
    },
  };
}

/** A permutation of all rows, another one each epoch. `level` tells shuffles of one dataset apart. */
export function shuffleView(view: View, seed: number | undefined, level: number): View {
  return {
    ...view,
    *order(pass) {
      const order = joinRuns(view.order(pass), view.size);
      const places = permutation(order.length, shuffleStreamOf(seed ?? pass.seed, level), pass.epoch);
      yield order.map((_, i) => order[places[i] as number] as number);
    },
  };
}

export function takeView(view: View, count: number): View {
  return {
    table: view.table,
    size: Math.min(count, view.size),
    *order(pass) {
      let left = count;
      if (left === 0) return;
      for (const run of view.order(pass)) {
        yield run.subarray(0, left);
        left -= Math.min(left, run.length);
        if (left === 0) return;
      }
    },
  };
}

export function skipView(view: View, count: number): View {
  return {
    table: view.table,
    size: Math.max(0, view.size - count),
    *order(pass) {
      let left = count;
      for (const run of view.order(pass)) {
        if (run.length > left) yield run.subarray(left);
        left -= Math.min(left, run.length);
      }
    },
  };
}

/** Passes one after the other, each shuffled anew. */
export function repeatView(view: View, count: number): View {
  return {
    table: view.table,
    size: view.size === 0 ? 0 : view.size * count,
    *order(pass) {
      if (view.size === 0) return;
      for (let i = 0; i < count; i++) yield* view.order({ ...pass, epoch: epochWithin(pass.epoch, i, count) });
    },
  };
}

/** Passes of an endless dataset before two epochs share one. */
const ENDLESS_PASSES = 2 ** 20;

/** The epoch that the `pass`-th repetition within an epoch counts as. */
export function epochWithin(epoch: number, pass: number, count: number): number {
  return epoch * Math.min(count, ENDLESS_PASSES) + pass;
}

export function concatViews(first: View, second: View): View {
  const offset = first.table.rows;
  return {
    table: joinTables(first.table, second.table),
    size: first.size + second.size,
    *order(pass) {
      yield* first.order(pass);
      for (const run of second.order(pass)) yield run.map((row) => row + offset);
    },
  };
}

function joinTables(first: Table, second: Table): Table {
  if (first.rows === 0) return second;
  if (second.rows === 0) return first;
  if (!sameLayout(first.layout, second.layout)) {
    throw new ValueError(
      `Dataset.concat: other expected ${showLayout(first.layout)}, got ${showLayout(second.layout)}; bring both into one form with map`,
    );
  }
  const names = fieldNames(first.layout);
  const columns = first.columns.map((a, i) => {
    const b = second.columns[i] as Column;
    if (!sameShape(a.rowShape, b.rowShape) || a.dtype !== b.dtype) {
      throw new ShapeError(
        `Dataset.concat: ${names[i]} expected rows of ${a.dtype} ${showShape(a.rowShape)}, got ${b.dtype} ${showShape(b.rowShape)}; ` +
          "bring both into one form with map",
      );
    }
    return joinedColumn(a, b);
  });
  return { layout: first.layout, columns, rows: first.rows + second.rows };
}

export function joinRuns(runs: Iterable<Int32Array>, size: number): Int32Array {
  const out = new Int32Array(size);
  let at = 0;
  for (const run of runs) {
    out.set(run, at);
    at += run.length;
  }
  return out;
}
