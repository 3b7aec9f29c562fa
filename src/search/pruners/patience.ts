import { checkNumber, checkOptions, show } from "../../util/check.js";
import { ValueError } from "../../util/errors.js";
import { costOf, type Pruner } from "../pruner.js";

export interface PatienceOptions {
  /** Reports without improvement before a trial is pruned, or `pruner` is asked. */
  patience: number;
  /** The least change that counts as improvement. Default: 0. */
  minDelta?: number;
  /** Asked once a trial no longer improves: what still does is left alone. Default: none, the trial is pruned. */
  pruner?: Pruner;
}

/**
 * Prunes a trial that has not improved for some reports, or lets another pruner judge only such trials.
 *
 * @throws ValueError
 * @example
 * patience({ patience: 5, pruner: median() }).name; // "patience"
 */
export function patience(options: PatienceOptions): Pruner {
  const operation = "patience";
  checkOptions(operation, options, ["patience", "minDelta", "pruner"], true);
  const { minDelta = 0, pruner } = options;
  const reports = checkNumber(operation, "patience", options.patience, { min: 1, whole: true });
  checkNumber(operation, "minDelta", minDelta, { min: 0 });
  if (pruner !== undefined && typeof pruner?.shouldPrune !== "function") {
    throw new ValueError(`${operation}: pruner expected what median() or another pruner returns, got ${show(pruner)}`);
  }
  return {
    name: operation,
    shouldPrune(pruning) {
      const { trial, direction } = pruning;
      const costs = trial.intermediate.map(({ value }) => value).map(costOf(direction));
      if (costs.length <= reports) return false;
      const before = Math.min(...costs.slice(0, -reports));
      const since = Math.min(...costs.slice(-reports));
      return !(since < before - minDelta) && (pruner?.shouldPrune(pruning) ?? true);
    },
  };
}
