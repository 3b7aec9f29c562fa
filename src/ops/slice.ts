import { asTensor, type Tensor, type TensorLike } from "../tensor/tensor.js";
import { show } from "../util/check.js";
import { ShapeError, ValueError } from "../util/errors.js";
import { normalizeAxes, type Shape, showShape, stridesOf } from "../util/shapes.js";
import { broadcastTo } from "./broadcast-to.js";
import { accumulateStrided, copyStrided, type Layout, positionOf } from "./layout.js";
import { op } from "./op.js";
import { reshape } from "./shape.js";

const sliceOp = op<[x: unknown], { begin: readonly number[]; size: Shape }>("slice", {
  shape: (_, { size }) => size,
  forward: (k, y, [x], { begin, size }) =>
    copyStrided(k, y, x, { shape: size, x: stridesOf(x.shape), xStart: positionOf(begin, x.shape) }),
  backward: (k, [dx], dy, { attributes: { begin, size } }) =>
    dx && accumulateStrided(k, dx, dy, { shape: size, y: stridesOf(dx.shape), yStart: positionOf(begin, dx.shape) }),
});

/**
 * The part of `x` that starts at `begin` and has shape `size`; a size of −1 runs to the end. A single number is for axis 0; axes that
 * are left out are taken whole.
 *
 * @throws ShapeError where it reaches outside of `x`
 * @example
 * wg.slice([[1, 2, 3], [4, 5, 6]], [0, 1], [2, 2]).toArray(); // [[2, 3], [5, 6]]
 */
export function slice(x: TensorLike, begin: number | readonly number[], size: number | readonly number[] = -1): Tensor {
  const t = asTensor(x, undefined, "slice", "x");
  const from = sizesFrom("begin", begin);
  const want = sizesFrom("size", size);
  if (from.length > t.rank || want.length > t.rank) {
    throw new ShapeError(
      `slice: begin and size expected at most ${t.rank} entries for ${showShape(t.shape)}, got ${show(from)} and ${show(want)}`,
    );
  }
  const first = t.shape.map((_, i) => from[i] ?? 0);
  const sizes = t.shape.map((n, i) => ((want[i] ?? -1) === -1 ? n - (first[i] as number) : (want[i] as number)));
  t.shape.forEach((n, i) => {
    const [b, s] = [first[i] as number, sizes[i] as number];
    if (Number.isInteger(b) && Number.isInteger(s) && b >= 0 && s >= 0 && b + s <= n) return;
    throw new ShapeError(
      `slice: begin and size expected a part of axis ${i} of ${showShape(t.shape)}, got begin ${b} and size ${want[i] ?? -1}`,
    );
  });
  return sliceOp([t], { begin: first, size: sizes });
}

interface Steps {
  begin: readonly number[];
  strides: readonly number[];
  size: Shape;
}

const stridedSliceOp = op<[x: unknown], Steps>("stridedSlice", {
  shape: (_, { size }) => size,
  forward: (k, y, [x], { begin, strides, size }) =>
    copyStrided(k, y, x, { shape: size, x: stepped(x.shape, strides), xStart: positionOf(begin, x.shape) }),
  // dx is walked from its front, as threads need it, and dy against the order where a stride is negative.
  backward: (k, [dx], dy, { attributes: { begin, strides, size } }) => {
    if (!dx || dy.size === 0) return;
    const last = size.map((n, i) => (begin[i] as number) + (n - 1) * (strides[i] as number));
    const first = begin.map((b, i) => Math.min(b, last[i] as number));
    const turned = size.flatMap((_, i) => ((strides[i] as number) < 0 ? [i] : []));
    const y = stepped(dx.shape, strides.map(Math.abs));
    accumulateStrided(k, dx, dy, { ...reversed(size, turned), y, yStart: positionOf(first, dx.shape) });
  },
});

const stepped = (shape: Shape, strides: readonly number[]): number[] =>
  stridesOf(shape).map((stride, i) => stride * (strides[i] as number));

/**
 * Every `strides[i]`-th element of `x` along axis i from `begin[i]` up to, not including, `end[i]`, by NumPy's rule for begin:end:stride:
 * negative begins and ends count from the end, what lies outside is cut off, a negative stride runs backwards. Null is from, or to, the end
 * in question; axes that are left out are taken whole.
 *
 * @param strides default: 1; not 0
 * @throws ShapeError for more entries than axes, ValueError for one that is not whole, and for a stride of 0
 * @example
 * wg.stridedSlice([0, 1, 2, 3, 4, 5], [1], [5], [2]).toArray(); // [1, 3]
 * wg.stridedSlice([0, 1, 2, 3], [null], [null], [-1]).toArray(); // [3, 2, 1, 0]
 */
