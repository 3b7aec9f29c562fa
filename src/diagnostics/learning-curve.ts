import { Dataset } from "../data/dataset.js";
import { split } from "../data/split.js";
import { evaluate } from "../model/evaluate.js";
import type { Inputs } from "../model/fields.js";
import { type FitOptions, fit } from "../model/fit.js";
import { targetRows } from "../model/inputs.js";
import { metricNames } from "../model/metering.js";
import type { Model } from "../model/model.js";
import { checkSeed, withSeed } from "../tensor/random.js";
import { checkNumber, checkOptions, checkText, show } from "../util/check.js";
import { ValueError } from "../util/errors.js";
import { checkModel } from "./batch.js";
import { type BiasVariance, biasVariance } from "./bias-variance.js";
import { table } from "./table.js";

export interface LearningCurveOptions {
  /** Training rows to try. Default: 10 %, 20 %, 40 %, 70 % and all of them. */
  sizes?: readonly number[];
  /** The rows that all models are judged by. Default: a fifth of `data`, at random. */
  dev?: Dataset | { readonly x: Inputs; readonly y: Inputs };
  /** Epochs of each model. Default: 10. */
  epochs?: number;
  /** Rows of a batch, at most as many as there are. Default: 32. */
  batchSize?: number;
  /** A metric of the models, or `"loss"`. Default: the first metric named `…accuracy…`, else the loss. */
  metric?: string;
  /** Models of each size, each with rows and weights of its own. Default: 1. */
  repeats?: number;
  /** Draws rows and initial weights. Default: 0. */
  seed?: number;
  /** The least error possible, for the verdict. Default: 0. */
  bayes?: number;
  /** Gaps below it are low: default 0.02, two percentage points; where the error is no fraction, a tenth of the dev error. */
  tolerance?: number;
}

/** What models of one size did. */
export interface LearningCurvePoint {
  readonly size: number;
  /** Mean error on the rows that a model was trained on. */
  readonly train: number;
  /** Mean error on the dev rows. */
  readonly dev: number;
  /** Deviations over the repeats, with n − 1; 0 for a single one. */
  readonly trainDeviation: number;
  readonly devDeviation: number;
}

/** What `learningCurve` found. */
export interface LearningCurve {
  readonly points: readonly LearningCurvePoint[];
  /** What the errors are: `1 − accuracy`, or the name of a loss or metric. */
  readonly error: string;
  /** More rows would help: at the largest size the gap between dev and train is high. */
  readonly moreDataHelps: boolean;
  /** `biasVariance` at the largest size; undefined where errors are no fractions. */
  readonly verdict: BiasVariance | undefined;
  /** All of it as lines to read. */
  readonly summary: string;
  toString(): string;
}

const OPERATION = "learningCurve";
const SHARES = [0.1, 0.2, 0.4, 0.7, 1];

/**
 * Training and dev error over the number of training rows: a new model for each size, trained on that many of the rows. The rows of a size
 * are among those of the next. Where the curves have met, more data does not help and a larger model may (bias); where a gap is left between
 * them, more data or regularisation helps (variance). After "Learning curves" in Ng's "Machine learning" and Machine Learning Yearning,
 * chapters 28 to 31.
 *
 * The verdict is that of `biasVariance` at the largest size. Where the error is no fraction, as a squared error, more data helps where the gap
 * is at least a tenth of the dev error.
 *
 * @param build returns a new compiled model; it is called with the seed of the models set, so that their weights repeat
 * @param data the training rows with their targets, a dataset with an end
 * @throws ValueError for a size that is larger than the rows, an unknown option or metric; ShapeError, StateError as `fit`
 * @example
 * const x = Array.from({ length: 40 }, (_, i) => [i / 40]);
 * const build = () => wg.sequential([wg.layers.dense({ units: 1, inputShape: [1] })]).compile({ optimizer: "adam", loss: "mse" });
 * const curve = await learningCurve(build, { x, y: x }, { sizes: [8, 32], epochs: 2 });
 * curve.points.map(({ size }) => size); // [8, 32]
 */
