import { checkNumber, checkOptions } from "../../util/check.js";
import { costOf, lastReport, type Pruner, type Pruning, valueAt } from "../pruner.js";
import type { FrozenTrial } from "../trial.js";

export interface PercentileOptions {
  /** Complete trials before any is pruned. Default: 5. */
  startupTrials?: number;
  /** Steps that every trial may go. Default: 0. */
  warmupSteps?: number;
  /** Steps between judgements after the warm-up. Default: 1. */
  interval?: number;
}

/**
 * Prunes a trial whose best value so far is worse than the given percentile of what the complete trials had at the same step: with 25 the
 * best quarter goes on. Golovin et al., "Google Vizier", KDD 2017, for the median.
 *
 * @param percentage which share goes on, 0 to 100
 * @throws ValueError
 * @example
 * percentile(25, { warmupSteps: 3 }).name; // "percentile"
 */
export function percentile(percentage: number, options: PercentileOptions = {}): Pruner {
  checkNumber("percentile", "percentage", percentage, { min: 0, max: 100 });
  return made("percentile", percentage, options);
}

/**
 * Prunes a trial whose best value so far is worse than the median of what the complete trials had at the same step: `percentile(50)`.
 *
 * @throws ValueError
 * @example
 * median({ startupTrials: 3 }).name; // "median"
 */
export function median(options: PercentileOptions = {}): Pruner {
  return made("median", 50, options);
}

function made(name: string, percentage: number, options: PercentileOptions): Pruner {
  checkOptions(name, options, ["startupTrials", "warmupSteps", "interval"]);
  const { startupTrials = 5, warmupSteps = 0, interval = 1 } = options;
  checkNumber(name, "startupTrials", startupTrials, { min: 0, whole: true });
  checkNumber(name, "warmupSteps", warmupSteps, { min: 0, whole: true });
  checkNumber(name, "interval", interval, { min: 1, whole: true });
  return {
    name,
    shouldPrune({ trial, trials, direction }: Pruning) {
      const report = lastReport(trial);
      const others = trials.filter(({ state }) => state === "complete");
      if (!report || others.length < Math.max(1, startupTrials) || !isJudged(trial, report.step)) return false;
      const cost = costOf(direction);
      const at = others.flatMap((other) => valueAt(other, report.step) ?? []).map(cost);
      if (at.length === 0) return false;
      const best = trial.intermediate.reduce(
        (least, { value }) => Math.min(least, cost(value)),
        Number.POSITIVE_INFINITY,
      );
      return best === Number.POSITIVE_INFINITY || best > quantile(at, percentage / 100);
    },
  };

  /** Judged at the first step of each interval that the trial reports. */
  function isJudged({ intermediate }: FrozenTrial, step: number): boolean {
    if (step < warmupSteps) return false;
    const before = intermediate[intermediate.length - 2];
    const turn = (at: number) => Math.floor((at - warmupSteps) / interval);
    return before === undefined || before.step < warmupSteps || turn(before.step) < turn(step);
  }
}

/** The value below which the share lies, by linear interpolation between neighbours, where both are finite; else the lower one. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((p, q) => p - q);
  const place = share * (sorted.length - 1);
  const [low, high] = [sorted[Math.floor(place)] as number, sorted[Math.ceil(place)] as number];
  const gap = high - low;
  return Number.isFinite(gap) ? low + gap * (place - Math.floor(place)) : low;
}
