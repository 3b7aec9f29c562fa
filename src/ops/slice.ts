import { checkIndices } from "../tensor/indices.js";
import { asTensor, type Tensor, type TensorLike, tensor } from "../tensor/tensor.js";
import { checkName, checkNumber, show } from "../util/check.js";
import { isFloat, sizeOf } from "../util/dtypes.js";
import { ShapeError, ValueError } from "../util/errors.js";
import { normalizeAxes, normalizeAxis, type Shape, showShape, sizeOfShape, stridesOf } from "../util/shapes.js";
import { accumulateStrided, copyStrided, type Layout } from "./layout.js";
import { op } from "./op.js";
import { broadcastTo, reshape } from "./shape.js";

/** The position of an index in the elements of `shape`. */
function positionOf(index: readonly number[], shape: Shape): number {
  return stridesOf(shape).reduce((sum, stride, i) => sum + stride * (index[i] as number), 0);
}

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

interface Padding {
  before: readonly number[];
  shape: Shape;
  value: number;
}

const padOp = op<[x: unknown], Padding>("pad", {
  shape: (_, { shape }) => shape,
  forward: (k, y, [x], { before, value }) => {
    if (isFloat(y.dtype)) k.fill(y.at, value, 0, y.size);
    else if (y.dtype === "int32") k.fill_int32(y.at, value, 0, y.size);
    else k.fill_uint8(y.at, y.dtype === "bool" ? Number(value !== 0) : value, 0, y.size);
    copyStrided(k, y, x, { shape: x.shape, y: stridesOf(y.shape), yStart: positionOf(before, y.shape) });
  },
  backward: (k, [dx], dy, { attributes: { before } }) =>
    dx &&
    accumulateStrided(k, dx, dy, { shape: dx.shape, x: stridesOf(dy.shape), xStart: positionOf(before, dy.shape) }),
});

const padModes = ["constant", "reflect", "symmetric", "edge", "wrap"] as const;

/** What stands in padding: see `pad`. */
export type PadMode = (typeof padModes)[number];

/** Which element of an axis of size n stands at place i, from anywhere. */
const sources: Record<Exclude<PadMode, "constant">, (i: number, n: number) => number> = {
  reflect: (i, n) => folded(i, Math.max(2 * (n - 1), 1), 0),
  symmetric: (i, n) => folded(i, 2 * n, 1),
  edge: (i, n) => Math.min(Math.max(i, 0), n - 1),
  wrap: (i, n) => remainder(i, n),
};

const remainder = (i: number, n: number): number => ((i % n) + n) % n;

/** There and back again within a period, whose way back begins `twice` elements later than it would if the last stood once. */
const folded = (i: number, period: number, twice: 0 | 1): number => {
  const at = remainder(i, period);
  return Math.min(at, period - twice - at);
};

/**
 * `x` with more elements around it: `paddings[i]` says how many come before and after it along axis i.
 *
 * @param constant what they are in mode `"constant"`; default 0
 * @param mode `"constant"` (default); `"reflect"`: mirrored at the outermost element, which stands once; `"symmetric"`: mirrored with it;
 *   `"edge"`: the outermost element; `"wrap"`: from the other end. As in NumPy, also where there is more padding than elements
 * @throws ShapeError where there is not one pair of whole numbers ≥ 0 for each axis, or an axis of size 0 has nothing to repeat, ValueError
 *   for another constant or mode
 * @example
 * wg.pad([1, 2], [[1, 2]]).toArray(); // [0, 1, 2, 0, 0]
 * wg.pad([1, 2, 3], [[2, 1]], 0, "reflect").toArray(); // [3, 2, 1, 2, 3, 2]
 */
