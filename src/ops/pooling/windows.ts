import type { Kernels } from "#kernels/kernels";
import { asTensor, type Tensor, type TensorLike } from "../../tensor/tensor.js";
import { checkNumber } from "../../util/check.js";
import { requireFloat } from "../../util/dtypes.js";
import { ShapeError } from "../../util/errors.js";
import { type Shape, showShape } from "../../util/shapes.js";
import { op } from "../op.js";
import { reshape } from "../shape.js";
import {
  type AxisPadding,
  checkPadding,
  checkPair,
  placesOf,
  placesOfAll,
  reach,
  sidesOf,
  type Walk,
  walkAlong,
} from "../window.js";

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

const averagePoolOp = op<[x: unknown], Windows>("avgPool", {
  shape: ([x], windows) => poolShape(x, windows),
  forward: (k, y, [x], windows) => {
    k.average_pool_forward(y.at, x.at, ...geometry(x.shape, windows), 0, rowsOf(y));
  },
  backward: (k, [dx], dy, { x: [x], attributes }) => {
    if (dx) k.average_pool_backward(dx.at, dy.at, ...geometry(x.shape, attributes), 0, rowsOf(dy));
  },
});

export type Pooling = "maxPool" | "avgPool";

/** One axis of a pooling. */
export interface Axis {
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

/** How windows lie: see `PoolOptions`. */
export interface Placing {
  ceilMode: boolean;
  dilations: readonly [number, number];
}

const SIDE_BY_SIDE: Placing = { ceilMode: false, dilations: [1, 1] };

/** What is made of the pixels under the windows along two axes. */
export type Pool = (kind: Pooling, x: Tensor, down: Axis, across: Axis) => Tensor;

/** The greatest or the mean of windows without gaps, padding left out. */
export const poolWindows: Pool = (kind, x, down, across) =>
  (kind === "maxPool" ? maxPoolOp : averagePoolOp)([x], { down: down.walk, across: across.walk });

/** `maxPool` or `avgPool` of images, with their errors. */
export function pool(
  kind: Pooling,
  x: TensorLike,
  filterSize: unknown,
  strides: unknown,
  padding: unknown,
  { ceilMode, dilations }: Placing = SIDE_BY_SIDE,
  over = poolWindows,
): Tensor {
  const t = asTensor(x, undefined, kind, "x");
  requireFloat(kind, "x", t.dtype);
  const size = checkPair(kind, "filterSize", filterSize);
  const stride = checkPair(kind, "strides", strides);
  const sides = checkPadding(kind, "pad", padding, 2) as [AxisPadding, AxisPadding];
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
  return over(kind, t, down, across);
}

/** The same of sequences. */
export function pool1d(
  kind: Pooling,
  x: TensorLike,
  filterSize: number,
  strides: number,
  padding: unknown,
  { ceilMode, dilations }: Placing = SIDE_BY_SIDE,
  over = poolWindows,
): Tensor {
  const name = `${kind}1d`;
  const t = asTensor(x, undefined, name, "x");
  requireFloat(name, "x", t.dtype);
  const size = checkNumber(name, "filterSize", filterSize, { min: 1, whole: true });
  const stride = checkNumber(name, "strides", strides, { min: 1, whole: true });
  const [along] = checkPadding(name, "pad", padding, 1) as [AxisPadding];
  if (t.rank !== 3) {
    throw new ShapeError(
      `${name}: x expected [batch, steps, channels], got ${showShape(t.shape)}; reshape it to rank 3`,
    );
  }
  const [batch, steps, channels] = t.shape as [number, number, number];
  const what = `the steps of x ${showShape(t.shape)}`;
  const across = axisOf(name, what, steps, size, stride, dilations[1], along, ceilMode);
  const y = over(kind, reshape(t, [batch, 1, steps, channels]), LINE, across);
  return reshape(y, [batch, across.walk.count, channels]);
}
