import { Tensor, tensor } from "../tensor/tensor.js";
import { checkName, checkOptions, show } from "../util/check.js";
import { isFloat, type TypedArray } from "../util/dtypes.js";
import { ShapeError, ValueError } from "../util/errors.js";
import { type HostArray, hostDType } from "../util/host-array.js";
import { checkShape, normalizeAxes, type Shape, showShape, sizeOfShape, stridesOf } from "../util/shapes.js";
import { type DataArray, toHost } from "./arrays.js";
import { Dataset, type Tensors } from "./dataset.js";
import { FeatureStatistics, type Statistics } from "./statistics.js";
import { checkLayout, type RowTransform, transformArray, transformDataset } from "./transform.js";

export interface NormalizeOptions {
  /**
   * The axes that keep statistics of their own, as in Keras's Normalization; axis 0 is the rows. -1: each channel; null: one for all.
   * Default: all but the rows, so one of each feature.
   */
  axis?: number | readonly number[] | null;
  /** `"error"` (default), or `"ignore"`: fit on the other values and let NaN through. */
  nan?: "error" | "ignore";
}

export interface MinMaxOptions extends NormalizeOptions {
  /** Where the least and the greatest value go. Default [0, 1]. */
  range?: readonly [number, number];
}

/** What `standardize` found, as JSON: `normalizer(config)` makes it work again. */
export interface StandardizeConfig {
  readonly kind: "standardize";
  /** The shape of a row. */
  readonly shape: readonly number[];
  readonly axis: readonly number[];
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/** What `minMaxScale` found, as JSON. */
export interface MinMaxConfig {
  readonly kind: "minMaxScale";
  readonly shape: readonly number[];
  readonly axis: readonly number[];
  readonly min: readonly number[];
  readonly max: readonly number[];
  readonly range: readonly [number, number];
}

export type NormalizerConfig = StandardizeConfig | MinMaxConfig;

/** A normalisation fitted on training data, to be applied as it is to development and test data. */
export interface Normalizer<C extends NormalizerConfig = NormalizerConfig> {
  /** All that is needed to make it again; goes through JSON unchanged. */
  readonly config: C;
  /** The same data, normalised: float64 stays float64, all else becomes float32. @throws ShapeError where rows are shaped otherwise. */
  transform<X extends Tensors, Y extends Tensors | undefined>(data: Dataset<X, Y>): Dataset<X, Y>;
  transform(data: Tensor): Tensor;
  transform(data: DataArray): HostArray;
  /** What `transform` was given, to rounding. @throws ShapeError where rows are shaped otherwise. */
  inverse<X extends Tensors, Y extends Tensors | undefined>(data: Dataset<X, Y>): Dataset<X, Y>;
  inverse(data: Tensor): Tensor;
  inverse(data: DataArray): HostArray;
}

export interface Standardizer extends Normalizer<StandardizeConfig> {
  /** μ of each group. */
  readonly mean: Float64Array;
  /** σ of each group; 0 where it is constant. */
  readonly std: Float64Array;
}

export interface MinMaxScaler extends Normalizer<MinMaxConfig> {
  readonly min: Float64Array;
  readonly max: Float64Array;
}

/**
 * (x − μ) / σ with μ = 1/m Σ x and σ² = 1/m Σ (x − μ)² of the training data, for each feature. Fit it on training data and apply that one
 * μ and σ to development and test data. A constant feature is divided by 1.
 *
 * @param data a dataset (`x` is used; a promise is returned) or an array of shape [rows, …]
 * @param options.axis which axes keep statistics of their own; default all but the rows, null for one μ and σ for all values
 * @param options.nan `"ignore"`: fit on the values that are numbers; default an error
 * @throws ValueError for NaN (naming feature and rows), infinite or no values, or an unknown option
 * @example
 * const norm = standardize([[1, 5], [3, 5]]);
 * Array.from(norm.transform([[2, 6], [5, 5]]).data); // [0, 1, 3, 0]
 */
export function standardize(data: Dataset, options?: NormalizeOptions): Promise<Standardizer>;
export function standardize(data: DataArray, options?: NormalizeOptions): Standardizer;
export function standardize(data: Dataset | DataArray, options: NormalizeOptions = {}) {
  checkOptions("standardize", options, ["axis", "nan"]);
  return fitted("standardize", data, options, ({ count, mean, squares, min, max }, shape, axis) => {
    // The bounds tell a constant group from one whose tiny deviation is rounding.
    const constant = (i: number) => min[i] === max[i];
    const means = Array.from(mean, (m, i) => (constant(i) ? (min[i] as number) : m));
    const std = Array.from(squares, (s, i) => (constant(i) ? 0 : Math.sqrt(s / (count[i] as number))));
    return standardizer({ kind: "standardize", shape, axis, mean: means, std });
  });
}

/**
 * (x − min) / (max − min) of the training data, for each feature, stretched to `range`. A constant feature becomes the range's lower end.
 *
 * @param data a dataset (`x` is used; a promise is returned) or an array of shape [rows, …]
 * @param options.range default [0, 1]
 * @param options.axis which axes keep bounds of their own; default all but the rows, null for one pair for all values
 * @param options.nan `"ignore"`: fit on the values that are numbers; default an error
 * @throws ValueError for NaN (naming feature and rows), infinite or no values, a range that does not rise, or an unknown option
 * @example
 * Array.from(minMaxScale([[1], [3], [5]]).transform([[2], [5]]).data); // [0.25, 1]
 */
export function minMaxScale(data: Dataset, options?: MinMaxOptions): Promise<MinMaxScaler>;
export function minMaxScale(data: DataArray, options?: MinMaxOptions): MinMaxScaler;
export function minMaxScale(data: Dataset | DataArray, options: MinMaxOptions = {}) {
  checkOptions("minMaxScale", options, ["axis", "nan", "range"]);
  const range = checkRange("minMaxScale", options.range ?? [0, 1]);
  return fitted("minMaxScale", data, options, ({ min, max }, shape, axis) =>
    minMaxScaler({ kind: "minMaxScale", shape, axis, min: Array.from(min), max: Array.from(max), range }),
  );
}

/**
 * The normalisation that a `config` describes, as it was fitted.
 *
 * @throws ValueError, ShapeError where it is no such config
 * @example
 * const saved = JSON.stringify(standardize([[1], [3]]).config);
 * Array.from(normalizer(JSON.parse(saved)).transform([[3]]).data); // [1]
 */
export function normalizer(config: StandardizeConfig): Standardizer;
export function normalizer(config: MinMaxConfig): MinMaxScaler;
export function normalizer(config: NormalizerConfig): Normalizer;
export function normalizer(config: NormalizerConfig): Normalizer {
  const kind = checkName("normalizer", "config.kind", config?.kind, ["standardize", "minMaxScale"]);
  checkShape("normalizer", config.shape, "config.shape");
  const { groups } = groupsOf("normalizer", config.shape, config.axis);
  const lists = config.kind === "standardize" ? ["mean", "std"] : ["min", "max"];
  for (const name of lists) {
    const list: unknown = (config as unknown as Record<string, unknown>)[name];
    if (!Array.isArray(list) || list.length !== groups || !list.every(Number.isFinite)) {
      throw new ValueError(`normalizer: config.${name} expected ${groups} finite numbers, got ${show(list)}`);
    }
  }
  if (config.kind === "minMaxScale") checkRange("normalizer", config.range);
  return kind === "standardize" ? standardizer(config as StandardizeConfig) : minMaxScaler(config as MinMaxConfig);
}

function standardizer(config: StandardizeConfig): Standardizer {
  const [mean, std] = [Float64Array.from(config.mean), Float64Array.from(config.std)];
  const divisor = std.map((s) => (s === 0 ? 1 : s));
  return { ...linear(config, mean, divisor, 0), mean, std };
}

function minMaxScaler(config: MinMaxConfig): MinMaxScaler {
  const [min, max] = [Float64Array.from(config.min), Float64Array.from(config.max)];
  const [low, high] = config.range;
  const divisor = max.map((top, i) => (top === min[i] ? 1 : (top - (min[i] as number)) / (high - low)));
  return { ...linear(config, min, divisor, low), min, max };
}

/** (x − offset) / divisor + base and its inverse, for the groups of a config. */
function linear<C extends NormalizerConfig>(
  config: C,
  offset: Float64Array,
  divisor: Float64Array,
  base: number,
): Normalizer<C> {
  const { groupOf } = groupsOf(config.kind, config.shape, config.axis);
  const spread = (of: Float64Array) => Float64Array.from(groupOf, (group) => of[group] as number);
  const [offsets, divisors] = [spread(offset), spread(divisor)];
  const bases = divisors.map(() => base);
  const factors = divisors.map((d) => 1 / d);
  const common = { operation: config.kind, shape: config.shape, dtype: floatOf };
  const forward = { ...common, apply: affine(offsets, factors, bases) };
  const back = { ...common, apply: affine(bases, divisors, offsets) };
  return {
    config,
    transform: (data: Dataset | DataArray) => run(data, forward) as never,
    inverse: (data: Dataset | DataArray) => run(data, back) as never,
  };
}

/** (x − minus) · times + plus, feature by feature. */
function affine(minus: Float64Array, times: Float64Array, plus: Float64Array): RowTransform["apply"] {
  const size = minus.length;
  return (out, at, rows) => {
    for (let row = 0; row < rows.length; row += size) {
      for (let j = 0; j < size; j++) {
        const v = rows[row + j] as number;
        out[at + row + j] = (v - (minus[j] as number)) * (times[j] as number) + (plus[j] as number);
      }
    }
  };
}

function floatOf(dtype: HostArray["dtype"] & string) {
  return isFloat(dtype) ? dtype : "float32";
}

function run(data: Dataset | DataArray, transform: RowTransform): Dataset | Tensor | HostArray {
  if (data instanceof Dataset) return transformDataset(data, transform);
  const out = transformArray(toHost(transform.operation, "data", data), transform);
  return data instanceof Tensor ? tensor(out.data, out.shape, hostDType(out)) : out;
}

type Finish<N> = (statistics: Statistics, shape: number[], axis: number[]) => N;

function fitted<N>(
  operation: string,
  data: Dataset | DataArray,
  options: NormalizeOptions,
  finish: Finish<N>,
): N | Promise<N> {
  const ignoreNaN = checkName(operation, "nan", options.nan ?? "error", ["error", "ignore"]) === "ignore";
  const done = (statistics: FeatureStatistics, shape: Shape): N => {
    statistics.check(operation, ignoreNaN);
    const { groupOf, groups, axis } = groupsOf(operation, shape, options.axis);
    const found = statistics.grouped(groupOf, groups);
    // A group of which nothing is known is left as it is.
    found.count.forEach((count, i) => {
      if (count === 0) found.min[i] = found.max[i] = 0;
    });
    return finish(found, [...shape], axis);
  };
  if (data instanceof Dataset) return fittedDataset(operation, data, done);
  const host = toHost(operation, "data", data);
  if (host.shape.length === 0 || host.data.length === 0) {
    throw new ShapeError(
      `${operation}: data expected at least one row and one value, got shape ${showShape(host.shape)}`,
    );
  }
  const shape = host.shape.slice(1);
  const statistics = new FeatureStatistics(sizeOfShape(shape));
  const step = Math.max(1, Math.floor(CHUNK / statistics.features)) * statistics.features;
  for (let at = 0; at < host.data.length; at += step) statistics.add(host.data.subarray(at, at + step) as TypedArray);
  return done(statistics, shape);
}

/** Values of a chunk: what stays in the processor's cache between the two passes over it. */
const CHUNK = 64 * 1024;

async function fittedDataset<N>(
  operation: string,
  dataset: Dataset,
  done: (statistics: FeatureStatistics, shape: Shape) => N,
): Promise<N> {
  if (dataset.size === Infinity) {
    throw new ValueError(`${operation}: dataset expected an end, got one that repeats without end; fit before repeat`);
  }
  let statistics: FeatureStatistics | undefined;
  let shape: Shape = [];
  for await (const batch of await dataset.batches(dataset.batched ? {} : { batchSize: 128 })) {
    checkLayout({ operation }, batch.layout);
    const x = batch.x[0] as HostArray;
    const row = x.shape.slice(1);
    if (!statistics) {
      shape = row;
      statistics = new FeatureStatistics(sizeOfShape(row));
    } else if (sizeOfShape(row) !== statistics.features) {
      throw new ShapeError(`${operation}: dataset expected rows of ${showShape(shape)}, got ${showShape(row)}`);
    }
    statistics.add(x.data);
  }
  if (!statistics) throw new ValueError(`${operation}: dataset expected at least one row, got none`);
  return done(statistics, shape);
}

/** The group of each feature: features that agree on `axis` (of [rows, …shape]) share one. */
function groupsOf(
  operation: string,
  shape: Shape,
  axes: number | readonly number[] | null | undefined,
): { groupOf: Int32Array; groups: number; axis: number[] } {
  const rank = shape.length + 1;
  const axis = axes === null ? [] : normalizeAxes(operation, axes ?? shape.map((_, i) => i + 1), rank);
  if (axis.includes(0)) {
    throw new ShapeError(
      `${operation}: axis expected axes of a row, 1 to ${rank - 1}, got 0; rows share their statistics`,
    );
  }
  const kept = axis.map((a) => shape[a - 1] as number);
  const [strides, keptStrides] = [stridesOf(shape), stridesOf(kept)];
  const groupOf = Int32Array.from({ length: sizeOfShape(shape) }, (_, feature) =>
    axis.reduce((group, a, k) => {
      const place = Math.floor(feature / (strides[a - 1] as number)) % (shape[a - 1] as number);
      return group + place * (keptStrides[k] as number);
    }, 0),
  );
  return { groupOf, groups: sizeOfShape(kept), axis };
}

function checkRange(operation: string, range: unknown): readonly [number, number] {
  const ok = Array.isArray(range) && range.length === 2 && range.every(Number.isFinite) && range[0] < range[1];
  if (!ok) throw new ValueError(`${operation}: range expected [low, high] with low < high, got ${show(range)}`);
  return range as unknown as readonly [number, number];
}
