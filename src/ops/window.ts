import { checkNumber, nearest, show } from "../util/check.js";
import { ShapeError, ValueError } from "../util/errors.js";

/**
 * Pixels around an image: `"valid"` none; `"same"` as many as make an output of ⌈size / stride⌉, the odd one behind, as TensorFlow; a number
 * of them on every side; or `[[top, bottom], [left, right]]`.
 */
export type Padding = "valid" | "same" | number | readonly [Sides, Sides];

/** Pixels before and behind one axis. */
export type Sides = readonly [before: number, behind: number];

/** One number for both axes, or that of the height and that of the width. */
export type Pair = number | readonly [number, number];

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
  const near = typeof value === "string" ? nearest(value, ["valid", "same"]) : undefined;
  throw new ValueError(
    `${operation}: ${argument} expected "valid", "same", or whole numbers ≥ 0: one or ${pairs}, got ${show(value)}` +
      (near ? `; did you mean "${near}"?` : ""),
  );
}

/** The padding of images, as it was given. @throws ValueError */
export function checkImagePadding(operation: string, argument: string, value: unknown): Padding {
  checkPadding(operation, argument, value, 2);
  return value as Padding;
}

/** The padding of one axis. */
export type AxisPadding = "valid" | "same" | Sides;

/** Of height (0) or width (1). */
export function paddingAlong(padding: Padding, axis: 0 | 1): AxisPadding {
  if (typeof padding === "string") return padding;
  return typeof padding === "number" ? [padding, padding] : padding[axis];
}

/** How far a window of `size` taps reaches. */
export const reach = (size: number, dilation: number): number => (size - 1) * dilation + 1;

/** The pixels around an axis of `length` for windows that reach over `extent` of them. */
export function sidesOf(padding: AxisPadding, length: number, extent: number, stride: number): Sides {
  if (padding === "valid") return [0, 0];
  if (padding !== "same") return padding;
  const missing = Math.max(0, (Math.ceil(length / stride) - 1) * stride + extent - length);
  return [Math.floor(missing / 2), Math.ceil(missing / 2)];
}

/** The places where such a window fits; none of them: 0 or less. */
export const placesOf = (length: number, [before, behind]: Sides, extent: number, stride: number): number =>
  Math.floor((length + before + behind - extent) / stride) + 1;

/** The same with one more where pixels are left over: its window reaches beyond the padding, but begins before the padding behind. */
export function placesOfAll(length: number, [before, behind]: Sides, extent: number, stride: number): number {
  const count = Math.ceil((length + before + behind - extent) / stride) + 1;
  return (count - 1) * stride >= length + before ? count - 1 : count;
}

/**
 * The places of a window of `size` along an axis of `length`. Each of them has a pixel inside.
 *
 * @param what names the axis and the shape that it belongs to in errors
 * @param places how they are counted
 * @throws ShapeError where none fits, or padding is as wide as the window
 */
export function walkAlong(
  operation: string,
  what: string,
  length: number,
  size: number,
  stride: number,
  pad: AxisPadding,
  places = placesOf,
): Walk {
  const sides = sidesOf(pad, length, size, stride);
  const [before, behind] = sides;
  if (pad !== "same" && (before >= size || behind >= size)) {
    throw new ShapeError(
      `${operation}: padding expected less than the window's ${size} along ${what}, got [${before}, ${behind}]`,
    );
  }
  const count = places(length, sides, size, stride);
  if (pad !== "same" && (length === 0 || count < 1)) {
    throw new ShapeError(
      `${operation}: a window of ${size} expected to fit along ${what}, got ${length} pixels; make it smaller, or pad with "same"`,
    );
  }
  return { size, stride, before, count };
}
