import { checkBoolean, checkName, checkNumber, checkOptions, checkText, nearest } from "../util/check.js";
import type { TypedArray } from "../util/dtypes.js";
import { ValueError } from "../util/errors.js";
import { blocksOf } from "./blocks.js";
import type { Callback, Logs } from "./callback.js";

export interface EarlyStoppingOptions {
  /** What to watch. Default: `"val_loss"`. */
  monitor?: string;
  /** Epochs without improvement before the run ends. Default: 0. */
  patience?: number;
  /** The least change that counts as improvement. Default: 0. */
  minDelta?: number;
  /** Whether less or more is better; `"auto"` (default): more for accuracy, AUC, precision, recall and F1, else less. */
  mode?: "auto" | "min" | "max";
  /** Put back the weights of the best epoch at the end, also of a run that went all its epochs. Default: true. */
  restoreBestWeights?: boolean;
}

/** True where `value` of `monitor` is better the larger it is. */
export function largerIsBetter(monitor: string, mode: "auto" | "min" | "max"): boolean {
  return mode === "auto" ? /acc|auc|precision|recall|f1|top/i.test(monitor) : mode === "max";
}

/** The monitored value of an epoch. @throws ValueError where the epoch has none of that name */
export function monitored(operation: string, monitor: string, logs: Logs): number {
  const value = logs[monitor];
  if (value !== undefined) return value;
  const names = Object.keys(logs);
  const near = nearest(monitor, names);
  throw new ValueError(
    `${operation}: monitor expected one of ${names.join(", ")}, got "${monitor}"; ` +
      (monitor.startsWith("val_") && !names.some((name) => name.startsWith("val_"))
        ? "give fit validation data"
        : near
          ? `did you mean "${near}"?`
          : "add it to the metrics of compile"),
  );
}

/**
 * Ends `fit` when a value has stopped getting better, and puts back the weights of its best epoch: of values v₁, v₂, … of which less is
 * better, epoch e is the best so far where v_e < v_best − minDelta, and the run ends with epoch best + patience (best + 1 for patience 0)
 * where none came in between. Prechelt, "Early Stopping – But When?", in Neural Networks: Tricks of the Trade, 1998; Ng, Deep Learning
 * Specialization, course 2, week 1, "Other Regularization Methods". Weights are put back by default, which Keras leaves to be asked for.
 *
 * @param options.monitor a metric of `history`; default `"val_loss"`
 * @param options.patience epochs; default 0
 * @param options.minDelta ≥ 0, in the units of the metric; default 0
 * @param options.mode default `"auto"`: more is better for accuracy, AUC, precision, recall and F1, else less
 * @param options.restoreBestWeights default true
 * @throws ValueError for an unknown option, and in `fit` where no epoch has the monitored value
 * @example
 * wg.callbacks.earlyStopping({ monitor: "val_loss", patience: 3 }).name; // "earlyStopping"
 */
export function earlyStopping(options: EarlyStoppingOptions = {}): Callback {
  checkOptions("earlyStopping", options, ["monitor", "patience", "minDelta", "mode", "restoreBestWeights"]);
  const { monitor = "val_loss", restoreBestWeights = true } = options;
  checkText("earlyStopping", "monitor", monitor);
  checkBoolean("earlyStopping", "restoreBestWeights", restoreBestWeights);
  const patience = checkNumber("earlyStopping", "patience", options.patience ?? 0, { min: 0, whole: true });
  const minDelta = checkNumber("earlyStopping", "minDelta", options.minDelta ?? 0, { min: 0 });
  const mode = checkName("earlyStopping", "mode", options.mode ?? "auto", ["auto", "min", "max"]);
  const sign = largerIsBetter(monitor, mode) ? -1 : 1;
  let best = { epoch: -1, value: Number.POSITIVE_INFINITY, weights: undefined as TypedArray | undefined };

  return {
    name: "earlyStopping",
    onTrainBegin({ resumed }) {
      if (!resumed) best = { epoch: -1, value: Number.POSITIVE_INFINITY, weights: undefined };
    },
    onEpochEnd(epoch, logs, { model, stop }) {
      const value = sign * monitored("earlyStopping", monitor, logs);
      if (value < best.value - minDelta) {
        best = { epoch, value, weights: restoreBestWeights ? blocksOf(model.parameters).snapshot() : undefined };
      } else if (epoch - best.epoch >= Math.max(1, patience)) {
        stop(`${monitor} has not improved since epoch ${best.epoch + 1}`);
      }
    },
    onTrainEnd({ model }) {
      if (best.weights) blocksOf(model.parameters).restore(best.weights as Float32Array);
    },
    state() {
      const { epoch, value, weights } = best;
      return {
        json: { epoch, value: Number.isFinite(value) ? value : null },
        ...(weights ? { arrays: { weights } } : {}),
      };
    },
    restore({ json, arrays }) {
      const { epoch, value } = json as { epoch: number; value: number | null };
      best = { epoch, value: value ?? Number.POSITIVE_INFINITY, weights: arrays?.weights };
    },
  };
}
