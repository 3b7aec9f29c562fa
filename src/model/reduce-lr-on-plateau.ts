import { partsOf } from "../optim/optimizer.js";
import { checkName, checkNumber, checkOptions, checkText } from "../util/check.js";
import { StateError } from "../util/errors.js";
import type { Callback } from "./callback.js";
import { largerIsBetter, monitored } from "./early-stopping.js";

export interface ReduceLROnPlateauOptions {
  /** What to watch. Default: `"val_loss"`. */
  monitor?: string;
  /** What the rate is multiplied by, 0 < factor < 1. Default: 0.1. */
  factor?: number;
  /** Epochs without improvement before the rate falls. Default: 10. */
  patience?: number;
  /** Whether less or more is better; `"auto"` (default): more for accuracy, AUC, precision, recall and F1, else less. */
  mode?: "auto" | "min" | "max";
  /** The least change that counts as improvement. Default: 1e-4. */
  minDelta?: number;
  /** Epochs after a fall that are not counted. Default: 0. */
  cooldown?: number;
  /** The rate falls no lower. Default: 0. */
  minLr?: number;
}

const optionNames = ["monitor", "factor", "patience", "mode", "minDelta", "cooldown", "minLr"];

/**
 * Multiplies the learning rate, and those of groups, by `factor` when a value has stopped getting better: rate = max(rate · factor, minLr), as
 * Keras does. Its counts go into checkpoints; list it before `modelCheckpoint`.
 *
 * @throws ValueError for an unknown option, and in `fit` where no epoch has the monitored value; StateError in `fit` where the optimizer's
 *   learning rate is a schedule
 * @example
 * wg.callbacks.reduceLROnPlateau({ factor: 0.5, patience: 3 }).name; // "reduceLROnPlateau"
 */
export function reduceLROnPlateau(options: ReduceLROnPlateauOptions = {}): Callback {
  const operation = "reduceLROnPlateau";
  checkOptions(operation, options, optionNames);
  const { monitor = "val_loss" } = options;
  checkText(operation, "monitor", monitor);
  const factor = checkNumber(operation, "factor", options.factor ?? 0.1, { above: 0, below: 1 });
  const patience = checkNumber(operation, "patience", options.patience ?? 10, { min: 0, whole: true });
  const mode = checkName(operation, "mode", options.mode ?? "auto", ["auto", "min", "max"]);
  const minDelta = checkNumber(operation, "minDelta", options.minDelta ?? 1e-4, { min: 0 });
  const cooldown = checkNumber(operation, "cooldown", options.cooldown ?? 0, { min: 0, whole: true });
  const minLr = checkNumber(operation, "minLr", options.minLr ?? 0, { min: 0 });
  const sign = largerIsBetter(monitor, mode) ? -1 : 1;
  const begin = () => ({ best: Number.POSITIVE_INFINITY, waited: 0, cooling: 0 });
  let now = begin();

  return {
    name: operation,
    onTrainBegin({ model, resumed }) {
      const { optimizer } = model.requireCompiled("fit");
      if (typeof optimizer.learningRate !== "number") {
        throw new StateError(
          `${operation}: learningRate of the optimizer expected a number, got the schedule "${optimizer.learningRate.name}"; use one or the other`,
        );
      }
      if (!resumed) now = begin();
    },
    onEpochEnd(_epoch, logs, { model }) {
      const value = sign * monitored(operation, monitor, logs);
      if (now.cooling > 0) {
        now.cooling--;
        now.waited = 0;
      }
      if (value < now.best - minDelta) {
        now.best = value;
        now.waited = 0;
        return;
      }
      if (now.cooling > 0 || ++now.waited < patience) return;
      const { optimizer } = model.requireCompiled("fit");
      const rate = optimizer.learningRate as number;
      if (rate <= minLr) return;
      for (const part of partsOf(optimizer)) {
        if (typeof part.learningRate === "number") part.learningRate = Math.max(part.learningRate * factor, minLr);
      }
      now.cooling = cooldown;
      now.waited = 0;
    },
    state: () => ({ json: { ...now, best: Number.isFinite(now.best) ? now.best : null } }),
    restore({ json }) {
      const { best, waited, cooling } = json as { best: number | null; waited: number; cooling: number };
      now = { best: best ?? Number.POSITIVE_INFINITY, waited, cooling };
    },
  };
}
