import type { Dataset } from "../data/dataset.js";
import type { Arrays } from "../data/store.js";
import type { Table } from "../data/tables/table.js";
import { checkSeed } from "../tensor/random.js";
import { checkBoolean, checkName, checkNumber, checkOptions, show } from "../util/check.js";
import { ShapeError, ValueError } from "../util/errors.js";
import { type DomainClassifier, domainClassifier } from "./distributions/domain-classifier.js";
import { type FeatureTable, featureTable } from "./distributions/features.js";
import { adjusted } from "./distributions/special.js";
import { tablePair } from "./distributions/tables.js";
import { categoryDifference, chiSquare, numberDifference } from "./distributions/two-samples.js";
import { table } from "./table.js";

const corrections = ["holm", "benjaminiHochberg"] as const;

export interface CompareDistributionsOptions {
  /** A name for each feature. Default: those of the arrays, as `age` or `x[3]`. */
  names?: readonly string[];
  /** Features that are categories, by name or number; texts always are. Default: int32 and bool ones of at most 20 values. */
  categorical?: readonly (string | number)[];
  /** The chance of a false alarm that is accepted, 0 < α < 1. Default: 0.01. */
  alpha?: number;
  /** What α is kept over all features: the chance of any false alarm, or the share of false alarms among the alarms. Default: `"holm"`. */
  correction?: (typeof corrections)[number];
  /** Trains the domain classifier. Default: true. */
  classifier?: boolean;
  /** Rows of each set that are tested, at random where there are more. Default: 10,000. */
  maxRows?: number;
  /** Rows of each set that the domain classifier sees, at random where there are more. Default: 1000. */
  classifierRows?: number;
  /** Draws samples and the classifier's weights. Default: 0. */
  seed?: number;
}

/** One feature in both sets. */
export interface FeatureComparison {
  readonly name: string;
  /** Its place among the features. */
  readonly index: number;
  readonly kind: "number" | "category";
  /** Kolmogorov–Smirnov's D of numbers, χ² of categories. */
  readonly statistic: number;
  readonly pValue: number;
  /** The p-value corrected for the number of tests; the feature differs where it is at most α. */
  readonly adjusted: number;
  /** The population-stability index. */
  readonly psi: number;
  /** What the index says: below 0.1 none, from 0.25 large. */
  readonly shift: "none" | "moderate" | "large";
  /** From 0, alike, to 1, nothing in common: D, or half the sum of the differences of the categories' shares. */
  readonly distance: number;
  /** Shares of missing values (NaN). */
  readonly missing: { readonly train: number; readonly dev: number };
  /** Of the χ² test that the shares of missing values are one, corrected too; 1 where none is missing. */
  readonly missingAdjusted: number;
  readonly differs: boolean;
}

/** What `compareDistributions` found. */
export interface DistributionComparison {
  /** A feature differs, or the classifier tells the sets apart. */
  readonly differ: boolean;
  /** All features, those that give the difference away first. */
  readonly features: readonly FeatureComparison[];
  /** Undefined where it was switched off or there are not enough rows. */
  readonly classifier: DomainClassifier | undefined;
  /** Rows that were compared. */
  readonly rows: { readonly train: number; readonly dev: number };
  /** All of it as lines to read. */
  readonly summary: string;
  toString(): string;
}

const OPERATION = "compareDistributions";
/** Of the population-stability index; Siddiqi, Credit Risk Scorecards (2006), chapter 9. */
const MODERATE = 0.1;
const LARGE = 0.25;
const MOST_CATEGORIES = 20;
const SHOWN = 10;

/**
 * Whether two sets, such as training and dev, come from one source, and which features give it away:
 *
 * - numbers: the two-sample Kolmogorov–Smirnov test, D = max |F₁ − F₂|, its p-value by the asymptotic law with Stephens's correction;
 * - categories: the χ² test of homogeneity, those with fewer than 5 rows to be expected as one;
 * - missing values: the χ² test of their shares; the two tests above see the others;
 * - each: the population-stability index Σ (q − p) ln(q / p), over the deciles of the training rows or the categories. Below 0.1 no shift,
 *   to 0.25 a moderate one, above it a large one (Siddiqi, 2006). It has no test: of few rows it is large by chance, about
 *   (bins − 1)(1/m + 1/n);
 * - all together: the area under the curve of a small network that learns which set a row is from, judged by 5-fold cross-validation. It
 *   finds what no single feature shows, such as another correlation (Lopez-Paz and Oquab, "Revisiting classifier two-sample tests", 2017).
 *
 * P-values are corrected for the number of tests. After "Training and testing on different distributions" and "Bias and variance with
 * mismatched data distributions" in Ng's "Structuring machine learning projects".
 *
 * @param train a `Table`, a `Dataset`, `{ x }`, rows `[rows, features]` or of any shape, or a record of columns. All columns of a table are
 *   compared; the labels of the others are left out
 * @param dev the same features
 * @throws ShapeError where the two do not have the same features, in one order; StateError where one has no rows; ValueError for an unknown option
 * @example
 * const rows = (move: number) => Array.from({ length: 200 }, (_, i) => [i / 200 + move, (i * 7) % 10]);
 * const found = await compareDistributions(rows(0), rows(0.5), { names: ["brightness", "noise"] });
 * found.differ; // true
 * found.features[0]?.name; // "brightness"
 * found.features[0]?.statistic; // 0.5
 * found.features[1]?.differs; // false
 * @example
 * import { Table } from "wasmgrad/data";
 * const flats = (city: string) => Table.fromColumns({ city: Array.from({ length: 50 }, () => city), rooms: [...Array(50).keys()] });
 * const { features } = await compareDistributions(flats("Oslo"), flats("Bern"));
 * features.map(({ name, kind, differs }) => [name, kind, differs]); // [["city", "category", true], ["rooms", "number", false]]
 */
