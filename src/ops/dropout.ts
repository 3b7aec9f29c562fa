import { checkSeed, nextCall, type Stream, stepCell, stream } from "../tensor/random.js";
import { empty, type Tensor, type TensorLike } from "../tensor/tensor.js";
import { checkNumber, checkOptions } from "../util/check.js";
import { requireFloat } from "../util/dtypes.js";
import { op } from "./op.js";

interface Attributes {
  rate: number;
  stream: Stream;
  /** The address of a u32. */
  step: number;
}

const dropoutOp = op<[x: unknown], Attributes, Tensor>("dropout", {
  shape: ([x]) => x,
  dtype: ([x]) => requireFloat("dropout", "x", x),
  forward: (k, y, [x], { rate, stream: { key0, key1 }, step }) => {
    const mask = empty(y.shape, "uint8");
    k.dropout_forward(y.at, mask.at, x.at, rate, key0, key1, step, 0, y.size);
    return mask;
  },
  backward: (k, [dx], dy, { attributes: { rate }, saved: mask }) =>
    dx && k.dropout_backward(dx.at, dy.at, mask.at, rate, 0, dy.size),
});

/**
 * Inverted dropout (Srivastava et al. 2014): each element of `x` is 0 with probability `rate`, else x / (1 − rate), so that its expectation
 * is x. Any shape. This always drops; the layer does so in training only.
 *
 * @param rate 0 ≤ rate < 1
 * @param options.seed the same mask at each call; without it the calls continue a stream of the library's seed (see `setSeed`)
 * @throws DTypeError where `x` is not of a float type, ValueError where the rate is out of range
 * @example
 * wg.dropout(wg.tensor([1, 2, 3]), 0).toArray(); // [1, 2, 3]
 */
export function dropout(x: TensorLike, rate: number, options: { seed?: number } = {}): Tensor {
  checkOptions("dropout", options, ["seed"]);
  const { seed } = options;
  if (seed !== undefined) checkSeed("dropout", seed);
  const cell = stepCell(seed === undefined ? nextCall("dropout") : 0);
  return dropoutAt(x, rate, stream("dropout", seed), cell);
}

/** Dropout with a layer's own stream. The step is read from `step`, an int32 tensor of one element, each time that the step runs. */
export function dropoutAt(x: TensorLike, rate: number, own: Stream, step: Tensor): Tensor {
  checkRate("dropout", rate);
  return dropoutOp([x], { rate, stream: own, step: step.at });
}

/** @throws ValueError unless 0 ≤ rate < 1. */
export function checkRate(operation: string, rate: unknown): number {
  return checkNumber(operation, "rate", rate, { min: 0, below: 1 });
}
