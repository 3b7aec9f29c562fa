import type { Loss } from "../../../nn/loss.js";
import type { Metric } from "../../../nn/metric.js";
import { metricNamed, topK } from "../../../nn/metrics.js";
import { Unsupported } from "../../graph/unsupported.js";
import type { Json } from "../saved.js";
import { bare, entriesOf, written } from "./entries.js";

/** Our metrics that are named alike in Keras and have no settings there. */
const plain = {
  categoricalAccuracy: "CategoricalAccuracy",
  sparseCategoricalAccuracy: "SparseCategoricalAccuracy",
  meanAbsoluteError: "MeanAbsoluteError",
  meanSquaredError: "MeanSquaredError",
  rootMeanSquaredError: "RootMeanSquaredError",
};
const short: Readonly<Record<string, keyof typeof plain>> = { mae: "meanAbsoluteError", mse: "meanSquaredError" };

/**
 * @param columns of the output that it judges
 * @throws Unsupported where we have no equal, ValueError for a setting that is none
 */
export function metricOf(saved: unknown, columns: number): Metric {
  const c = entriesOf("metric", saved);
  const called = bare(c.className);
  // Keras's class of this name asks for equal numbers; the word means the one that fits the labels.
  if (saved === "accuracy" || saved === "acc") return metricNamed("accuracy");
  const name = short[called] ?? Object.keys(plain).find((each) => bare(each) === called);
  let made: Metric | undefined;
  if (name !== undefined) made = metricNamed(name);
  else if (called === "binaryaccuracy") {
    made = metricNamed({ name: "binaryAccuracy", config: { threshold: written(c.get("threshold", 0.5)) } });
  } else if (/^(sparse)?topkcategoricalaccuracy$/.test(called)) made = topK(c.get("k", 5));
  else if (called === "auc") {
    for (const key of ["multi_label", "from_logits"]) c.only(key, false);
    for (const key of ["num_labels", "label_weights"]) c.only(key, undefined);
    c.only("curve", "ROC");
    c.get("summation_method", undefined);
    c.get("thresholds", undefined);
    made = metricNamed("auc");
  } else if (called === "precision" || called === "recall") {
    if (columns !== 1) throw c.unsupported("of several outputs, which Keras takes each by itself");
    for (const key of ["top_k", "class_id"]) c.only(key, undefined);
    const threshold = [c.get<unknown>("thresholds", 0.5)].flat();
    if (threshold.length !== 1) throw c.unsupported("several thresholds");
    made = metricNamed({ name: called, config: { threshold: written(threshold[0]) } });
  }
  if (!made) throw c.unsupported("no such metric here");
  c.finish();
  return made;
}

/**
 * A metric in Keras's words: a word, or a class and a config.
 *
 * @throws Unsupported where Keras has no equal
 */
export function metricFor(
  { name, config }: Metric,
  loss: Loss,
  columns: number,
): string | readonly [className: string, word: string, config: Json] {
  const none = new Unsupported(`metric ${name}: Keras has no equal`);
  if (config === undefined) throw none;
  if (name === "accuracy") return name;
  if (Object.hasOwn(plain, name)) {
    const className = plain[name as keyof typeof plain];
    return [className, wordOf(className), {}];
  }
  if (name === "binaryAccuracy") return ["BinaryAccuracy", "binary_accuracy", { threshold: config.threshold }];
  if (name === "auc") return ["AUC", "auc", {}];
  const k = /^top(\d+)Accuracy$/.exec(name)?.[1];
  if (k !== undefined) {
    const className = loss.targets === "classes" ? "SparseTopKCategoricalAccuracy" : "TopKCategoricalAccuracy";
    return [className, wordOf(className), { k: Number(k) }];
  }
  const isBinary = columns === 1 && (config.average ?? "binary") === "binary";
  if ((name === "precision" || name === "recall") && isBinary) {
    return [name === "precision" ? "Precision" : "Recall", name, { thresholds: config.threshold }];
  }
  throw none;
}

const wordOf = (className: string): string => className.replace(/([a-z])([A-Z])/g, "$1_$2").toLowerCase();
