import { asTensor, type Tensor, type TensorLike } from "../tensor/tensor.js";
import { ShapeError } from "../util/errors.js";
import { broadcastShapes, sameShape, showShape } from "../util/shapes.js";
import { binaryOp, through } from "./arithmetic.js";

const preluOp = binaryOp(
  "prelu",
  (k) => k.prelu_forward,
  through((k) => k.prelu_backward_a),
  through((k) => k.prelu_backward_b, "ba"),
);

/**
 * prelu(x) = x where x > 0, else alpha · x, with a slope that is learnt. The gradients at 0 are those below it. He et al. 2015.
 *
 * @param x any shape
 * @param alpha a shape that stretches to that of `x`: `[channels]` for a slope of each channel, one number for all
 * @throws ShapeError where alpha does not stretch to the shape of x, DTypeError where they are not of one float type
 * @example
 * wg.prelu([[-1, -1], [2, 2]], [0.5, 0.1]).toArray(); // [[-0.5, -0.1], [2, 2]]
 */
export function prelu(x: TensorLike, alpha: TensorLike): Tensor {
  const t = asTensor(x, undefined, "prelu", "x");
  const slope = asTensor(alpha, t.dtype, "prelu", "alpha");
  if (!sameShape(broadcastShapes("prelu", t.shape, slope.shape), t.shape)) {
    throw new ShapeError(
      `prelu: alpha expected a shape that stretches to x ${showShape(t.shape)}, got ${showShape(slope.shape)}`,
    );
  }
  return preluOp(t, slope);
}
