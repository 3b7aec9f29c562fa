import { platform } from "#platform";
import { checkBoolean, checkName, checkNumber, checkOptions, checkText, show } from "../util/check.js";
import { ValueError } from "../util/errors.js";
import type { Callback, FitContext } from "./callback.js";
import { largerIsBetter, monitored } from "./early-stopping.js";
import { encodeModel } from "./encode-model.js";

export interface ModelCheckpointOptions {
  /** The file; `{epoch}` in it becomes the number of epochs trained. */
  path: string;
  /** Write only where `monitor` is better than at every earlier epoch. Default: false. */
  saveBestOnly?: boolean;
  /** Default: `"val_loss"`. */
  monitor?: string;
  /** Default: `"auto"`, as in `earlyStopping`. */
  mode?: "auto" | "min" | "max";
  /** Epochs from one write to the next. Default: 1. */
  everyEpochs?: number;
  /** Steps from one write to the next within an epoch. Default: none. */
  everySteps?: number;
}

/**
 * Writes the model, its optimizer's state and the position of the run after each epoch, so that `load` and `fit({ resume: true })` go on
 * with the bits of a run that never stopped. A crash while writing leaves the file before it whole.
 *
 * @throws ValueError for an unknown option, PlatformError where the file cannot be written
 * @example
 * wg.callbacks.modelCheckpoint({ path: "run.safetensors" }).name; // "modelCheckpoint"
 */
export function modelCheckpoint(options: ModelCheckpointOptions): Callback {
  const operation = "modelCheckpoint";
  checkOptions(operation, options, ["path", "saveBestOnly", "monitor", "mode", "everyEpochs", "everySteps"]);
  const { path, saveBestOnly = false, monitor = "val_loss" } = options;
  if (typeof path !== "string" || path === "") {
    throw new ValueError(`${operation}: path expected a file name such as "run.safetensors", got ${show(path)}`);
  }
  checkBoolean(operation, "saveBestOnly", saveBestOnly);
  checkText(operation, "monitor", monitor);
  const everyEpochs = checkNumber(operation, "everyEpochs", options.everyEpochs ?? 1, { min: 1, whole: true });
  const everySteps =
    options.everySteps === undefined
      ? undefined
      : checkNumber(operation, "everySteps", options.everySteps, { min: 1, whole: true });
  const mode = checkName(operation, "mode", options.mode ?? "auto", ["auto", "min", "max"]);
  const sign = largerIsBetter(monitor, mode) ? -1 : 1;
  let best = Number.POSITIVE_INFINITY;

  const write = ({ model, states }: FitContext) =>
    platform.writeFiles([
      { path: path.replaceAll("{epoch}", String(model.epoch)), parts: encodeModel(model, states()) },
    ]);

  return {
    name: operation,
    onTrainBegin({ resumed }) {
      if (!resumed) best = Number.POSITIVE_INFINITY;
    },
    onBatchEnd(batch, _logs, context) {
      if (!everySteps || (batch + 1) % everySteps !== 0 || batch + 1 === context.steps) return undefined;
      return write(context);
    },
    async onEpochEnd(epoch, logs, context) {
      if (saveBestOnly) {
        const value = sign * monitored(operation, monitor, logs);
        if (!(value < best)) return;
        best = value;
      } else if ((epoch + 1) % everyEpochs !== 0 && epoch + 1 < context.epochs) return;
      await write(context);
    },
    state: () => ({ json: { best: Number.isFinite(best) ? best : null } }),
    restore({ json }) {
      best = (json as { best: number | null }).best ?? Number.POSITIVE_INFINITY;
    },
  };
}
