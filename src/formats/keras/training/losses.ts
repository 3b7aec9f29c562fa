import type { Loss } from "../../../nn/loss.js";
import { lossNamed } from "../../../nn/losses.js";
import { Unsupported } from "../../graph/unsupported.js";
import type { Json } from "../saved.js";
import { bare, entriesOf, written } from "./entries.js";

interface Kind {
  /** Keras's class. */
  readonly className: string;
  /** Keras's function, and the name of an object of the class. */
  readonly word: string;
  /** Other words for it. */
  readonly also?: readonly string[];
  /** Our options, and Keras's names for them. */
  readonly options?: Readonly<Record<string, string>>;
  /** Options that Keras lacks, and what they are when left out. */
  readonly lacks?: Json;
}

const labels = { fromLogits: "from_logits", labelSmoothing: "label_smoothing" };

/** By our names. */
const kinds: Readonly<Record<string, Kind>> = {
  meanSquaredError: { className: "MeanSquaredError", word: "mean_squared_error", also: ["mse"] },
  meanAbsoluteError: { className: "MeanAbsoluteError", word: "mean_absolute_error", also: ["mae"] },
  huber: { className: "Huber", word: "huber_loss", also: ["huber"], options: { delta: "delta" } },
  logCosh: { className: "LogCosh", word: "log_cosh", also: ["logcosh"] },
  binaryCrossentropy: { className: "BinaryCrossentropy", word: "binary_crossentropy", also: ["bce"], options: labels },
  categoricalCrossentropy: { className: "CategoricalCrossentropy", word: "categorical_crossentropy", options: labels },
  sparseCategoricalCrossentropy: {
    className: "SparseCategoricalCrossentropy",
    word: "sparse_categorical_crossentropy",
    options: { fromLogits: "from_logits" },
    lacks: { labelSmoothing: 0 },
  },
  binaryFocalCrossentropy: {
    className: "BinaryFocalCrossentropy",
    word: "binary_focal_crossentropy",
    options: { ...labels, gamma: "gamma", alpha: "alpha", applyClassBalancing: "apply_class_balancing" },
  },
  categoricalFocalCrossentropy: {
    className: "CategoricalFocalCrossentropy",
    word: "categorical_focal_crossentropy",
    options: { ...labels, gamma: "gamma", alpha: "alpha" },
  },
};

/** @throws Unsupported where we have no equal, ValueError for a setting that is none */
export function lossOf(saved: unknown): Loss {
  const c = entriesOf("loss", saved);
  const called = bare(c.className);
  const found = Object.entries(kinds).find(([, { className, word, also = [] }]) =>
    [className, word, ...also].some((name) => bare(name) === called),
  );
  if (!found) throw c.unsupported("no such loss here");
  const [name, { options = {} }] = found;
  const config: Record<string, unknown> = {};
  for (const [ours, theirs] of Object.entries(options)) {
    const value = c.get<unknown>(theirs, undefined);
    if (value !== undefined) config[ours] = written(value);
  }
  const reduction = c.get("reduction", "auto");
  if (!["auto", "sum_over_batch_size", "mean"].includes(reduction)) throw c.unsupported(`reduction "${reduction}"`);
  c.only("axis", -1);
  c.only("ignore_class", undefined);
  c.finish();
  return lossNamed({ name, config });
}

/** A loss in Keras's words. @throws Unsupported where Keras has no equal */
export function lossFor({ name, config = {} }: Loss): { className: string; word: string; config: Json } {
  const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined;
  if (!kind) throw new Unsupported(`loss ${name}: Keras has no equal`);
  const { className, word, options = {}, lacks = {} } = kind;
  for (const [key, value] of Object.entries(lacks)) {
    if ((config[key] ?? value) !== value) throw new Unsupported(`loss ${name}: Keras has no ${key}`);
  }
  const own = Object.entries(options).map(([ours, theirs]) => [theirs, config[ours]]);
  return {
    className,
    word,
    config: { name: word, reduction: "sum_over_batch_size", ...Object.fromEntries(own) },
  };
}
