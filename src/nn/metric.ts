import { ShapeError } from "../util/errors.js";
import type { HostArray } from "../util/host-array.js";
import type { Config } from "../util/named.js";
import { showShape } from "../util/shapes.js";

/** A figure over any number of batches. One object counts for one model at a time. */
export interface Metric {
  /** The key of its result in logs and history. */
  readonly name: string;
  /** The options it was made with, for saving; a metric without them cannot be saved. */
  readonly config?: Config;
  /** Forgets all batches. */
  reset(): void;
  /**
   * Counts one batch; the first axis is the rows.
   *
   * @throws ShapeError where the two do not fit
   */
  update(yTrue: HostArray, yPred: HostArray): void;
  /** The figure over all batches since `reset`; 0 before the first one. */
  result(): number;
}

/** What the labels of a batch are, seen from its predictions `[..., columns]`. */
export type LabelForm = "binary" | "dense" | "classes";

/** The size of the last axis; 1 for `[batch]`. */
export function columnsOf(yPred: HostArray): number {
  const { shape } = yPred;
  return shape.length < 2 ? 1 : (shape[shape.length - 1] as number);
}

/**
 * One prediction a row: a binary label beside it. Several: labels of as many numbers (one-hot or soft), or one class number a row.
 *
 * @throws ShapeError where the labels are none of these
 */
export function formOf(name: string, yTrue: HostArray, yPred: HostArray): LabelForm {
  const columns = columnsOf(yPred);
  const size = yTrue.data.length;
  if (columns === 1) {
    if (size === yPred.data.length) return "binary";
  } else if (yTrue.shape.length === yPred.shape.length && yTrue.shape[yTrue.shape.length - 1] === columns) {
    if (size === yPred.data.length) return "dense";
  } else if (size * columns === yPred.data.length) return "classes";
  const rows = yPred.shape.slice(0, -1);
  throw new ShapeError(
    `${name}: yTrue expected ${columns === 1 ? showShape(yPred.shape) : `one-hot labels ${showShape(yPred.shape)} or class numbers ${showShape(rows)}`}` +
      ` for predictions ${showShape(yPred.shape)}, got ${showShape(yTrue.shape)}; reshape the labels`,
  );
}

/** The first greatest of `count` values from `start`; −1 where all are NaN or −∞: such a prediction names no class. */
export function argMaxOf(values: ArrayLike<number>, start: number, count: number): number {
  let best = -1;
  let most = Number.NEGATIVE_INFINITY;
  for (let j = 0; j < count; j++) {
    const v = values[start + j] as number;
    if (v > most) {
      most = v;
      best = j;
    }
  }
  return best;
}

/** The class that row `row` is labelled with: its number, or where its one-hot label is greatest. */
export function labelOf(form: LabelForm, labels: ArrayLike<number>, row: number, columns: number): number {
  return form === "classes" ? (labels[row] as number) : argMaxOf(labels, row * columns, columns);
}

/** A metric that is a mean: `total` is what a batch adds up to, `count` over how many rows or elements. */
export function meanMetric(
  name: string,
  total: (yTrue: HostArray, yPred: HostArray) => number,
  count: (yTrue: HostArray, yPred: HostArray) => number,
  { finish = (mean) => mean, config = {} }: { finish?: (mean: number) => number; config?: Config } = {},
): Metric {
  let sum = 0;
  let n = 0;
  return {
    name,
    config,
    reset() {
      sum = 0;
      n = 0;
    },
    update(yTrue, yPred) {
      sum += total(yTrue, yPred);
      n += count(yTrue, yPred);
    },
    result: () => (n === 0 ? 0 : finish(sum / n)),
  };
}
