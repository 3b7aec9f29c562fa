import { Dataset } from "../data/dataset.js";
import { checkBatch } from "../model/check-batch.js";
import type { Inputs } from "../model/fields.js";
import { type TrainingData, targetRows } from "../model/inputs.js";
import { Meter } from "../model/metering.js";
import type { Model } from "../model/model.js";
import { trainStep } from "../model/train.js";
import { checkSeed } from "../tensor/random.js";
import { checkNumber, checkOptions } from "../util/check.js";
import { NumericError, StateError, ValueError } from "../util/errors.js";
import { checkModel } from "./batch.js";
import { exponentialAverage } from "./exponential-average.js";

export interface LearningRateFinderOptions {
  /** The first rate, > 0. Default: 1e-6. */
  from?: number;
  /** The last rate, above `from`. Default: 10. */
  to?: number;
  /** Mini-batches, one for each rate, at least 3. Default: 100. */
  steps?: number;
  /** Rows of a mini-batch; left out for a dataset that is batched. Default: 32. */
  batchSize?: number;
  /** β of the average that smooths the loss, 0 ≤ β < 1. Default: 0.9. */
  beta?: number;
  /** It stops where the smoothed loss is above so many times its least value, > 1. Default: 4. */
  stopAt?: number;
  /** Draws the order of rows. Default: 0. */
  seed?: number;
}

/** What `learningRateFinder` found. */
export interface LearningRates {
  /** The rates tried, each a constant factor above the one before. */
  readonly rates: readonly number[];
  /** The loss of each mini-batch before its step of that rate. */
  readonly losses: readonly number[];
  /** The losses' exponential average, bias corrected. */
  readonly smoothed: readonly number[];
  /** The rate at which the smoothed loss falls fastest over log rate. */
  readonly steepest: number;
  /** A tenth of the rate of the least smoothed loss. */
  readonly tenthOfMinimum: number;
  /** The smaller of the two: a rate to begin with. */
  readonly suggestion: number;
  /** The loss grew beyond `stopAt` times its least value, or was not finite, before `to` was reached. */
  readonly diverged: boolean;
  /** Why the suggestion is what it is. */
  readonly reason: string;
  toString(): string;
}

const OPERATION = "learningRateFinder";

/**
 * Looks for a learning rate by training on mini-batches while the rate grows exponentially:
 *
 * rateᵢ = from · (to / from)^(i / (steps − 1)); vᵢ = β vᵢ₋₁ + (1 − β) lossᵢ; smoothedᵢ = vᵢ / (1 − βⁱ⁺¹). It ends where the smoothed loss
 * exceeds `stopAt` times its least value. Two rates are read off the curve: where it falls fastest, and a tenth of where it is least; by then
 * training is about to diverge. After Smith, "Cyclical learning rates for training neural networks" (2017), section 3.3, in the form of
 * fastai's `lr_find`, which smooths by β = 0.98 and stops at 4.
 *
 * It trains a copy of the model, whose optimizer begins anew: weights, moving averages, the optimizer and the position of `model` stay as they
 * are. The data is passed over as often as `steps` takes.
 *
 * @param model a compiled model, not trained far yet
 * @param data the training rows with their targets
 * @throws ValueError for unknown options and rates out of order; NumericError where the very first loss is not finite; StateError where there
 *   are no rows; ShapeError where they do not fit
 * @example
 * const model = wg.sequential([wg.layers.dense({ units: 1, inputShape: [1] })]).compile({ optimizer: "sgd", loss: "mse" });
 * const found = await learningRateFinder(model, [[1], [2]], [[3], [6]], { from: 1e-3, to: 10, steps: 50 });
 * found.diverged; // true
 * found.suggestion > 0.001 && found.suggestion < 0.4; // true, above 0.4 each step overshoots further
 */
