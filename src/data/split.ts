import { checkSeed, permutation, type Stream, stream } from "../tensor/random.js";
import { checkBoolean, checkOptions, show } from "../util/check.js";
import { ValueError } from "../util/errors.js";
import { Dataset, type Tensors } from "./dataset.js";
import { classesIn, groupsIn } from "./kinds.js";
import { classSizes, groupParts, partSizes } from "./partition.js";
import { joinRuns, type View } from "./rows.js";
import { cacheSource, deriveRows, type RowSource } from "./source.js";

export interface SplitOptions {
  /** Default: that of `setSeed`. */
  seed?: number;
  /** Keeps the share of each class of `y` (class numbers or one-hot rows) in every part. Default false. */
  stratify?: boolean;
  /** Row i belongs to group `groups[i]` (a user, a patient): the rows of one group stay together. */
  groups?: ArrayLike<string | number | bigint>;
}

/** One round of cross-validation. */
export interface Fold<X extends Tensors = Tensors, Y extends Tensors | undefined = Tensors | undefined> {
  readonly train: Dataset<X, Y>;
  readonly validation: Dataset<X, Y>;
}

/** One part for each ratio. */
export type Parts<R extends readonly number[], X extends Tensors, Y extends Tensors | undefined> = {
  -readonly [K in keyof R]: Dataset<X, Y>;
};

/**
 * Cuts a dataset into parts at random: every row goes to exactly one, the same for the same seed. The parts share the dataset's memory.
 *
 * Part p of m rows has ⌊m · ratio⌋ rows, or one more where rows are left over (largest remainder). With `stratify`, that holds for each
 * class: class c of m_c rows has ⌊m_c · ratio⌋ or one more in part p, and at least 1. With `groups`, sizes come as near as moving and
 * exchanging whole groups brings them.
 *
 * A generator is read once and kept; what is wrong with its rows shows when a part is read. For rows in the order of time, where the
 * newest are to be the test, use `take` and `skip`.
 *
 * @param ratios fractions that sum to 1, such as [0.6, 0.2, 0.2]
 * @param options.stratify default false
 * @param options.groups a key for each row, in the dataset's order
 * @throws ValueError for ratios that do not sum to 1, a part without rows, a class missing in a part, labels missing or no classes, fewer
 *   groups than parts, a row that comes twice (after `repeat`), or batches
 * @example
 * const [train, dev, test] = split(Dataset.fromArrays(new Float32Array(50)), [0.6, 0.2, 0.2], { seed: 1 });
 * [train.size, dev.size, test.size]; // [30, 10, 10]
 */
export function split<X extends Tensors, Y extends Tensors | undefined, const R extends readonly number[]>(
  dataset: Dataset<X, Y>,
  ratios: R,
  options: SplitOptions = {},
): Parts<R, X, Y> {
  const operation = "split";
  checkRatios(operation, ratios);
  const { source, partsOf } = partition(operation, dataset, [...ratios], options);
  return ratios.map((_, p) => derived<X, Y>(source, (view) => [partsOf(view)[p] as Int32Array])) as Parts<R, X, Y>;
}

/**
 * Cuts a dataset into `k` parts as `split` does, each of them the validation set of one round whose training set is all the others. The
 * mean over the rounds uses every row for validation once. The folds share the dataset's memory.
 *
 * @param k how many rounds; from 2 to as many as there are rows
 * @param options as for `split`
 * @throws ValueError as for `split`
 * @example
 * const folds = kFold(Dataset.fromArrays(new Float32Array(10)), 5, { seed: 1 });
 * folds.map(({ train, validation }) => [train.size, validation.size]); // [[8, 2], [8, 2], [8, 2], [8, 2], [8, 2]]
 */
export function kFold<X extends Tensors, Y extends Tensors | undefined>(
  dataset: Dataset<X, Y>,
  k: number,
  options: SplitOptions = {},
): Fold<X, Y>[] {
  const ratios = foldRatios(k);
  const { source, partsOf } = partition("kFold", dataset, ratios, options);
  return ratios.map((_, fold) => ({
    train: derived<X, Y>(source, (view) => partsOf(view).filter((_, p) => p !== fold)),
    validation: derived<X, Y>(source, (view) => [partsOf(view)[fold] as Int32Array]),
  }));
}

