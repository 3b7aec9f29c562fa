import { checkBoolean, checkNumber, checkOptions } from "../util/check.js";
import { averagingHooks, WeightAverage, type WeightAveraging } from "./weight-average.js";

export interface StochasticWeightAveragingOptions {
  /** The epoch, from 0, after which weights are taken in first: where the learning rate has become constant. */
  startEpoch: number;
  /** Epochs from one taking in to the next. Default: 1. */
  every?: number;
  /** Whether validation and the callbacks at an epoch's end see the mean; false: the weights as they are trained. Default: true. */
  validateAverage?: boolean;
}

/**
 * Keeps the mean of the weights at the end of epochs startEpoch, startEpoch + every, …: a = a + (w − a) / n at the n-th of them (Izmailov et al.,
 * Averaging Weights Leads to Wider Optima and Better Generalization, 2018, algorithm 1), and gives it to the model for validation, for the
 * callbacks at an epoch's end and at the end of `fit`. It wants a learning rate that stays high, or a cyclical one whose lowest points are taken in.
 *
 * The moving statistics of batch normalization are averaged along, but what they measured are the outputs of other weights than the mean: a
 * model with such layers wants `await recomputeBatchNorm(model, train)` after `fit`, as in algorithm 1. Metrics of validation while `fit` runs
 * come before that. A run has one average of the weights; `fit` refuses a second. `swap()` exchanges mean and weights at any time. Checkpoints as with
 * `exponentialMovingAverage`.
 *
 * @throws ValueError
 * @example
 * const average = wg.callbacks.stochasticWeightAveraging({ startEpoch: 1 });
 * const model = wg.sequential([wg.layers.dense({ units: 1, inputShape: [1], kernelInitializer: "zeros", useBias: false })]);
 * model.compile({ optimizer: wg.optimizers.sgd({ learningRate: 0.5 }), loss: "halfSquaredError" });
 * await model.fit([[1]], [[8]], { epochs: 3, callbacks: [average] }); // weights 4, 6, 7
 * model.predict([[1]]).item(); // 6.5, the mean of the last two
 */
export function stochasticWeightAveraging(options: StochasticWeightAveragingOptions): WeightAveraging {
  const operation = "stochasticWeightAveraging";
  checkOptions(operation, options, ["startEpoch", "every", "validateAverage"], true);
  const { validateAverage = true } = options;
  const startEpoch = checkNumber(operation, "startEpoch", options.startEpoch, { min: 0, whole: true });
  const every = checkNumber(operation, "every", options.every ?? 1, { min: 1, whole: true });
  checkBoolean(operation, "validateAverage", validateAverage);
  const average = new WeightAverage(operation);
  const hooks = averagingHooks(operation, average, validateAverage);
  return {
    ...hooks,
    get count() {
      return average.count;
    },
    onEpochTrained(epoch, context) {
      if (epoch >= startEpoch && (epoch - startEpoch) % every === 0) average.take(1 / (average.count + 1));
      return hooks.onEpochTrained(epoch, context);
    },
  };
}
