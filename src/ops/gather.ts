import { checkIndices } from "../tensor/indices.js";
import { asTensor, type Tensor, type TensorLike } from "../tensor/tensor.js";
import { sizeOf } from "../util/dtypes.js";
import { normalizeAxis, type Shape, sizeOfShape } from "../util/shapes.js";
import { op } from "./op.js";

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
