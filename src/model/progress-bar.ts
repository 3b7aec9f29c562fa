import { platform } from "#platform";
import { checkOptions, show } from "../util/check.js";
import { ValueError } from "../util/errors.js";
import type { ProgressLine } from "../util/platform/platform.js";
import type { Callback, FitContext, Logs } from "./callback.js";

export interface ProgressBarOptions {
  /** Where lines go without a terminal. Default: `console.log`. */
  print?: (line: string) => void;
}

/** Milliseconds between two drawings. */
const REDRAW = 80;

/**
 * Shows how `fit` goes: a bar with epoch, step, loss, metrics, samples per second and time left on a terminal (drawn by the package
 * `cli-progress`, where it is installed), a line an epoch elsewhere.
 *
 * @throws ValueError for an unknown option
 * @example
 * wg.callbacks.progressBar().name; // "progressBar"
 */
export function progressBar(options: ProgressBarOptions = {}): Callback {
  checkOptions("progressBar", options, ["print"]);
  const { print = (line) => console.log(line) } = options;
  if (typeof print !== "function")
    throw new ValueError(`progressBar: print expected a function of a line, got ${show(print)}`);
  let bar: ProgressLine | undefined;
  let begun = 0;
  let drawn = 0;
  let epochBegun = 0;
  let first = 0;
  let rows = 0;
  let doneRows = 0;
  let run: FitContext | undefined;

  return {
    name: "progressBar",
    async onTrainBegin() {
      begun = performance.now();
      doneRows = 0;
      first = -1;
      if (!options.print) bar = await platform.progress();
    },
    onEpochBegin(epoch, context) {
      run = context;
      epochBegun = performance.now();
      drawn = 0;
      rows = 0;
      if (first < 0) first = epoch;
      bar?.begin(context.steps ?? 0);
    },
    // Without the context, which a worker would bring weights along for.
    onBatchEnd(batch, logs) {
      if (!run) return;
      rows += run.batchSize;
      const now = performance.now();
      if (!bar || now - drawn < REDRAW) return;
      drawn = now;
      bar.show(batch + 1, textOf(run, logs, rows, now));
    },
    onEpochEnd(epoch, logs, context) {
      const now = performance.now();
      rows = context.rows ?? rows;
      doneRows += rows;
      const line = `epoch ${epoch + 1}/${context.epochs}  ${showLogs(logs)}  ${rate(rows, now - epochBegun)}  ${seconds((now - epochBegun) / 1000)}`;
      if (bar) bar.end(line);
      else print(line);
      rows = 0;
    },
    onTrainEnd() {
      bar?.close();
      bar = undefined;
    },
  };

  function textOf(context: FitContext, logs: Logs, done: number, now: number): string {
    const epoch = Math.min(context.epochs, context.model.epoch + 1);
    const total = context.rows === undefined ? undefined : context.rows * (context.epochs - first);
    const sofar = doneRows + done;
    const left = total === undefined ? "" : `  ${seconds(((now - begun) / 1000) * (total / sofar - 1))} left`;
    return `epoch ${epoch}/${context.epochs}  ${showLogs(logs)}  ${rate(done, now - epochBegun)}${left}`;
  }
}

/** `loss 0.1234  accuracy 0.9612`. */
export function showLogs(logs: Logs): string {
  return Object.entries(logs)
    .map(
      ([name, value]) =>
        `${name} ${Math.abs(value) >= 1e-3 || value === 0 ? value.toFixed(4) : value.toExponential(2)}`,
    )
    .join("  ");
}

function rate(rows: number, milliseconds: number): string {
  return `${Math.round((rows / Math.max(milliseconds, 1)) * 1000).toLocaleString("en")} samples/s`;
}

function seconds(value: number): string {
  if (value < 9.95) return `${Math.max(0, value).toFixed(1)} s`;
  if (value < 90) return `${Math.round(value)} s`;
  const minutes = Math.floor(value / 60);
  return `${minutes} min ${Math.round(value - minutes * 60)} s`;
}
