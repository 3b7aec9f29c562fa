import type { Tensor } from "../tensor/tensor.js";
import { sigmoid, softplus } from "./activation.js";
import { add, div, maximum, mul, pow, sub } from "./arithmetic.js";
import { clipByValue } from "./clip.js";
import type { LossAndOutput } from "./crossentropy.js";
import { mean, sum } from "./reduce.js";
import { logSoftmax } from "./softmax.js";
import { exp, expm1, log, neg } from "./unary.js";

/** How a focal loss weighs: γ, and the weight of class 1 (the rest is class 0's) or none. */
export interface Focus {
  readonly gamma: number;
  /** Undefined: both classes count alike. */
  readonly alpha: number | undefined;
}

/** The chance of being wrong stays above 0, where the gradient of qᵞ would be infinite for γ < 1. */
const LEAST = 1e-30;

/** Probabilities are kept this far from 0 and 1 before their logarithm is taken, as Keras does. */
const EPSILON = 1e-7;

/**
 * Mean over the last axis of w · qᵞ · e from logits z: e = t · softplus(−z) + (1 − t) · softplus(z) the cross-entropy, q = t · σ(−z) +
 * (1 − t) · σ(z) the probability of the wrong answer, w = α t + (1 − α)(1 − t) or 1. Nothing is taken from 1, so it stays exact for
 * logits of ±1000.
 *
 * @param z logits, `[..., n]`
 * @param t targets from 0 to 1, `[..., n]`, constants
 */
export function sigmoidFocalLoss(z: Tensor, t: Tensor, focus: Focus): LossAndOutput {
  const output = sigmoid(z);
  const opposite = neg(z);
  const entropy = add(mul(t, softplus(opposite)), mul(sub(1, t), softplus(z)));
  const wrong = add(mul(t, sigmoid(opposite)), mul(sub(1, t), output));
  return { loss: binaryFocus(wrong, entropy, t, focus), output };
}

/** The same from probabilities p, clipped to [1e-7, 1 − 1e-7]. */
export function binaryFocalLoss(p: Tensor, t: Tensor, focus: Focus): Tensor {
  const right = clipByValue(p, EPSILON, 1 - EPSILON);
  const left = sub(1, right);
  const entropy = neg(add(mul(t, log(right)), mul(sub(1, t), log(left))));
  return binaryFocus(add(mul(t, left), mul(sub(1, t), right)), entropy, t, focus);
}

function binaryFocus(wrong: Tensor, entropy: Tensor, t: Tensor, { gamma, alpha }: Focus): Tensor {
  const focused = mul(pow(maximum(wrong, LEAST), gamma), entropy);
  if (alpha === undefined) return mean(focused, -1);
  return mean(mul(focused, add(mul(t, alpha), mul(sub(1, t), 1 - alpha))), -1);
}

/**
 * −Σ α · d · (1 − p)ᵞ · ln p over the last axis, p = softmax(z), from the logits: ln p = z − ln Σ eᶻ and 1 − p = −expm1(ln p), which
 * does not cancel where p is close to 1.
 *
 * @param z logits, `[..., classes]`
 * @param d one-hot or soft labels, `[..., classes]`, constants
 * @param alpha one weight, or one for each class
 */
export function softmaxFocalLoss(
  z: Tensor,
  d: Tensor,
  gamma: number,
  alpha: number | readonly number[],
): LossAndOutput {
  const logP = logSoftmax(z);
  return { loss: categoricalFocus(neg(expm1(logP)), logP, d, gamma, alpha), output: exp(logP) };
}

/** The same from probabilities, their shares p / Σp clipped to [1e-7, 1 − 1e-7]. */
export function categoricalFocalLoss(p: Tensor, d: Tensor, gamma: number, alpha: number | readonly number[]): Tensor {
  const share = clipByValue(div(p, sum(p, -1, true)), EPSILON, 1 - EPSILON);
  return categoricalFocus(sub(1, share), log(share), d, gamma, alpha);
}

function categoricalFocus(
  wrong: Tensor,
  logP: Tensor,
  d: Tensor,
  gamma: number,
  alpha: number | readonly number[],
): Tensor {
  const weight = mul(d, alpha as number | number[]);
  return neg(sum(mul(mul(pow(maximum(wrong, LEAST), gamma), weight), logP), -1));
}
