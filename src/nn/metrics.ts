import { checkNumber, checkOptions, nearest, show } from "../util/check.js";
import { ShapeError, ValueError } from "../util/errors.js";
import type { HostArray } from "../util/host-array.js";
import type { Config, Saved } from "../util/named.js";
import { showShape } from "../util/shapes.js";
import { auc } from "./auc.js";
import { f1, precision, recall } from "./confusion.js";
import { argMaxOf, columnsOf, formOf, labelOf, type Metric, meanMetric } from "./metric.js";

export { auc } from "./auc.js";
export { confusionMatrix, f1, precision, type RateOptions, recall } from "./confusion.js";

/**
 * The share of right predictions, by the form of the labels: one-hot or soft labels and class numbers against the greatest of several
 * outputs (the first of equal ones), 0 and 1 against one output above 0.5.
 *
 * @throws in `update`: ShapeError where labels and predictions do not fit
 * @example
 * const accuracy = wg.metrics.accuracy();
 * accuracy.update({ data: Int32Array.of(1, 0), shape: [2] }, { data: Float32Array.of(0.2, 0.8, 0.4, 0.6), shape: [2, 2] });
 * accuracy.result(); // 0.5
 */
export function accuracy(): Metric {
  return meanMetric("accuracy", (yTrue, yPred) => countRight("accuracy", yTrue, yPred, 0.5), rowsIn);
}

/**
 * The share of outputs on the right side of `threshold`, labels 0 and 1, of any equal shapes: for sigmoid outputs, several too.
 *
 * @param options.threshold default 0.5; a prediction above it is 1
 * @throws ValueError for an unknown option; in `update`: ShapeError where labels and predictions do not fit
 * @example
 * const metric = wg.metrics.binaryAccuracy();
 * metric.update({ data: Int32Array.of(1, 0), shape: [2, 1] }, { data: Float32Array.of(0.8, 0.6), shape: [2, 1] });
 * metric.result(); // 0.5
 */
export function binaryAccuracy(options: { threshold?: number } = {}): Metric {
  checkOptions("binaryAccuracy", options, ["threshold"]);
  const { threshold = 0.5 } = options;
  checkNumber("binaryAccuracy", "threshold", threshold);
  const total = (yTrue: HostArray, yPred: HostArray) => {
    checkSameSize("binaryAccuracy", yTrue, yPred);
    return countBinary(yTrue.data, yPred.data, threshold);
  };
  return meanMetric("binaryAccuracy", total, (_, yPred) => yPred.data.length, { config: { threshold } });
}

/**
 * As `accuracy`, for one-hot or soft labels `[batch, classes]` only.
 *
 * @throws in `update`: ShapeError where labels and predictions do not fit
 * @example
 * const metric = wg.metrics.categoricalAccuracy();
 * metric.update({ data: Int32Array.of(0, 1, 1, 0), shape: [2, 2] }, { data: Float32Array.of(0.2, 0.8, 0.4, 0.6), shape: [2, 2] });
 * metric.result(); // 0.5
 */
export function categoricalAccuracy(): Metric {
  const name = "categoricalAccuracy";
  return meanMetric(name, (yTrue, yPred) => countRight(name, yTrue, yPred, 0.5, "dense"), rowsIn);
}

/**
 * As `accuracy`, for class numbers `[batch]` only.
 *
 * @throws in `update`: ShapeError where labels and predictions do not fit
 * @example
 * const metric = wg.metrics.sparseCategoricalAccuracy();
 * metric.update({ data: Int32Array.of(1, 0), shape: [2] }, { data: Float32Array.of(0.2, 0.8, 0.4, 0.6), shape: [2, 2] });
 * metric.result(); // 0.5
 */
export function sparseCategoricalAccuracy(): Metric {
  const name = "sparseCategoricalAccuracy";
  return meanMetric(name, (yTrue, yPred) => countRight(name, yTrue, yPred, 0.5, "classes"), rowsIn);
}

