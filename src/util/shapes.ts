import { show } from "./check.js";
import { ShapeError } from "./errors.js";

/** Sizes of the axes, outermost first; `[]` is a scalar. */
export type Shape = readonly number[];

/** The number of elements. */
export function sizeOfShape(shape: Shape): number {
  let size = 1;
  for (let i = 0; i < shape.length; i++) size *= shape[i] as number;
  return size;
}

/** It makes no garbage, as training steps compare shapes. */
export function sameShape(a: Shape, b: Shape): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** Whether `shape` is that of rows `[…, ...rowShape]`. */
export function hasRows(shape: Shape, rowShape: Shape): boolean {
  if (shape.length !== rowShape.length + 1) return false;
  for (let i = 0; i < rowShape.length; i++) if (shape[i + 1] !== rowShape[i]) return false;
  return true;
}

/** `[2, 3]`, or `[batch, 3]` where an axis is null. */
export function showShape(shape: readonly (number | null)[]): string {
  return `[${shape.map((n) => n ?? "batch").join(", ")}]`;
}

/** Row-major strides, in elements. */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length);
  let step = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    strides[i] = step;
    step *= shape[i] as number;
  }
  return strides;
}

/**
 * The shape of an element-wise result, by NumPy's rule: shapes are aligned at the last axis; sizes are equal or one of them is 1.
 *
 * @throws ShapeError where they do not fit.
 */
export function broadcastShapes(operation: string, a: Shape, b: Shape): Shape {
  if (sameShape(a, b)) return a;
  const rank = Math.max(a.length, b.length);
  const out = new Array<number>(rank);
  for (let i = 1; i <= rank; i++) {
    const m = a[a.length - i] ?? 1;
    const n = b[b.length - i] ?? 1;
    if (m !== n && m !== 1 && n !== 1) {
      throw new ShapeError(
        `${operation}: shapes expected to broadcast (equal sizes or 1, aligned at the last axis), ` +
          `got ${showShape(a)} and ${showShape(b)}; reshape one of them`,
      );
    }
    out[rank - i] = m === 1 ? n : m;
  }
  return out;
}

/**
 * Axes as sorted non-negative numbers; `undefined` means all of them.
 *
 * @throws ShapeError for an axis out of range, not whole, or named twice.
 */
export function normalizeAxes(operation: string, axes: number | readonly number[] | undefined, rank: number): number[] {
  if (axes === undefined) return Array.from({ length: rank }, (_, i) => i);
  const list: readonly number[] = Array.isArray(axes) ? axes : [axes as number];
  const out = list.map((axis) => normalizeAxis(operation, axis, rank)).sort((p, q) => p - q);
  for (let i = 1; i < out.length; i++) {
    if (out[i] === out[i - 1]) {
      throw new ShapeError(
        `${operation}: axis expected each axis once, got [${list.join(", ")}]; drop the repeated one`,
      );
    }
  }
  return out;
}

/** One axis as a non-negative number. @throws ShapeError where it is out of range. */
export function normalizeAxis(operation: string, axis: number, rank: number): number {
  if (!Number.isInteger(axis) || axis < -rank || axis >= rank) {
    throw new ShapeError(
      rank === 0
        ? `${operation}: axis expected none for a scalar, got ${show(axis)}; leave it out`
        : `${operation}: axis expected a whole number from ${-rank} to ${rank - 1} for rank ${rank}, got ${show(axis)}`,
    );
  }
  return axis < 0 ? axis + rank : axis;
}

function isShape(shape: unknown): shape is Shape {
  if (!Array.isArray(shape)) return false;
  for (let i = 0; i < shape.length; i++) if (!(Number.isInteger(shape[i]) && shape[i] >= 0)) return false;
  return true;
}

/** @throws ShapeError where an entry is not a whole number ≥ 0. */
export function checkShape(operation: string, shape: unknown, argument = "shape"): asserts shape is Shape {
  if (!isShape(shape)) {
    throw new ShapeError(
      `${operation}: ${argument} expected an array of whole numbers ≥ 0, got ${Array.isArray(shape) ? `[${shape.join(", ")}]` : show(shape)}`,
    );
  }
}