export function stridedSlice(
  x: TensorLike,
  begin: readonly (number | null)[],
  end: readonly (number | null)[],
  strides: readonly number[] = [],
): Tensor {
  const t = asTensor(x, undefined, "stridedSlice", "x");
  checkEntries("begin", begin, t, (n) => n === null || Number.isInteger(n), "whole numbers or null");
  checkEntries("end", end, t, (n) => n === null || Number.isInteger(n), "whole numbers or null");
  checkEntries("strides", strides, t, (n) => Number.isInteger(n) && n !== 0, "whole numbers other than 0");
  const each = t.shape.map((n, i) => stepsAlong(n, begin[i] ?? null, end[i] ?? null, strides[i] ?? 1));
  return stridedSliceOp([t], {
    begin: each.map(({ first }) => first),
    strides: each.map(({ step }) => step),
    size: each.map(({ count }) => count),
  });
}

function checkEntries(
  argument: string,
  value: unknown,
  { shape, rank }: Tensor,
  fits: (entry: unknown) => boolean,
  expected: string,
): void {
  if (!Array.isArray(value) || !value.every(fits)) {
    throw new ValueError(`stridedSlice: ${argument} expected an array of ${expected}, got ${show(value)}`);
  }
  if (value.length <= rank) return;
  throw new ShapeError(
    `stridedSlice: ${argument} expected at most ${rank} entries for ${showShape(shape)}, got ${show(value)}`,
  );
}

/** The first element and how many there are along an axis of size n. */
function stepsAlong(n: number, begin: number | null, end: number | null, step: number) {
  const [low, high] = step > 0 ? [0, n] : [-1, n - 1];
  const within = (i: number | null, open: number) =>
    i === null ? open : Math.min(Math.max(i < 0 ? i + n : i, low), high);
  const first = within(begin, step > 0 ? low : high);
  const count = Math.max(0, Math.ceil((within(end, step > 0 ? high : low) - first) / step));
  return { first: count === 0 ? 0 : first, step, count };
}

function sizesFrom(argument: string, value: unknown): readonly number[] {
  if (typeof value === "number") return [value];
  if (Array.isArray(value)) return value;
  throw new ShapeError(`slice: ${argument} expected a whole number or an array of them, got ${show(value)}`);
}

const reverseOp = op<[x: unknown], readonly number[]>("reverse", {
  shape: ([x]) => x,
  forward: (k, y, [x], axes) => copyStrided(k, y, x, reversed(x.shape, axes)),
  backward: (k, [dx], dy, { attributes: axes }) => dx && accumulateStrided(k, dx, dy, reversed(dx.shape, axes)),
});

/** A walk over x that runs along `axes` from their ends. */
function reversed(shape: Shape, axes: readonly number[]): Layout {
  const strides = stridesOf(shape);
  const xStart = axes.reduce((sum, i) => sum + (strides[i] as number) * ((shape[i] as number) - 1), 0);
  return { shape, x: strides.map((stride, i) => (axes.includes(i) ? -stride : stride)), xStart };
}

/**
 * `x` back to front along the given axes (default: all).
 *
 * @throws ShapeError where an axis is out of range
 * @example
 * wg.reverse([1, 2, 3]).toArray(); // [3, 2, 1]
 */
export function reverse(x: TensorLike, axis?: number | readonly number[]): Tensor {
  const t = asTensor(x, undefined, "reverse", "x");
  return reverseOp([t], normalizeAxes("reverse", axis, t.rank));
}

/**
 * `x` repeated `reps[i]` times along axis i.
 *
 * @throws ShapeError where there is not one whole number ≥ 0 for each axis
 * @example
 * wg.tile([1, 2], [2]).toArray(); // [1, 2, 1, 2]
 */
export function tile(x: TensorLike, reps: readonly number[]): Tensor {
  const t = asTensor(x, undefined, "tile", "x");
  if (!Array.isArray(reps) || reps.length !== t.rank || !reps.every((n) => Number.isInteger(n) && n >= 0)) {
    throw new ShapeError(
      `tile: reps expected ${t.rank} whole numbers ≥ 0 for ${showShape(t.shape)}, got ${show(reps)}`,
    );
  }
  const apart = t.shape.flatMap((n) => [1, n]);
  const repeated = t.shape.flatMap((n, i) => [reps[i] as number, n]);
  return reshape(
    broadcastTo(reshape(t, apart), repeated),
    t.shape.map((n, i) => n * (reps[i] as number)),
  );
}
