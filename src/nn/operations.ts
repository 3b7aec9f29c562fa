import {
  elu,
  gelu,
  hardSigmoid,
  hardSwish,
  leakyRelu,
  mish,
  relu,
  relu6,
  selu,
  sigmoid,
  silu,
  softplus,
  tanh,
} from "../ops/activation.js";
import { acos, acosh, asin, asinh, atan, atanh, cosh, sinh, tan } from "../ops/angles.js";
import { add, div, maximum, minimum, mul, pow, sub } from "../ops/arithmetic.js";
import { type BlockOrder, depthToSpace, spaceToDepth } from "../ops/blocks.js";
import { cast } from "../ops/cast.js";
import { clipByValue } from "../ops/clip.js";
import {
  equal,
  greater,
  greaterEqual,
  less,
  lessEqual,
  logicalAnd,
  logicalNot,
  logicalOr,
  logicalXor,
  notEqual,
  where,
} from "../ops/compare.js";
import { cumprod, cumsum } from "../ops/cumulative.js";
import { einsum } from "../ops/einsum.js";
import { gatherND, takeAlongAxis } from "../ops/gather.js";
import { instanceNorm } from "../ops/groupnorm.js";
import { concat, split } from "../ops/join.js";
import { localResponseNormalization } from "../ops/lrn.js";
import { matmul } from "../ops/matmul.js";
import { fmod, mod } from "../ops/modulo.js";
import { argMax, argMin, topk } from "../ops/order.js";
import { prelu } from "../ops/prelu.js";
import { celu, logSigmoid, softsign, thresholdedRelu } from "../ops/rectifiers.js";
import { gru, lstm, type Recurrence, simpleRnn } from "../ops/recurrent.js";
import { logSumExp, max, mean, min, norm, prod, sum } from "../ops/reduce.js";
import { resizeBilinear, resizeNearestNeighbor } from "../ops/resize.js";
import { type ScatterReduction, scatterElements, tensorScatterUpdate } from "../ops/scatter.js";
import { broadcastTo, expandDims, reshape, squeeze } from "../ops/shape.js";
import { gather, pad, reverse, slice, stridedSlice, tile } from "../ops/slice.js";
import { logSoftmax, softmax } from "../ops/softmax.js";
import { transpose } from "../ops/transpose.js";
import { tril, triu } from "../ops/triangle.js";
import {
  abs,
  ceil,
  cos,
  erf,
  exp,
  expm1,
  floor,
  isFinite as isFiniteNumber,
  isInf,
  isNaN as isNotNumber,
  log,
  log1p,
  neg,
  reciprocal,
  round,
  rsqrt,
  sign,
  sin,
  sqrt,
  square,
} from "../ops/unary.js";
import type { Tensor } from "../tensor/tensor.js";
import type { DType } from "../util/dtypes.js";
import type { Shape } from "../util/shapes.js";

/** An operation on whole tensors, batch and all, with its attributes as JSON holds them. */
export type Operation = (x: readonly Tensor[], attributes: Attributes) => Tensor | readonly Tensor[];

export type Attributes = { readonly [name: string]: unknown };

/** An operation's parameters behind its tensors. */
type Rest<F extends (...args: never[]) => unknown> = F extends (x: never, ...rest: infer R) => unknown ? R : never;

const ofOne = (functions: Readonly<Record<string, (x: Tensor) => Tensor>>): Record<string, Operation> =>
  Object.fromEntries(Object.entries(functions).map(([name, f]) => [name, ([x]) => f(x as Tensor)]));

const ofTwo = (functions: Readonly<Record<string, (a: Tensor, b: Tensor) => Tensor>>): Record<string, Operation> =>
  Object.fromEntries(Object.entries(functions).map(([name, f]) => [name, ([a, b]) => f(a as Tensor, b as Tensor)]));

const reduction =
  (f: (x: Tensor, axis?: number | readonly number[], keepDims?: boolean) => Tensor): Operation =>
  ([x], { axis, keepDims }) =>
    f(x as Tensor, axis as readonly number[] | undefined, keepDims as boolean | undefined);

/** One tensor, then the attributes of these names in the operation's own order. */
const withAttributes =
  <F extends (x: Tensor, ...rest: never[]) => Tensor | readonly Tensor[]>(
    f: F,
    ...names: readonly string[]
  ): Operation =>
  ([x], attributes) =>
    f(x as Tensor, ...(names.map((name) => attributes[name]) as Rest<F>));

/**
 * The sequence, and with `returnState` the states behind it. Tensors behind the bias are the options that `more` names, in its order: `"peepholes"`,
 * `"mask"`, and the states `"h"` and `"c"` before the first step.
 *
 * @param usual what stands there where nothing names it
 */
const recurrent =
  (
    run: (
      x: Tensor,
      kernel: Tensor,
      own: Tensor,
      bias: Tensor,
      options: object,
    ) => Recurrence & { readonly c?: Tensor },
    usual: readonly string[] = [],
  ): Operation =>
  ([x, kernel, own, bias, ...behind], { more = usual, returnState, ...options }) => {
    const { h, c, ...tensors } = Object.fromEntries(behind.map((each, i) => [(more as readonly string[])[i], each]));
    const begun = h ? { initialState: c ? [h, c] : h } : {};
    const given = { ...options, ...tensors, ...begun };
    const made = run(x as Tensor, kernel as Tensor, own as Tensor, bias as Tensor, given);
    return returnState ? [made.sequence, made.h, ...(made.c ? [made.c] : [])] : made.sequence;
  };

