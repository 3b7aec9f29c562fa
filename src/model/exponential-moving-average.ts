import { checkBoolean, checkNumber, checkOptions } from "../util/check.js";
import { integerPower } from "../util/math.js";
import { averagingHooks, WeightAverage, type WeightAveraging } from "./weight-average.js";

export interface ExponentialMovingAverageOptions {
  /** β, 0 ≤ β < 1: how much of the old mean stays at each update. Default: 0.999. */
  decay?: number;
  /** The mean of the weights after each update alone, whose shares sum to 1; false: it begins at the initial weights, as in Keras. Default: true. */
  biasCorrection?: boolean;
  /** β is (1 + t) / (10 + t) while that is smaller, at update t from 0, as in TensorFlow. Default: false. */
  warmup?: boolean;
  /** Steps from one update of the mean to the next. Default: 1. */
  everySteps?: number;
  /** Whether validation and the callbacks at an epoch's end see the mean; false: the weights as they are trained. Default: true. */
  validateAverage?: boolean;
}

const names = ["decay", "biasCorrection", "warmup", "everySteps", "validateAverage"];

/**
 * Keeps an exponentially weighted average of the weights, a = β · a + (1 − β) · w after each step, and gives it to the model for validation, for
 * the callbacks at an epoch's end and at the end of `fit`: with noisy steps it lies nearer to the minimum than the last weights (Polyak and Juditsky, 1992; Ng, course 2, week 2,
 * for the average). Training itself goes on with w. With `biasCorrection` a is what it would be from 0, divided by 1 − βᵗ after t updates:
 * a += (1 − β) / (1 − βᵗ) · (w − a). Moving statistics of batch normalization are averaged along: they lag
 * behind as the mean does; `recomputeBatchNorm` after `fit` makes them exact. A run has one average of the weights; `fit` refuses a second.
 *
 * `swap()` exchanges mean and weights at any time. `earlyStopping` keeps and puts back the mean of the best epoch; a checkpoint at an epoch's end
 * has the mean as the model's weights and the trained ones beside it, so a resumed run has the bits of one that never stopped.
 *
 * @throws ValueError
 * @example
 * const average = wg.callbacks.exponentialMovingAverage({ decay: 0.5 });
 * const model = wg.sequential([wg.layers.dense({ units: 1, inputShape: [1], kernelInitializer: "zeros", useBias: false })]);
 * model.compile({ optimizer: wg.optimizers.sgd({ learningRate: 0.5 }), loss: "halfSquaredError" });
 * await model.fit([[1]], [[8]], { epochs: 2, callbacks: [average] }); // weights 4, then 6
 * model.predict([[1]]).item(); // ≈ 5.33333, (0.5 · 6 + 0.25 · 4) / 0.75
 * average.swap();
 * model.predict([[1]]).item(); // 6
 */
export function exponentialMovingAverage(options: ExponentialMovingAverageOptions = {}): WeightAveraging {
  const operation = "exponentialMovingAverage";
  checkOptions(operation, options, names);
  const { biasCorrection = true, warmup = false, validateAverage = true } = options;
  const decay = checkNumber(operation, "decay", options.decay ?? 0.999, { min: 0, below: 1 });
  const everySteps = checkNumber(operation, "everySteps", options.everySteps ?? 1, { min: 1, whole: true });
  checkBoolean(operation, "biasCorrection", biasCorrection);
  checkBoolean(operation, "warmup", warmup);
  checkBoolean(operation, "validateAverage", validateAverage);
  const average = new WeightAverage(operation);
  const betaAt = (t: number): number => (warmup ? Math.min(decay, (1 + t) / (10 + t)) : decay);
  // The product of all β, by which the shares of the updates fall short of 1. Multiplied up again where a run resumes: the same bits.
  let known = { count: 0, product: 1 };
  const productOf = (count: number): number => {
    if (!warmup) return integerPower(decay, count);
    if (count < known.count) known = { count: 0, product: 1 };
    while (known.count < count) known = { count: known.count + 1, product: known.product * betaAt(known.count) };
    return known.product;
  };
  const part = (): number => {
    const rest = 1 - betaAt(average.count);
    return biasCorrection ? rest / (1 - productOf(average.count + 1)) : rest;
  };
  return {
    ...averagingHooks(operation, average, validateAverage),
    get count() {
      return average.count;
    },
    onBatchEnd(_batch, _logs, { model }) {
      if (model.position.step % everySteps === 0) average.take(part());
    },
  };
}
