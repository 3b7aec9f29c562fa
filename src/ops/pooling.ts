import type { Kernels } from "#kernels/kernels";
import { asTensor, type Tensor, type TensorLike } from "../tensor/tensor.js";
import { checkNumber } from "../util/check.js";
import { requireFloat } from "../util/dtypes.js";
import { ShapeError } from "../util/errors.js";
import { type Shape, showShape } from "../util/shapes.js";
import { op } from "./op.js";
import { reshape } from "./shape.js";
import { type AxisPadding, checkPadding, checkPair, type Padding, type Sides, type Walk, walkAlong } from "./window.js";

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
 * @throws DTypeError, ShapeError where no window fits or padding is as wide as it, ValueError for a wrong size, stride or padding
 * @example
 * wg.maxPool([[[[1], [2]], [[3], [4]]]], 2).toArray(); // [[[[4]]]]
 * wg.maxPool(wg.ones([1, 5, 5, 3]), 3, 2, "same").shape; // [1, 3, 3, 3]
 */
export function maxPool(
  x: TensorLike,
  filterSize: number | readonly [number, number],
  strides: number | readonly [number, number] = filterSize,
  pad: Padding = "valid",
): Tensor {
  return pool("maxPool", maxPoolOp, x, filterSize, strides, pad);
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
 * border the mean is over fewer pixels, as in TensorFlow (in PyTorch with `count_include_pad=False`).
 *
 * @param x, filterSize, strides, pad, @throws as in `maxPool`
 * @example
 * wg.avgPool([[[[1], [2]], [[3], [6]]]], 2).toArray(); // [[[[3]]]]
 */
export function avgPool(
  x: TensorLike,
  filterSize: number | readonly [number, number],
  strides: number | readonly [number, number] = filterSize,
  pad: Padding = "valid",
): Tensor {
  return pool("avgPool", averagePoolOp, x, filterSize, strides, pad);
}

/**
 * `maxPool` along the steps of a sequence.
 *
 * @param x `[batch, steps, channels]`
 * @param pad default: `"valid"`; else `"same"`, a number at both ends, or `[before, behind]`
 * @param filterSize, strides, @throws as in `maxPool`
 * @example
 * wg.maxPool1d([[[1], [5], [2], [3]]], 2).toArray(); // [[[5], [3]]]
 */
export function maxPool1d(
  x: TensorLike,
  filterSize: number,
  strides = filterSize,
  pad: "valid" | "same" | number | Sides = "valid",
): Tensor {
  return pool1d("maxPool1d", maxPoolOp, x, filterSize, strides, pad);
}

/**
 * `avgPool` along the steps of a sequence.
 *
 * @param x, filterSize, strides, pad, @throws as in `maxPool1d`
 * @example
 * wg.avgPool1d([[[1], [5], [2], [4]]], 2).toArray(); // [[[3], [3]]]
 */
export function avgPool1d(
  x: TensorLike,
  filterSize: number,
  strides = filterSize,
  pad: "valid" | "same" | number | Sides = "valid",
): Tensor {
  return pool1d("avgPool1d", averagePoolOp, x, filterSize, strides, pad);
}

type Pooling = typeof maxPoolOp;

function pool(name: string, run: Pooling, x: TensorLike, filterSize: unknown, strides: unknown, pad: unknown): Tensor {
  const t = asTensor(x, undefined, name, "x");
  requireFloat(name, "x", t.dtype);
  const size = checkPair(name, "filterSize", filterSize);
  const stride = checkPair(name, "strides", strides);
  const [above, beside] = checkPadding(name, "pad", pad, 2) as [AxisPadding, AxisPadding];
  if (t.rank !== 4) {
    throw new ShapeError(
      `${name}: x expected [batch, height, width, channels], got ${showShape(t.shape)}; reshape it to rank 4`,
    );
  }
  const shown = showShape(t.shape);
  const [, height, width] = t.shape as [number, number, number, number];
  return run([t], {
    down: walkAlong(name, `the height of x ${shown}`, height, size[0], stride[0], above),
    across: walkAlong(name, `the width of x ${shown}`, width, size[1], stride[1], beside),
  });
}

function pool1d(name: string, run: Pooling, x: TensorLike, filterSize: number, strides: number, pad: unknown): Tensor {
  const t = asTensor(x, undefined, name, "x");
  requireFloat(name, "x", t.dtype);
  const size = checkNumber(name, "filterSize", filterSize, { min: 1, whole: true });
  const stride = checkNumber(name, "strides", strides, { min: 1, whole: true });
  const [along] = checkPadding(name, "pad", pad, 1) as [AxisPadding];
  if (t.rank !== 3) {
    throw new ShapeError(
      `${name}: x expected [batch, steps, channels], got ${showShape(t.shape)}; reshape it to rank 3`,
    );
  }
  const [batch, steps, channels] = t.shape as [number, number, number];
  const across = walkAlong(name, `the steps of x ${showShape(t.shape)}`, steps, size, stride, along);
  const line = { size: 1, stride: 1, before: 0, count: 1 };
  const y = run([reshape(t, [batch, 1, steps, channels])], { down: line, across });
  return reshape(y, [batch, across.count, channels]);
}
