import { asTensor, empty, type Tensor, type TensorLike } from "../tensor/tensor.js";
import { ShapeError } from "../util/errors.js";
import { type Shape, showShape } from "../util/shapes.js";
import { checkRank, depthwiseScratch, type Geometry, geometryTensor, partsOf, slideInside } from "./conv/geometry.js";
import { type Convolution, checkBias, withBias } from "./conv/passes.js";
import { type ConvOptions, checkConvolution, convolve } from "./conv.js";
import type { Padding, Pair } from "./window.js";

export type DepthwiseConvOptions = Omit<ConvOptions, "groups">;

function geometryOf(x: Shape, kernel: Shape, window: Convolution): Geometry {
  const operation = "depthwiseConv2d";
  checkRank(operation, "x", x, ["batch", "height", "width", "channels"]);
  checkRank(operation, "filter", kernel, ["height", "width", "in", "multiplier"]);
  const [batch, height, width, channels] = x as [number, number, number, number];
  const [, , inputs, multiplier] = kernel as [number, number, number, number];
  if (inputs !== channels) {
    throw new ShapeError(
      `${operation}: x expected ${inputs} channels for a filter ${showShape(kernel)}, got ${showShape(x)}; change the filter's third size`,
    );
  }
  const slid = slideInside(operation, [height, width], kernel, window);
  return { batch, channels, filters: channels * multiplier, groups: channels, ...slid };
}

const depthwiseOp = /* @__PURE__ */ withBias("depthwiseConv2d", {
  shape([x, kernel, bias], attributes) {
    const { batch, filters, y, x: across } = geometryOf(x, kernel, attributes);
    checkBias("depthwiseConv2d", bias, filters);
    return [batch, y.output, across.output, filters];
  },
  forward(k, y, [x, kernel, bias = null], attributes) {
    const g = geometryOf(x.shape, kernel.shape, attributes);
    const shape = geometryTensor(g, true).at;
    const scratch = empty([depthwiseScratch(g).forward], y.dtype).at;
    const { code, alpha } = attributes;
    const rows = g.batch * g.y.output;
    k.depthwise_forward(y.at, x.at, kernel.at, bias?.at ?? 0, shape, 0, code, alpha, scratch, 0, rows);
  },
  backward(k, [dx, dkernel], dz, [x, kernel], attributes) {
    const g = geometryOf(x.shape, kernel.shape, attributes);
    const shape = geometryTensor(g, true).at;
    const sizes = depthwiseScratch(g);
    const scratch = empty([Math.max(sizes.input, sizes.kernel)], dz.dtype).at;
    if (dx) k.depthwise_backward_input(dx.at, dz.at, kernel.at, shape, scratch, 0, g.batch * g.y.input);
    if (!dkernel) return;
    const { parts, size } = partsOf(g);
    const sums = empty([parts, size], dz.dtype).at;
    k.depthwise_backward_kernel(sums, x.at, dz.at, shape, scratch, 0, parts);
    k.bias_backward(dkernel.at, sums, parts, size, 0, size);
  },
});

const pointwiseOp = /* @__PURE__ */ convolve("separableConv2d");
const ONE_PIXEL = { strides: [1, 1], padding: "valid", dilations: [1, 1] } as const;

const known = ["dilations", "bias", "activation", "alpha"];

/**
 * A convolution of each channel by itself, with `multiplier` filters each:
 *
 * y[n, i, j, c · multiplier + m] = f(bias[…] + Σ over p, q of x[n, i · strides[0] + p · dilations[0] − top, j · strides[1] + q · dilations[1] −
 * left, c] · filter[p, q, c, m]).
 *
 * Sifre, "Rigid-Motion Scattering for Image Classification", 2014, section 6.2.
 *
 * @param x `[batch, height, width, in]`
 * @param filter `[height, width, in, multiplier]`
 * @param strides the steps of the window in pixels, one number or `[height, width]`; default 1
 * @param pad `"valid"` (default), `"same"`, a number of zeros on every side, or `[[top, bottom], [left, right]]`
 * @throws ShapeError for sizes that do not fit, DTypeError where `x` is not of a float type, ValueError for an unknown or impossible option
 * @example
 * const x = wg.tensor([[[[1, 10], [2, 20]]]]);
 * wg.depthwiseConv2d(x, wg.ones([1, 2, 2, 1])).toTypedArray(); // [3, 30]
 */
