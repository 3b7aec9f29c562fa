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

/** Row numbers in the order of a pass. */
export interface Run {
  readonly rows: Int32Array;
  /** The epoch of all, or of each, where a pass repeats rows; absent: that of the pass. */
  readonly epochs?: number | Float64Array | undefined;
}

/** All rows, column by column. */
export interface RowStore {
  readonly layout: Layout;
  readonly columns: readonly Column[];
  readonly rows: number;
}

/**
 * Rows in memory and the order in which a pass takes them. Shuffling, taking, skipping, joining and repeating change the order alone:
 * no row is copied before its batch is gathered.
 */
export interface View {
  readonly store: RowStore;
  /** Rows of one pass; Infinity where it repeats without end. */
  readonly size: number;
  /** Row numbers in their order, in runs of any length. */
  order(pass: Pass): Iterable<Run>;
}

export function storeView(store: RowStore): View {
  return {
    store,
    size: store.rows,
    *order() {
      yield { rows: Int32Array.from({ length: store.rows }, (_, i) => i) };
    },
  };
}

/** A permutation of all rows, another one each epoch. `level` tells shuffles of one dataset apart. */
export function shuffleView(view: View, seed: number | undefined, level: number): View {
  return {
    ...view,
    *order(pass) {
      const { rows, epochs } = joinRuns(view.order(pass), view.size, pass);
      const places = permutation(rows.length, shuffleStreamOf(seed ?? pass.seed, level), pass.epoch);
      yield {
        rows: rows.map((_, i) => rows[places[i] as number] as number),
        epochs: typeof epochs === "object" ? epochs.map((_, i) => epochs[places[i] as number] as number) : epochs,
      };
    },
  };
}

export function takeView(view: View, count: number): View {
  return {
    store: view.store,
    size: Math.min(count, view.size),
    *order(pass) {
      let left = count;
      if (left === 0) return;
      for (const run of view.order(pass)) {
        yield partOf(run, 0, left);
        left -= Math.min(left, run.rows.length);
        if (left === 0) return;
      }
    },
  };
}

export function skipView(view: View, count: number): View {
  return {
    store: view.store,
    size: Math.max(0, view.size - count),
    *order(pass) {
      let left = count;
      for (const run of view.order(pass)) {
        if (run.rows.length > left) yield partOf(run, left);
        left -= Math.min(left, run.rows.length);
      }
    },
  };
}

/** Passes one after the other, each shuffled anew. */
export function repeatView(view: View, count: number): View {
  return {
    store: view.store,
    size: view.size === 0 ? 0 : view.size * count,
    *order(pass) {
      if (view.size === 0) return;
      for (let i = 0; i < count; i++) {
        const epoch = epochWithin(pass.epoch, i, count);
        for (const run of view.order({ ...pass, epoch })) yield { rows: run.rows, epochs: run.epochs ?? epoch };
      }
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
  const offset = first.store.rows;
  return {
    store: joinStores(first.store, second.store),
    size: first.size + second.size,
    *order(pass) {
      yield* first.order(pass);
      for (const { rows, epochs } of second.order(pass)) yield { rows: rows.map((row) => row + offset), epochs };
    },
  };
}

function joinStores(first: RowStore, second: RowStore): RowStore {
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

function partOf({ rows, epochs }: Run, from: number, to?: number): Run {
  return { rows: rows.subarray(from, to), epochs: typeof epochs === "object" ? epochs.subarray(from, to) : epochs };
}

/** Runs one after the other; with the epoch of each row where one is of another epoch than the pass. */
export function joinRuns(runs: Iterable<Run>, size: number, pass: Pass): Run {
  const rows = new Int32Array(size);
  let epochs: Float64Array | undefined;
  let at = 0;
  for (const run of runs) {
    rows.set(run.rows, at);
    if (run.epochs !== undefined) {
      epochs ??= new Float64Array(size).fill(pass.epoch);
      if (typeof run.epochs === "object") epochs.set(run.epochs, at);
      else epochs.fill(run.epochs, at, at + run.rows.length);
    }
    at += run.rows.length;
  }
  return { rows, epochs };
}
