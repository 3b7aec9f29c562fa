import { checkBoolean, checkNumber, checkOptions, show } from "../util/check.js";
import { ValueError } from "../util/errors.js";
import { cosPi, integerPower, power } from "../util/math.js";
import { type Named, named } from "../util/named.js";

/** The learning rate of a step. The first step of training is 0. */
export type Schedule = Named<(step: number) => number>;

/**
 * The same rate at every step.
 *
 * @param rate > 0 or 0
 * @throws ValueError
 * @example
 * wg.schedules.constant(0.1)(1000); // 0.1
 */
export function constant(rate: number): Schedule {
  checkNumber("schedules.constant", "rate", rate, { min: 0 });
  return named("constant", { rate }, () => rate);
}

/**
 * Half a cosine from `initial` to `final`: final + ½ (initial − final) (1 + cos(π (step − warmup) / (steps − warmup))), then `final`
 * (Loshchilov and Hutter, SGDR, 2017, without restarts). Before it, with `warmup`, a straight line: initial · (step + 1) / warmup.
 *
 * @param initial the highest rate
 * @param options.steps steps until `final` is reached, the warm-up among them
 * @param options.final default 0
 * @param options.warmup steps, default 0
 * @throws ValueError
 * @example
 * wg.schedules.cosine(1, { steps: 100 })(50); // 0.5
 */
export function cosine(initial: number, options: { steps: number; final?: number; warmup?: number }): Schedule {
  const operation = "schedules.cosine";
  checkNumber(operation, "initial", initial, { min: 0 });
  checkOptions(operation, options, ["steps", "final", "warmup"]);
  const { steps, final = 0, warmup = 0 } = options ?? {};
  checkNumber(operation, "steps", steps, { min: 1, whole: true });
  checkNumber(operation, "final", final, { min: 0 });
  checkNumber(operation, "warmup", warmup, { min: 0, below: steps, whole: true });
  return named("cosine", { initial, steps, final, warmup }, (step) => {
    if (step < warmup) return (initial * (step + 1)) / warmup;
    const part = Math.min(1, (step - warmup) / (steps - warmup));
    return final + 0.5 * (initial - final) * (1 + cosPi(part));
  });
}

/**
 * initial · rate^(step / steps); with `staircase` the exponent is rounded down, so that the rate falls once in `steps` steps.
 *
 * @param options.steps steps after which the rate has fallen by the factor `rate`
 * @param options.rate > 0
 * @param options.staircase default false
 * @throws ValueError
 * @example
 * wg.schedules.exponentialDecay(1, { steps: 10, rate: 0.5 })(20); // 0.25
 */
export function exponentialDecay(
  initial: number,
  options: { steps: number; rate: number; staircase?: boolean },
): Schedule {
  const operation = "schedules.exponentialDecay";
  checkNumber(operation, "initial", initial, { min: 0 });
  checkOptions(operation, options, ["steps", "rate", "staircase"]);
  const { steps, rate, staircase = false } = options ?? {};
  checkNumber(operation, "steps", steps, { min: 1, whole: true });
  checkNumber(operation, "rate", rate, { above: 0 });
  checkBoolean(operation, "staircase", staircase);
  return named("exponentialDecay", { initial, steps, rate, staircase }, (step) =>
    staircase ? initial * integerPower(rate, Math.floor(step / steps)) : initial * power(rate, step / steps),
  );
}

/**
 * values[0] up to and with step boundaries[0], then values[1] up to boundaries[1], …, and the last value after the last boundary.
 *
 * @param boundaries steps, rising
 * @param values rates, one more than boundaries
 * @throws ValueError
 * @example
 * const rate = wg.schedules.piecewiseConstant([100, 200], [1, 0.1, 0.01]);
 * [rate(100), rate(101), rate(500)]; // [1, 0.1, 0.01]
 */
export function piecewiseConstant(boundaries: readonly number[], values: readonly number[]): Schedule {
  const operation = "schedules.piecewiseConstant";
  if (!Array.isArray(boundaries)) {
    throw new ValueError(`${operation}: boundaries expected an array of steps, got ${show(boundaries)}`);
  }
  if (!Array.isArray(values) || values.length !== boundaries.length + 1) {
    throw new ValueError(
      `${operation}: values expected ${boundaries.length + 1} rates, one more than boundaries, got ${show(values)}`,
    );
  }
  boundaries.forEach((each, i) => {
    checkNumber(operation, `boundaries[${i}]`, each, {
      whole: true,
      ...(i ? { above: boundaries[i - 1] } : { min: 0 }),
    });
  });
  values.forEach((each, i) => {
    checkNumber(operation, `values[${i}]`, each, { min: 0 });
  });
  const [ends, rates] = [[...boundaries], [...values]];
  return named("piecewiseConstant", { boundaries: ends, values: rates }, (step) => {
    const i = ends.findIndex((end) => step <= end);
    return rates[i < 0 ? ends.length : i] as number;
  });
}
