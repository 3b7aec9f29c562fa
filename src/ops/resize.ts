import type { Kernels } from "#kernels/kernels";
import { asTensor, type Tensor, type TensorLike } from "../tensor/tensor.js";
import { show } from "../util/check.js";
import { requireFloat } from "../util/dtypes.js";
import { ShapeError, ValueError } from "../util/errors.js";
import { type Shape, showShape } from "../util/shapes.js";
import { op } from "./op.js";

/** The size that an image gets. */
interface Size {
  height: number;
  width: number;
}

type Method = "nearest" | "bilinear";

/** Rows of y, the range of the kernels. */
const rowsOf = (y: Tensor): number => (y.shape[0] as number) * (y.shape[1] as number);

/**
 * x [batch, height, width, channels] at another size.
 *
 * @__NO_SIDE_EFFECTS__
 */
function resizing(name: string, method: Method) {
  const sizes = (x: Shape, y: Shape) => [x[1], x[2], x[3], y[1], y[2]] as [number, number, number, number, number];
  return op<[x: unknown], Size>(name, {
    shape: ([x], { height, width }) => [x[0] as number, height, width, x[3] as number],
    forward: (k: Kernels, y, [x]) => {
      k[`resize_${method}_forward`](y.at, x.at, ...sizes(x.shape, y.shape), 0, rowsOf(y));
    },
    backward: (k, [dx], dy) => {
      if (dx) k[`resize_${method}_backward`](dx.at, dy.at, ...sizes(dx.shape, dy.shape), 0, rowsOf(dy));
    },
  });
}

const nearestOp = resizing("resizeNearestNeighbor", "nearest");

/**
 * Images at another size: each pixel of y is the pixel of x that holds its middle, y[i, j] = x[⌊(i + ½) · height / size[0]⌋, …], as
 * TensorFlow 2 and Keras (TensorFlow.js with halfPixelCenters). At a whole multiple of the size, pixels are repeated.
 *
 * @param x `[batch, height, width, channels]`
 * @param size the new height and width
 * @throws DTypeError, ShapeError where x has another rank or no pixel, ValueError for a size that is not two whole numbers ≥ 1
 * @example
 * wg.resizeNearestNeighbor([[[[1], [2]]]], [2, 4]).toTypedArray(); // [1, 1, 2, 2, 1, 1, 2, 2]
 */
export function resizeNearestNeighbor(x: TensorLike, size: readonly [number, number]): Tensor {
  return resize("resizeNearestNeighbor", nearestOp, x, size);
}

const bilinearOp = resizing("resizeBilinear", "bilinear");

/**
 * Images at another size: each pixel of y lies at ((i + ½) · height / size[0] − ½, …) of x, between the four pixels around it; beyond the
 * middle of the outermost pixels it is theirs. So do TensorFlow 2 and Keras (TensorFlow.js with halfPixelCenters), and PyTorch without
 * `align_corners`. Made smaller, pixels between the places are passed over.
 *
 * @param x, size, @throws as in `resizeNearestNeighbor`
 * @example
 * wg.resizeBilinear([[[[0], [4]]]], [1, 4]).toTypedArray(); // [0, 1, 3, 4]
 */
export function resizeBilinear(x: TensorLike, size: readonly [number, number]): Tensor {
  return resize("resizeBilinear", bilinearOp, x, size);
}

function resize(name: string, run: typeof nearestOp, x: TensorLike, size: unknown): Tensor {
  const t = asTensor(x, undefined, name, "x");
  requireFloat(name, "x", t.dtype);
  if (!Array.isArray(size) || size.length !== 2 || !size.every((n) => Number.isInteger(n) && n >= 1)) {
    throw new ValueError(`${name}: size expected [height, width] of whole numbers ≥ 1, got ${show(size)}`);
  }
  if (t.rank !== 4 || t.shape[1] === 0 || t.shape[2] === 0) {
    throw new ShapeError(
      `${name}: x expected [batch, height, width, channels] with a pixel at least, got ${showShape(t.shape)}; reshape it`,
    );
  }
  return run([t], { height: size[0], width: size[1] });
}