/** What `layers.operation` can do, by the name of the function in `wg`. */
export const operations: Readonly<Record<string, Operation>> = {
  ...ofOne({ gelu, hardSwish, logSigmoid, mish, relu, relu6, sigmoid, silu, softplus, softsign, tanh }),
  ...ofOne({ acos, acosh, asin, asinh, atan, atanh, cosh, isInf, sinh, tan }),
  ...ofOne({ abs, ceil, cos, erf, exp, expm1, floor, isFinite: isFiniteNumber, isNaN: isNotNumber, log, log1p, neg }),
  ...ofOne({ reciprocal, round, rsqrt, sign, sin, sqrt, square, logicalNot }),
  ...ofTwo({ prelu, add, div, fmod, maximum, minimum, mod, mul, pow, sub }),
  ...ofTwo({ equal, greater, greaterEqual, less, lessEqual, logicalAnd, logicalOr, logicalXor, notEqual }),
  elu: withAttributes(elu, "alpha"),
  leakyRelu: withAttributes(leakyRelu, "alpha"),
  selu: withAttributes(selu, "alpha", "gamma"),
  hardSigmoid: withAttributes(hardSigmoid, "alpha", "beta"),
  celu: withAttributes(celu, "alpha"),
  thresholdedRelu: withAttributes(thresholdedRelu, "theta"),
  triu: withAttributes(triu, "k"),
  tril: withAttributes(tril, "k"),
  einsum: (x, { equation }) => einsum(equation as string, ...x),
  depthToSpace: ([x], { blockSize, order }) => depthToSpace(x as Tensor, blockSize as number, order as BlockOrder),
  spaceToDepth: ([x], { blockSize, order }) => spaceToDepth(x as Tensor, blockSize as number, order as BlockOrder),
  instanceNorm: ([x, gamma, beta], { epsilon }) =>
    instanceNorm(x as Tensor, { gamma: gamma as Tensor, beta: beta as Tensor, epsilon: epsilon as number }),
  localResponseNormalization: withAttributes(localResponseNormalization, "depthRadius", "bias", "alpha", "beta"),
  resizeBilinear: ([x], { size, ...options }) => resizeBilinear(x as Tensor, size as [number, number], options),
  resizeNearestNeighbor: ([x], { size, ...options }) =>
    resizeNearestNeighbor(x as Tensor, size as [number, number], options),
  norm: ([x], { ord, axis, keepDims }) =>
    norm(x as Tensor, ord as number, axis as readonly number[], keepDims as boolean),
  where: ([condition, a, b]) => where(condition as Tensor, a as Tensor, b as Tensor),
  matmul: ([a, b], { transposeA, transposeB }) =>
    matmul(a as Tensor, b as Tensor, transposeA as boolean | undefined, transposeB as boolean | undefined),
  simpleRnn: recurrent(simpleRnn),
  gru: recurrent(gru),
  lstm: recurrent(lstm, ["peepholes"]),
  clipByValue: withAttributes(clipByValue, "min", "max"),
  cast: withAttributes(cast, "dtype"),
  softmax: withAttributes(softmax, "axis"),
  logSoftmax: withAttributes(logSoftmax, "axis"),
  sum: reduction(sum),
  mean: reduction(mean),
  max: reduction(max),
  min: reduction(min),
  prod: reduction(prod),
  logSumExp: reduction(logSumExp),
  argMax: withAttributes(argMax, "axis", "keepDims", "selectLastIndex"),
  argMin: withAttributes(argMin, "axis", "keepDims", "selectLastIndex"),
  topk([x], { k, axis, largest }) {
    const { values, indices } = topk(x as Tensor, k as number, { axis: axis as number, largest: largest as boolean });
    return [values, indices];
  },
  cumsum: withAttributes(cumsum, "axis", "exclusive", "reverse"),
  cumprod: withAttributes(cumprod, "axis", "exclusive", "reverse"),
  reshape: withAttributes(reshape, "shape"),
  squeeze: withAttributes(squeeze, "axis"),
  expandDims: withAttributes(expandDims, "axis"),
  broadcastTo: withAttributes(broadcastTo, "shape"),
  transpose: withAttributes(transpose, "perm"),
  concat: (x, { axis }) => concat(x, axis as number),
  split: withAttributes(split, "sizes", "axis"),
  slice: withAttributes(slice, "begin", "size"),
  stridedSlice: withAttributes(stridedSlice, "begin", "end", "strides"),
  reverse: withAttributes(reverse, "axis"),
  tile: withAttributes(tile, "reps"),
  pad: withAttributes(pad, "paddings", "constant", "mode"),
  gather: ([x, indices], { axis }) => gather(x as Tensor, indices as Tensor, axis as number),
  gatherND: ([x, indices], { batchDims }) => gatherND(x as Tensor, indices as Tensor, batchDims as number | undefined),
  takeAlongAxis: ([x, indices], { axis }) => takeAlongAxis(x as Tensor, indices as Tensor, axis as number),
  scatterElements: ([x, indices, updates], { axis, reduction: how }) =>
    scatterElements(x as Tensor, indices as Tensor, updates as Tensor, axis as number, how as ScatterReduction),
  tensorScatterUpdate: ([x, indices, updates], { reduction: how }) =>
    tensorScatterUpdate(x as Tensor, indices as Tensor, updates as Tensor, how as ScatterReduction),
};

/** What is known of a value before it is there. */
export interface ValueType {
  /** All axes, the batch among them. */
  readonly shape: Shape;
  readonly dtype: DType;
}