export async function learningCurve(
  build: () => Model | Promise<Model>,
  data: Dataset | { readonly x: Inputs; readonly y: Inputs },
  options: LearningCurveOptions = {},
): Promise<LearningCurve> {
  if (typeof build !== "function") {
    throw new ValueError(`${OPERATION}: build expected a function that returns a compiled model, got ${show(build)}`);
  }
  const known = ["sizes", "dev", "epochs", "batchSize", "metric", "repeats", "seed", "bayes", "tolerance"];
  checkOptions(OPERATION, options, known);
  const whole = (name: "epochs" | "batchSize" | "repeats", standard: number) =>
    checkNumber(OPERATION, name, options[name] ?? standard, { min: 1, whole: true });
  const [epochs, batchSize, repeats] = [whole("epochs", 10), whole("batchSize", 32), whole("repeats", 1)];
  const seed = checkSeed(OPERATION, options.seed ?? 0);
  const bayes = checkNumber(OPERATION, "bayes", options.bayes ?? 0, { min: 0, max: 1 });
  if (options.tolerance !== undefined) checkNumber(OPERATION, "tolerance", options.tolerance, { above: 0, max: 1 });
  if (options.metric !== undefined) checkText(OPERATION, "metric", options.metric);
  const all = datasetOf("data", data);
  const [pool, dev] =
    options.dev === undefined ? split(all, [0.8, 0.2], { seed }) : [all, datasetOf("dev", options.dev)];
  const rows = pool.size as number;
  const sizes = checkSizes(options.sizes, rows);
  const errors = sizes.map(() => ({ train: [] as number[], dev: [] as number[] }));
  let measure: Measure | undefined;
  for (let repeat = 0; repeat < repeats; repeat++) {
    // Two random halves one after the other are all rows in a random order that stays.
    const [half, rest] = split(pool, [0.5, 0.5], { seed: seed + repeat });
    const order = half.concat(rest);
    for (const [i, size] of sizes.entries()) {
      const model = await withSeed(seed + repeat, build);
      checkModel(OPERATION, model);
      measure ??= measureOf(model, options.metric);
      const own = order.take(size);
      await train(model, own, { epochs, batchSize: Math.min(batchSize, size) });
      errors[i]?.train.push(await errorOf(model, own, measure));
      errors[i]?.dev.push(await errorOf(model, dev, measure));
    }
  }
  const points = sizes.map((size, i): LearningCurvePoint => {
    const [onTrain, onDev] = [errors[i]?.train ?? [], errors[i]?.dev ?? []].map(moments) as [Moments, Moments];
    return {
      size,
      train: onTrain.mean,
      dev: onDev.mean,
      trainDeviation: onTrain.deviation,
      devDeviation: onDev.deviation,
    };
  });
  return withVerdict(points, measure as Measure, { bayes, tolerance: options.tolerance, rows });
}

interface Measure {
  readonly metric: string;
  readonly error: string;
  /** Of accuracy and its kin, the error is what is missing to 1. */
  readonly isShare: boolean;
}

function measureOf(model: Model, given: string | undefined): Measure {
  const names = metricNames(model.requireCompiled(OPERATION).heads);
  const isShare = (name: string) => /accuracy/i.test(name);
  const metric = given ?? names.find(isShare) ?? "loss";
  if (metric !== "loss" && !names.includes(metric)) {
    throw new ValueError(
      `${OPERATION}: metric expected one of ${["loss", ...names].map((name) => `"${name}"`).join(", ")}, got ${show(metric)}; add it in compile({ metrics })`,
    );
  }
  return { metric, isShare: isShare(metric), error: isShare(metric) ? `1 − ${metric}` : metric };
}

async function train(model: Model, rows: Dataset, options: FitOptions): Promise<void> {
  const [source] = targetRows(OPERATION, model, rows, undefined, undefined);
  await fit(model, source, options);
}

