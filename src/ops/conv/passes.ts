import type { Kernels } from "#kernels/kernels";
import { empty, type Tensor, type TensorLike } from "../../tensor/tensor.js";
import { type DType, requireFloat } from "../../util/dtypes.js";
import { ShapeError } from "../../util/errors.js";
import { type Shape, showShape } from "../../util/shapes.js";
import { addColumnSums } from "../column-sums.js";
import { beforeActivation, type FusedActivation } from "../fused.js";
import { product, scratchFor } from "../gemm.js";
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

interface Fused extends FusedActivation {
  bias: Tensor | null;
}

/** Nothing but storing: how a gradient is assigned. */
const PLAIN: Fused = { bias: null, code: 0, alpha: 0 };

/** How a pass writes a gradient: over one that holds nothing yet, else adding. */
export const into = (fresh: boolean): Fused | null => (fresh ? PLAIN : null);

/** y = f(x ∗ kernel + bias), or y += x ∗ kernel. */
export function forward(k: Kernels, y: Tensor, x: Tensor, kernel: Tensor, g: Geometry, fused: Fused | null): void {
  const [accumulate, bias, code, alpha] = fused
    ? ([0, fused.bias?.at ?? 0, fused.code, fused.alpha] as const)
    : ([1, 0, 0, 0] as const);
  if (isProduct(g)) {
    const sizes = { m: pixels(g), n: g.filters, k: g.channels };
    const scratch = scratchFor(y, ["gemm_nn", sizes]);
    const finish = { accumulate: accumulate === 1, bias, code, alpha };
    product(k, "gemm_nn", { c: y.at, a: x.at, b: kernel.at, ...sizes }, scratch, finish);
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
    const sizes = { m: pixels(g), n: g.channels, k: g.filters };
    const scratch = scratchFor(dx, ["gemm_nt", sizes]);
    const finish = { accumulate: accumulate === 1, bias, code, alpha };
    product(k, "gemm_nt", { c: dx.at, a: dy.at, b: kernel.at, ...sizes }, scratch, finish);
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

type Inputs = readonly [x: Tensor, kernel: Tensor, bias?: Tensor];
type Gradients = readonly [dx: Tensor | null, dkernel: Tensor | null, dbias?: Tensor | null];
export type Convolve = (inputs: readonly TensorLike[], attributes: Convolution) => Tensor;

/** An operation of x and kernel, or of x, kernel and bias, under one name. @__NO_SIDE_EFFECTS__ */
export function withBias(
  name: string,
  record: {
    shape(shapes: readonly [x: Shape, kernel: Shape, bias?: Shape], attributes: Convolution): Shape;
    forward(k: Kernels, y: Tensor, inputs: Inputs, attributes: Convolution): void;
    /** With `fresh` it assigns dx. */
    backward(
      k: Kernels,
      gradients: Gradients,
      dz: Tensor,
      inputs: Inputs,
      attributes: Convolution,
      fresh: boolean,
    ): void;
    assigns?: readonly [0];
  },
): Convolve {
  const common = {
    named: ["x", "filter", "bias"],
    dtype: ([x]: readonly DType[]) => requireFloat(name, "x", x as DType),
    ...(record.assigns ? { assigns: record.assigns } : {}),
  };
  const plain = op<[x: unknown, kernel: unknown], Convolution>(name, {
    ...common,
    shape: record.shape,
    forward: record.forward,
    backward(k, gradients, dy, { x, y, attributes, fresh: [fresh = false] }) {
      record.backward(k, gradients, beforeActivation(k, dy, y, attributes), x, attributes, fresh);
    },
  });
  const biased = op<[x: unknown, kernel: unknown, bias: unknown], Convolution>(name, {
    ...common,
    shape: record.shape,
    forward: record.forward,
    backward(k, gradients, dy, { x, y, attributes, fresh: [fresh = false] }) {
      const dz = beforeActivation(k, dy, y, attributes);
      record.backward(k, gradients, dz, x, attributes, fresh);
      const [, , dbias] = gradients;
      if (dbias) addColumnSums(k, dbias, dz);
    },
  });
  return ([x, kernel, bias], attributes) =>
    bias === undefined
      ? plain([x as TensorLike, kernel as TensorLike], attributes)
      : biased([x as TensorLike, kernel as TensorLike, bias], attributes);
}