/**
 * The rows that `split` would put into each part, of a dataset in memory whose class numbers stand for something: `nameOf` says what, for
 * errors.
 */
export function splitRows(
  dataset: Dataset,
  ratios: readonly number[],
  options: SplitOptions,
  nameOf: (label: number) => string,
): Int32Array[] {
  checkRatios("split", ratios);
  return rowsOfParts("split", dataset, [...ratios], options, nameOf);
}

/** The rows that `kFold` would validate by in each round; as `splitRows`. */
export function foldRows(
  dataset: Dataset,
  k: number,
  options: SplitOptions,
  nameOf: (label: number) => string,
): Int32Array[] {
  return rowsOfParts("kFold", dataset, foldRatios(k), options, nameOf);
}

function rowsOfParts(...args: Parameters<typeof partition>): Int32Array[] {
  const { source, partsOf } = partition(...args);
  return partsOf(source.view() as View);
}

function foldRatios(k: number): number[] {
  if (!Number.isSafeInteger(k) || k < 2) {
    throw new ValueError(`kFold: k expected a whole number ≥ 2, got ${show(k)}; 5 and 10 are usual`);
  }
  return new Array<number>(k).fill(1 / k);
}

interface Partition {
  readonly source: RowSource;
  /** The rows of each part, in random order. */
  partsOf(view: View): Int32Array[];
}

function partition(
  operation: string,
  dataset: Dataset,
  ratios: number[],
  options: SplitOptions,
  nameOf: (label: number) => string = String,
): Partition {
  if (!(dataset instanceof Dataset)) {
    throw new ValueError(
      `${operation}: dataset expected a Dataset, got ${show(dataset)}; wrap arrays by Dataset.fromArrays`,
    );
  }
  checkOptions(operation, options, ["seed", "stratify", "groups"]);
  const { seed, stratify = false, groups } = options;
  if (seed !== undefined) checkSeed(operation, seed);
  checkBoolean(operation, "stratify", stratify);
  if (groups !== undefined) checkGroups(operation, groups, dataset, stratify);
  if (dataset.batched) {
    throw new ValueError(
      `${operation}: dataset expected rows, got batches of ${dataset.batched}; call batch on the parts instead`,
    );
  }
  if (dataset.size === Infinity) {
    throw new ValueError(
      `${operation}: dataset expected an end, got rows without end; call repeat on the parts instead`,
    );
  }
  const random = stream(operation, seed);
  const { source } = dataset;
  const rows = source.kind === "rows" ? source : (cacheSource(source) as RowSource);
  let from: View | undefined;
  let parts: Int32Array[] = [];
  const partsOf = (view: View): Int32Array[] => {
    if (view !== from) {
      parts = cut(operation, view, ratios, random, stratify ? nameOf : undefined, groups);
      from = view;
    }
    return parts;
  };
  const view = rows.view();
  if (view) partsOf(view); // so that what is wrong with rows in memory shows here and now
  return { source: rows, partsOf };
}

/** The rows of some parts, one part after the other. */
function derived<X extends Tensors, Y extends Tensors | undefined>(
  source: RowSource,
  runsOf: (view: View) => Int32Array[],
): Dataset<X, Y> {
  const extent = { rows: undefined, elements: undefined };
  // A part has one order for all epochs, whatever its dataset had: shuffling starts anew.
  return new Dataset(
    deriveRows({ ...source, shuffles: 0 }, extent, (view) => {
      const runs = runsOf(view);
      const size = runs.reduce((total, run) => total + run.length, 0);
      return { store: view.store, size, order: () => runs.map((rows) => ({ rows })) };
    }),
  );
}

