import { asTensor, type Tensor, type TensorLike } from "../tensor/tensor.js";
import { checkName, checkNumber } from "../util/check.js";
import { ShapeError } from "../util/errors.js";
import { showShape } from "../util/shapes.js";
import { reshape } from "./shape.js";
import { transpose } from "./transpose.js";

const orders = ["DCR", "CRD"] as const;

/** How channels hold the pixels of a block: `"DCR"`: all channels of the first pixel, then of the second; `"CRD"`: all pixels of the first channel. */
export type BlockOrder = (typeof orders)[number];

/** x and its sizes. @throws ShapeError */
function imagesOf(operation: string, x: TensorLike): { t: Tensor; sizes: [number, number, number, number] } {
  const t = asTensor(x, undefined, operation, "x");
  if (t.rank !== 4) {
    throw new ShapeError(
      `${operation}: x expected [batch, height, width, channels], got ${showShape(t.shape)}; reshape it to rank 4`,
    );
  }
  return { t, sizes: t.shape as unknown as [number, number, number, number] };
}

/**
 * Channels laid out as blocks of pixels (a pixel shuffle): `[batch, height, width, n² · channels]` →
 * `[batch, n · height, n · width, channels]` with n = `blockSize`.
 *
 * @param order `"DCR"` (default), as TensorFlow; `"CRD"`, as PyTorch's PixelShuffle, which ONNX names so too
 * @throws ShapeError where x has another rank or n² does not divide the channels, ValueError for a wrong block size or order
 * @example
 * wg.depthToSpace([[[[1, 2, 3, 4]]]], 2).toArray(); // [[[[1], [2]], [[3], [4]]]]
 */
export function depthToSpace(x: TensorLike, blockSize: number, order: BlockOrder = "DCR"): Tensor {
  const operation = "depthToSpace";
  const { t, sizes } = imagesOf(operation, x);
  const n = checkNumber(operation, "blockSize", blockSize, { min: 1, whole: true });
  checkName(operation, "order", order, orders);
  const [batch, height, width, depth] = sizes;
  const channels = depth / (n * n);
  if (!Number.isInteger(channels)) {
    throw new ShapeError(`${operation}: x expected channels that ${n * n} divides, got ${showShape(t.shape)}`);
  }
  const parts =
    order === "DCR"
      ? transpose(reshape(t, [batch, height, width, n, n, channels]), [0, 1, 3, 2, 4, 5])
      : transpose(reshape(t, [batch, height, width, channels, n, n]), [0, 1, 4, 2, 5, 3]);
  return reshape(parts, [batch, height * n, width * n, channels]);
}

/**
 * Blocks of n × n pixels laid out as channels, the inverse of `depthToSpace`: `[batch, n · height, n · width, channels]` →
 * `[batch, height, width, n² · channels]` with n = `blockSize`.
 *
 * @param order as in `depthToSpace`
 * @throws ShapeError where x has another rank or n does not divide height and width, ValueError for a wrong block size or order
 * @example
 * wg.spaceToDepth([[[[1], [2]], [[3], [4]]]], 2).toArray(); // [[[[1, 2, 3, 4]]]]
 */
export function spaceToDepth(x: TensorLike, blockSize: number, order: BlockOrder = "DCR"): Tensor {
  const operation = "spaceToDepth";
  const { t, sizes } = imagesOf(operation, x);
  const n = checkNumber(operation, "blockSize", blockSize, { min: 1, whole: true });
  checkName(operation, "order", order, orders);
  const [batch, height, width, channels] = sizes;
  if (height % n !== 0 || width % n !== 0) {
    throw new ShapeError(`${operation}: x expected a height and a width that ${n} divides, got ${showShape(t.shape)}`);
  }
  const parts = reshape(t, [batch, height / n, n, width / n, n, channels]);
  const turned = transpose(parts, order === "DCR" ? [0, 1, 3, 2, 4, 5] : [0, 1, 3, 5, 2, 4]);
  return reshape(turned, [batch, height / n, width / n, n * n * channels]);
}
