import type { Kernels } from "#kernels/kernels";
import { asTensor, type Tensor, type TensorLike, tensor } from "../tensor/tensor.js";
import { checkBoolean, checkNumber, checkOptions } from "../util/check.js";
import { type DType, requireFloat } from "../util/dtypes.js";
import { ShapeError } from "../util/errors.js";
import { type Shape, showShape } from "../util/shapes.js";
import { add, div, maximum, mul } from "./arithmetic.js";
import { op } from "./op.js";
import { reshape } from "./shape.js";
import { pad, stridedSlice } from "./slice.js";
import {
  type AxisPadding,
  checkPadding,
  checkPair,
  type Padding,
  type Pair,
  placesOf,
  placesOfAll,
  reach,
  type Sides,
  sidesOf,
  type Walk,
  walkAlong,
} from "./window.js";

export interface PoolOptions {
  /**
   * True: pixels that are left over behind the last whole window get one more, which reaches beyond the padding (PyTorch's and ONNX's
   * `ceil_mode`, and what Caffe always does); a window that would begin in the padding behind is left out. Default: false.
   */
  ceilMode?: boolean;
  /** Pixels from one tap of the window to the next; default 1. */
  dilations?: Pair;
}

export interface AvgPoolOptions extends PoolOptions {
  /** True: padding counts as zeros, but not what a window of `ceilMode` has beyond it. Default: false. */
  countIncludePad?: boolean;
}

interface Windows {
  down: Walk;
  across: Walk;
}

const poolShape = ([batch, , , channels]: Shape, { down, across }: Windows): Shape => [
  batch as number,
  down.count,
  across.count,
  channels as number,
];

/** What every pooling kernel takes of x [batch, height, width, channels] and the windows over it. */
function geometry(x: Shape, { down, across }: Windows) {
  const [, height, width, channels] = x as [number, number, number, number];
  const sizes = [down.size, across.size, down.stride, across.stride, down.before, across.before] as const;
  return [height, width, channels, down.count, across.count, ...sizes] as const;
}

/** Rows of y, the range of the kernels. */
const rowsOf = (y: Tensor): number => (y.shape[0] as number) * (y.shape[1] as number);

const maxPoolOp = op<[x: unknown], Windows>("maxPool", {
  shape: ([x], windows) => poolShape(x, windows),
  forward: (k: Kernels, y, [x], windows) => {
    k.max_pool_forward(y.at, x.at, ...geometry(x.shape, windows), 0, rowsOf(y));
  },
  backward: (k, [dx], dy, { x: [x], y, attributes }) => {
    if (!dx) return;
    k.max_pool_backward(dx.at, dy.at, x.at, y.at, ...geometry(x.shape, attributes), 0, rowsOf(y));
  },
});

/**
 * y[n, i, j, c] = the greatest x[n, a, b, c] under a window of `filterSize` pixels that moves by `strides`. Padding counts as −∞; a window
 * with NaN is NaN. The gradient goes to the first greatest of a window, row by row, as in PyTorch and TensorFlow.
 *
 * @param x `[batch, height, width, channels]`
 * @param filterSize height and width of the window, or one number for both
 * @param strides as filterSize; default: the filterSize, so that windows do not overlap
 * @param pad default: `"valid"`, no padding; else `"same"`, a number on every side, or `[[top, bottom], [left, right]]`
 * @param options see `PoolOptions`
 * @throws DTypeError, ShapeError where no window fits or padding is as wide as it, ValueError for a wrong size, stride, padding or option
 * @example
 * wg.maxPool([[[[1], [2]], [[3], [4]]]], 2).toArray(); // [[[[4]]]]
 * wg.maxPool(wg.ones([1, 5, 5, 3]), 3, 2, "same").shape; // [1, 3, 3, 3]
 * wg.maxPool(wg.ones([1, 6, 6, 3]), 3, 2, "valid", { ceilMode: true }).shape; // [1, 3, 3, 3]
 */
export function maxPool(
  x: TensorLike,
  filterSize: number | readonly [number, number],
  strides: number | readonly [number, number] = filterSize,
  pad: Padding = "valid",
  options: PoolOptions = {},
): Tensor {
  return pool("maxPool", x, filterSize, strides, pad, options);
}

const averagePoolOp = op<[x: unknown], Windows>("avgPool", {
  shape: ([x], windows) => poolShape(x, windows),
  forward: (k, y, [x], windows) => {
    k.average_pool_forward(y.at, x.at, ...geometry(x.shape, windows), 0, rowsOf(y));
  },
  backward: (k, [dx], dy, { x: [x], attributes }) => {
    if (dx) k.average_pool_backward(dx.at, dy.at, ...geometry(x.shape, attributes), 0, rowsOf(dy));
  },
});

