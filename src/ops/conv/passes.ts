import type { Kernels } from "#kernels/kernels";
import { empty, type Tensor, type TensorLike } from "../../tensor/tensor.js";
import { type DType, requireFloat } from "../../util/dtypes.js";
import { ShapeError } from "../../util/errors.js";
import { type Shape, showShape } from "../../util/shapes.js";
import { gemmScratch } from "../matmul.js";
import { op } from "../op.js";
import {
  checkRank,
  type Geometry,
  geometryTensor,
  partsOf,
  scratchSizes,
  slideInside,
  type Window,
} from "./geometry.js";

/** How the window moves, and the number of a fused activation with its parameter. */
export interface Convolution extends Window {
  groups: number;
  code: number;
  alpha: number;
  /** The output that a transposed convolution is to have. */
  outputShape?: Shape;
}

/** @throws ShapeError */
export function checkBias(operation: string, bias: Shape | undefined, filters: number): void {
  if (!bias || (bias.length === 1 && bias[0] === filters)) return;
  throw new ShapeError(`${operation}: bias expected [${filters}], one for each output channel, got ${showShape(bias)}`);
}

export function geometryOf(operation: string, x: Shape, kernel: Shape, { groups, ...window }: Convolution): Geometry {
  checkRank(operation, "x", x, ["batch", "height", "width", "channels"]);
  checkRank(operation, "filter", kernel, ["height", "width", "in", "out"]);
  const [batch, height, width, channels] = x as [number, number, number, number];
  const [, , inputs, filters] = kernel as [number, number, number, number];
  if (inputs * groups !== channels) {
    throw new ShapeError(
      `${operation}: x expected ${inputs * groups} channels for a filter ${showShape(kernel)}${groups > 1 ? ` in ${groups} groups` : ""}, ` +
        `got ${showShape(x)}; change the filter's third size${groups > 1 ? " or groups" : ""}`,
    );
  }
  if (filters % groups !== 0) {
    throw new ShapeError(
      `${operation}: filter expected output channels that ${groups} groups divide, got ${showShape(kernel)}; change groups`,
    );
  }
  return { batch, channels, filters, groups, ...slideInside(operation, [height, width], kernel, window) };
}

/** A kernel of one pixel that skips nothing is a matrix product. */
function isProduct({ groups, y, x }: Geometry): boolean {
  return groups === 1 && [y, x].every((axis) => axis.kernel === 1 && axis.stride === 1 && axis.output === axis.input);
}

const pixels = ({ batch, y, x }: Geometry): number => batch * y.output * x.output;

interface Fused {
  bias: Tensor | null;
  code: number;
  alpha: number;
}

/** y = f(x ∗ kernel + bias), or y += x ∗ kernel. */
export function forward(k: Kernels, y: Tensor, x: Tensor, kernel: Tensor, g: Geometry, fused: Fused | null): void {
  const [accumulate, bias, code, alpha] = fused
    ? ([0, fused.bias?.at ?? 0, fused.code, fused.alpha] as const)
    : ([1, 0, 0, 0] as const);
  if (isProduct(g)) {
    const [m, n, c] = [pixels(g), g.filters, g.channels];
    const scratch = empty([gemmScratch(n, c)], y.dtype);
    k.gemm_nn(y.at, x.at, kernel.at, bias, m, n, c, accumulate, code, alpha, scratch.at, 0, m);
    return;
  }
  const shape = geometryTensor(g);
  const scratch = empty([scratchSizes(g).forward], y.dtype);
  const rows = g.batch * g.y.output;
  k.conv_forward(y.at, x.at, kernel.at, bias, shape.at, accumulate, code, alpha, scratch.at, 0, rows);
}

/** dx += dy turned back through the kernel, or dx = f(… + bias). */
export function backwardInput(
  k: Kernels,
  dx: Tensor,
  dy: Tensor,
  kernel: Tensor,
  g: Geometry,
  fused: Fused | null,
): void {
  const [accumulate, bias, code, alpha] = fused
    ? ([0, fused.bias?.at ?? 0, fused.code, fused.alpha] as const)
    : ([1, 0, 0, 0] as const);
  if (isProduct(g)) {
    const [m, n, f] = [pixels(g), g.channels, g.filters];
    const scratch = empty([gemmScratch(n, f)], dx.dtype);
    k.gemm_nt(dx.at, dy.at, kernel.at, bias, m, n, f, accumulate, code, alpha, scratch.at, 0, m);
    return;
  }
  const shape = geometryTensor(g);
  const scratch = empty([scratchSizes(g).input], dx.dtype);
  const rows = g.batch * g.y.input;
  k.conv_backward_input(dx.at, dy.at, kernel.at, bias, shape.at, accumulate, code, alpha, scratch.at, 0, rows);
}