/**
 * The share of rows whose class is among the `k` greatest outputs; outputs equal to the class's own do not push it out, as in Keras.
 * Labels one-hot, soft or class numbers.
 *
 * @param k default 5
 * @throws ValueError where `k` is not a whole number ≥ 1
 * @example
 * const metric = wg.metrics.topK(2);
 * metric.update({ data: Int32Array.of(1, 0), shape: [2] }, { data: Float32Array.of(0.2, 0.5, 0.3, 0.2, 0.3, 0.5), shape: [2, 3] });
 * metric.result(); // 0.5
 */
export function topK(k = 5): Metric {
  checkNumber("topK", "k", k, { min: 1, whole: true });
  const name = `top${k}Accuracy`;
  const total = (yTrue: HostArray, yPred: HostArray): number => {
    const columns = columnsOf(yPred);
    const form = formOf(name, yTrue, yPred);
    if (form === "binary") throw severalOutputs(name, yPred);
    const scores = yPred.data;
    let right = 0;
    for (let row = 0; row < scores.length / columns; row++) {
      const own = scores[row * columns + labelOf(form, yTrue.data, row, columns)] as number;
      let greater = 0;
      for (let j = row * columns; j < (row + 1) * columns; j++) if ((scores[j] as number) > own) greater++;
      if (greater < k && !Number.isNaN(own)) right++;
    }
    return right;
  };
  return meanMetric(name, total, rowsIn);
}

/**
 * Mean of |yTrue − yPred| over all elements.
 *
 * @throws in `update`: ShapeError where labels and predictions do not fit
 * @example
 * const metric = wg.metrics.meanAbsoluteError();
 * metric.update({ data: Int32Array.of(1, 2), shape: [2, 1] }, { data: Float32Array.of(1, 4), shape: [2, 1] });
 * metric.result(); // 1
 */
export function meanAbsoluteError(): Metric {
  const name = "meanAbsoluteError";
  return meanMetric(name, (t, p) => sumOver(name, t, p, Math.abs), elements);
}

/**
 * Mean of (yTrue − yPred)² over all elements.
 *
 * @throws in `update`: ShapeError where labels and predictions do not fit
 * @example
 * const metric = wg.metrics.meanSquaredError();
 * metric.update({ data: Int32Array.of(1, 2), shape: [2, 1] }, { data: Float32Array.of(1, 4), shape: [2, 1] });
 * metric.result(); // 2
 */
export function meanSquaredError(): Metric {
  const name = "meanSquaredError";
  return meanMetric(name, (t, p) => sumOver(name, t, p, square), elements);
}

/**
 * √ of the mean of (yTrue − yPred)² over all elements.
 *
 * @throws in `update`: ShapeError where labels and predictions do not fit
 * @example
 * const metric = wg.metrics.rootMeanSquaredError();
 * metric.update({ data: Int32Array.of(1, 2), shape: [2, 1] }, { data: Float32Array.of(1, 4), shape: [2, 1] });
 * metric.result(); // 1.414
 */
export function rootMeanSquaredError(): Metric {
  const name = "rootMeanSquaredError";
  return meanMetric(name, (t, p) => sumOver(name, t, p, square), elements, { finish: Math.sqrt });
}

const metrics = /* @__PURE__ */ new Map<string, (config?: never) => Metric>(
  /* @__PURE__ */ Object.entries({
    accuracy,
    binaryAccuracy,
    categoricalAccuracy,
    sparseCategoricalAccuracy,
    topK: () => topK(),
    meanAbsoluteError,
    meanSquaredError,
    rootMeanSquaredError,
    precision,
    recall,
    f1,
    auc,
  }),
);

const otherNames = new Map([
  ["acc", "accuracy"],
  ["mae", "meanAbsoluteError"],
  ["mse", "meanSquaredError"],
  ["rmse", "rootMeanSquaredError"],
  ["topKCategoricalAccuracy", "topK"],
  ["f1Score", "f1"],
]);

/**
 * A new metric of a name, in camel or Keras's snake case; `"acc"`, `"mae"`, `"mse"`, `"rmse"` and `"top3Accuracy"` (any number) too. A
 * metric is handed through, and a saved one made again.
 *
 * @throws ValueError that names the nearest valid one
 * @example
 * wg.metrics.metricNamed("mse").name; // "meanSquaredError"
 */