export async function learningRateFinder(
  model: Model,
  data: TrainingData,
  options?: LearningRateFinderOptions,
): Promise<LearningRates>;
export async function learningRateFinder(
  model: Model,
  x: Inputs,
  y: Inputs,
  options?: LearningRateFinderOptions,
): Promise<LearningRates>;
export async function learningRateFinder(
  model: Model,
  data: unknown,
  second?: unknown,
  third?: unknown,
): Promise<LearningRates> {
  checkModel(OPERATION, model);
  const [source, given] = targetRows(OPERATION, model, data, second, third);
  const options = (given ?? {}) as LearningRateFinderOptions;
  checkOptions(OPERATION, given, ["from", "to", "steps", "batchSize", "beta", "stopAt", "seed"]);
  const from = checkNumber(OPERATION, "from", options.from ?? 1e-6, { above: 0 });
  const to = checkNumber(OPERATION, "to", options.to ?? 10, { above: from });
  const steps = checkNumber(OPERATION, "steps", options.steps ?? 100, { min: 3, whole: true });
  const batchSize = checkNumber(OPERATION, "batchSize", options.batchSize ?? 32, { min: 1, whole: true });
  const stopAt = checkNumber(OPERATION, "stopAt", options.stopAt ?? 4, { above: 1 });
  const seed = checkSeed(OPERATION, options.seed ?? 0);
  const beta = checkNumber(OPERATION, "beta", options.beta ?? 0.9, { min: 0, below: 1 });
  if (data instanceof Dataset && data.batched && options.batchSize !== undefined) {
    throw new ValueError(
      `${OPERATION}: batchSize expected none, as the dataset is batched by ${data.batched}, got ${options.batchSize}; drop one of the two`,
    );
  }
  const copy = model.copy();
  const { optimizer } = copy.requireCompiled(OPERATION);
  const average = exponentialAverage(beta, { biasCorrection: true });
  const [rates, losses, smoothed]: [number[], number[], number[]] = [[], [], []];
  let diverged = false;
  const meter = new Meter([], "metrics");
  // An optimizer of the user's own is shared with the copy.
  const { learningRate } = optimizer;
  try {
    for (let epoch = 0; rates.length < steps && !diverged; epoch++) {
      const before = rates.length;
      await source.forEachBatch({ batchSize, epoch, seed, shuffle: true, skip: 0 }, (x, y) => {
        checkBatch(OPERATION, copy, x, y);
        const rate = from * (to / from) ** (rates.length / (steps - 1));
        optimizer.learningRate = rate;
        let loss: number;
        try {
          loss = trainStep(OPERATION, copy, x, y, meter);
        } catch (error) {
          if (!(error instanceof NumericError) || rates.length === 0) throw error;
          diverged = true;
          return false;
        }
        rates.push(rate);
        losses.push(loss);
        smoothed.push(average.next(loss));
        const least = Math.min(...smoothed);
        diverged = (smoothed.at(-1) as number) > least + (stopAt - 1) * Math.abs(least);
        return diverged || rates.length === steps ? false : undefined;
      });
      if (rates.length === before && !diverged) {
        throw new StateError(`${OPERATION}: data expected at least one row, got none; check filter, take and skip`);
      }
    }
  } finally {
    optimizer.learningRate = learningRate;
  }
  return withSuggestion({ rates, losses, smoothed, diverged });
}

/** Losses at the ends are no guide: at first the average is of few, at last it has turned. */
function withSuggestion(curve: Pick<LearningRates, "rates" | "losses" | "smoothed" | "diverged">): LearningRates {
  const { rates, smoothed, diverged } = curve;
  const lowest = smoothed.indexOf(Math.min(...smoothed));
  const skipped = Math.min(10, Math.floor(lowest / 4));
  let at = Math.max(0, lowest - 1);
  let fall = 0;
  for (let i = Math.max(1, skipped); i < lowest; i++) {
    const slope = ((smoothed[i + 1] as number) - (smoothed[i - 1] as number)) / 2;
    if (slope >= fall) continue;
    fall = slope;
    at = i;
  }
  const steepest = rates[at] as number;
  const minimum = rates[lowest] as number;
  const tenthOfMinimum = minimum / 10;
  const suggestion = Math.min(steepest, tenthOfMinimum);
  const text = (v: number) => v.toPrecision(2);
  const which =
    suggestion === steepest ? "the loss falls fastest there, below" : "the loss falls fastest further up, so take";
  const reason =
    fall === 0
      ? `The loss never fell: no rate from ${text(rates[0] as number)} to ${text(rates.at(-1) as number)} trains this model; try larger rates, or check model and data.`
      : `${text(suggestion)}: ${which} a tenth of ${text(minimum)}, where the smoothed loss is least (${text(smoothed[lowest] as number)})` +
        `${diverged ? `; it diverges at ${text(rates.at(-1) as number)}` : `; up to ${text(rates.at(-1) as number)} it does not diverge`}.`;
  return { ...curve, steepest, tenthOfMinimum, suggestion, reason, toString: () => reason };
}
