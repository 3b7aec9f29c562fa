import { checkNumber, show } from "../util/check.js";
import { ShapeError, ValueError } from "../util/errors.js";

/**
 * Pixels around an image: `"valid"` none; `"same"` as many as make an output of ⌈size / stride⌉, the odd one behind, as TensorFlow; a number
 * of them on every side; or `[[top, bottom], [left, right]]`.
 */
export type Padding = "valid" | "same" | number | readonly [Sides, Sides];

/** Pixels before and behind one axis. */
export type Sides = readonly [before: number, behind: number];

/** How a window moves along one axis: it begins `before` the first pixel and stops at `count` places. */
export interface Walk {
  size: number;
  stride: number;
  before: number;
  count: number;
}

/** One number for both axes, or one for each. @throws ValueError where they are not whole and ≥ 1 */
export function checkPair(operation: string, argument: string, value: unknown): [number, number] {
  const pair = Array.isArray(value) ? value : [value, value];
  if (pair.length === 2 && pair.every((n) => Number.isInteger(n) && n >= 1)) return [pair[0], pair[1]];
  throw new ValueError(
    `${operation}: ${argument} expected a whole number ≥ 1, or one for height and one for width, got ${show(value)}`,
  );
}

/** The padding of `axes` axes, each `"valid"`, `"same"` or two numbers. @throws ValueError */
export function checkPadding(operation: string, argument: string, value: unknown, axes: 1 | 2): AxisPadding[] {
  const each = (axis: AxisPadding): AxisPadding[] => Array.from({ length: axes }, () => axis);
  if (value === "valid" || value === "same") return each(value);
  if (typeof value === "number") {
    const n = checkNumber(operation, argument, value, { min: 0, whole: true });
    return each([n, n]);
  }
  const list: unknown[] = axes === 1 ? [value] : Array.isArray(value) ? value : [];
  const isSides = (pair: unknown): pair is Sides =>
    Array.isArray(pair) && pair.length === 2 && pair.every((n) => Number.isInteger(n) && n >= 0);
  if (list.length === axes && list.every(isSides)) return list;
  const pairs = axes === 1 ? "[before, behind]" : "[[top, bottom], [left, right]]";
  throw new ValueError(
    `${operation}: ${argument} expected "valid", "same", or whole numbers ≥ 0: one or ${pairs}, got ${show(value)}`,
  );
}

/** The padding of one axis. */
export type AxisPadding = "valid" | "same" | Sides;

/**
 * The places of a window of `size` along an axis of `length`. Each of them has a pixel inside.
 *
 * @param what names the axis and the shape that it belongs to in errors
 * @throws ShapeError where none fits, or padding is as wide as the window
 */
export function walkAlong(
  operation: string,
  what: string,
  length: number,
  size: number,
  stride: number,
  pad: AxisPadding,
): Walk {
  if (pad === "same") {
    const count = Math.ceil(length / stride);
    const missing = Math.max((count - 1) * stride + size - length, 0);
    return { size, stride, before: Math.floor(missing / 2), count };
  }
  const [before, behind] = pad === "valid" ? [0, 0] : pad;
  if (before >= size || behind >= size) {
    throw new ShapeError(
      `${operation}: padding expected less than the window's ${size} along ${what}, got [${before}, ${behind}]`,
    );
  }
  const room = length + before + behind - size;
  if (length === 0 || room < 0) {
    throw new ShapeError(
      `${operation}: a window of ${size} expected to fit along ${what}, got ${length} pixels; make it smaller, or pad with "same"`,
    );
  }
  return { size, stride, before, count: Math.floor(room / stride) + 1 };
}