/**
 * y[n, i, j, c] = the mean of x[n, a, b, c] under a window of `filterSize` pixels that moves by `strides`. Padding does not count: at a
 * border the mean is over fewer pixels, as in TensorFlow (in PyTorch with `count_include_pad=False`), unless options say otherwise.
 *
 * @param options see `AvgPoolOptions`
 * @param x, filterSize, strides, pad, @throws as in `maxPool`
 * @example
 * wg.avgPool([[[[1], [2]], [[3], [6]]]], 2).toArray(); // [[[[3]]]]
 */
export function avgPool(
  x: TensorLike,
  filterSize: number | readonly [number, number],
  strides: number | readonly [number, number] = filterSize,
  pad: Padding = "valid",
  options: AvgPoolOptions = {},
): Tensor {
  return pool("avgPool", x, filterSize, strides, pad, options);
}

/**
 * `maxPool` along the steps of a sequence.
 *
 * @param x `[batch, steps, channels]`
 * @param pad default: `"valid"`; else `"same"`, a number at both ends, or `[before, behind]`
 * @param filterSize, strides, options, @throws as in `maxPool`
 * @example
 * wg.maxPool1d([[[1], [5], [2], [3]]], 2).toArray(); // [[[5], [3]]]
 */
export function maxPool1d(
  x: TensorLike,
  filterSize: number,
  strides = filterSize,
  pad: "valid" | "same" | number | Sides = "valid",
  options: PoolOptions & { dilations?: number } = {},
): Tensor {
  return pool1d("maxPool", x, filterSize, strides, pad, options);
}

/**
 * `avgPool` along the steps of a sequence.
 *
 * @param x, filterSize, strides, pad, options, @throws as in `maxPool1d`, `avgPool`
 * @example
 * wg.avgPool1d([[[1], [5], [2], [4]]], 2).toArray(); // [[[3], [3]]]
 */
export function avgPool1d(
  x: TensorLike,
  filterSize: number,
  strides = filterSize,
  pad: "valid" | "same" | number | Sides = "valid",
  options: AvgPoolOptions & { dilations?: number } = {},
): Tensor {
  return pool1d("avgPool", x, filterSize, strides, pad, options);
}

type Pooling = "maxPool" | "avgPool";

/** One axis of a pooling. */
interface Axis {
  length: number;
  size: number;
  dilation: number;
  walk: Walk;
  /** Pixels of padding behind it. */
  behind: number;
}

const LINE: Axis = { length: 1, size: 1, dilation: 1, walk: { size: 1, stride: 1, before: 0, count: 1 }, behind: 0 };

/** The windows along an axis of `length`; `what` names it in errors. */
function axisOf(
  operation: string,
  what: string,
  length: number,
  size: number,
  stride: number,
  dilation: number,
  pad: AxisPadding,
  ceilMode: boolean,
): Axis {
  const extent = reach(size, dilation);
  const walk = walkAlong(operation, what, length, extent, stride, pad, ceilMode ? placesOfAll : placesOf);
  return { length, size, dilation, walk, behind: sidesOf(pad, length, extent, stride)[1] };
}

/** How many pixels of each window count: those inside of x, or those of x and its padding. */
function counted({ length, size, dilation, walk, behind }: Axis, padding: boolean): number[] {
  const [low, high] = padding ? [-walk.before, length + behind] : [0, length];
  return Array.from({ length: walk.count }, (_, i) => {
    const first = i * walk.stride - walk.before;
    const pixels = Array.from({ length: size }, (_, t) => first + t * dilation);
    return pixels.filter((p) => p >= low && p < high).length;
  });
}

/** f(rows, columns) of each window, [1, outHeight, outWidth, 1]. */
function eachWindow(rows: number[], columns: number[], f: (i: number, j: number) => number, dtype: DType): Tensor {
  const values = rows.flatMap((_, i) => columns.map((_, j) => f(i, j)));
  return tensor(Float64Array.from(values), [1, rows.length, columns.length, 1], dtype);
}

function poolOver(kind: Pooling, x: Tensor, down: Axis, across: Axis, countIncludePad: boolean): Tensor {
  const inside = [counted(down, false), counted(across, false)] as const;
  const [rows, columns] = countIncludePad ? ([counted(down, true), counted(across, true)] as const) : inside;
  const pixels = (i: number, j: number) => (rows[i] as number) * (columns[j] as number);
  if (down.dilation === 1 && across.dilation === 1) {
    const y = (kind === "maxPool" ? maxPoolOp : averagePoolOp)([x], { down: down.walk, across: across.walk });
    if (!countIncludePad) return y;
    const share = (i: number, j: number) => ((inside[0][i] as number) * (inside[1][j] as number)) / pixels(i, j);
    return mul(y, eachWindow(rows, columns, share, x.dtype));
  }
  const taps = tapsOf(x, down, across, kind === "maxPool" ? Number.NEGATIVE_INFINITY : 0);
  if (kind === "maxPool") return taps.reduce((y, tap) => maximum(y, tap));
  return div(
    taps.reduce((y, tap) => add(y, tap)),
    eachWindow(rows, columns, pixels, x.dtype),
  );
}

