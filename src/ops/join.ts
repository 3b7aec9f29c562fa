import { asTensor, type Tensor, type TensorLike } from "../tensor/tensor.js";
import { show } from "../util/check.js";
import { DTypeError, ShapeError, ValueError } from "../util/errors.js";
import { normalizeAxes, normalizeAxis, type Shape, showShape, stridesOf } from "../util/shapes.js";
import { accumulateStrided, copyStrided } from "./layout.js";
import { op } from "./op.js";
import { expandDims } from "./shape.js";

const concatOp = op<readonly unknown[], number>("concat", {
  shape: (shapes, axis) => {
    const first = shapes[0] as Shape;
    shapes.forEach((shape, i) => {
      if (shape.length === first.length && shape.every((n, j) => j === axis || n === first[j])) return;
      throw new ShapeError(
        `concat: tensors expected equal sizes but for axis ${axis}, got ${showShape(first)} and, at ${i}, ${showShape(shape)}`,
      );
    });
    return first.map((n, j) => (j === axis ? shapes.reduce((sum, shape) => sum + (shape[j] as number), 0) : n));
  },
  forward: (k, y, x, axis) => {
    const strides = stridesOf(y.shape);
    let yStart = 0;
    for (const each of x) {
      copyStrided(k, y, each, { shape: each.shape, y: strides, yStart });
      yStart += (each.shape[axis] as number) * (strides[axis] as number);
    }
  },
  backward: (k, dx, dy, { x, attributes: axis }) => {
    const strides = stridesOf(dy.shape);
    let xStart = 0;
    x.forEach((each, i) => {
      const into = dx[i];
      if (into) accumulateStrided(k, into, dy, { shape: each.shape, x: strides, xStart });
      xStart += (each.shape[axis] as number) * (strides[axis] as number);
    });
  },
});

function listOf(operation: string, tensors: readonly TensorLike[]): Tensor[] {
  if (!Array.isArray(tensors) || tensors.length === 0) {
    throw new ValueError(`${operation}: tensors expected an array of at least one tensor, got ${show(tensors)}`);
  }
  return tensors.map((each) => asTensor(each, undefined, operation, "tensors"));
}

/**
 * Tensors one after another along an axis (default 0); their other sizes are equal.
 *
 * @throws ShapeError where other sizes differ or the axis is out of range, DTypeError where dtypes differ, ValueError for an empty list
 * @example
 * wg.concat([[1, 2], [3]]).toArray(); // [1, 2, 3]
 */
export function concat(tensors: readonly TensorLike[], axis = 0): Tensor {
  const list = listOf("concat", tensors);
  return concatOp(list, normalizeAxis("concat", axis, (list[0] as Tensor).rank));
}

/**
 * Tensors of one shape along a new axis (default 0).
 *
 * @throws ShapeError where shapes differ or the axis is out of range, DTypeError where dtypes differ, ValueError for an empty list
 * @example
 * wg.stack([[1, 2], [3, 4]], 1).toArray(); // [[1, 3], [2, 4]]
 */
export function stack(tensors: readonly TensorLike[], axis = 0): Tensor {
  const list = listOf("stack", tensors);
  const { shape, rank, dtype } = list[0] as Tensor;
  for (const each of list) {
    if (each.dtype !== dtype) {
      throw new DTypeError(
        `stack: tensors expected one dtype, got ${dtype} and ${each.dtype}; convert one with cast(x, "${dtype}")`,
      );
    }
    if (each.rank === rank && each.shape.every((n, i) => n === shape[i])) continue;
    throw new ShapeError(`stack: tensors expected one shape, got ${showShape(shape)} and ${showShape(each.shape)}`);
  }
  const [at] = normalizeAxes("stack", axis, rank + 1) as [number];
  return concatOp(
    list.map((each) => expandDims(each, at)),
    at,
  );
}
