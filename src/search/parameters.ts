import { checkNumber, show } from "../util/check.js";
import { ValueError } from "../util/errors.js";
import type { Choice, NumberParameter, Parameter } from "./parameter.js";

/**
 * A number of a range, each as likely as the others: for dropout rates, momenta and what else lives on one scale.
 *
 * @param low the least value @param high the largest, > low
 * @throws ValueError
 * @example
 * uniform(0, 0.5); // { type: "float", low: 0, high: 0.5, scale: "linear" }
 */
export function uniform(low: number, high: number): Parameter<number> {
  return range("uniform", "float", low, high, "linear");
}

/**
 * A positive number whose logarithm is uniform, 10^r with r from log₁₀ low to log₁₀ high: as many values between 0.001 and 0.01 as between
 * 0.1 and 1. For learning rates and penalties (Ng, Deep Learning Specialization, course 2, week 3, "Using an Appropriate Scale").
 *
 * @param low > 0 @param high > low
 * @throws ValueError
 * @example
 * logUniform(1e-4, 1); // { type: "float", low: 0.0001, high: 1, scale: "log" }
 */
export function logUniform(low: number, high: number): Parameter<number> {
  return range("logUniform", "float", low, high, "log", { above: 0 });
}

/**
 * 1 − 10^r: a number below 1 that is spread evenly in the logarithm of its distance to 1. For β of momentum and averages, where 0.9 to
 * 0.99 averages over 10 to 100 steps and 0.99 to 0.999 over 100 to 1000 (Ng, course 2, week 3).
 *
 * @param low the least value @param high the largest, low < high < 1
 * @throws ValueError
 * @example
 * oneMinusLogUniform(0.9, 0.999); // { type: "float", low: 0.9, high: 0.999, scale: "oneMinusLog" }
 */
export function oneMinusLogUniform(low: number, high: number): Parameter<number> {
  return range("oneMinusLogUniform", "float", low, high, "oneMinusLog", { below: 1 });
}

/**
 * A whole number from low to high, both included.
 *
 * @throws ValueError
 * @example
 * int(1, 4); // { type: "int", low: 1, high: 4, scale: "linear" }
 */
export function int(low: number, high: number): Parameter<number> {
  return range("int", "int", low, high, "linear", { whole: true });
}

/**
 * A whole number whose logarithm is uniform: for units and batch sizes.
 *
 * @param low ≥ 1 @param high > low
 * @throws ValueError
 * @example
 * logInt(16, 512); // { type: "int", low: 16, high: 512, scale: "log" }
 */
export function logInt(low: number, high: number): Parameter<number> {
  return range("logInt", "int", low, high, "log", { min: 1, whole: true });
}

/**
 * One of a list, in no order.
 *
 * @param choices two or more texts, numbers, truth values or null, all different
 * @throws ValueError
 * @example
 * choice(["adam", "sgd"]).choices; // ["adam", "sgd"]
 */
export function choice<const T extends Choice>(
  choices: readonly T[],
): Parameter<T> & { readonly choices: readonly T[] } {
  const fits = (each: unknown) =>
    each === null || typeof each === "string" || typeof each === "boolean" || Number.isFinite(each);
  if (!Array.isArray(choices) || choices.length < 2 || !choices.every(fits)) {
    throw new ValueError(
      `choice: choices expected two or more texts, finite numbers, truth values or nulls, got ${show(choices)}; name functions and objects by texts, and look them up in the objective`,
    );
  }
  const twice = choices.find((each, i) => choices.indexOf(each) !== i);
  if (twice !== undefined) throw new ValueError(`choice: choices expected each once, got ${show(twice)} twice`);
  return Object.freeze({ type: "choice" as const, choices: Object.freeze([...choices]) });
}

/**
 * low, low + step, low + 2 · step, … up to high, each as likely as the others. With a whole low and step the values are whole.
 *
 * @param high the largest value; it is reached where (high − low) is a multiple of step
 * @param step > 0, at most high − low
 * @throws ValueError
 * @example
 * quantized(0, 0.5, 0.1); // { type: "float", low: 0, high: 0.5, scale: "linear", step: 0.1 }
 */
export function quantized(low: number, high: number, step: number): Parameter<number> {
  const { high: top } = range("quantized", "float", low, high, "linear");
  checkNumber("quantized", "step", step, { above: 0, max: top - low });
  const whole = Number.isInteger(low) && Number.isInteger(step);
  const last = low + step * stepsIn(low, high, step);
  return Object.freeze({ type: whole ? "int" : "float", low, high: last, scale: "linear", step } as const);
}

/** How many whole steps lie between, a hair's breadth of rounding forgiven. */
const stepsIn = (low: number, high: number, step: number): number => Math.floor((high - low) / step + 1e-9);

/**
 * A parameter that a trial has only where another one has one of some values: the width of a third layer only where there is one. In the
 * other trials it is `undefined`.
 *
 * @param parameter the name of the other one, which stands in the same space and may be conditional too
 * @param is a value or a list of them
 * @throws ValueError
 * @example
 * const space = {
 *   layers: int(1, 3),
 *   units3: when("layers", 3, logInt(16, 128)),
 * };
 * space.units3.when; // { parameter: "layers", is: [3] }
 */
export function when<T>(
  parameter: string,
  is: Choice | readonly Choice[],
  then: Parameter<T>,
): Parameter<T | undefined> {
  if (typeof parameter !== "string" || parameter === "") {
    throw new ValueError(`when: parameter expected the name of another parameter of the space, got ${show(parameter)}`);
  }
  const values = Array.isArray(is) ? is : [is];
  if (values.length === 0) throw new ValueError("when: is expected a value or a list of values, got []");
  if (!then || typeof then !== "object" || !("type" in then)) {
    throw new ValueError(`when: then expected a parameter such as uniform(0, 1), got ${show(then)}`);
  }
  if (then.when) {
    throw new ValueError(
      `when: then expected a parameter without a condition, got one that hangs on "${then.when.parameter}"; let this one hang on the nearer of the two`,
    );
  }
  return Object.freeze({ ...then, when: Object.freeze({ parameter, is: Object.freeze([...values]) }) });
}

function range(
  operation: string,
  type: NumberParameter["type"],
  low: number,
  high: number,
  scale: NumberParameter["scale"],
  bounds: Parameters<typeof checkNumber>[3] = {},
): Parameter<number> & NumberParameter {
  checkNumber(operation, "low", low, bounds);
  checkNumber(operation, "high", high, bounds);
  if (!(low < high)) {
    throw new ValueError(
      `${operation}: low expected less than high, got ${low} and ${high}${low > high ? "; exchange them" : "; a value that is fixed belongs into the objective, not into the space"}`,
    );
  }
  return Object.freeze({ type, low, high, scale });
}
