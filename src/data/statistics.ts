import type { TypedArray } from "../util/dtypes.js";
import { ValueError } from "../util/errors.js";

/** Count, mean, sum of squared deviations, least and greatest of each group. */
export interface Statistics {
  readonly count: Float64Array;
  readonly mean: Float64Array;
  readonly squares: Float64Array;
  readonly min: Float64Array;
  readonly max: Float64Array;
}

/**
 * Statistics of each feature over rows that come in chunks. Within a chunk, means come first and deviations from them second; chunks are
 * then joined by the formula of Chan, Golub and LeVeque (1979), so that a large mean does not drown a small deviation.
 */
export class FeatureStatistics {
  private readonly total: Statistics;
  private readonly chunk: Statistics;
  private readonly missing: Float64Array;
  private readonly infinite: Float64Array;
  private readonly firstBad: Float64Array;
  private rows = 0;

  constructor(readonly features: number) {
    this.total = emptyStatistics(features);
    this.chunk = emptyStatistics(features);
    this.missing = new Float64Array(features);
    this.infinite = new Float64Array(features);
    this.firstBad = new Float64Array(features).fill(-1);
  }

  /** Adds whole rows. */
  add(values: TypedArray): void {
    const { features, chunk } = this;
    if (features === 0) return;
    clear(chunk);
    const { count, mean, squares, min, max } = chunk;
    for (let i = 0, j = 0; i < values.length; i++) {
      const v = values[i] as number;
      if (v - v === 0) {
        plus(count, j, 1);
        plus(mean, j, v);
        if (v < (min[j] as number)) min[j] = v;
        if (v > (max[j] as number)) max[j] = v;
      } else this.noteBad(v, j, i);
      if (++j === features) j = 0;
    }
    for (let j = 0; j < features; j++) if (count[j]) mean[j] = (mean[j] as number) / (count[j] as number);
    for (let i = 0, j = 0; i < values.length; i++) {
      const deviation = (values[i] as number) - (mean[j] as number);
      if (deviation - deviation === 0) plus(squares, j, deviation * deviation);
      if (++j === features) j = 0;
    }
    for (let j = 0; j < features; j++) join(this.total, j, chunk, j);
    this.rows += values.length / features;
  }

  /** The statistics of groups of features: `groupOf[j]` is the group of feature j. */
  grouped(groupOf: Int32Array, groups: number): Statistics {
    const out = emptyStatistics(groups);
    clear(out);
    for (let j = 0; j < this.features; j++) join(out, groupOf[j] as number, this.total, j);
    return out;
  }

  /** @throws ValueError that names the first feature with infinite values, or with NaN unless `ignoreNaN`. */
  check(operation: string, ignoreNaN: boolean): void {
    for (const [counts, what, remedy] of [
      [this.infinite, "infinite values", "clip or drop them"],
      [this.missing, "NaN", 'fill or drop them, or pass { nan: "ignore" }'],
    ] as const) {
      if (counts === this.missing && ignoreNaN) continue;
      const j = counts.findIndex((n) => n > 0);
      if (j < 0) continue;
      const others = counts.reduce((n, count) => n + Number(count > 0), 0) - 1;
      throw new ValueError(
        `${operation}: data expected finite numbers, got ${what} in ${counts[j]} of ${this.rows} rows in feature ${j} of ${this.features} ` +
          `(first in row ${this.firstBad[j]})${others > 0 ? ` and in ${others} other feature${others > 1 ? "s" : ""}` : ""}; ${remedy}`,
      );
    }
  }

  private noteBad(v: number, feature: number, i: number): void {
    const counts = Number.isNaN(v) ? this.missing : this.infinite;
    plus(counts, feature, 1);
    if ((this.firstBad[feature] as number) < 0) this.firstBad[feature] = this.rows + Math.floor(i / this.features);
  }
}

function emptyStatistics(length: number): Statistics {
  const array = () => new Float64Array(length);
  const out = { count: array(), mean: array(), squares: array(), min: array(), max: array() };
  clear(out);
  return out;
}

function plus(array: Float64Array, i: number, value: number): void {
  array[i] = (array[i] as number) + value;
}

function clear({ count, mean, squares, min, max }: Statistics): void {
  for (const each of [count, mean, squares]) each.fill(0);
  min.fill(Infinity);
  max.fill(-Infinity);
}

/** Adds entry `j` of `from` to entry `i` of `into`. */
function join(into: Statistics, i: number, from: Statistics, j: number): void {
  const n = from.count[j] as number;
  if (n === 0) return;
  const before = into.count[i] as number;
  const all = before + n;
  const step = (from.mean[j] as number) - (into.mean[i] as number);
  into.count[i] = all;
  plus(into.mean, i, step * (n / all));
  plus(into.squares, i, (from.squares[j] as number) + step * step * ((before * n) / all));
  into.min[i] = Math.min(into.min[i] as number, from.min[j] as number);
  into.max[i] = Math.max(into.max[i] as number, from.max[j] as number);
}