/** Of every window its first pixel, its second, and so on, row by row; `outside` where it lies beyond x. */
function tapsOf(x: Tensor, down: Axis, across: Axis, outside: number): Tensor[] {
  const beyond = ({ length, walk }: Axis): [number, number] => [
    walk.before,
    Math.max(0, (walk.count - 1) * walk.stride + walk.size - walk.before - length),
  ];
  const padded = pad(x, [[0, 0], beyond(down), beyond(across), [0, 0]], outside);
  return Array.from({ length: down.size * across.size }, (_, k) => {
    const begin = [Math.floor(k / across.size) * down.dilation, (k % across.size) * across.dilation] as const;
    const end = [down, across].map(({ walk }, i) => (begin[i] as number) + (walk.count - 1) * walk.stride + 1);
    return stridedSlice(padded, [0, ...begin], [null, ...end], [1, down.walk.stride, across.walk.stride]);
  });
}

/** What `options` say. @throws ValueError */
function poolOptions(name: string, kind: Pooling, options: AvgPoolOptions, axes: 1 | 2) {
  const known = ["ceilMode", "dilations", ...(kind === "avgPool" ? ["countIncludePad"] : [])];
  checkOptions(name, options, known);
  const { dilations = 1 } = options;
  return {
    ceilMode: checkBoolean(name, "ceilMode", options.ceilMode ?? false),
    countIncludePad: checkBoolean(name, "countIncludePad", options.countIncludePad ?? false),
    dilations:
      axes === 2
        ? checkPair(name, "dilations", dilations)
        : ([1, checkNumber(name, "dilations", dilations, { min: 1, whole: true })] as const),
  };
}

function pool(
  kind: Pooling,
  x: TensorLike,
  filterSize: unknown,
  strides: unknown,
  padding: unknown,
  options: AvgPoolOptions,
): Tensor {
  const t = asTensor(x, undefined, kind, "x");
  requireFloat(kind, "x", t.dtype);
  const size = checkPair(kind, "filterSize", filterSize);
  const stride = checkPair(kind, "strides", strides);
  const sides = checkPadding(kind, "pad", padding, 2) as [AxisPadding, AxisPadding];
  const { ceilMode, countIncludePad, dilations } = poolOptions(kind, kind, options, 2);
  if (t.rank !== 4) {
    throw new ShapeError(
      `${kind}: x expected [batch, height, width, channels], got ${showShape(t.shape)}; reshape it to rank 4`,
    );
  }
  const [down, across] = (["height", "width"] as const).map((side, i) => {
    const what = `the ${side} of x ${showShape(t.shape)}`;
    const length = t.shape[i + 1] as number;
    return axisOf(
      kind,
      what,
      length,
      size[i] as number,
      stride[i] as number,
      dilations[i] as number,
      sides[i] as AxisPadding,
      ceilMode,
    );
  }) as [Axis, Axis];
  return poolOver(kind, t, down, across, countIncludePad);
}

function pool1d(
  kind: Pooling,
  x: TensorLike,
  filterSize: number,
  strides: number,
  padding: unknown,
  options: AvgPoolOptions,
): Tensor {
  const name = `${kind}1d`;
  const t = asTensor(x, undefined, name, "x");
  requireFloat(name, "x", t.dtype);
  const size = checkNumber(name, "filterSize", filterSize, { min: 1, whole: true });
  const stride = checkNumber(name, "strides", strides, { min: 1, whole: true });
  const [along] = checkPadding(name, "pad", padding, 1) as [AxisPadding];
  const { ceilMode, countIncludePad, dilations } = poolOptions(name, kind, options, 1);
  if (t.rank !== 3) {
    throw new ShapeError(
      `${name}: x expected [batch, steps, channels], got ${showShape(t.shape)}; reshape it to rank 3`,
    );
  }
  const [batch, steps, channels] = t.shape as [number, number, number];
  const what = `the steps of x ${showShape(t.shape)}`;
  const across = axisOf(name, what, steps, size, stride, dilations[1], along, ceilMode);
  const y = poolOver(kind, reshape(t, [batch, 1, steps, channels]), LINE, across, countIncludePad);
  return reshape(y, [batch, across.walk.count, channels]);
}