async function errorOf(model: Model, rows: Dataset, { metric, isShare }: Measure): Promise<number> {
  const [source] = targetRows(OPERATION, model, rows, undefined, undefined);
  const value = (await evaluate(model, source))[metric] as number;
  return isShare ? 1 - value : value;
}

function datasetOf(argument: string, data: unknown): Dataset {
  const pair = data as { x: Inputs; y: Inputs } | null;
  if (pair !== null && typeof pair === "object" && !(data instanceof Dataset) && "x" in pair && "y" in pair) {
    return Dataset.fromArrays(pair.x, pair.y) as Dataset;
  }
  if (data instanceof Dataset && !data.batched && data.size !== undefined && data.size < Number.POSITIVE_INFINITY) {
    return data;
  }
  const got = data instanceof Dataset ? (data.batched ? "batches" : "rows of unknown number") : show(data);
  const remedy = data instanceof Dataset ? (data.batched ? "; leave batch out" : "; call cache and read it once") : "";
  throw new ValueError(`${OPERATION}: ${argument} expected a Dataset of rows or { x, y }, got ${got}${remedy}`);
}

function checkSizes(sizes: unknown, rows: number): number[] {
  if (sizes === undefined) return [...new Set(SHARES.map((share) => Math.max(2, Math.round(share * rows))))];
  if (!Array.isArray(sizes) || sizes.length === 0) {
    throw new ValueError(`${OPERATION}: sizes expected numbers of training rows, got ${show(sizes)}`);
  }
  for (const size of sizes) checkNumber(OPERATION, "sizes", size, { min: 1, max: rows, whole: true });
  return [...new Set(sizes as number[])].sort((a, b) => a - b);
}

interface Moments {
  readonly mean: number;
  readonly deviation: number;
}

function moments(values: readonly number[]): Moments {
  const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
  const squares = values.reduce((sum, v) => sum + (v - mean) ** 2, 0);
  return { mean, deviation: values.length > 1 ? Math.sqrt(squares / (values.length - 1)) : 0 };
}

function withVerdict(
  points: LearningCurvePoint[],
  { error, isShare }: Measure,
  { bayes, tolerance, rows }: { bayes: number; tolerance: number | undefined; rows: number },
): LearningCurve {
  const last = points.at(-1) as LearningCurvePoint;
  const verdict = isShare
    ? biasVariance({ train: last.train, dev: last.dev, bayes, ...(tolerance === undefined ? {} : { tolerance }) })
    : undefined;
  const gap = last.dev - last.train;
  const moreDataHelps = verdict ? verdict.high.includes("variance") : gap >= (tolerance ?? 0.1) * Math.abs(last.dev);
  const format = (value: number, deviation: number) => {
    const text = (v: number) => (isShare ? `${(v * 100).toFixed(1)} %` : v.toPrecision(4));
    return deviation > 0 ? `${text(value)} ± ${text(deviation)}` : text(value);
  };
  const cells = table(
    ["rows", "train", "dev"],
    points.map(({ size, train: onTrain, dev, trainDeviation, devDeviation }) => [
      String(size),
      format(onTrain, trainDeviation),
      format(dev, devDeviation),
    ]),
    [0, 1, 2],
  );
  const lines = [`Error (${error}) by the number of training rows:`, ...cells];
  const gapText = `At ${last.size}${last.size < rows ? ` of ${rows}` : ""} rows dev is ${format(gap, 0)} above train`;
  lines.push(
    moreDataHelps
      ? `${gapText}: more data would help, as would regularisation.`
      : `${gapText}: the curves have met, and more data alone would not help.`,
  );
  if (verdict?.high.includes("avoidableBias")) {
    lines.push(
      `${format(verdict.avoidableBias, 0)} of avoidable bias stays: a bigger network or longer training would help.`,
    );
  }
  const summary = lines.join("\n");
  return { points, error, moreDataHelps, verdict, summary, toString: () => summary };
}
