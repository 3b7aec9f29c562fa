import { asTensor, type Tensor, type TensorLike } from "../tensor/tensor.js";
import { show } from "../util/check.js";
import { ShapeError } from "../util/errors.js";
import { type Shape, sameShape, showShape } from "../util/shapes.js";
import { broadcastStrides } from "./broadcast.js";
import { copyStrided } from "./layout.js";
import { op } from "./op.js";
import { sumInto } from "./reduction.js";

const broadcastToOp = op<[x: unknown], Shape>("broadcastTo", {
  shape: (_, shape) => shape,
  forward: (k, y, [x]) => copyStrided(k, y, x, { shape: y.shape, x: broadcastStrides(x.shape, y.shape) }),
  backward: (k, [dx], dy) => dx && sumInto(k, dx, dy),
});

/**
 * `x` repeated along axes of size 1, and along new leading axes, to fill `shape` (NumPy's rule).
 *
 * @throws ShapeError where it does not fit
 * @example
 * wg.broadcastTo([1, 2], [2, 2]).toArray(); // [[1, 2], [1, 2]]
 */
export function broadcastTo(x: TensorLike, shape: Shape): Tensor {
  const t = asTensor(x, undefined, "broadcastTo", "x");
  const missing = Array.isArray(shape) ? shape.length - t.rank : -1;
  const fits =
    missing >= 0 &&
    shape.every((n) => Number.isInteger(n) && n >= 0) &&
    t.shape.every((n, i) => n === 1 || n === shape[i + missing]);
  if (!fits) {
    const got = Array.isArray(shape) ? showShape(shape) : show(shape);
    throw new ShapeError(
      `broadcastTo: shape expected one that ${showShape(t.shape)} stretches to (equal sizes or 1, aligned at the last axis), got ${got}`,
    );
  }
  return sameShape(t.shape, shape) ? t : broadcastToOp([t], [...shape]);
}
