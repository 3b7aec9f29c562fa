import { useArithmetic } from "../backend/engine.js";
import { checkBoolean, checkNumber, checkOptions } from "../util/check.js";
import { StateError, ValueError } from "../util/errors.js";
import type { HostArray } from "../util/host-array.js";
import { turns } from "../util/turn.js";
import { type BatchSize, batchSizeFor, checkFits } from "./batch-size.js";
import type { CallbackLike, FitContext } from "./callback.js";
import { afterBatch, callbackList, callEach, restoreCallbacks, statesOf } from "./callback-list.js";
import { checkBatch } from "./check-batch.js";
import { evaluate } from "./evaluate.js";
import type { Inputs } from "./fields.js";
import { History } from "./history.js";
import { type BatchSource, type TrainingData, validationRows } from "./inputs.js";
import { Meter } from "./metering.js";
import type { Model } from "./model.js";
import { needsTrainingRows } from "./penalties.js";
import { type ClassWeight, weighing } from "./row-weights.js";
import { trainStep } from "./train.js";
import { checkOneAverage } from "./weight-average.js";

export interface FitOptions {
  /** The epoch at which the run ends. Default: 1. */
  epochs?: number;
  /**
   * Rows of a step: `"full"` for all in one (batch gradient descent), 1 (stochastic), or between (mini-batch). At most the rows of the data; a
   * dataset that is batched already keeps its own. Default: 32, or all where there are fewer, or that of `stateful` layers. See `recommendBatchSize`.
   */
  batchSize?: BatchSize;
  /** Data to evaluate on after each epoch: a `Dataset`, `{ x, y }` or `[x, y]`. */
  validation?: TrainingData;
  callbacks?: readonly CallbackLike[];
  /** Take the rows in another order each epoch. Default: true. */
  shuffle?: boolean;
  /** The epoch at which to begin. Default: 0. */
  initialEpoch?: number;
  /** Go on where the model's file left off, with the state of the callbacks. Default: false. */
  resume?: boolean;
  /** One weight ≥ 0 for each row of arrays x and y: its loss is multiplied by it. Default: 1 each. */
  sampleWeight?: Inputs;
  /** A weight ≥ 0 for each class, for class numbers and one-hot labels, on top of `sampleWeight`. Default: 1 each. */
  classWeight?: ClassWeight;
}

const optionNames = [
  "epochs",
  "batchSize",
  "validation",
  "callbacks",
  "shuffle",
  "initialEpoch",
  "resume",
  "sampleWeight",
  "classWeight",
];

/** See `Model.fit`. */
export async function fit(model: Model, source: BatchSource, options: FitOptions = {}): Promise<History> {
  checkOptions("fit", options, optionNames);
  const compiled = model.requireCompiled("fit");
  const { shuffle = true, resume = false } = options;
  checkBoolean("fit", "shuffle", shuffle);
  checkBoolean("fit", "resume", resume);
  const batchSize = batchSizeFor("fit", model, options.batchSize, 32, source);
  if (options.batchSize !== undefined) checkFits("fit", batchSize, source);
  const epochs = checkNumber("fit", "epochs", options.epochs ?? 1, { min: 0, whole: true });
  const begin = checkNumber("fit", "initialEpoch", options.initialEpoch ?? (resume ? model.epoch : 0), {
    min: 0,
    whole: true,
  });
  const validation = options.validation === undefined ? undefined : validationRows(options.validation, model);
  const weigh = weighing("fit", model, options.classWeight);
  if (source.targets) weigh(source.targets[0] as HostArray, undefined);
  const callbacks = callbackList(options.callbacks);
  checkOneAverage("fit", callbacks);
  const rowsKnown = source.rows !== undefined && Number.isFinite(source.rows);
  if (!rowsKnown && needsTrainingRows(model.parameters, compiled)) {
    throw new ValueError(
      `fit: data expected to know its number of rows, the m of the regularizer's λ / (2m), got ${source.rows ?? "a stream"}; ` +
        'give it with regularizers.l2(λ, { convention: "course", rows: n })',
    );
  }
  const history = new History();
  const meter = new Meter(compiled.heads, "metrics");
  const { position } = model;

  const context: FitContext = {
    model,
    epochs,
    rows: source.rows,
    steps: source.steps(batchSize),
    batchSize,
    resumed: resume,
    stop(reason) {
      model.stopTraining = true;
      history.stopped ??= reason;
    },
    states: () => statesOf(callbacks),
  };

  model.stopTraining = false;
  model.trainingRows = rowsKnown ? source.rows : undefined;
  if (resume) {
    restoreCallbacks(callbacks, model.callbackStates);
    if (model.numerics) await useArithmetic(model.numerics);
  }
  const watchers = callbacks.filter((callback) => callback.onBatchEnd);
  const started = performance.now();
  // One clock for the whole run: many short epochs hold up others as one long epoch does.
  const othersTurn = turns();
  await callEach(callbacks, (callback) => callback.onTrainBegin?.(context));
  for (let epoch = begin; epoch < epochs && !model.stopTraining; epoch++) {
    await callEach(callbacks, (callback) => callback.onEpochBegin?.(epoch, context));
    meter.reset();
    const logs = meter.lazyLogs();
    let batch = resume && epoch === begin ? position.batch : 0;
    const pass = { batchSize, epoch: position.epoch, seed: model.seed, shuffle, skip: batch };
    await source.forEachBatch(pass, (x, y, weight) => {
      checkBatch("fit", model, x, y);
      trainStep("fit", model, x, y, meter, weigh(y[0] as HostArray, weight));
      position.batch = batch + 1;
      const pending = afterBatch(watchers, batch++, logs, context);
      if (model.stopTraining) return false;
      // What is waited for may end the run.
      return (pending?.then(othersTurn) ?? othersTurn())?.then(() => (model.stopTraining ? false : undefined));
    });
    if (batch === 0) throw new StateError("fit: data expected at least one row, got none; check filter, take and skip");
    if (!model.stopTraining || batch === context.steps) {
      position.epoch++;
      position.batch = 0;
    }
    const result = meter.logs();
    await callEach(callbacks, (callback) => callback.onEpochTrained?.(epoch, context));
    if (validation) {
      const tested = await evaluate(model, validation, {});
      for (const [name, value] of Object.entries(tested)) result[`val_${name}`] = value;
    }
    history.add(epoch, result);
    await callEach(callbacks, (callback) => callback.onEpochEnd?.(epoch, result, context));
  }
  await callEach(callbacks, (callback) => callback.onTrainEnd?.(context));
  history.seconds = (performance.now() - started) / 1000;
  return history;
}
