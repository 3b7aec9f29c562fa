import { ShapeError, ValueError } from "../util/errors.js";
import type { HostArray } from "../util/host-array.js";
import { showShape } from "../util/shapes.js";
import { columnsOf, formOf, labelOf, type Metric } from "./metric.js";

/**
 * The area under the ROC curve: the probability that a positive row scores above a negative one, ties counting half (Mann–Whitney).
 * Exact, by ranks, not by bins: it keeps every score until `reset`. For one output (labels 0 and 1), or two (class 1 is positive).
 * NaN where one of the classes does not occur or a score is NaN: the area is then not defined.
 *
 * @throws in `update`: ShapeError where labels and predictions do not fit, ValueError for a label other than 0 and 1
 * @example
 * const auc = wg.metrics.auc();
 * auc.update({ data: Uint8Array.of(0, 0, 1, 1), shape: [4] }, { data: Float32Array.of(0.1, 0.4, 0.35, 0.8), shape: [4] });
 * auc.result(); // 0.75
 */
export function auc(): Metric {
  const positive = new Scores();
  const negative = new Scores();
  return {
    name: "auc",
    config: {},

    reset() {
      positive.length = 0;
      negative.length = 0;
    },

    update(yTrue: HostArray, yPred: HostArray) {
      const form = formOf("auc", yTrue, yPred);
      const columns = columnsOf(yPred);
      if (columns > 2) {
        throw new ShapeError(
          `auc: predictions expected [batch], [batch, 1] or [batch, 2], got ${showShape(yPred.shape)}; take one class against the rest`,
        );
      }
      for (let row = 0; row < yPred.data.length / columns; row++) {
        const label = form === "binary" ? (yTrue.data[row] as number) : labelOf(form, yTrue.data, row, columns);
        if (label !== 0 && label !== 1) {
          throw new ValueError(
            `auc: labels expected 0 or 1, got ${label} in row ${row}; map the two classes to 0 and 1`,
          );
        }
        (label === 1 ? positive : negative).push(yPred.data[row * columns + columns - 1] as number);
      }
    },

    result: () => (positive.length + negative.length === 0 ? 0 : area(positive.sorted(), negative.sorted())),
  };
}

/** For each positive score the negatives below it and half of those equal to it, over all pairs. */
function area(positive: Float64Array, negative: Float64Array): number {
  // NaN sorts last.
  if (Number.isNaN(positive[positive.length - 1]) || Number.isNaN(negative[negative.length - 1])) return Number.NaN;
  let below = 0;
  let through = 0;
  let sum = 0;
  for (const score of positive) {
    while (below < negative.length && (negative[below] as number) < score) below++;
    while (through < negative.length && (negative[through] as number) <= score) through++;
    sum += (below + through) / 2;
  }
  return sum / (positive.length * negative.length);
}

/** A list of numbers that grows by doubling. */
class Scores {
  length = 0;
  private values = new Float64Array(1024);

  push(score: number): void {
    if (this.length === this.values.length) {
      const larger = new Float64Array(2 * this.length);
      larger.set(this.values);
      this.values = larger;
    }
    this.values[this.length++] = score;
  }

  sorted(): Float64Array {
    return this.values.slice(0, this.length).sort();
  }
}
