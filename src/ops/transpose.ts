import type { Kernels } from "#kernels/kernels";
import type { Tensor, TensorLike } from "../tensor/tensor.js";
import { asTensor, empty } from "../tensor/tensor.js";
import { show } from "../util/check.js";
import { isFloat, sizeOf } from "../util/dtypes.js";
import { ShapeError } from "../util/errors.js";
import { type Shape, showShape, stridesOf } from "../util/shapes.js";
import { accumulateStrided, copyStrided } from "./layout.js";
import { op } from "./op.js";

/** Rows of a plane that a kernel moves at a time: the unit of its range. */
const BAND = 16;

/** One axis of the result: its size, and the elements between its neighbours in the result and in the source. */
interface Axis {
  size: number;
  y: number;
  x: number;
}

/** y = the transpose of x, [rows, columns] → [columns, rows], by address. */
export function transposeInto(k: Kernels, y: number, x: number, rows: number, columns: number): void {
  k.transpose_planes(y, x, 0, 0, 1, 0, 0, rows, columns, columns, rows, 0, Math.ceil(rows / BAND));
}

/** The axes of a permutation, outermost first, without those of size 1 and with neighbours that stay neighbours as one. */
function axesOf(shape: Shape, perm: readonly number[]): Axis[] {
  const strides = stridesOf(shape);
  const out: Axis[] = [];
  let step = 1;
  for (let i = perm.length - 1; i >= 0; i--) {
    const from = perm[i] as number;
    const axis = { size: shape[from] as number, y: step, x: strides[from] as number };
    step *= axis.size;
    if (axis.size === 1) continue;
    const inner = out[0];
    if (inner && axis.x === inner.x * inner.size) out[0] = { ...inner, size: inner.size * axis.size };
    else out.unshift(axis);
  }
  return out;
}

/** Moves every element from `x` to `y`, whose `axes` are given. */
function permute(k: Kernels, y: number, x: number, axes: readonly Axis[], item: number): void {
  const one: Axis = { size: 1, y: 0, x: 0 };
  const last = axes[axes.length - 1] ?? { size: 1, y: 1, x: 1 };
  const others = axes.slice(0, -1);
  // The plane has the last axis of y and the last of x: where they are one, its rows are copied, else it is transposed.
  const copied = last.x === 1;
  const unit = others.findIndex((axis) => axis.x === 1);
  const partner = (copied ? others.pop() : others.splice(unit, 1)[0]) ?? one;
  const inner = others.pop() ?? one;
  const outer = others.pop() ?? one;
  const planes = [outer.x, outer.y, inner.size, inner.x, inner.y] as const;
  const count = outer.size * inner.size;
  const visit = (depth: number, toY: number, toX: number): void => {
    const axis = others[depth];
    if (axis) {
      for (let i = 0; i < axis.size; i++) visit(depth + 1, toY + i * axis.y * item, toX + i * axis.x * item);
    } else if (copied) {
      const bands = count * Math.ceil(partner.size / BAND);
      k.copy_planes(toY, toX, ...planes, partner.size, last.size, partner.x, partner.y, 0, bands);
    } else {
      const bands = count * Math.ceil(last.size / BAND);
      k.transpose_planes(toY, toX, ...planes, last.size, partner.size, last.x, partner.y, 0, bands);
    }
  };
  visit(0, y, x);
}

const inverse = (perm: readonly number[]): number[] => perm.map((_, axis) => perm.indexOf(axis));

const transposeOp = op<[x: unknown], { perm: readonly number[] }>("transpose", {
  shape: ([x], { perm }) => perm.map((axis) => x[axis] as number),
  forward(k, y, [x], { perm }) {
    const strides = stridesOf(x.shape);
    if (!isFloat(y.dtype)) copyStrided(k, y, x, { shape: y.shape, x: perm.map((axis) => strides[axis] as number) });
    else if (y.size > 0) permute(k, y.at, x.at, axesOf(x.shape, perm), sizeOf(y.dtype));
  },
  backward(k, [dx], dy, { attributes: { perm } }) {
    if (!dx || dx.size === 0) return;
    const back = inverse(perm);
    const axes = axesOf(dy.shape, back);
    if (axes.at(-1)?.x === 1) {
      const strides = stridesOf(dy.shape);
      accumulateStrided(k, dx, dy, { shape: dx.shape, x: back.map((axis) => strides[axis] as number) });
      return;
    }
    // Blocks are turned in registers and then added: three times as fast as adding where each element goes.
    const turned = empty(dx.shape, dx.dtype);
    permute(k, turned.at, dy.at, axes, sizeOf(dy.dtype));
    k.accumulate_into(dx.at, turned.at, 0, dx.size);
  },
});

/**
 * The axes of `x` in another order: y's axis i is x's axis perm[i].
 *
 * @param perm each axis once; default: the reverse order
 * @throws ShapeError where `perm` is not a permutation of the axes
 * @example
 * wg.transpose([[1, 2, 3], [4, 5, 6]]).toArray(); // [[1, 4], [2, 5], [3, 6]]
 */
export function transpose(x: TensorLike, perm?: readonly number[]): Tensor {
  const t = asTensor(x, undefined, "transpose", "x");
  const order = perm !== undefined ? perm : t.shape.map((_, i) => t.rank - 1 - i);
  const sorted = Array.isArray(order) ? [...order].sort((p, q) => p - q) : [];
  if (sorted.length !== t.rank || sorted.some((axis, i) => axis !== i)) {
    throw new ShapeError(
      `transpose: perm expected each of the ${t.rank} axes of x ${showShape(t.shape)} once, got ${show(order)}`,
    );
  }
  return transposeOp([t], { perm: order });
}