export function metricNamed(metric: string | Metric | Saved): Metric {
  if (typeof metric === "object" && metric !== null) {
    if ("update" in metric) return metric;
    const make = metrics.get(metric.name) as ((config: Config) => Metric) | undefined;
    return make ? make(metric.config) : metricNamed(metric.name);
  }
  if (typeof metric === "string") {
    const camel = metric.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
    const short = otherNames.get(camel) ?? otherNames.get(metric.toLowerCase()) ?? camel;
    const make = metrics.get(short) ?? metrics.get(short.toLowerCase());
    if (make) return make();
    const top = /^top([1-9]\d*)(Accuracy)?$/.exec(metric);
    if (top) return topK(Number(top[1]));
  }
  const names = [...metrics.keys()];
  const near = typeof metric === "string" ? nearest(metric.replaceAll("_", ""), names) : undefined;
  throw new ValueError(
    `metrics: expected one of ${names.map((name) => `"${name}"`).join(", ")}, got ${show(metric)}` +
      (near ? `; did you mean "${near}"?` : ""),
  );
}

/** Right predictions in a batch. Runs for every training batch: it makes no object. */
function countRight(
  name: string,
  yTrue: HostArray,
  yPred: HostArray,
  threshold: number,
  only?: "dense" | "classes",
): number {
  const form = formOf(name, yTrue, yPred);
  if (only && form !== only) throw wrongForm(name, only, yTrue, yPred);
  const labels = yTrue.data;
  const scores = yPred.data;
  if (form === "binary") return countBinary(labels, scores, threshold);
  const columns = columnsOf(yPred);
  const rows = scores.length / columns;
  let right = 0;
  for (let row = 0; row < rows; row++) {
    if (argMaxOf(scores, row * columns, columns) === labelOf(form, labels, row, columns)) right++;
  }
  return right;
}

function countBinary(labels: ArrayLike<number>, scores: ArrayLike<number>, threshold: number): number {
  let right = 0;
  for (let i = 0; i < scores.length; i++) {
    const score = scores[i] as number;
    const predicted = score > threshold ? 1 : 0;
    if (predicted === labels[i] && !Number.isNaN(score)) right++;
  }
  return right;
}

function rowsIn(_: HostArray, yPred: HostArray): number {
  return yPred.data.length / columnsOf(yPred);
}

function elements(_: HostArray, yPred: HostArray): number {
  return yPred.data.length;
}

function square(d: number): number {
  return d * d;
}

function sumOver(name: string, yTrue: HostArray, yPred: HostArray, f: (d: number) => number): number {
  checkSameSize(name, yTrue, yPred);
  const [t, p] = [yTrue.data, yPred.data];
  let sum = 0;
  for (let i = 0; i < p.length; i++) sum += f((t[i] as number) - (p[i] as number));
  return sum;
}

/** Equal shapes, but for axes of size 1. */
function checkSameSize(name: string, yTrue: HostArray, yPred: HostArray): void {
  if (yTrue.data.length === yPred.data.length && (yTrue.shape[0] ?? 1) === (yPred.shape[0] ?? 1)) return;
  throw new ShapeError(
    `${name}: yTrue expected shape ${showShape(yPred.shape)} as the predictions, got ${showShape(yTrue.shape)}; reshape the labels`,
  );
}

function wrongForm(name: string, only: "dense" | "classes", yTrue: HostArray, yPred: HostArray): ShapeError {
  if (columnsOf(yPred) === 1) return severalOutputs(name, yPred);
  const wanted =
    only === "dense"
      ? `one-hot labels ${showShape(yPred.shape)}`
      : `class numbers ${showShape(yPred.shape.slice(0, -1))}`;
  return new ShapeError(
    `${name}: yTrue expected ${wanted} for predictions ${showShape(yPred.shape)}, got ${showShape(yTrue.shape)}; use metric "accuracy" for either form`,
  );
}

function severalOutputs(name: string, yPred: HostArray): ShapeError {
  return new ShapeError(
    `${name}: predictions expected [batch, classes] with 2 classes or more, got ${showShape(yPred.shape)}; use metric "binaryAccuracy"`,
  );
}
