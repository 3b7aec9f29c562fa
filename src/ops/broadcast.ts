import type { Kernels } from "#kernels/kernels";
import type { Tensor } from "../tensor/tensor.js";
import { sizeOf } from "../util/dtypes.js";
import { type Shape, sameShape, stridesOf } from "../util/shapes.js";

/** Four numbers, one for each axis of a kernel's walk. */
export type Four = readonly [number, number, number, number];

/** A kernel y = f(a, b). */
export type BinaryKernel = Kernels["add_forward"];
/** A kernel dx += f(dy, a, b). */
export type BinaryBackwardKernel = Kernels["mul_backward"];

/** A walk over elements in at most four axes: sizes, and for each operand its strides and where it starts, in elements. */
export type Visit = (sizes: Four, strides: readonly Four[], starts: readonly number[], count: number) => void;

/** The strides under which a tensor of `shape` is read as `to`: 0 where it is stretched. */
export function broadcastStrides(shape: Shape, to: Shape): number[] {
  const strides = stridesOf(shape);
  const missing = to.length - shape.length;
  return to.map((n, i) =>
    i < missing || (shape[i - missing] === 1 && n !== 1) ? 0 : (strides[i - missing] as number),
  );
}

/** The axes along which a tensor of `shape` is stretched to `to`. */
export function stretchedAxes(shape: Shape, to: Shape): number[] {
  const missing = to.length - shape.length;
  return to.flatMap((n, i) => (i < missing || (shape[i - missing] === 1 && n !== 1) ? [i] : []));
}

/**
 * Walks operands of one shape with the given strides. Axes that every operand passes over as if they were one are joined; what is left
 * beyond four is looped over here.
 */
export function walk(shape: Shape, operands: readonly (readonly number[])[], visit: Visit): void {
  const sizes: number[] = [];
  const strides: number[][] = operands.map(() => []);
  // Innermost first.
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const n = shape[axis] as number;
    if (n === 0) return;
    if (n === 1) continue;
    const last = sizes.length - 1;
    const joins =
      last >= 0 && operands.every((of, j) => of[axis] === (strides[j]?.[last] as number) * (sizes[last] as number));
    if (joins) {
      sizes[last] = (sizes[last] as number) * n;
    } else {
      sizes.push(n);
      operands.forEach((of, j) => strides[j]?.push(of[axis] as number));
    }
  }
  if (sizes.length === 0) {
    sizes.push(1);
    for (const each of strides) each.push(1);
  }
  while (sizes.length < 4) {
    sizes.push(1);
    for (const each of strides) each.push(0);
  }
  const four = (list: readonly number[]) => [list[3], list[2], list[1], list[0]] as unknown as Four;
  const innerSizes = four(sizes);
  const innerStrides = strides.map(four);
  const count = innerSizes[0] * innerSizes[1] * innerSizes[2] * innerSizes[3];
  const starts = operands.map(() => 0);
  const descend = (axis: number): void => {
    if (axis < 4) {
      visit(innerSizes, innerStrides, starts, count);
      return;
    }
    for (let i = 0; i < (sizes[axis] as number); i++) {
      descend(axis - 1);
      strides.forEach((of, j) => {
        starts[j] = (starts[j] as number) + (of[axis] as number);
      });
    }
    strides.forEach((of, j) => {
      starts[j] = (starts[j] as number) - (of[axis] as number) * (sizes[axis] as number);
    });
  };
  descend(sizes.length - 1);
}

/** y = f(a, b), where y has the shape that a and b broadcast to. */
export function binary(kernel: BinaryKernel, y: Tensor, a: Tensor, b: Tensor): void {
  if (sameShape(a.shape, b.shape)) {
    kernel(y.at, a.at, b.at, 1, 1, y.size, 0, 0, 0, 1, 0, 0, 0, 1, 0, y.size);
    return;
  }
  const item = sizeOf(a.dtype);
  const each = [stridesOf(y.shape), broadcastStrides(a.shape, y.shape), broadcastStrides(b.shape, y.shape)];
  walk(y.shape, each, ([, d1, d2, d3], [, sa, sb], [py, pa, pb], count) => {
    const [at, from, and] = [y.at + (py ?? 0) * sizeOf(y.dtype), a.at + (pa ?? 0) * item, b.at + (pb ?? 0) * item];
    kernel(at, from, and, d1, d2, d3, ...(sa as Four), ...(sb as Four), 0, count);
  });
}

/** dx += f(dy, a, b), where dx and dy have the shape that a and b broadcast to. */
export function binaryBackward(kernel: BinaryBackwardKernel, dx: Tensor, dy: Tensor, a: Tensor, b: Tensor): void {
  const plain: BinaryKernel = (to, from, and, ...layout) => kernel(to, dy.at + (to - dx.at), from, and, ...layout);
  binary(plain, dx, a, b);
}
