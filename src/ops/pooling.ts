import { type Tensor, type TensorLike, table } from "../tensor/tensor.js";
import { checkBoolean, checkNumber, checkOptions } from "../util/check.js";
import { add, div, maximum, mul } from "./arithmetic.js";
import { pad } from "./pad.js";
import { type Axis, type Placing, type Pool, type Pooling, pool, pool1d, poolWindows } from "./pooling/windows.js";
import { stridedSlice } from "./slice.js";
import { checkPair, type Padding, type Pair, type Sides } from "./window.js";

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
  return pool("maxPool", x, filterSize, strides, pad, ...asked("maxPool", "maxPool", options, 2));
}

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
  return pool("avgPool", x, filterSize, strides, pad, ...asked("avgPool", "avgPool", options, 2));
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
  return pool1d("maxPool", x, filterSize, strides, pad, ...asked("maxPool", "maxPool1d", options, 1));
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
  return pool1d("avgPool", x, filterSize, strides, pad, ...asked("avgPool", "avgPool1d", options, 1));
}

/** What options ask for: how the windows lie, and what is made of them. @throws ValueError */
function asked(kind: Pooling, name: string, options: AvgPoolOptions, axes: 1 | 2): [Placing, Pool] {
  checkOptions(name, options, ["ceilMode", "dilations", ...(kind === "avgPool" ? ["countIncludePad"] : [])]);
  const ceilMode = checkBoolean(name, "ceilMode", options.ceilMode ?? false);
  const countIncludePad = checkBoolean(name, "countIncludePad", options.countIncludePad ?? false);
  const { dilations = 1 } = options;
  const apart: [number, number] =
    axes === 2
      ? checkPair(name, "dilations", dilations)
      : [1, checkNumber(name, "dilations", dilations, { min: 1, whole: true })];
  return [{ ceilMode, dilations: apart }, poolOver(countIncludePad)];
}

/** How many pixels of each window along an axis count: those inside of x, or those of x and its padding. */
function counted({ length, size, dilation, walk, behind }: Axis, padding: boolean): number[] {
  const [low, high] = padding ? [-walk.before, length + behind] : [0, length];
  return Array.from({ length: walk.count }, (_, i) => {
    const first = i * walk.stride - walk.before;
    const pixels = Array.from({ length: size }, (_, t) => first + t * dilation);
    return pixels.filter((p) => p >= low && p < high).length;
  });
}

/** The same of windows over both, row by row. */
function countedIn(down: Axis, across: Axis, padding: boolean): number[] {
  const columns = counted(across, padding);
  return counted(down, padding).flatMap((row) => columns.map((column) => row * column));
}

/** Windows of any options. */
const poolOver =
  (countIncludePad: boolean): Pool =>
  (kind, x, down, across) => {
    const ofEach = (values: () => number[]) => table([1, down.walk.count, across.walk.count, 1], x.dtype, values);
    if (down.dilation === 1 && across.dilation === 1) {
      const y = poolWindows(kind, x, down, across);
      if (!countIncludePad) return y;
      const share = () => {
        const all = countedIn(down, across, true);
        return countedIn(down, across, false).map((pixels, i) => pixels / (all[i] as number));
      };
      return mul(y, ofEach(share));
    }
    const taps = tapsOf(x, down, across, kind === "maxPool" ? Number.NEGATIVE_INFINITY : 0);
    if (kind === "maxPool") return taps.reduce((y, tap) => maximum(y, tap));
    return div(
      taps.reduce((y, tap) => add(y, tap)),
      ofEach(() => countedIn(down, across, countIncludePad)),
    );
  };

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
