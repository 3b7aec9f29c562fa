import { asTensor, type Tensor, type TensorLike } from "../tensor/tensor.js";
import { show } from "../util/check.js";
import { ShapeError } from "../util/errors.js";
import { type Shape, showShape } from "../util/shapes.js";
import { checkRank, type Geometry, slide } from "./conv/geometry.js";
import { backwardInput, backwardKernel, type Convolution, checkBias, forward, into, withBias } from "./conv/passes.js";
import { type ConvOptions, checkConvolution, convolutionOptions } from "./conv.js";
import type { Padding, Pair } from "./window.js";

/** The convolution that x comes out of: from an image of the wanted shape, by the same filter. */
function geometryBehind(operation: string, x: Shape, kernel: Shape, attributes: Convolution): Geometry {
  checkRank(operation, "x", x, ["batch", "height", "width", "channels"]);
  checkRank(operation, "filter", kernel, ["height", "width", "out", "in"]);
  const [batch, height, width, filters] = x as [number, number, number, number];
  const [, , channels, inputs] = kernel as [number, number, number, number];
  if (inputs !== filters) {
    throw new ShapeError(
      `${operation}: x expected ${inputs} channels for a filter ${showShape(kernel)}, [height, width, out, in], got ${showShape(x)}; ` +
        "change the filter's last size",
    );
  }
  const wanted = attributes.outputShape as Shape;
  const { y, x: across } = slide(wanted, kernel, attributes);
  const fits = wanted[2] === channels && y.output === height && across.output === width;
  if (!fits) {
    const reason =
      wanted[2] === channels
        ? `one that a convolution with this filter, these strides and this padding makes ${height} × ${width}, got ${wanted[0]} × ${wanted[1]}, which it makes ${y.output} × ${across.output}`
        : `${channels} channels as the filter ${showShape(kernel)}, got ${wanted[2]}`;
    throw new ShapeError(`${operation}: outputShape expected ${reason}`);
  }
  return { batch, channels, filters, groups: 1, y, x: across };
}

const conv2dTransposeOp = /* @__PURE__ */ withBias("conv2dTranspose", {
  shape([x, kernel, bias], attributes) {
    const { batch, channels, y, x: across } = geometryBehind("conv2dTranspose", x, kernel, attributes);
    checkBias("conv2dTranspose", bias, channels);
    return [batch, y.input, across.input, channels];
  },
  forward(k, y, [x, kernel, bias = null], attributes) {
    const g = geometryBehind("conv2dTranspose", x.shape, kernel.shape, attributes);
    backwardInput(k, y, x, kernel, g, { bias, ...attributes });
  },
  backward(k, [dx, dkernel], dz, [x, kernel], attributes, fresh) {
    const g = geometryBehind("conv2dTranspose", x.shape, kernel.shape, attributes);
    if (dx) forward(k, dx, dz, kernel, g, into(fresh));
    if (dkernel) backwardKernel(k, dkernel, dz, x, g);
  },
  assigns: [0],
});

/**
 * The transposed convolution (upsampling by a learned kernel): what `conv2d` does to gradients, as a forward operation. Each pixel of x lays
 * its multiple of the filter over the output, `strides` apart:
 *
 * y[n, i · strides[0] + p · dilations[0] − top, j · strides[1] + q · dilations[1] − left, o] += x[n, i, j, c] · filter[p, q, o, c], then f(y + bias).
 *
 * Zeiler et al., "Deconvolutional Networks", CVPR 2010; Dumoulin and Visin, "A guide to convolution arithmetic for deep learning", 2016, chapter 4.
 *
 * @param x `[batch, height, width, in]`
 * @param filter `[height, width, out, in]`
 * @param outputShape `[height, width, out]` or `[batch, height, width, out]`: the input of a `conv2d` with these strides and padding that
 *   puts out x's height and width; with a stride above 1 there are several
 * @param strides the distance of x's pixels in the output, one number or `[height, width]`; default 1
 * @param pad the padding of that `conv2d`: what it adds is cut away here; default `"valid"`
 * @throws ShapeError for sizes that do not fit, DTypeError where `x` is not of a float type, ValueError for an unknown or impossible option
 * @example
 * wg.conv2dTranspose(wg.ones([1, 2, 1, 1]), wg.ones([2, 1, 1, 1]), [3, 1, 1]).toTypedArray(); // [1, 2, 1]
 * wg.conv2dTranspose(wg.ones([1, 4, 4, 8]), wg.ones([3, 3, 2, 8]), [8, 8, 2], 2, "same").shape; // [1, 8, 8, 2]
 */
export function conv2dTranspose(
  x: TensorLike,
  filter: TensorLike,
  outputShape: Shape,
  strides: Pair = 1,
  pad: Padding = "valid",
  options: Omit<ConvOptions, "groups"> = {},
): Tensor {
  const operation = "conv2dTranspose";
  const allowed = convolutionOptions.filter((name) => name !== "groups");
  const { bias, activation, ...attributes } = checkConvolution(operation, strides, pad, options, allowed);
  const t = asTensor(x, undefined, operation, "x");
  const valid = Array.isArray(outputShape) && outputShape.every((n) => Number.isInteger(n) && n >= 0);
  if (!valid || !(outputShape.length === 3 || (outputShape.length === 4 && outputShape[0] === t.shape[0]))) {
    throw new ShapeError(
      `${operation}: outputShape expected [height, width, out] or the same with x's batch before it, got ${show(outputShape)}`,
    );
  }
  const wanted = { ...attributes, outputShape: outputShape.slice(-3) };
  const y = conv2dTransposeOp(bias === null ? [t, filter] : [t, filter, bias], wanted);
  return activation.code === undefined ? activation.forward(y) : y;
}
