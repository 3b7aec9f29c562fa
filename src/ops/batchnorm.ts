import type { Kernels } from "#kernels/kernels";
import { asTensor, empty, type Tensor, type TensorLike } from "../tensor/tensor.js";
import { checkBoolean, checkNumber, checkOptions } from "../util/check.js";
import { requireFloat } from "../util/dtypes.js";
import { ShapeError, ValueError } from "../util/errors.js";
import { showShape } from "../util/shapes.js";
import { type ActivationName, activationNamed } from "./activation.js";
import { op } from "./op.js";
import { channelParameter } from "./parameter.js";
import { matrixOf } from "./rows.js";

export interface BatchNormOptions {
  /** Scale, `[channels]`; default: 1. */
  gamma?: TensorLike | null;
  /** Offset, `[channels]`; default: 0. */
  beta?: TensorLike | null;
  /** The running mean, `[channels]`: updated in place in training, used in inference. */
  movingMean?: Tensor | null;
  /** The running variance, `[channels]`: updated in place in training, used in inference. */
  movingVariance?: Tensor | null;
  /** True: normalise by this batch; false (default): by the running statistics. */
  training?: boolean;
  /** The share of the old running statistics that an update keeps; default 0.99. */
  momentum?: number;
  /** Added to the variance; default 1e-3. */
  epsilon?: number;
  /** Applied to every element of the result; default `"linear"`, none. */
  activation?: ActivationName;
  /** The parameter of `leakyRelu` and `elu`, ≥ 0; default: the function's own. */
  alpha?: number;
  /** The running variance takes Σ(x−mean)²/(n−1) of a batch, as PyTorch does; default false: Σ(x−mean)²/n, as Keras. */
  unbiasedVariance?: boolean;
}

const known = [
  "gamma",
  "beta",
  "movingMean",
  "movingVariance",
  "training",
  "momentum",
  "epsilon",
  "unbiasedVariance",
  "activation",
  "alpha",
];

/** Rows of one partial sum in the kernels. */
const CHUNK = 64;

interface Attributes {
  /** Where gamma and beta are among the inputs, 0 where they are left out. */
  gamma: number;
  beta: number;
  movingMean: Tensor | null;
  movingVariance: Tensor | null;
  training: boolean;
  momentum: number;
  epsilon: number;
  unbiasedVariance: boolean;
  /** The number of a fused activation, and its parameter. */
  code: number;
  alpha: number;
}

/** Mean and 1 / √(variance + ε), each `[channels]`. */
interface Saved {
  mean: Tensor;
  inverse: Tensor;
}

const batchNormOp = op<[x: unknown, ...parameters: unknown[]], Attributes, Saved>("batchNorm", {
  shape: ([x]) => x,
  dtype: ([x]) => requireFloat("batchNorm", "x", x),

  forward(k, y, x, attributes) {
    const [input] = x;
    const { rows, columns: channels } = matrixOf(input.shape);
    const saved = attributes.training
      ? batchStatistics(k, input, rows, channels, attributes)
      : movingStatistics(k, channels, attributes);
    const at = (i: number) => (i > 0 ? (x[i] as Tensor).at : 0);
    const [gamma, beta] = [at(attributes.gamma), at(attributes.beta)];
    const { code, alpha } = attributes;
    k.batchnorm_forward(y.at, input.at, saved.mean.at, saved.inverse.at, gamma, beta, code, alpha, channels, 0, rows);
    return saved;
  },

  backward(k, gradients, dy, { x, y, attributes, fresh: [fresh], saved: { mean, inverse } }) {
    const [input] = x;
    const [dx] = gradients;
    const { rows, columns: channels } = matrixOf(input.shape);
    const dgamma = attributes.gamma > 0 ? (gradients[attributes.gamma] as Tensor | null) : null;
    const dbeta = attributes.beta > 0 ? (gradients[attributes.beta] as Tensor | null) : null;
    const gamma = attributes.gamma > 0 ? (x[attributes.gamma] as Tensor).at : 0;
    if (rows === 0) return;
    const f = [y.at, attributes.code, attributes.alpha] as const;
    const sums = empty([2, channels], input.dtype);
    if (attributes.training || dgamma || dbeta) {
      const chunks = Math.ceil(rows / CHUNK);
      const partials = empty([chunks, 2, channels], input.dtype).at;
      k.batchnorm_backward_sums(partials, dy.at, input.at, mean.at, ...f, rows, channels, 0, chunks);
      const [dg, db] = [dgamma?.at ?? 0, dbeta?.at ?? 0];
      k.batchnorm_backward_parameters(dg, db, sums.at, partials, inverse.at, rows, channels, 0, channels);
    }
    if (!dx) return;
    const accumulate = fresh ? 0 : 1;
    if (attributes.training) {
      const statistics = [mean.at, inverse.at, gamma, sums.at] as const;
      k.batchnorm_backward(dx.at, dy.at, input.at, ...statistics, ...f, accumulate, rows, channels, 0, rows);
    } else {
      k.batchnorm_inference_backward(dx.at, dy.at, inverse.at, gamma, ...f, accumulate, channels, 0, rows);
    }
  },
  assigns: [0],
  inPlace: true,
});

