import { kernels } from "../backend/engine.js";
import { checkSeed, nextCall, type Stream, stepCell, stream } from "../tensor/random.js";
import { empty, filled, type Tensor, type TensorLike } from "../tensor/tensor.js";
import { checkName, checkNumber, checkOptions } from "../util/check.js";
import { type FloatDType, requireFloat } from "../util/dtypes.js";
import type { Shape } from "../util/shapes.js";
import { mul } from "./arithmetic.js";
import { op } from "./op.js";

/** Where dropout evens out the expectation: `"inverted"` in training, `"classic"` in inference. */
export type DropoutMode = "inverted" | "classic";

interface Attributes {
  rate: number;
  /** What a kept element is multiplied by. */
  factor: number;
  stream: Stream;
  /** The address of a u32. */
  step: number;
}

const dropoutOp = op<[x: unknown], Attributes, Tensor>("dropout", {
  shape: ([x]) => x,
  dtype: ([x]) => requireFloat("dropout", "x", x),
  forward: (k, y, [x], { rate, factor, stream: { key0, key1 }, step }) => {
    const mask = empty(y.shape, "uint8");
    k.dropout_forward(y.at, mask.at, x.at, rate, factor, key0, key1, step, 0, y.size);
    return mask;
  },
  backward: (k, [dx], dy, { attributes: { factor }, fresh: [fresh], saved: mask }) =>
    dx && k.dropout_backward(dx.at, dy.at, mask.at, factor, fresh ? 0 : 1, 0, dy.size),
  assigns: [0],
  inPlace: true,
});

/**
 * Dropout: each element of `x` is 0 with probability `rate`, else x / (1 − rate), so that its expectation is x (`"inverted"`); or else x
 * itself, so that its expectation is (1 − rate) · x, by which inference must then multiply (`"classic"`). Any shape. This always drops;
 * the layer does so in training only.
 *
 * Srivastava et al., "Dropout: A Simple Way to Prevent Neural Networks from Overfitting", JMLR 15, 2014.
 *
 * @param rate 0 ≤ rate < 1
 * @param options.seed the same mask at each call; without it the calls continue a stream of the library's seed (see `setSeed`)
 * @param options.mode `"inverted"` (default) or `"classic"`
 * @throws DTypeError where `x` is not of a float type, ValueError where the rate is out of range
 * @example
 * wg.dropout(wg.tensor([1, 2, 3]), 0).toArray(); // [1, 2, 3]
 */
export function dropout(x: TensorLike, rate: number, options: { seed?: number; mode?: DropoutMode } = {}): Tensor {
  checkOptions("dropout", options, ["seed", "mode"]);
  const { seed, mode } = options;
  if (seed !== undefined) checkSeed("dropout", seed);
  const cell = stepCell(seed === undefined ? nextCall("dropout") : 0);
  return dropoutAt(x, rate, stream("dropout", seed), cell, mode);
}

/** Dropout with a layer's own stream. The step is read from `step`, an int32 tensor of one element, each time that the step runs. */
export function dropoutAt(
  x: TensorLike,
  rate: number,
  own: Stream,
  step: Tensor,
  mode: DropoutMode = "inverted",
): Tensor {
  checkNumber("dropout", "rate", rate, { min: 0, below: 1 });
  const factor = checkMode("dropout", mode) === "inverted" ? 1 / (1 - rate) : 1;
  return dropoutOp([x], { rate, factor, stream: own, step: step.at });
}

/** As `dropoutAt` for x `[batch, …, channels]`, with one decision for all that a channel holds of a row. */
export function spatialDropoutAt(x: Tensor, rate: number, own: Stream, step: Tensor, mode: DropoutMode): Tensor {
  const shape = x.shape.map((n, axis) => (axis === 0 || axis === x.shape.length - 1 ? n : 1));
  return mul(x, dropoutAt(filled(shape, 1, x.dtype), rate, own, step, mode));
}

/** Normal numbers, mean + stdDev · z, of a layer's own stream; `step` as in `dropoutAt`. No gradient flows to them. */
export function normalAt(
  shape: Shape,
  dtype: FloatDType,
  mean: number,
  stdDev: number,
  { key0, key1 }: Stream,
  step: Tensor,
): Tensor {
  const out = empty(shape, dtype);
  kernels(dtype).random_normal(out.at, mean, stdDev, key0, key1, step.at, 0, out.size);
  return out;
}

export function checkMode(operation: string, mode: unknown): DropoutMode {
  return checkName(operation, "mode", mode, ["inverted", "classic"]);
}