export async function compareDistributions(
  train: Table | Dataset | { readonly x: Arrays; readonly y?: unknown } | Arrays,
  dev: Table | Dataset | { readonly x: Arrays; readonly y?: unknown } | Arrays,
  options: CompareDistributionsOptions = {},
): Promise<DistributionComparison> {
  const known = ["names", "categorical", "alpha", "correction", "classifier", "maxRows", "classifierRows", "seed"];
  checkOptions(OPERATION, options, known);
  const { names, categorical } = options;
  const alpha = checkNumber(OPERATION, "alpha", options.alpha ?? 0.01, { above: 0, below: 1 });
  const correction = checkName(OPERATION, "correction", options.correction ?? "holm", corrections);
  const withClassifier = checkBoolean(OPERATION, "classifier", options.classifier ?? true);
  const most = checkNumber(OPERATION, "maxRows", options.maxRows ?? 10_000, { min: 2, whole: true });
  const fewer = checkNumber(OPERATION, "classifierRows", options.classifierRows ?? 1000, { min: 2, whole: true });
  const seed = checkSeed(OPERATION, options.seed ?? 0);
  const { sets, texts } = tablePair(OPERATION, train, dev);
  const first = await featureTable(OPERATION, "train", sets[0], { most, seed });
  const second = await featureTable(OPERATION, "dev", sets[1], { most, seed });
  checkAlike(first, second);
  const named = names === undefined ? first.names : checkNames(names, first.columns.length);
  const declared = categoriesOf(categorical, named, first, second);
  const isCategory = declared.map((given, j) => given || texts.includes(first.names[j] as string));
  const features = compareFeatures(first, second, named, isCategory, alpha, correction);
  const classifier = withClassifier
    ? await domainClassifier(first, second, isCategory, { most: fewer, seed })
    : undefined;
  const differ = features.some((each) => each.differs) || (classifier !== undefined && classifier.pValue <= alpha);
  const rows = { train: first.rows, dev: second.rows };
  const summary = summaryOf(first, second, features, classifier, alpha);
  return { differ, features, classifier, rows, summary, toString: () => summary };
}

function compareFeatures(
  train: FeatureTable,
  dev: FeatureTable,
  names: readonly string[],
  isCategory: readonly boolean[],
  alpha: number,
  correction: (typeof corrections)[number],
): FeatureComparison[] {
  const found = names.map((name, index) => {
    const sets = [train, dev].map((each) => each.columns[index] as Float64Array) as [Float64Array, Float64Array];
    const present = sets.map((values) => values.filter((v) => !Number.isNaN(v))) as [Float64Array, Float64Array];
    const counts = sets.map((values, i) => [values.length - (present[i]?.length ?? 0), present[i]?.length ?? 0]);
    const kind = isCategory[index] ? ("category" as const) : ("number" as const);
    const difference = kind === "category" ? categoryDifference(...present) : numberDifference(...present);
    const [a, b] = counts.map(([n], i) => (n as number) / (sets[i]?.length ?? 1)) as [number, number];
    return { name, index, kind, ...difference, missing: { train: a, dev: b }, missingP: chiSquare(counts).pValue };
  });
  const withMissing = found.filter(({ missing }) => missing.train + missing.dev > 0);
  const corrected = adjusted(
    [...found.map((each) => each.pValue), ...withMissing.map((each) => each.missingP)],
    correction,
  );
  const features = found.map(({ missingP: _, ...each }, i): FeatureComparison => {
    const at = withMissing.findIndex(({ index }) => index === i);
    const missingAdjusted = at < 0 ? 1 : (corrected[found.length + at] as number);
    const shift = each.psi < MODERATE ? "none" : each.psi < LARGE ? "moderate" : "large";
    const differs = Math.min(corrected[i] as number, missingAdjusted) <= alpha;
    return { ...each, shift, adjusted: corrected[i] as number, missingAdjusted, differs };
  });
  const weight = ({ differs, distance, missing }: FeatureComparison) =>
    Number(differs) + Math.max(distance, Math.abs(missing.train - missing.dev)) / 2;
  return features.sort((a, b) => weight(b) - weight(a) || a.index - b.index);
}