/** dkernel += xᵀ · dy: the sums of parts of the batch, then their sum, always in the same order. */
export function backwardKernel(k: Kernels, dkernel: Tensor, x: Tensor, dy: Tensor, g: Geometry): void {
  const shape = geometryTensor(g);
  const { parts, stripes, size } = partsOf(g);
  const sums = empty([parts, size], dkernel.dtype);
  const scratch = empty([scratchSizes(g).kernel], dkernel.dtype);
  k.conv_backward_kernel(sums.at, x.at, dy.at, shape.at, scratch.at, 0, parts * stripes);
  k.bias_backward(dkernel.at, sums.at, parts, size, 0, size);
}

/** A few channels are a short row to add: it takes neither whole vectors nor several threads. */
const BIAS_COLUMNS = 256;

/** dbias += dz summed over the pixels: first over every so many pixels in rows as long as that, then over those. */
function backwardBias(k: Kernels, dbias: Tensor, dz: Tensor): void {
  const filters = dbias.size;
  const count = dz.size / filters;
  let together = 1;
  while (2 * together * filters <= BIAS_COLUMNS && count % (2 * together) === 0 && count > 0) together *= 2;
  if (together === 1) return k.bias_backward(dbias.at, dz.at, count, filters, 0, filters);
  const sums = empty([together * filters], dz.dtype);
  k.fill(sums.at, 0, 0, sums.size);
  k.bias_backward(sums.at, dz.at, count / together, sums.size, 0, sums.size);
  k.bias_backward(dbias.at, sums.at, together, filters, 0, filters);
}

/** The gradient before the activation. */
export function beforeActivation(k: Kernels, dy: Tensor, y: Tensor, { code, alpha }: { code: number; alpha: number }) {
  if (code === 0) return dy;
  const dz = empty(dy.shape, dy.dtype);
  k.fill(dz.at, 0, 0, dz.size);
  k.activation_backward(dz.at, dy.at, y.at, code, alpha, 0, dz.size);
  return dz;
}

type Inputs = readonly [x: Tensor, kernel: Tensor, bias?: Tensor];
type Gradients = readonly [dx: Tensor | null, dkernel: Tensor | null, dbias?: Tensor | null];
export type Convolve = (inputs: readonly TensorLike[], attributes: Convolution) => Tensor;

/** An operation of x and kernel, or of x, kernel and bias, under one name. @__NO_SIDE_EFFECTS__ */
export function withBias(
  name: string,
  record: {
    shape(shapes: readonly [x: Shape, kernel: Shape, bias?: Shape], attributes: Convolution): Shape;
    forward(k: Kernels, y: Tensor, inputs: Inputs, attributes: Convolution): void;
    backward(k: Kernels, gradients: Gradients, dz: Tensor, inputs: Inputs, attributes: Convolution): void;
  },
): Convolve {
  const common = {
    named: ["x", "filter", "bias"],
    dtype: ([x]: readonly DType[]) => requireFloat(name, "x", x as DType),
  };
  const plain = op<[x: unknown, kernel: unknown], Convolution>(name, {
    ...common,
    shape: record.shape,
    forward: record.forward,
    backward(k, gradients, dy, { x, y, attributes }) {
      record.backward(k, gradients, beforeActivation(k, dy, y, attributes), x, attributes);
    },
  });
  const biased = op<[x: unknown, kernel: unknown, bias: unknown], Convolution>(name, {
    ...common,
    shape: record.shape,
    forward: record.forward,
    backward(k, gradients, dy, { x, y, attributes }) {
      const dz = beforeActivation(k, dy, y, attributes);
      record.backward(k, gradients, dz, x, attributes);
      const [, , dbias] = gradients;
      if (dbias) backwardBias(k, dbias, dz);
    },
  });
  return ([x, kernel, bias], attributes) =>
    bias === undefined
      ? plain([x as TensorLike, kernel as TensorLike], attributes)
      : biased([x as TensorLike, kernel as TensorLike, bias], attributes);
}
