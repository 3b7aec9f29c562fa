import { memory } from "../backend/engine.js";
import { Tensor } from "../tensor/tensor.js";
import { checkName, checkNumber, checkOptions, show } from "../util/check.js";
import { ShapeError, ValueError } from "../util/errors.js";
import { argMaxOf, columnsOf, formOf, labelOf, type Metric } from "./metric.js";

export interface RateOptions {
  /**
   * `"binary"`: of class 1, the default for one output; `"macro"`: mean over the classes that occur among labels or predictions, the
   * default for several; `"micro"`: over all classes together.
   */
  average?: "binary" | "macro" | "micro";
  /** For one output: a prediction above it is class 1; default 0.5. */
  threshold?: number;
}

const averages = ["binary", "macro", "micro"] as const;

/** Right and wrong by class: true positives, false positives, false negatives. */
interface Counts {
  tp: number;
  fp: number;
  fn: number;
}

/**
 * Of the rows predicted as a class, the share that is of it: tp / (tp + fp); 0 where nothing was predicted, as in scikit-learn.
 *
 * @throws ValueError for an unknown option
 * @example
 * const metric = wg.metrics.precision();
 * metric.update({ data: Int32Array.of(1, 0, 1, 1), shape: [4, 1] }, { data: Float32Array.of(0.9, 0.8, 0.7, 0.6), shape: [4, 1] });
 * metric.result(); // 0.75
 */
export function precision(options: RateOptions = {}): Metric {
  return rate("precision", options, ({ tp, fp }) => share(tp, tp + fp));
}

/**
 * Of the rows of a class, the share that is predicted as it: tp / (tp + fn); 0 where there is none, as in scikit-learn.
 *
 * @throws ValueError for an unknown option
 * @example
 * const metric = wg.metrics.recall();
 * metric.update({ data: Int32Array.of(1, 0, 1, 1), shape: [4, 1] }, { data: Float32Array.of(0.9, 0.8, 0.7, 0.6), shape: [4, 1] });
 * metric.result(); // 1
 */
export function recall(options: RateOptions = {}): Metric {
  return rate("recall", options, ({ tp, fn }) => share(tp, tp + fn));
}

/**
 * The harmonic mean of precision and recall: 2 tp / (2 tp + fp + fn); 0 where a class neither occurs nor is predicted, as in scikit-learn.
 *
 * @throws ValueError for an unknown option
 * @example
 * const metric = wg.metrics.f1();
 * metric.update({ data: Int32Array.of(1, 0, 1, 1), shape: [4, 1] }, { data: Float32Array.of(0.9, 0.8, 0.7, 0.6), shape: [4, 1] });
 * metric.result(); // 0.857
 */
export function f1(options: RateOptions = {}): Metric {
  return rate("f1", options, ({ tp, fp, fn }) => share(2 * tp, 2 * tp + fp + fn));
}

function share(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}

function rate(name: string, options: RateOptions, of: (counts: Counts) => number): Metric {
  checkOptions(name, options, ["average", "threshold"]);
  const { average, threshold = 0.5 } = options;
  if (average !== undefined) checkName(name, "average", average, averages);
  checkNumber(name, "threshold", threshold);
  let classes: Counts[] = [];
  let columns = 0;
  return {
    name,
    config: { threshold, ...(average === undefined ? {} : { average }) },

    reset() {
      classes = [];
      columns = 0;
    },

    update(yTrue, yPred) {
      const form = formOf(name, yTrue, yPred);
      const width = columnsOf(yPred);
      if (columns !== 0 && width !== columns) {
        throw new ShapeError(
          `${name}: predictions expected ${columns} outputs a row as before, got ${width}; call reset()`,
        );
      }
      columns = width;
      const count = form === "binary" ? 2 : width;
      while (classes.length < count) classes.push({ tp: 0, fp: 0, fn: 0 });
      const scores = yPred.data;
      const labels = yTrue.data;
      for (let row = 0; row < scores.length / width; row++) {
        const predicted =
          form === "binary" ? Number((scores[row] as number) > threshold) : argMaxOf(scores, row * width, width);
        const label = form === "binary" ? (labels[row] as number) : labelOf(form, labels, row, width);
        const own = classes[label];
        if (!own) throw wrongLabel(name, label, row, count);
        if (predicted === label) own.tp++;
        else {
          own.fn++;
          const other = classes[predicted];
          if (other) other.fp++;
        }
      }
    },

    result() {
      if (columns === 0) return 0;
      const by = average ?? (columns === 1 ? "binary" : "macro");
      if (by === "binary") {
        if (classes.length === 2) return of(classes[1] as Counts);
        throw new ValueError(
          `${name}: average expected "macro" or "micro" for ${classes.length} classes, got "binary"; name one of these`,
        );
      }
      const present = classes.filter(({ tp, fp, fn }) => tp + fp + fn > 0);
      if (by === "macro")
        return share(
          present.reduce((sum, each) => sum + of(each), 0),
          present.length,
        );
      const add = (key: keyof Counts) => present.reduce((sum, each) => sum + each[key], 0);
      return of({ tp: add("tp"), fp: add("fp"), fn: add("fn") });
    },
  };
}

/**
 * How often each class was predicted as each: `matrix[label][prediction]`, rows are true classes.
 *
 * @param labels class numbers, as an array or a tensor
 * @param predictions class numbers, as many
 * @param classes how many there are; default: one more than the greatest number
 * @throws ShapeError where the lengths differ, ValueError for a number that is no class
 * @example
 * wg.metrics.confusionMatrix([0, 1, 1], [0, 1, 0], 2); // [[1, 0], [1, 1]]
 */
export function confusionMatrix(
  labels: ArrayLike<number> | Tensor,
  predictions: ArrayLike<number> | Tensor,
  classes?: number,
): number[][] {
  const name = "confusionMatrix";
  const [t, p] = [numbersOf("labels", labels), numbersOf("predictions", predictions)];
  if (t.length !== p.length) {
    throw new ShapeError(`${name}: predictions expected ${t.length} class numbers, one a label, got ${p.length}`);
  }
  if (classes !== undefined) checkNumber(name, "classes", classes, { min: 1, whole: true });
  let count = classes ?? 0;
  if (classes === undefined) {
    for (let i = 0; i < t.length; i++) count = Math.max(count, Number(t[i]) + 1, Number(p[i]) + 1);
  }
  const matrix = Array.from({ length: Math.ceil(count) || 0 }, () => new Array<number>(Math.ceil(count)).fill(0));
  for (let i = 0; i < t.length; i++) {
    const row = typeof t[i] === "number" ? matrix[t[i] as number] : undefined;
    if (!row) throw wrongLabel(name, t[i] as number, i, count);
    if (typeof p[i] !== "number" || row[p[i] as number] === undefined)
      throw wrongLabel(name, p[i] as number, i, count, "predictions");
    (row[p[i] as number] as number)++;
  }
  return matrix;
}

function numbersOf(argument: string, values: ArrayLike<number> | Tensor): ArrayLike<number> {
  if (values instanceof Tensor) return memory().view(values.at, values.size, values.dtype);
  if (Array.isArray(values) || ArrayBuffer.isView(values)) return values;
  throw new ValueError(
    `confusionMatrix: ${argument} expected an array or a tensor of class numbers, got ${show(values)}`,
  );
}

function wrongLabel(name: string, label: number, row: number, classes: number, argument = "labels"): ValueError {
  return new ValueError(
    `${name}: ${argument} expected whole numbers from 0 to ${classes - 1} for ${classes} classes, got ${show(label)} in row ${row}`,
  );
}
