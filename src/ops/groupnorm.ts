import { asTensor, empty, type Tensor, type TensorLike } from "../tensor/tensor.js";
import { checkNumber, checkOptions, show } from "../util/check.js";
import { requireFloat, sizeOf } from "../util/dtypes.js";
import { ShapeError, ValueError } from "../util/errors.js";
import { type Shape, showShape, sizeOfShape } from "../util/shapes.js";
import { op } from "./op.js";
import { channelParameter } from "./parameter.js";
import { reduceAxes } from "./reduction.js";

export interface GroupNormOptions {
  /** A divisor of the channels, or −1: each channel by itself, which is instance normalization; default 32. */
  groups?: number;
  /** Scale, `[channels]`; default: 1. */
  gamma?: TensorLike | null;
  /** Offset, `[channels]`; default: 0. */
  beta?: TensorLike | null;
  /** Added to the variance; default 1e-3. */
  epsilon?: number;
}

interface Attributes {
  /** Where gamma and beta are among the inputs, 0 where they are left out. */
  gamma: number;
  beta: number;
  groups: number;
  epsilon: number;
}

/** Mean and 1 / √(variance + ε) of each channel's group, `[batch, channels]`. */
interface Saved {
  mean: Tensor;
  inverse: Tensor;
}

/** x as [batch, positions, channels]. */
function sizesOf(x: Shape): { batch: number; positions: number; channels: number } {
  return { batch: x[0] as number, positions: sizeOfShape(x.slice(1, -1)), channels: x[x.length - 1] as number };
}

const groupNormOp = op<[x: unknown, ...parameters: unknown[]], Attributes, Saved>("groupNorm", {
  shape: ([x]) => x,
  forward(k, y, x, { groups, epsilon, ...where }) {
    const [input] = x;
    const { batch, positions, channels } = sizesOf(input.shape);
    const [mean, inverse] = [empty([batch, channels], input.dtype), empty([batch, channels], input.dtype)];
    const at = (i: number) => (i > 0 ? (x[i] as Tensor).at : 0);
    const [gamma, beta] = [at(where.gamma), at(where.beta)];
    const sizes = [positions, channels, groups] as const;
    k.groupnorm_forward(y.at, mean.at, inverse.at, input.at, gamma, beta, epsilon, ...sizes, 0, batch);
    return { mean, inverse };
  },

  backward(k, gradients, dy, { x, attributes: { groups, ...where }, saved: { mean, inverse } }) {
    const [input] = x;
    const [dx] = gradients;
    const { batch, positions, channels } = sizesOf(input.shape);
    const dgamma = where.gamma > 0 ? (gradients[where.gamma] as Tensor | null) : null;
    const dbeta = where.beta > 0 ? (gradients[where.beta] as Tensor | null) : null;
    const gamma = where.gamma > 0 ? (x[where.gamma] as Tensor).at : 0;
    if (input.size === 0) return;
    const sums = empty([batch, 4 * channels], input.dtype);
    const given = [dy.at, input.at, mean.at, inverse.at] as const;
    k.groupnorm_backward_sums(sums.at, ...given, gamma, positions, channels, groups, 0, batch);
    if (dx) k.groupnorm_backward(dx.at, sums.at, ...given, gamma, positions, channels, 0, batch * positions);
    if (!(dgamma || dbeta)) return;
    const total = empty([4 * channels], input.dtype);
    reduceAxes(total, sums, [0], k.reduce_sum);
    if (dbeta) k.accumulate_into(dbeta.at, total.at, 0, channels);
    if (dgamma) k.accumulate_into(dgamma.at, total.at + channels * sizeOf(input.dtype), 0, channels);
  },
});

/**
 * Group normalization: y = (x − μ) / √(σ² + ε) · gamma + beta, where μ and σ² (the mean of (x − μ)²) are taken over all positions and the
 * channels of one group, in each image by itself: no batch is needed, and training and inference are the same (Wu and He, "Group
 * Normalization", ECCV 2018). One group is layer normalization over the whole image; as many as channels, instance normalization (Ulyanov,
 * Vedaldi and Lempitsky, 2016).
 *
 * @param x `[batch, ..., channels]`, rank ≥ 2
 * @throws ShapeError, DTypeError, ValueError where the groups do not divide the channels
 * @example
 * wg.groupNorm([[1, 3, 20, 40]], { groups: 2, epsilon: 0 }).toArray(); // [[-1, 1, -1, 1]]
 */
export function groupNorm(x: TensorLike, options: GroupNormOptions = {}): Tensor {
  checkOptions("groupNorm", options, ["groups", "gamma", "beta", "epsilon"]);
  return normalize("groupNorm", x, options);
}

function normalize(operation: string, x: TensorLike, options: GroupNormOptions): Tensor {
  const t = asTensor(x, undefined, operation, "x");
  requireFloat(operation, "x", t.dtype);
  const epsilon = checkNumber(operation, "epsilon", options.epsilon ?? 1e-3, { min: 0 });
  if (t.rank < 2) {
    throw new ShapeError(
      `${operation}: x expected [batch, ..., channels] of rank ≥ 2, got ${showShape(t.shape)}; reshape it to [batch, channels]`,
    );
  }
  const channels = t.shape[t.rank - 1] as number;
  const groups = checkGroups(operation, options.groups ?? 32, channels);
  const inputs: [TensorLike, ...TensorLike[]] = [t];
  const add = (name: string, value: TensorLike | null | undefined): number => {
    const given = channelParameter(operation, name, value, t);
    return given === null ? 0 : inputs.push(given) - 1;
  };
  const parameters = { gamma: add("gamma", options.gamma), beta: add("beta", options.beta) };
  return groupNormOp(inputs as never, { ...parameters, groups, epsilon });
}

/**
 * Instance normalization: `groupNorm` with each channel by itself (Ulyanov, Vedaldi and Lempitsky, 2016).
 *
 * @param x `[batch, ..., channels]`, rank ≥ 2
 * @throws as `groupNorm`
 * @example
 * wg.instanceNorm([[[1, 20], [3, 40]]], { epsilon: 0 }).toArray(); // [[[-1, -1], [1, 1]]]
 */
export function instanceNorm(x: TensorLike, options: Omit<GroupNormOptions, "groups"> = {}): Tensor {
  checkOptions("instanceNorm", options, ["gamma", "beta", "epsilon"]);
  return normalize("instanceNorm", x, { ...options, groups: -1 });
}

/** The number of groups, −1 worked out. @throws ValueError where they do not divide the channels */
export function checkGroups(operation: string, groups: unknown, channels: number): number {
  if (groups === -1) return Math.max(channels, 1);
  if (Number.isInteger(groups) && (groups as number) >= 1 && channels % (groups as number) === 0)
    return groups as number;
  throw new ValueError(
    `${operation}: groups expected a divisor of the ${channels} channels, or -1 for one each, got ${show(groups)}`,
  );
}
