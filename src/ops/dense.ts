import type { Kernels } from "#kernels/kernels";
import { asTensor, type Tensor, type TensorLike } from "../tensor/tensor.js";
import { checkNumber, checkOptions } from "../util/check.js";
import { type DType, requireFloat } from "../util/dtypes.js";
import { ShapeError } from "../util/errors.js";
import { type Shape, showShape } from "../util/shapes.js";
import { type ActivationName, activationNamed } from "./activation.js";
import { addColumnSums } from "./column-sums.js";
import { beforeActivation, type FusedActivation } from "./fused.js";
import { product, scratchFor } from "./gemm.js";
import { op } from "./op.js";

export interface DenseOptions {
  /** Applied to every element of the result; default `"linear"`, none. */
  activation?: ActivationName;
  /** The parameter of `leakyRelu` and `elu`; default: the function's own. */
  alpha?: number;
}

const shapeOf = (x: Shape, kernel: Shape, bias?: Shape): Shape => {
  if (kernel.length !== 2) {
    throw new ShapeError(`dense: kernel expected [in, units], got ${showShape(kernel)}`);
  }
  const [inputs, units] = kernel as [number, number];
  if (x.length < 2 || x[x.length - 1] !== inputs) {
    throw new ShapeError(
      `dense: x expected [batch, ${inputs}] for a kernel ${showShape(kernel)}, got ${showShape(x)}; ` +
        (x.length < 2 ? "reshape one sample to [1, in]" : "flatten x or change the kernel's first size"),
    );
  }
  if (bias && (bias.length !== 1 || bias[0] !== units)) {
    throw new ShapeError(`dense: bias expected [${units}] for a kernel ${showShape(kernel)}, got ${showShape(bias)}`);
  }
  return [...x.slice(0, -1), units];
};

/** Every axis of x but the last is a row of the product. */
function sizesOf(x: Tensor, kernel: Tensor): { rows: number; inputs: number; units: number } {
  const [inputs, units] = kernel.shape as [number, number];
  let rows = 1;
  for (let axis = 0; axis < x.rank - 1; axis++) rows *= x.shape[axis] as number;
  return { rows, inputs, units };
}

function forward(
  k: Kernels,
  y: Tensor,
  x: Tensor,
  kernel: Tensor,
  bias: Tensor | null,
  { code, alpha }: FusedActivation,
): void {
  const { rows, inputs, units } = sizesOf(x, kernel);
  const sizes = { m: rows, n: units, k: inputs };
  const scratch = scratchFor(y, ["gemm_nn", sizes]);
  const finish = { accumulate: false, bias: bias?.at ?? 0, code, alpha };
  product(k, "gemm_nn", { c: y.at, a: x.at, b: kernel.at, ...sizes }, scratch, finish);
}

/** With dz the gradient before the activation: dx += dz·kernelᵀ (= for a fresh one), dkernel += xᵀ·dz, dbias += the column sums of dz. */
function backward(
  k: Kernels,
  [dx, dkernel, dbias]: readonly [Tensor | null, Tensor | null, Tensor | null],
  dy: Tensor,
  [x, kernel]: readonly [Tensor, Tensor],
  y: Tensor,
  activation: FusedActivation,
  fresh: boolean,
): void {
  const { rows, inputs, units } = sizesOf(x, kernel);
  const dz = beforeActivation(k, dy, y, activation);
  const ofX = { m: rows, n: inputs, k: units };
  const ofKernel = { m: inputs, n: units, k: rows };
  const scratch = scratchFor(dy, ["gemm_nt", ofX], ["gemm_tn", ofKernel]);
  if (dx) product(k, "gemm_nt", { c: dx.at, a: dz.at, b: kernel.at, ...ofX }, scratch, { accumulate: !fresh });
  if (dkernel) {
    product(k, "gemm_tn", { c: dkernel.at, a: x.at, b: dz.at, ...ofKernel }, scratch, { accumulate: true });
  }
  if (dbias) addColumnSums(k, dbias, dz);
}

const dtype = ([x]: readonly [DType, ...DType[]]) => requireFloat("dense", "x", x);

const denseOp = op<[x: unknown, kernel: unknown], FusedActivation>("dense", {
  named: ["x", "kernel", "bias"],
  shape: ([x, kernel]) => shapeOf(x, kernel),
  dtype,
  forward: (k, y, [x, kernel], fused) => forward(k, y, x, kernel, null, fused),
  backward: (k, [dx, dkernel], dy, { x: [x, kernel], y, attributes, fresh: [fresh = false] }) =>
    backward(k, [dx, dkernel, null], dy, [x, kernel], y, attributes, fresh),
  assigns: [0],
});

const denseBiasOp = op<[x: unknown, kernel: unknown, bias: unknown], FusedActivation>("dense", {
  named: ["x", "kernel", "bias"],
  shape: ([x, kernel, bias]) => shapeOf(x, kernel, bias),
  dtype,
  forward: (k, y, [x, kernel, bias], fused) => forward(k, y, x, kernel, bias, fused),
  backward: (k, [dx, dkernel, dbias], dy, { x: [x, kernel], y, attributes, fresh: [fresh = false] }) =>
    backward(k, [dx, dkernel, dbias], dy, [x, kernel], y, attributes, fresh),
  assigns: [0],
});

/**
 * f(x · kernel + bias): a dense layer as one operation, bias and activation applied as the product is made.
 *
 * @param x `[batch, in]`, or `[…, in]` with every axis before the last kept
 * @param kernel `[in, units]`
 * @param bias `[units]`, or null for none
 * @param options.activation a name of `activationNames`; default `"linear"`
 * @param options.alpha the parameter of `leakyRelu` and `elu`, ≥ 0; default: the function's own
 * @throws ShapeError for sizes that do not fit, ValueError for an unknown activation or option
 * @example
 * wg.dense([[1, 2]], [[1, -1], [1, -1]], [0.5, 0.5], { activation: "relu" }).toArray(); // [[3.5, 0]]
 */
export function dense(x: TensorLike, kernel: TensorLike, bias: TensorLike | null, options: DenseOptions = {}): Tensor {
  checkOptions("dense", options, ["activation", "alpha"]);
  const activation = activationNamed(options.activation ?? "linear", "dense", "activation");
  const alpha = options.alpha ?? activation.alpha;
  checkNumber("dense", "alpha", alpha, { min: 0 });
  const fused = { code: activation.code ?? 0, alpha };
  const t = asTensor(x, undefined, "dense", "x");
  const y = bias === null ? denseOp([t, kernel], fused) : denseBiasOp([t, kernel, bias], fused);
  return activation.code === undefined ? activation.forward(y) : y;
}
