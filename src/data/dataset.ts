import { checkSeed } from "../tensor/random.js";
import { scope } from "../tensor/scope.js";
import { type Tensor, tensor } from "../tensor/tensor.js";
import { checkBoolean, checkNumber, checkOptions, show } from "../util/check.js";
import { ValueError } from "../util/errors.js";
import { hostDType } from "../util/host-array.js";
import type { DataArray, Several } from "./arrays.js";
import { asBatch, type Batches, type BatchRule, batchRows, countBatches } from "./batches.js";
import { type Element, elementOf, pack, type TensorsOf } from "./fields.js";
import { openGenerator } from "./generator.js";
import { type Pass, repeatView, shuffleView, skipView, storeView, takeView } from "./rows.js";
import { shuffleStreamOf } from "./shuffle.js";
import {
  cacheSource,
  deriveRows,
  type Extent,
  joinRows,
  openBatches,
  openElements,
  plus,
  type RowSource,
  type Source,
  type StreamSource,
  times,
  UNKNOWN,
  viewSource,
} from "./source.js";
import { type Arrays, storeOf } from "./store.js";
import {
  concatStreams,
  filterStream,
  mapStream,
  type Open,
  prefetchStream,
  repeatStream,
  shuffleStream,
  skipStream,
  takeStream,
} from "./stream.js";
import { atOnce, checkFunction } from "./user-function.js";

/** What a dataset holds for `x` and for `y`. */
export type Tensors = Several<Tensor>;

/** A row, or a batch of them: what iterating yields and what `map` and `filter` see. */
export interface Row<X, Y> {
  readonly x: X;
  readonly y: Y;
}

/** What generators yield and what functions given to `map` return. */
export interface RowLike {
  readonly x: Several<DataArray>;
  readonly y?: Several<DataArray> | undefined;
}

/** The `y` of a row that may have none. */
type LabelsOf<R> = R extends { readonly y: infer Y } ? TensorsOf<Y> : undefined;

export interface ShuffleOptions {
  /** Default: the seed of `fit`, else that of `setSeed`. */
  seed?: number;
  /** Rows held back to draw from where rows come one by one, default 10,000. Rows in memory are permuted as a whole. */
  bufferSize?: number;
}

export interface BatchesOptions {
  /** Rows of a batch, default 32; left out for a dataset that is batched already. */
  batchSize?: number;
  /** Which pass this is, from 0: each has its own order. Default 0. */
  epoch?: number;
  /** For shuffles that were given none. */
  seed?: number;
  /** Shuffles rows in memory once more, unless the dataset shuffles by itself. Default false. */
  shuffle?: boolean;
  /** Leaves out a last batch that is not full. Default false. */
  dropRemainder?: boolean;
  /** Batches to leave out at the start, as when a run goes on inside an epoch. Default 0. */
  skip?: number;
}

const DEFAULT_BATCH = 32;
const DEFAULT_BUFFER = 10_000;

/**
 * Rows of `x` and `y`, in memory or from a generator, and what is done to them on the way to a model. Each method returns another
 * dataset and leaves this one as it is; nothing runs before the rows are asked for, and they can be asked for again.
 *
 * Iterating yields `{ x, y }` of tensors: a row each, or a batch each after `batch`. The n-th iteration is epoch n: it is shuffled anew.
 *
 * @example
 * const shapes: unknown[] = [];
 * for await (const { x } of Dataset.fromArrays([[1, 2], [3, 4], [5, 6]], [0, 1, 0]).batch(2)) shapes.push(x.shape);
 * shapes; // [[2, 2], [1, 2]]
 */
