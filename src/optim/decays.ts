import { checkBoolean, checkNumber, checkOptions } from "../util/check.js";
import { ValueError } from "../util/errors.js";
import { integerPower, power } from "../util/math.js";
import { named } from "../util/named.js";
import type { Schedule } from "./schedule.js";

/** The epoch of a step, from 0, where an epoch's steps are given; else the step itself. */
function timeOf(operation: string, stepsPerEpoch: number | undefined): (step: number) => number {
  if (stepsPerEpoch === undefined) return (step) => step;
  checkNumber(operation, "stepsPerEpoch", stepsPerEpoch, { min: 1, whole: true });
  return (step) => Math.floor(step / stepsPerEpoch);
}

/** What is saved of `stepsPerEpoch`. */
const epochs = (stepsPerEpoch: number | undefined) => (stepsPerEpoch === undefined ? {} : { stepsPerEpoch });

/**
 * initial · rate^(t / steps), where t is the step, or with `stepsPerEpoch` the epoch, from 0; with `staircase` the exponent is rounded
 * down, so that the rate falls once in `steps` of them. α₀ · 0.95^epoch is `exponentialDecay(α₀, { rate: 0.95, stepsPerEpoch })`.
 *
 * @param options.steps steps (or epochs) after which the rate has fallen by the factor `rate`; may be left out with `stepsPerEpoch`: 1
 * @param options.rate > 0
 * @param options.staircase default false
 * @param options.stepsPerEpoch steps of an epoch; then the rate changes between epochs only
 * @throws ValueError
 * @example
 * wg.schedules.exponentialDecay(1, { steps: 10, rate: 0.5 })(20); // 0.25
 */
export function exponentialDecay(
  initial: number,
  options: { steps?: number; rate: number; staircase?: boolean; stepsPerEpoch?: number },
): Schedule {
  const operation = "schedules.exponentialDecay";
  checkNumber(operation, "initial", initial, { min: 0 });
  checkOptions(operation, options, ["steps", "rate", "staircase", "stepsPerEpoch"]);
  const { stepsPerEpoch, rate, staircase = false } = options ?? {};
  const time = timeOf(operation, stepsPerEpoch);
  if (options?.steps === undefined && stepsPerEpoch === undefined) {
    throw new ValueError(
      `${operation}: steps expected, after which the rate has fallen by the factor, got none; for a fall each epoch give stepsPerEpoch`,
    );
  }
  const every = checkNumber(operation, "steps", options?.steps ?? 1, { min: 1, whole: true });
  checkNumber(operation, "rate", rate, { above: 0 });
  checkBoolean(operation, "staircase", staircase);
  return named("exponentialDecay", { initial, steps: every, rate, staircase, ...epochs(stepsPerEpoch) }, (step) => {
    const t = time(step) / every;
    return initial * (staircase ? integerPower(rate, Math.floor(t)) : power(rate, t));
  });
}

/**
 * initial / (1 + decay · t), where t is the step, or with `stepsPerEpoch` the epoch, from 0.
 *
 * @param options.decay ≥ 0
 * @param options.stepsPerEpoch steps of an epoch; then the rate changes between epochs only
 * @throws ValueError
 * @example
 * const rate = wg.schedules.inverseTimeDecay(0.2, { decay: 1, stepsPerEpoch: 100 });
 * [rate(0), rate(99), rate(100), rate(300)]; // [0.2, 0.2, 0.1, 0.05]
 */
export function inverseTimeDecay(initial: number, options: { decay: number; stepsPerEpoch?: number }): Schedule {
  const operation = "schedules.inverseTimeDecay";
  checkNumber(operation, "initial", initial, { min: 0 });
  checkOptions(operation, options, ["decay", "stepsPerEpoch"]);
  const { decay, stepsPerEpoch } = options ?? {};
  checkNumber(operation, "decay", decay, { min: 0 });
  const time = timeOf(operation, stepsPerEpoch);
  return named(
    "inverseTimeDecay",
    { initial, decay, ...epochs(stepsPerEpoch) },
    (step) => initial / (1 + decay * time(step)),
  );
}

/**
 * initial / √t, where t is the step, or with `stepsPerEpoch` the epoch, here counted from 1.
 *
 * @param initial the rate of the first step or epoch, k in k / √t
 * @param options.stepsPerEpoch steps of an epoch; then the rate changes between epochs only
 * @throws ValueError
 * @example
 * const rate = wg.schedules.inverseSqrtDecay(0.6);
 * [rate(0), rate(3), rate(8)]; // [0.6, 0.3, 0.2]
 */
export function inverseSqrtDecay(initial: number, options: { stepsPerEpoch?: number } = {}): Schedule {
  const operation = "schedules.inverseSqrtDecay";
  checkNumber(operation, "initial", initial, { min: 0 });
  checkOptions(operation, options, ["stepsPerEpoch"]);
  const { stepsPerEpoch } = options;
  const time = timeOf(operation, stepsPerEpoch);
  return named(
    "inverseSqrtDecay",
    { initial, ...epochs(stepsPerEpoch) },
    (step) => initial / Math.sqrt(1 + time(step)),
  );
}

/**
 * final + (initial − final) · (1 − step / steps)^power, then `final`: a straight line by default.
 *
 * @param options.steps steps until `final` is reached
 * @param options.final default 0
 * @param options.power > 0, default 1
 * @throws ValueError
 * @example
 * wg.schedules.polynomialDecay(1, { steps: 10, power: 2 })(5); // 0.25
 */
export function polynomialDecay(initial: number, options: { steps: number; final?: number; power?: number }): Schedule {
  const operation = "schedules.polynomialDecay";
  checkNumber(operation, "initial", initial, { min: 0 });
  checkOptions(operation, options, ["steps", "final", "power"]);
  const { steps, final = 0, power: exponent = 1 } = options ?? {};
  checkNumber(operation, "steps", steps, { min: 1, whole: true });
  checkNumber(operation, "final", final, { min: 0 });
  checkNumber(operation, "power", exponent, { above: 0 });
  return named("polynomialDecay", { initial, steps, final, power: exponent }, (step) =>
    step >= steps ? final : final + (initial - final) * power(1 - step / steps, exponent),
  );
}
