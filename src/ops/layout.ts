import type { Kernels } from "#kernels/kernels";
import type { Tensor } from "../tensor/tensor.js";
import { sizeOf } from "../util/dtypes.js";
import { type Shape, stridesOf } from "../util/shapes.js";
import { type Four, walk } from "./broadcast.js";

/** Where the elements of a walk over `shape` lie: strides and first element of each side; default: contiguous from 0. */
export interface Layout {
  shape: Shape;
  y?: readonly number[];
  x?: readonly number[];
  yStart?: number;
  xStart?: number;
}

/** y[…] = x[…] over the layout, for any dtype. */
export function copyStrided(k: Kernels, y: Tensor, x: Tensor, layout: Layout): void {
  const item = sizeOf(y.dtype);
  each(y, x, layout, (to, from, d1, d2, d3, sy, sx, count) => {
    k.strided_copy(to, from, item, d1, d2, d3, ...sy, ...sx, 0, count);
  });
}

/** y[…] += x[…] over the layout. */
export function accumulateStrided(k: Kernels, y: Tensor, x: Tensor, layout: Layout): void {
  each(y, x, layout, (to, from, d1, d2, d3, sy, sx, count) => {
    k.strided_accumulate(to, from, d1, d2, d3, ...sy, ...sx, 0, count);
  });
}

type Visit = (y: number, x: number, d1: number, d2: number, d3: number, sy: Four, sx: Four, count: number) => void;

function each(y: Tensor, x: Tensor, { shape, yStart = 0, xStart = 0, ...strides }: Layout, visit: Visit): void {
  const item = sizeOf(y.dtype);
  const plain = stridesOf(shape);
  walk(shape, [strides.y ?? plain, strides.x ?? plain], ([, d1, d2, d3], [sy, sx], [py, px], count) => {
    const [to, from] = [y.at + (yStart + (py ?? 0)) * item, x.at + (xStart + (px ?? 0)) * item];
    visit(to, from, d1, d2, d3, sy as Four, sx as Four, count);
  });
}

/** The position of an index in the elements of `shape`. */
export function positionOf(index: readonly number[], shape: Shape): number {
  return stridesOf(shape).reduce((sum, stride, i) => sum + stride * (index[i] as number), 0);
}
