import { scope } from "../tensor/scope.js";
import { Tensor, tensor } from "../tensor/tensor.js";
import { checkName, checkNumber, checkOptions, show } from "../util/check.js";
import { requireFloat } from "../util/dtypes.js";
import { NumericError, ShapeError, ValueError } from "../util/errors.js";
import { showShape } from "../util/shapes.js";

const methods = ["central", "forward", "backward"] as const;

/** Which values a difference quotient compares. */
export type DifferenceMethod = (typeof methods)[number];

export interface NumericGradientOptions {
  /** Default: `"central"`. */
  method?: DifferenceMethod;
  /** How far each coordinate is moved, > 0. Default: `defaultStep`. */
  h?: number;
}

const EPSILON = Number.EPSILON;

/**
 * The step that balances the two errors of a difference quotient, that of the formula (h² or h) and that of rounding (ε / h): ε^⅓ for central
 * and ε^½ for one-sided differences, times |x| where that is above 1 (Press et al., Numerical Recipes, 3rd edition, section 5.7).
 */
export function defaultStep(method: DifferenceMethod, x: number): number {
  return (method === "central" ? Math.cbrt(EPSILON) : Math.sqrt(EPSILON)) * Math.max(1, Math.abs(x));
}

/**
 * The gradient of a function of numbers by differences, one coordinate at a time, in double precision:
 *
 * central (f(x + h) − f(x − h)) / 2h, wrong by h² · f‴(x) / 6 + …; forward (f(x + h) − f(x)) / h and backward (f(x) − f(x − h)) / h, wrong by
 * ± h · f″(x) / 2 + …. To halve h divides the error by 4 or by 2, until rounding, which grows as 1 / h, is all that is left. After "Numerical
 * approximation of gradients" in Ng's "Improving deep neural networks".
 *
 * @param f of what `x` is; returns a number or a scalar tensor
 * @param x a number, an array, a Float64Array, or a tensor, which `f` gets as float64
 * @param options.method default `"central"`
 * @param options.h > 0; default 6.1e-6 for central and 1.5e-8 for the others, times |x| where that is above 1
 * @returns the derivative as a number where `x` is one, else shaped like `x`
 * @throws ValueError, ShapeError for what is no function of numbers or no number; NumericError where `f` is not finite
 * @example
 * const cube = (x: number) => x * x * x; // its slope at 1 is 3
 * numericGradient(cube, 1, { h: 0.01 }); // 3.0001
 * numericGradient(cube, 1, { h: 0.01, method: "forward" }); // 3.0301
 * numericGradient(([a, b]) => a * b * b, [1, 3]); // [9.000000, 6.000000]
 */
export function numericGradient(f: (x: number) => number | Tensor, x: number, options?: NumericGradientOptions): number;
export function numericGradient(f: (x: Tensor) => number | Tensor, x: Tensor, options?: NumericGradientOptions): Tensor;
export function numericGradient(
  f: (x: Float64Array) => number | Tensor,
  x: Float64Array,
  options?: NumericGradientOptions,
): Float64Array;
export function numericGradient<const X extends readonly number[]>(
  f: (x: { -readonly [K in keyof X]: number }) => number | Tensor,
  x: X,
  options?: NumericGradientOptions,
): number[];
export function numericGradient(
  f: (x: never) => number | Tensor,
  x: number | readonly number[] | Float64Array | Tensor,
  options: NumericGradientOptions = {},
): number | number[] | Float64Array | Tensor {
  const operation = "numericGradient";
  if (typeof f !== "function") throw new ValueError(`${operation}: f expected a function, got ${show(f)}`);
  checkOptions(operation, options, ["method", "h"]);
  const method = checkName(operation, "method", options.method ?? "central", methods);
  if (options.h !== undefined) checkNumber(operation, "h", options.h, { above: 0 });
  const at = pointFrom(operation, x);
  const call = f as unknown as (x: unknown) => number | Tensor;
  const valueAt = (values: Float64Array) => scope(() => numberFrom(operation, call(at.form(values))));
  const gradient = differences(valueAt, at.values, method, options.h);
  return at.form(gradient) as number;
}

/** All difference quotients of a function of a flat array, or those of some entries. */
export function differences(
  f: (x: Float64Array) => number,
  x: Float64Array,
  method: DifferenceMethod,
  h: number | undefined,
): Float64Array {
  const moved = x.slice();
  const middle = method === "central" ? 0 : f(x.slice());
  return x.map((center, i) => {
    const step = h ?? defaultStep(method, center);
    const right = method === "backward" ? center : center + step;
    const left = method === "forward" ? center : center - step;
    const valueAt = (position: number) => {
      if (position === center) return middle;
      moved[i] = position;
      return f(moved.slice());
    };
    const rise = valueAt(right) - valueAt(left);
    moved[i] = center;
    // Not 2h: x ± h is rounded too.
    return rise / (right - left);
  });
}

interface Point {
  readonly values: Float64Array;
  /** An array of as many numbers in the form in which the point came. */
  form(values: Float64Array): number | number[] | Float64Array | Tensor;
}

function pointFrom(operation: string, x: unknown): Point {
  if (typeof x === "number") {
    return { values: Float64Array.of(finite(operation, x)), form: (values) => values[0] as number };
  }
  if (x instanceof Tensor) {
    requireFloat(operation, "x", x.dtype);
    const values = Float64Array.from(x.toTypedArray(), (each) => finite(operation, each));
    return { values, form: (each) => tensor(each, x.shape, "float64") };
  }
  if (x instanceof Float64Array) {
    return { values: x.map((each) => finite(operation, each)), form: (values) => values };
  }
  if (Array.isArray(x)) {
    return { values: Float64Array.from(x, (each) => finite(operation, each)), form: (values) => [...values] };
  }
  throw new ValueError(
    `${operation}: x expected a number, an array of numbers, a Float64Array or a tensor, got ${show(x)}`,
  );
}

function finite(operation: string, value: unknown): number {
  return checkNumber(operation, "x", value);
}

function numberFrom(operation: string, result: unknown): number {
  if (result instanceof Tensor && result.size !== 1) {
    throw new ShapeError(
      `${operation}: f expected to return a number or a scalar tensor, got shape ${showShape(result.shape)}; reduce it with sum or mean`,
    );
  }
  const value = result instanceof Tensor ? result.item() : result;
  if (typeof value !== "number") {
    throw new ValueError(`${operation}: f expected to return a number or a scalar tensor, got ${show(result)}`);
  }
  if (Number.isFinite(value)) return value;
  throw new NumericError(
    `${operation}: f expected to be finite within h of x, got ${value}; choose another x or a smaller h`,
  );
}