function checkAlike(train: FeatureTable, dev: FeatureTable): void {
  const [a, b] = [train.names, dev.names];
  const other = a.findIndex((name, i) => name !== b[i]);
  if (a.length === b.length && other < 0) return;
  const [expected, got] =
    a.length === b.length ? [`"${a[other]}"`, `"${b[other]}"`] : [`${a.length} of them`, `${b.length}`];
  throw new ShapeError(
    `${OPERATION}: dev expected the features of train, ${expected}, got ${got}; take the same columns of both`,
  );
}

function checkNames(names: unknown, features: number): readonly string[] {
  const ok = Array.isArray(names) && names.length === features && names.every((name) => typeof name === "string");
  if (ok && new Set(names).size === features) return names;
  throw new ValueError(`${OPERATION}: names expected ${features} texts, each once, got ${show(names)}`);
}

function categoriesOf(
  given: unknown,
  names: readonly string[],
  train: FeatureTable,
  dev: FeatureTable,
): readonly boolean[] {
  if (given === undefined) {
    return train.dtypes.map((dtype, j) => {
      if (dtype !== "int32" && dtype !== "bool") return false;
      const values = new Set([...(train.columns[j] as Float64Array), ...(dev.columns[j] as Float64Array)]);
      return values.size <= MOST_CATEGORIES;
    });
  }
  if (!Array.isArray(given)) {
    throw new ValueError(`${OPERATION}: categorical expected names or numbers of features, got ${show(given)}`);
  }
  const places = given.map((each) => {
    const place = typeof each === "string" ? names.indexOf(each) : each;
    if (Number.isInteger(place) && place >= 0 && place < names.length) return place as number;
    throw new ValueError(
      `${OPERATION}: categorical expected names of features or numbers from 0 to ${names.length - 1}, got ${show(each)}`,
    );
  });
  return names.map((_, j) => places.includes(j));
}

function summaryOf(
  train: FeatureTable,
  dev: FeatureTable,
  features: readonly FeatureComparison[],
  classifier: DomainClassifier | undefined,
  alpha: number,
): string {
  const differing = features.filter((each) => each.differs);
  const count = (set: FeatureTable) => `${set.rows}${set.rows < set.of ? ` of ${set.of}` : ""}`;
  const heads = ["feature", "test", "statistic", "p corrected", "PSI", "shift", "missing train", "missing dev"];
  const rows = features
    .slice(0, SHOWN)
    .map((each) => [
      each.name,
      each.kind === "number" ? "KS D" : "χ²",
      each.statistic.toPrecision(3),
      showChance(each.adjusted),
      each.psi.toFixed(3),
      each.shift,
      `${+(each.missing.train * 100).toFixed(1)} %`,
      `${+(each.missing.dev * 100).toFixed(1)} %`,
    ]);
  const lines = [
    `${features.length} feature${features.length === 1 ? "" : "s"}, ${count(train)} training rows against ${count(dev)} dev rows, α = ${alpha}`,
    ...table(heads, rows, [2, 3, 4, 6, 7]),
  ];
  if (features.length > SHOWN) lines.push(`… and ${features.length - SHOWN} more`);
  const told = classifier !== undefined && classifier.pValue <= alpha;
  if (classifier) {
    lines.push(
      `A network that guesses the set of a row has an AUC of ${classifier.auc.toFixed(3)} ± ${classifier.standardError.toFixed(3)} (0.5 is chance): it ${told ? "tells the sets apart" : "cannot tell them apart"}.`,
    );
  }
  if (differing.length > 0) {
    const named = differing.slice(0, 5).map(wordsFor).join("; ");
    const more = differing.length > 5 ? `; and ${differing.length - 5} more` : "";
    lines.push(`The sets come from different sources. What gives it away: ${named}${more}.`);
  } else if (told) {
    lines.push(
      "The sets come from different sources, though no feature by itself gives it away: look at pairs of them.",
    );
  } else lines.push("Nothing says that the sets come from different sources.");
  return lines.join("\n");
}

function showChance(p: number): string {
  if (p === 0) return "< 1e-300";
  return p < 1e-4 ? p.toExponential(0) : p.toFixed(4);
}

function wordsFor({ name, kind, psi, shift, missing, missingAdjusted, adjusted: p }: FeatureComparison): string {
  const gap = Math.abs(missing.train - missing.dev);
  if (missingAdjusted < p || (missingAdjusted === p && gap > 0)) {
    return `${name} (missing in ${+(missing.train * 100).toFixed(1)} % of training and ${+(missing.dev * 100).toFixed(1)} % of dev rows)`;
  }
  const what = kind === "number" ? "its distribution" : "its categories' shares";
  return `${name} (${what} moved, PSI ${psi.toFixed(2)}: ${shift === "none" ? "small" : shift} shift)`;
}
