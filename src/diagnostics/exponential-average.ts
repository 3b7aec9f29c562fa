import { checkBoolean, checkNumber, checkOptions } from "../util/check.js";
import { integerPower } from "../util/math.js";

/** A running average: what `exponentialAverage` returns. */
export interface ExponentialAverage {
  /** The average so far; NaN before the first value. */
  readonly value: number;
  /** Takes in one more value and returns the average. */
  next(x: number): number;
}

/**
 * The exponentially weighted average of a series, v = β · v + (1 − β) · x from v = 0, which averages about the last 1 / (1 − β) values.
 * With `biasCorrection` its value after t of them is v / (1 − βᵗ): the weights then sum to 1, so the first values are not drawn to 0
 * (Ng, Deep Learning Specialization, course 2, week 2; Kingma and Ba, 2015, section 3).
 *
 * @param beta β, 0 ≤ β < 1
 * @param options.biasCorrection default false
 * @throws ValueError
 * @example
 * const average = exponentialAverage(0.5, { biasCorrection: true });
 * [4, 1, 1].map((x) => average.next(x)); // [4, 2, 1.4285714285714286]
 */
export function exponentialAverage(beta: number, options: { biasCorrection?: boolean } = {}): ExponentialAverage {
  const operation = "exponentialAverage";
  checkNumber(operation, "beta", beta, { min: 0, below: 1 });
  checkOptions(operation, options, ["biasCorrection"]);
  const { biasCorrection = false } = options;
  checkBoolean(operation, "biasCorrection", biasCorrection);
  let sum = 0;
  let count = 0;
  return {
    get value() {
      if (count === 0) return Number.NaN;
      return biasCorrection ? sum / (1 - integerPower(beta, count)) : sum;
    },
    next(x) {
      sum = beta * sum + (1 - beta) * x;
      count++;
      return this.value;
    },
  };
}