export class Dataset<X extends Tensors = Tensors, Y extends Tensors | undefined = Tensors | undefined>
  implements AsyncIterable<Row<X, Y>>
{
  private passes = 0;

  /** @internal Use `Dataset.fromArrays` or `Dataset.fromGenerator`. */
  constructor(/** @internal */ readonly source: Source) {}

  /**
   * A dataset of rows in memory. The first axis of every array is the rows. Typed arrays are used as they are, not copied.
   *
   * @param x a tensor, a typed array, `{ data, shape }`, nested arrays of numbers, or several of these in an array or a record.
   *   `{ data, shape, scale }` with bytes stays in bytes, and becomes float32 times `scale` batch by batch
   * @param y labels, in the same forms; none by default
   * @throws ShapeError where lengths differ, rows are ragged, or there are none; ValueError for anything else
   * @example
   * Dataset.fromArrays({ a: [[1], [2]], b: [[3, 4], [5, 6]] }, new Float32Array([0, 1])).size; // 2
   */
  static fromArrays<const A extends Arrays, const B extends Arrays | undefined = undefined>(
    x: A,
    y?: B,
  ): Dataset<TensorsOf<A> & Tensors, TensorsOf<B> & (Tensors | undefined)> {
    return new Dataset(viewSource(storeView(storeOf("Dataset.fromArrays", x, y))));
  }

  /**
   * A dataset of rows that a generator yields, as `{ x }` or `{ x, y }`, each part a number, nested numbers, a typed array, a tensor, or
   * several of these in an array or a record. The function is called anew for each pass.
   *
   * @param fn a (sync or async) generator function, or one that returns something iterable
   * @throws ValueError where `fn` is no function; while iterating, where it yields something else
   * @example
   * const squares = Dataset.fromGenerator(function* () {
   *   for (let i = 0; i < 100; i++) yield { x: [i], y: [i * i] };
   * });
   * squares.size; // undefined
   */
  static fromGenerator<R extends RowLike>(
    fn: () => Iterable<R> | AsyncIterable<R> | Promise<Iterable<R> | AsyncIterable<R>>,
  ): Dataset<TensorsOf<R["x"]> & Tensors, LabelsOf<R> & (Tensors | undefined)> {
    const open = openGenerator("Dataset.fromGenerator", fn);
    return new Dataset({ kind: "stream", open, extent: UNKNOWN, batch: undefined, shuffles: 0 });
  }

  /** Rows of one pass: Infinity where it has no end, undefined where that is not known before. */
  get size(): number | undefined {
    const { source } = this;
    const rows = source.kind === "rows" ? source.view()?.size : undefined;
    if (rows === undefined) return source.extent.rows;
    return source.batch?.dropRemainder ? countBatches(rows, source.batch) * source.batch.size : rows;
  }

  /** Rows of a batch, or false where elements are rows. */
  get batched(): number | false {
    return this.source.batch?.size ?? false;
  }

  /**
   * Each row (or batch, after `batch`) as `fn` returns it. `fn` sees tensors that live until it returns; what it returns is kept.
   *
   * @throws ValueError while iterating, where `fn` returns something else than `{ x }` or `{ x, y }`
   * @example
   * Dataset.fromArrays([[1], [2]], [0, 1]).map(({ x, y }) => ({ x: wg.relu(x), y })).size; // 2
   */
  map<R extends RowLike>(
    fn: (row: Row<X, Y>) => R,
  ): Dataset<TensorsOf<R["x"]> & Tensors, LabelsOf<R> & (Tensors | undefined)> {
    checkFunction("Dataset.map", "fn", fn);
    const what = this.batched ? "batch" : "row";
    const apply = (element: Element, i: number): Element =>
      scope(() =>
        elementOf("Dataset.map", `${what} ${i}`, atOnce("Dataset.map: fn", "{ x, y }", fn(this.tensors(element)))),
      );
    const { rows, elements } = this.extent();
    return this.stream({ rows: this.batched ? undefined : rows, elements }, (pass) =>
      mapStream(openElements(this.source, pass), apply),
    );
  }

  /**
   * The rows (or batches, after `batch`) for which `keep` returns true. It sees tensors that live until it returns.
   *
   * @throws ValueError while iterating, where `keep` returns no boolean
   * @example
   * Dataset.fromArrays([1, 2, 3], [0, 1, 0]).filter(({ y }) => y.item() === 0).size; // undefined, until it is read
   */
  filter(keep: (row: Row<X, Y>) => boolean): Dataset<X, Y> {
    checkFunction("Dataset.filter", "keep", keep);
    const apply = (element: Element): boolean => {
      const answer: unknown = scope(() => atOnce("Dataset.filter: keep", "true or false", keep(this.tensors(element))));
      if (typeof answer === "boolean") return answer;
      throw new ValueError(`Dataset.filter: keep expected to return true or false, got ${show(answer)}; use .item()`);
    };
    return this.stream(UNKNOWN, (pass) => filterStream(openElements(this.source, pass), apply));
  }

  /**
   * Another order each epoch, the same for the same seed. Rows in memory are permuted as a whole; rows that come one by one pass through
   * a buffer from which each is drawn at random. After `batch`, batches change places and keep their rows.
   *
   * @throws ValueError for an unknown option, a seed that is no whole number ≥ 0, a buffer below 1
   * @example
   * Dataset.fromArrays([1, 2, 3]).shuffle({ seed: 7 }).size; // 3
   */
  shuffle(options: ShuffleOptions = {}): Dataset<X, Y> {
    checkOptions("Dataset.shuffle", options, ["seed", "bufferSize"]);
    const { seed, bufferSize = DEFAULT_BUFFER } = options;
    if (seed !== undefined) checkSeed("Dataset.shuffle", seed);
    checkNumber("Dataset.shuffle", "bufferSize", bufferSize, { min: 1, whole: true });
    const { source } = this;
    const level = source.shuffles;
    const extent = this.extent();
    const shuffled =
      source.kind === "rows" && !source.batch && extent.rows !== Infinity
        ? deriveRows(source, extent, (view) => shuffleView(view, seed, level))
        : this.streamSource(extent, (pass) =>
            shuffleStream(openElements(source, pass), bufferSize, shuffleStreamOf(seed ?? pass.seed, level), pass),
          );
    return new Dataset({ ...shuffled, shuffles: level + 1 });
  }

  /**
   * Batches of `size` rows: arrays get the rows as a first axis. The last one is smaller where the rows do not divide.
   *
   * @param options.dropRemainder leave a smaller last batch out; default false
   * @throws ValueError for a size below 1 or a dataset that is batched already
   * @example
   * Dataset.fromArrays([1, 2, 3]).batch(2, { dropRemainder: true }).size; // 2
   */
  batch(size: number, options: { dropRemainder?: boolean } = {}): Dataset<X, Y> {
    checkNumber("Dataset.batch", "size", size, { min: 1, whole: true });
    checkOptions("Dataset.batch", options, ["dropRemainder"]);
    if (this.batched) {
      throw new ValueError(`Dataset.batch: dataset expected rows, got batches of ${this.batched}; call batch once`);
    }
    const dropRemainder = checkBoolean("Dataset.batch", "dropRemainder", options.dropRemainder ?? false);
    const batch: BatchRule = { size, dropRemainder };
    const { rows } = this.extent();
    const elements = rows === undefined ? undefined : countBatches(rows, batch);
    const extent = { rows: batch.dropRemainder && elements !== undefined ? elements * size : rows, elements };
    const { source } = this;
    if (source.kind === "rows") return new Dataset({ ...source, extent, batch });
    const open: Open = (pass) => batchRows(source.open(pass), batch, "never");
    return new Dataset({ ...source, open, extent, batch });
  }

  /**
   * Prepares up to `count` elements ahead while the one before is in use. Rows in memory need none and are left as they are.
   *
   * @throws ValueError for a count below 1
   */
  prefetch(count: number): Dataset<X, Y> {
    checkNumber("Dataset.prefetch", "count", count, { min: 1, whole: true });
    const { source } = this;
    if (source.kind === "rows") return this;
    return this.stream(source.extent, (pass) => prefetchStream(source.open(pass), count));
  }

  /** The first `count` rows (or batches, after `batch`). @throws ValueError for a count that is no whole number ≥ 0. */
  take(count: number): Dataset<X, Y> {
    checkNumber("Dataset.take", "count", count, { min: 0, whole: true });
    return this.cut(
      (known) => Math.min(known, count),
      (source, extent, scale) => deriveRows(source, extent, (view) => takeView(view, count * scale)),
      (pass) => takeStream(openElements(this.source, pass), count),
    );
  }

  /** All but the first `count` rows (or batches, after `batch`). @throws ValueError for a count that is no whole number ≥ 0. */
  skip(count: number): Dataset<X, Y> {
    checkNumber("Dataset.skip", "count", count, { min: 0, whole: true });
    return this.cut(
      (known) => Math.max(0, known - count),
      (source, extent, scale) => deriveRows(source, extent, (view) => skipView(view, count * scale)),
      (pass) => skipStream(openElements(this.source, pass), count),
    );
  }

  /**
   * These rows, then those of `other`, which must be alike in form, shape and dtype.
   *
   * @throws ValueError, ShapeError where they are not
   */
  concat(other: Dataset<X, Y>): Dataset<X, Y> {
    if (!(other instanceof Dataset)) {
      throw new ValueError(
        `Dataset.concat: other expected a Dataset, got ${show(other)}; wrap it by Dataset.fromArrays`,
      );
    }
    if (Boolean(this.batched) !== Boolean(other.batched)) {
      throw new ValueError(
        "Dataset.concat: other expected rows with rows or batches with batches; call batch after concat",
      );
    }
    const [first, second] = [this.source, other.source];
    const [a, b] = [this.extent(), other.extent()];
    const extent = { rows: plus(a.rows, b.rows), elements: plus(a.elements, b.elements) };
    if (first.kind === "rows" && second.kind === "rows" && !first.batch)
      return new Dataset(joinRows(first, second, extent));
    const joined = this.streamSource(extent, (pass) =>
      concatStreams(openElements(first, pass), openElements(second, pass)),
    );
    return new Dataset({ ...joined, shuffles: Math.max(first.shuffles, second.shuffles) });
  }

  /**
   * All rows again and again, `count` times; without end by default. Every repetition is shuffled anew.
   *
   * @throws ValueError for a count that is no whole number ≥ 0
   */
  repeat(count = Infinity): Dataset<X, Y> {
    if (count !== Infinity) checkNumber("Dataset.repeat", "count", count, { min: 0, whole: true });
    const { source } = this;
    const { rows, elements } = this.extent();
    const extent = { rows: times(rows, count), elements: times(elements, count) };
    if (source.kind === "rows" && !source.batch) {
      return new Dataset(deriveRows(source, extent, (view) => repeatView(view, count)));
    }
    return this.stream(extent, (pass) => repeatStream((each) => openElements(source, each), count, pass));
  }

  /** Reads a generator, or runs what stands before, once, on first use, and keeps the result in memory. */
  cache(): Dataset<X, Y> {
    return this.source.kind === "rows" ? this : new Dataset(cacheSource(this.source));
  }

  /**
   * One pass as batches of plain arrays, for training loops: `steps` where it is known, `sync` where nothing need be awaited. Where rows
   * are gathered here, two sets of arrays are used in turn: a batch holds until the one after next is asked for.
   *
   * @throws ValueError for an unknown or wrong option
   */
  async batches(options: BatchesOptions = {}): Promise<Batches> {
    const operation = "Dataset.batches";
    checkOptions(operation, options, ["batchSize", "epoch", "seed", "shuffle", "dropRemainder", "skip"]);
    const { batchSize, epoch = 0, seed, shuffle = false, dropRemainder = false, skip = 0 } = options;
    if (batchSize !== undefined) checkNumber(operation, "batchSize", batchSize, { min: 1, whole: true });
    checkBoolean(operation, "shuffle", shuffle);
    checkBoolean(operation, "dropRemainder", dropRemainder);
    checkNumber(operation, "epoch", epoch, { min: 0, whole: true });
    checkNumber(operation, "skip", skip, { min: 0, whole: true });
    if (seed !== undefined) checkSeed(operation, seed);
    if (this.batched && batchSize !== undefined && batchSize !== this.batched) {
      throw new ValueError(
        `${operation}: batchSize expected none, as the dataset is batched by ${this.batched}, got ${batchSize}; drop one of the two`,
      );
    }
    const { source } = this;
    const more = shuffle && source.kind === "rows" && !source.batch && source.shuffles === 0 && this.size !== Infinity;
    const rule = { size: batchSize ?? DEFAULT_BATCH, dropRemainder };
    return openBatches(more ? this.shuffle().source : source, { epoch, seed }, rule, skip);
  }

  /** Rows, or batches after `batch`, as tensors. The n-th call is epoch n. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Row<X, Y>, void, undefined> {
    const pass: Pass = { epoch: this.passes++, seed: undefined };
    for await (const element of openElements(this.source, pass)) yield this.tensors(element);
  }

  private tensors(element: Element): Row<X, Y> {
    if (this.source.batch) asBatch(element);
    const fields = element.fields.map((field) => tensor(field.data, field.shape, hostDType(field)));
    return pack(element.layout, fields) as Row<X, Y>;
  }

  private extent(): Extent {
    const { extent, batch } = this.source;
    const { size } = this;
    return batch || size === undefined ? extent : { rows: size, elements: size };
  }

  /** `take` and `skip`: of rows in memory, batched or not, a cut of their order; else of the stream. */
  private cut(
    rest: (known: number) => number,
    derive: (source: RowSource, extent: Extent, scale: number) => Source,
    open: Open,
  ): Dataset<X, Y> {
    const { source } = this;
    const { elements } = this.extent();
    const left = elements === undefined ? undefined : rest(elements);
    if (source.kind === "stream") return this.stream({ rows: source.batch ? undefined : left, elements: left }, open);
    const derived = derive(source, { rows: source.batch ? undefined : left, elements: left }, source.batch?.size ?? 1);
    return new Dataset(derived);
  }

  private stream<X2 extends Tensors = X, Y2 extends Tensors | undefined = Y>(extent: Extent, open: Open) {
    return new Dataset<X2, Y2>(this.streamSource(extent, open));
  }

  private streamSource(extent: Extent, open: Open): StreamSource {
    const { batch, shuffles } = this.source;
    return { kind: "stream", open, extent, batch, shuffles };
  }
}