function cut(
  operation: string,
  view: View,
  ratios: readonly number[],
  random: Stream,
  /** What a class is called, where the split is stratified. */
  nameOf: ((label: number) => string) | undefined,
  groups: SplitOptions["groups"],
): Int32Array[] {
  const pass = { epoch: 0, seed: undefined };
  const { rows } = joinRuns(view.order(pass), view.size, pass);
  checkOnce(operation, rows, view.store.rows);
  const shuffled = permutation(rows.length, random, 0);
  const sizes = partSizes(rows.length, ratios);
  checkSizes(operation, sizes, ratios, rows.length);
  // Which part the next row of a kind goes to: kinds are classes or groups, or there is one.
  let kindOf: Uint32Array | undefined;
  let left = [sizes];
  if (nameOf) {
    const { classes, classOf } = classesIn(operation, view, rows, nameOf);
    kindOf = classOf;
    left = classSizes(operation, classes, ratios);
  } else if (groups !== undefined) {
    const { counts, groupOf } = groupsIn(operation, groups, rows.length);
    if (counts.length < ratios.length) {
      throw new ValueError(
        `${operation}: groups expected at least ${ratios.length}, one for each part, got ${counts.length}; cut into fewer parts`,
      );
    }
    kindOf = groupOf;
    const partOf = groupParts(counts, ratios);
    left = counts.map((count, group) => ratios.map((_, p) => (p === partOf[group] ? count : 0)));
  }
  const parts = ratios.map((_, p) => new Int32Array(left.reduce((total, kind) => total + (kind[p] as number), 0)));
  const filled = ratios.map(() => 0);
  const next = left.map(() => 0);
  for (const place of shuffled) {
    const kind = kindOf === undefined ? 0 : (kindOf[place] as number);
    const counts = left[kind] as number[];
    while (counts[next[kind] as number] === 0) (next[kind] as number)++;
    const p = next[kind] as number;
    (counts[p] as number)--;
    (parts[p] as Int32Array)[(filled[p] as number)++] = rows[place] as number;
  }
  return parts;
}

function checkGroups(operation: string, groups: unknown, dataset: Dataset, stratify: boolean): void {
  if (!Array.isArray(groups) && !(ArrayBuffer.isView(groups) && "length" in groups)) {
    throw new ValueError(`${operation}: groups expected an array with a key for each row, got ${show(groups)}`);
  }
  if (stratify) {
    throw new ValueError(
      `${operation}: options expected stratify or groups, got both; whole groups cannot keep the share of each class`,
    );
  }
  if (dataset.source.shuffles > 0) {
    throw new ValueError(
      `${operation}: dataset expected rows in the order of groups, got shuffled ones; call shuffle on the parts instead`,
    );
  }
}

function checkRatios(operation: string, ratios: unknown): asserts ratios is readonly number[] {
  if (!Array.isArray(ratios) || ratios.length === 0) {
    throw new ValueError(
      `${operation}: ratios expected an array of fractions that sum to 1, got ${show(ratios)}; such as [0.6, 0.2, 0.2]`,
    );
  }
  let total = 0;
  ratios.forEach((ratio, p) => {
    if (typeof ratio !== "number" || !Number.isFinite(ratio) || ratio <= 0) {
      throw new ValueError(`${operation}: ratios[${p}] expected a fraction > 0, got ${show(ratio)}`);
    }
    total += ratio;
  });
  if (Math.abs(total - 1) > 1e-9) {
    const remedy = Math.abs(total - 100) < 1e-6 ? "; divide percentages by 100" : "";
    throw new ValueError(
      `${operation}: ratios expected a sum of 1, got ${Number(total.toFixed(9))} of ${show(ratios)}${remedy}`,
    );
  }
}

function checkSizes(operation: string, sizes: readonly number[], ratios: readonly number[], rows: number): void {
  if (rows < ratios.length) {
    throw new ValueError(
      `${operation}: dataset expected at least ${ratios.length} rows, one for each part, got ${rows}; cut into fewer parts`,
    );
  }
  const empty = sizes.indexOf(0);
  if (empty >= 0) {
    throw new ValueError(
      `${operation}: ratios[${empty}] expected at least one row of ${rows}, got ${ratios[empty]}, which leaves none; recommendSplit(${rows}) suggests ratios`,
    );
  }
}

/** @throws ValueError where a row would get into two parts. */
function checkOnce(operation: string, rows: Int32Array, count: number): void {
  const seen = new Uint8Array(count);
  rows.forEach((row, i) => {
    if (seen[row]) {
      throw new ValueError(
        `${operation}: dataset expected every row once, got one again as row ${i}; call repeat on the parts instead`,
      );
    }
    seen[row] = 1;
  });
}