export function depthwiseConv2d(
  x: TensorLike,
  filter: TensorLike,
  strides: Pair = 1,
  pad: Padding = "valid",
  options: DepthwiseConvOptions = {},
): Tensor {
  const { bias, activation, ...attributes } = checkConvolution("depthwiseConv2d", strides, pad, options, known);
  const t = asTensor(x, undefined, "depthwiseConv2d", "x");
  const y = depthwiseOp(bias === null ? [t, filter] : [t, filter, bias], attributes);
  return activation.code === undefined ? activation.forward(y) : y;
}

/**
 * A depthwise convolution, then a 1 × 1 convolution that mixes its channels: nearly what `conv2d` does, with
 * height · width · in · multiplier + in · multiplier · out weights instead of height · width · in · out.
 *
 * Chollet, "Xception: Deep Learning with Depthwise Separable Convolutions", CVPR 2017.
 *
 * @param x `[batch, height, width, in]`
 * @param depthwiseFilter `[height, width, in, multiplier]`
 * @param pointwiseFilter `[1, 1, in · multiplier, out]`
 * @param strides the steps of the window in pixels, one number or `[height, width]`; default 1
 * @param pad `"valid"` (default), `"same"`, a number of zeros on every side, or `[[top, bottom], [left, right]]`
 * @param options `bias` `[out]` and `activation` come behind both
 * @throws ShapeError for sizes that do not fit, DTypeError where `x` is not of a float type, ValueError for an unknown or impossible option
 * @example
 * wg.separableConv2d(wg.ones([1, 4, 4, 2]), wg.ones([3, 3, 2, 1]), wg.ones([1, 1, 2, 5])).shape; // [1, 2, 2, 5]
 */
export function separableConv2d(
  x: TensorLike,
  depthwiseFilter: TensorLike,
  pointwiseFilter: TensorLike,
  strides: Pair = 1,
  pad: Padding = "valid",
  options: DepthwiseConvOptions = {},
): Tensor {
  const operation = "separableConv2d";
  const { bias, activation, ...attributes } = checkConvolution(operation, strides, pad, options, known);
  const t = asTensor(x, undefined, operation, "x");
  const depthwise = asTensor(depthwiseFilter, t.dtype, operation, "depthwiseFilter");
  const pointwise = asTensor(pointwiseFilter, t.dtype, operation, "pointwiseFilter");
  checkRank(operation, "x", t.shape, ["batch", "height", "width", "channels"]);
  checkRank(operation, "depthwiseFilter", depthwise.shape, ["height", "width", "in", "multiplier"]);
  const [, , inputs, multiplier] = depthwise.shape as [number, number, number, number];
  const [height, width, channels] = pointwise.shape;
  if (pointwise.rank !== 4 || height !== 1 || width !== 1 || channels !== inputs * multiplier) {
    throw new ShapeError(
      `${operation}: pointwiseFilter expected [1, 1, ${inputs * multiplier}, out] behind a depthwiseFilter ${showShape(depthwise.shape)}, ` +
        `got ${showShape(pointwise.shape)}`,
    );
  }
  const each = depthwiseConv2d(t, depthwise, strides, pad, { dilations: attributes.dilations });
  const mixing = { ...attributes, ...ONE_PIXEL };
  const y = pointwiseOp(bias === null ? [each, pointwise] : [each, pointwise, bias], mixing);
  return activation.code === undefined ? activation.forward(y) : y;
}
