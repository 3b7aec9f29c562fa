import { checkNumber, checkOptions, show } from "../util/check.js";
import { ValueError } from "../util/errors.js";

/** Errors as fractions from 0 to 1. */
export interface BiasVarianceOptions {
  /** Error on the training set. */
  train: number;
  /** Error on the dev set. */
  dev: number;
  /** Error on the test set, which nothing was chosen by. */
  test?: number;
  /** Error on rows of the training set's source that were kept out of training; for dev sets of another source. */
  trainDev?: number;
  /** The least error that is possible, or that of the best people. Default 0. */
  bayes?: number;
  /** Gaps below this are low. Default 0.02. */
  tolerance?: number;
}

/** What can lie between two of the errors. */
export type Gap = "avoidableBias" | "variance" | "dataMismatch" | "devOverfitting";

/** What `biasVariance` found. A gap is undefined where an error that it needs was not given, and can be below 0. */
export interface BiasVariance {
  /** train − bayes. */
  readonly avoidableBias: number;
  /** trainDev − train, or dev − train where there is no trainDev. */
  readonly variance: number;
  /** dev − trainDev. */
  readonly dataMismatch: number | undefined;
  /** test − dev. */
  readonly devOverfitting: number | undefined;
  /** The largest gap, the earlier of equal ones; `"none"` where all are low. */
  readonly dominant: Gap | "none";
  /** All gaps of `tolerance` or more, in the order in which to work on them. */
  readonly high: readonly Gap[];
  /** What to try against the dominant gap, the most promising first; empty where there is none. */
  readonly recipe: readonly string[];
  /** All of it as lines to read. */
  readonly summary: string;
}

const GAPS: readonly Gap[] = ["avoidableBias", "variance", "dataMismatch", "devOverfitting"];
const NAMES: Record<Gap, string> = {
  avoidableBias: "avoidable bias",
  variance: "variance",
  dataMismatch: "data mismatch",
  devOverfitting: "overfitting to dev",
};
const RECIPES: Record<Gap, readonly string[]> = {
  avoidableBias: [
    "a bigger network: more units or layers",
    "longer training, or a better optimizer",
    "another architecture",
    "less regularisation",
  ],
  variance: [
    "more training data, or augmentation of what there is",
    "regularisation: L2, dropout, early stopping",
    "another architecture",
  ],
  dataMismatch: [
    "a look at where dev rows differ from training rows (error analysis, compareDistributions)",
    "training data more like the dev set: collected or synthesised",
    "a part of the dev set's source moved into training",
  ],
  devOverfitting: ["a bigger dev set", "a new dev set", "fewer choices made by the dev set"],
};
/** Gaps that differ by less than this are equal: 0.15 − 0 and 0.3 − 0.15 do, in binary. */
const ROUNDING = 1e-9;

/**
 * Where a model's error comes from, and what to do about it. With errors as fractions:
 *
 * avoidable bias = train − bayes; variance = trainDev − train (dev − train without a trainDev set); data mismatch = dev − trainDev;
 * overfitting to dev = test − dev.
 *
 * The largest gap dominates. After "Bias/variance", "Basic recipe for machine learning" and "Bias and variance with mismatched data
 * distributions" in Andrew Ng's deep learning specialisation.
 *
 * @param options.bayes the least error possible; default 0
 * @param options.tolerance gaps below it are low; default 0.02, two percentage points. Lower it for a model whose errors are smaller
 * @throws ValueError where an error is no fraction, `train` or `dev` is missing, or an option is unknown
 * @example
 * const found = biasVariance({ train: 0.01, dev: 0.11 });
 * found.variance; // 0.1
 * found.dominant; // "variance"
 * biasVariance({ train: 0.15, dev: 0.16, bayes: 0.14 }).dominant; // "none"
 */
export function biasVariance(options: BiasVarianceOptions): BiasVariance {
  checkOptions("biasVariance", options, ["train", "dev", "test", "trainDev", "bayes", "tolerance"], true);
  const train = checkError("train", options.train);
  const dev = checkError("dev", options.dev);
  const bayes = checkError("bayes", options.bayes ?? 0);
  const test = options.test === undefined ? undefined : checkError("test", options.test);
  const trainDev = options.trainDev === undefined ? undefined : checkError("trainDev", options.trainDev);
  const tolerance = checkNumber("biasVariance", "tolerance", options.tolerance ?? 0.02, { above: 0, max: 1 });
  const gaps = {
    avoidableBias: train - bayes,
    variance: (trainDev ?? dev) - train,
    dataMismatch: trainDev === undefined ? undefined : dev - trainDev,
    devOverfitting: test === undefined ? undefined : test - dev,
  };
  const sizeOf = (gap: Gap) => gaps[gap] ?? Number.NEGATIVE_INFINITY;
  const high = GAPS.filter((gap) => sizeOf(gap) >= tolerance - ROUNDING).sort((a, b) => {
    const difference = sizeOf(b) - sizeOf(a);
    return Math.abs(difference) < ROUNDING ? GAPS.indexOf(a) - GAPS.indexOf(b) : difference;
  });
  const dominant = high[0] ?? "none";
  const recipe = dominant === "none" ? [] : [...RECIPES[dominant]];
  const terms: Record<Gap, string> = {
    avoidableBias: `train ${percent(train)} − bayes ${percent(bayes)}`,
    variance: `${trainDev === undefined ? `dev ${percent(dev)}` : `train-dev ${percent(trainDev)}`} − train ${percent(train)}`,
    dataMismatch: `dev ${percent(dev)} − train-dev ${percent(trainDev ?? 0)}`,
    devOverfitting: `test ${percent(test ?? 0)} − dev ${percent(dev)}`,
  };
  const lines = GAPS.filter((gap) => gaps[gap] !== undefined).map((gap) => {
    const size = percent(sizeOf(gap)).padStart(8);
    return `${NAMES[gap].padEnd(18)} ${size}  ${high.includes(gap) ? "high" : "low "}  ${terms[gap]}`;
  });
  if (train < bayes - ROUNDING) {
    lines.push(
      "Training error is below the least error possible: bayes was estimated too high, or the network fits noise.",
    );
  }
  lines.push(
    dominant === "none"
      ? `No gap reaches the tolerance of ${percent(tolerance)}.`
      : `Work on ${NAMES[dominant]} first: ${recipe.join("; ")}.`,
  );
  return { ...gaps, dominant, high, recipe, summary: lines.join("\n") };
}

function checkError(argument: string, value: unknown): number {
  if (typeof value === "number" && value >= 0 && value <= 1) return value;
  const remedy = typeof value === "number" && value > 1 && value <= 100 ? "; divide percentages by 100" : "";
  throw new ValueError(
    `biasVariance: ${argument} expected an error as a fraction from 0 to 1, got ${show(value)}${remedy}`,
  );
}

/** `0.105` → `"10.5 %"`, to a hundredth of a point. */
function percent(fraction: number): string {
  return `${Number((fraction * 100).toFixed(2))} %`.replace(/^-/, "−");
}
