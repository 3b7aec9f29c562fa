import { checkNumber, checkOptions, show } from "../util/check.js";
import { ValueError } from "../util/errors.js";
import { named, savedAs } from "../util/named.js";
import type { Schedule } from "./schedule.js";

/**
 * The same rate at every step.
 *
 * @param rate > 0 or 0
 * @example
 * wg.schedules.constant(0.1)(1000); // 0.1
 */
export function constant(rate: number): Schedule {
  checkNumber("schedules.constant", "rate", rate, { min: 0 });
  return named("constant", { rate }, () => rate);
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

/**
 * A straight line from `from` to the first rate of `schedule`, which then goes on from its own step 0:
 * from + (schedule(0) − from) · (step + 1) / steps, then schedule(step − steps).
 *
 * @param schedule any schedule, or the rate that stays after the warm-up
 * @param options.steps ≥ 1
 * @param options.from default 0
 * @throws ValueError
 * @example
 * const rate = wg.schedules.warmup(wg.schedules.cosine(1, { steps: 100 }), { steps: 4 });
 * [rate(0), rate(3), rate(4), rate(54)]; // [0.25, 1, 1, 0.5]
 */
export function warmup(schedule: number | Schedule, options: { steps: number; from?: number }): Schedule {
  const operation = "schedules.warmup";
  if (typeof schedule === "number") checkNumber(operation, "schedule", schedule, { min: 0 });
  const after = typeof schedule === "number" ? constant(schedule) : checkSchedule(operation, "schedule", schedule);
  checkOptions(operation, options, ["steps", "from"]);
  const { steps, from = 0 } = options ?? {};
  checkNumber(operation, "steps", steps, { min: 1, whole: true });
  checkNumber(operation, "from", from, { min: 0 });
  const to = after(0);
  return named("warmup", { schedule: savedAs(after), steps, from }, (step) =>
    step < steps ? from + ((to - from) * (step + 1)) / steps : after(step - steps),
  );
}

/**
 * One schedule after another: schedules[0] before step boundaries[0], then schedules[1] before boundaries[1], …; each counts its own steps
 * from 0 at the boundary where it begins.
 *
 * @param schedules at least one; a number stays as it is
 * @param boundaries steps > 0, rising, one fewer than schedules
 * @throws ValueError
 * @example
 * const rate = wg.schedules.sequence([0.1, wg.schedules.polynomialDecay(1, { steps: 10 })], [5]);
 * [rate(4), rate(5), rate(10), rate(15)]; // [0.1, 1, 0.5, 0]
 */
export function sequence(schedules: readonly (number | Schedule)[], boundaries: readonly number[]): Schedule {
  const operation = "schedules.sequence";
  if (!Array.isArray(schedules) || schedules.length === 0) {
    throw new ValueError(`${operation}: schedules expected an array of at least one, got ${show(schedules)}`);
  }
  const parts = schedules.map((each, i) =>
    typeof each === "number" ? constant(each) : checkSchedule(operation, `schedules[${i}]`, each),
  );
  if (!Array.isArray(boundaries) || boundaries.length !== parts.length - 1) {
    throw new ValueError(
      `${operation}: boundaries expected ${parts.length - 1} steps, one fewer than schedules, got ${show(boundaries)}`,
    );
  }
  boundaries.forEach((each, i) => {
    checkNumber(operation, `boundaries[${i}]`, each, { whole: true, above: i ? boundaries[i - 1] : 0 });
  });
  const ends = [...boundaries];
  return named("sequence", { schedules: parts.map(savedAs), boundaries: ends }, (step) => {
    const found = ends.findIndex((end) => step < end);
    const i = found < 0 ? ends.length : found;
    return (parts[i] as Schedule)(step - (ends[i - 1] ?? 0));
  });
}

function checkSchedule(operation: string, argument: string, value: unknown): Schedule {
  if (typeof value === "function" && typeof (value as Schedule).config === "object") return value as Schedule;
  throw new ValueError(
    `${operation}: ${argument} expected a number or a schedule such as schedules.cosine(…), got ${show(value)}` +
      (typeof value === "function" ? "; a plain function cannot be saved" : ""),
  );
}