/**
 * Batch normalisation over the last axis: y = (x − mean) / √(variance + ε) · gamma + beta, each channel by itself over all other axes
 * (Ioffe and Szegedy 2015). In training, mean and variance (Σ(x−mean)²/n, the biased one) are those of this batch, gradients flow
 * through them, and the running statistics are updated in place: moving = moving · momentum + batch · (1 − momentum), with the biased
 * variance, as Keras does, or with `unbiasedVariance` the other, as PyTorch does (which calls 1 − momentum momentum). In inference they
 * are the running ones. An empty batch changes nothing; one row alone has variance 0, so y = beta. An activation is applied in the same
 * pass, and its derivative as the gradient is read.
 *
 * @param x `[..., channels]`, rank ≥ 2
 * @throws ShapeError, DTypeError, ValueError
 * @example
 * wg.batchNorm([[1], [3]], { training: true, epsilon: 0 }).toArray(); // [[-1], [1]]
 */
export function batchNorm(x: TensorLike, options: BatchNormOptions = {}): Tensor {
  checkOptions("batchNorm", options, known);
  const { training = false, momentum = 0.99, epsilon = 1e-3, unbiasedVariance = false } = options;
  checkBoolean("batchNorm", "training", training);
  checkNumber("batchNorm", "momentum", momentum, { min: 0, max: 1 });
  checkNumber("batchNorm", "epsilon", epsilon, { min: 0 });
  checkBoolean("batchNorm", "unbiasedVariance", unbiasedVariance);
  const input = asTensor(x, undefined, "batchNorm", "x");
  if (input.rank < 2) {
    throw new ShapeError(
      `batchNorm: x expected [..., channels] of rank ≥ 2, got ${showShape(input.shape)}; reshape it to [batch, channels]`,
    );
  }
  const inputs: [TensorLike, ...TensorLike[]] = [input];
  const perChannel = (name: string, value: TensorLike | null | undefined) =>
    channelParameter("batchNorm", name, value, input);
  const add = (name: string, value: TensorLike | null | undefined): number => {
    const t = perChannel(name, value);
    return t === null ? 0 : inputs.push(t) - 1;
  };
  const gamma = add("gamma", options.gamma);
  const beta = add("beta", options.beta);
  const movingMean = perChannel("movingMean", options.movingMean);
  const movingVariance = perChannel("movingVariance", options.movingVariance);
  if (!training && !(movingMean && movingVariance)) {
    throw new ValueError(
      `batchNorm: ${movingMean ? "movingVariance" : "movingMean"} expected a tensor in inference, got none; pass it, or training: true`,
    );
  }
  const activation = activationNamed(options.activation ?? "linear", "batchNorm", "activation");
  const alpha = options.alpha ?? activation.alpha;
  checkNumber("batchNorm", "alpha", alpha, { min: 0 });
  const y = batchNormOp(inputs as never, {
    gamma,
    beta,
    movingMean,
    movingVariance,
    training,
    momentum,
    epsilon,
    unbiasedVariance,
    code: activation.code ?? 0,
    alpha,
  });
  return activation.code === undefined ? activation.forward(y) : y;
}

function batchStatistics(k: Kernels, x: Tensor, rows: number, channels: number, attributes: Attributes): Saved {
  const { movingMean, movingVariance, momentum, epsilon, unbiasedVariance } = attributes;
  const mean = empty([channels], x.dtype);
  const inverse = empty([channels], x.dtype);
  if (rows === 0) return { mean, inverse };
  const chunks = Math.ceil(rows / CHUNK);
  const partials = empty([chunks, channels], x.dtype).at;
  k.batchnorm_sums(partials, x.at, rows, channels, 0, chunks);
  k.batchnorm_mean(mean.at, partials, rows, channels, 0, channels);
  k.batchnorm_squares(partials, x.at, mean.at, rows, channels, 0, chunks);
  const [mm, mv] = [movingMean?.at ?? 0, movingVariance?.at ?? 0];
  // One value alone has no unbiased variance: its own, 0, stands for it.
  const correction = unbiasedVariance && rows > 1 ? rows / (rows - 1) : 1;
  k.batchnorm_variance(
    inverse.at,
    mm,
    mv,
    mean.at,
    partials,
    momentum,
    epsilon,
    correction,
    rows,
    channels,
    0,
    channels,
  );
  return { mean, inverse };
}

/** The mean is copied: training between forward and backward would move it. */
function movingStatistics(k: Kernels, channels: number, { movingMean, movingVariance, epsilon }: Attributes): Saved {
  const [from, variance] = [movingMean as Tensor, movingVariance as Tensor];
  const mean = empty([channels], from.dtype);
  const inverse = empty([channels], from.dtype);
  k.copy(mean.at, from.at, 0, channels);
  k.batchnorm_inverse(inverse.at, variance.at, epsilon, 0, channels);
  return { mean, inverse };
}