export function pad(
  x: TensorLike,
  paddings: readonly (readonly [number, number])[],
  constant = 0,
  mode: PadMode = "constant",
): Tensor {
  const t = asTensor(x, undefined, "pad", "x");
  const ok =
    Array.isArray(paddings) &&
    paddings.length === t.rank &&
    paddings.every(
      (pair) => Array.isArray(pair) && pair.length === 2 && pair.every((n) => Number.isInteger(n) && n >= 0),
    );
  if (!ok) {
    throw new ShapeError(
      `pad: paddings expected ${t.rank} pairs [before, after] of whole numbers ≥ 0 for ${showShape(t.shape)}, got ${show(paddings)}`,
    );
  }
  if (typeof constant !== "number") throw new ValueError(`pad: constant expected a number, got ${show(constant)}`);
  checkName("pad", "mode", mode, padModes);
  if (mode !== "constant") return repeated(t, paddings, mode);
  if (t.dtype === "int32") checkNumber("pad", "constant", constant, { min: -2147483648, max: 2147483647, whole: true });
  if (t.dtype === "uint8") checkNumber("pad", "constant", constant, { min: 0, max: 255, whole: true });
  const before = paddings.map(([n]) => n);
  const shape = t.shape.map((n, i) => n + (before[i] as number) + (paddings[i]?.[1] as number));
  return padOp([t], { before, shape, value: constant });
}

/** Which of the n elements of an axis stand along it when it is padded, one after the other. */
export const paddedPlaces = (
  mode: Exclude<PadMode, "constant">,
  n: number,
  [before, after]: readonly [number, number],
): number[] => Array.from({ length: before + n + after }, (_, i) => sources[mode](i - before, n));

/** Padding by elements of x, one axis after another. */
function repeated(
  x: Tensor,
  paddings: readonly (readonly [number, number])[],
  mode: Exclude<PadMode, "constant">,
): Tensor {
  return paddings.reduce((y, [before, after], axis) => {
    const n = x.shape[axis] as number;
    if (before + after === 0) return y;
    if (n === 0) {
      throw new ShapeError(`pad: x expected an element along axis ${axis} to repeat, got ${showShape(x.shape)}`);
    }
    return gatherOp([y, tensor(Int32Array.from(paddedPlaces(mode, n, [before, after])))], axis);
  }, x);
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

/** x [outer, n, inner] around an axis. */
function around(shape: Shape, axis: number) {
  return {
    outer: sizeOfShape(shape.slice(0, axis)),
    n: shape[axis] as number,
    inner: sizeOfShape(shape.slice(axis + 1)),
  };
}

/** Its indices are int32 and in range. */
export const gatherOp = op<[x: unknown, indices: unknown], number>("gather", {
  shape: ([x, indices], axis) => [...x.slice(0, axis), ...indices, ...x.slice(axis + 1)],
  free: [1],
  forward: (k, y, [x, indices], axis) => {
    const { outer, n, inner } = around(x.shape, axis);
    const rows = outer * indices.size;
    k.gather_forward(y.at, x.at, indices.at, n, indices.size, inner, sizeOf(x.dtype), 0, rows);
  },
  backward: (k, [dx], dy, { x: [x, indices], attributes: axis }) => {
    if (!dx) return;
    const { outer, n, inner } = around(x.shape, axis);
    k.gather_backward(dx.at, dy.at, indices.at, n, indices.size, inner, 0, outer * n);
  },
});

/** `gather` along axis 0 of indices that `checkIndices` has returned. */
export function gatherRows(x: Tensor, indices: Tensor): Tensor {
  return gatherOp([x, indices], 0);
}

/**
 * The slices of `x` at `indices` along an axis (default 0): y[…, j, …] = x[…, indices[j], …]. The shape of `indices` takes the place of
 * that axis. Gradients of repeated indices add up.
 *
 * @throws ValueError for an index out of range, DTypeError where indices are not int32 (or uint8), ShapeError for an axis out of range
 * @example
 * wg.gather([10, 20, 30], [2, 0, 2]).toArray(); // [30, 10, 30]
 */
export function gather(x: TensorLike, indices: TensorLike, axis = 0): Tensor {
  const t = asTensor(x, undefined, "gather", "x");
  const at = normalizeAxis("gather", axis, t.rank);
  const list = checkIndices("gather", indices, t.shape[at] as number);
  return gatherOp([t, list], at);
}
