import { checkBoolean, checkNumber, checkOptions } from "../util/check.js";
import { integerPower } from "../util/math.js";
import type { Config } from "../util/named.js";
import { type Optimizer, optimizerOf } from "./optimizer.js";
import type { Schedule } from "./schedules.js";

// Names and defaults are Keras's; the arithmetic is PyTorch's, to which the tests hold it.

/**
 * Gradient descent, w −= rate · g. With momentum μ (Polyak, the classic form): v = μ · v + g, w −= rate · v; with Nesterov's:
 * w −= rate · (g + μ · v).
 *
 * @param options.learningRate default 0.01, or a schedule
 * @param options.momentum 0 ≤ μ < 1, default 0
 * @param options.nesterov default false
 * @throws ValueError
 * @example
 * wg.optimizers.sgd({ learningRate: 0.1, momentum: 0.9 }).slots; // ["velocity"]
 */
export function sgd(
  options: { learningRate?: number | Schedule; momentum?: number; nesterov?: boolean } = {},
): Optimizer {
  checkOptions("optimizers.sgd", options, ["learningRate", "momentum", "nesterov"]);
  const { learningRate = 0.01, momentum = 0, nesterov = false } = options;
  checkNumber("optimizers.sgd", "momentum", momentum, { min: 0, below: 1 });
  checkBoolean("optimizers.sgd", "nesterov", nesterov);
  const common = { name: "sgd", options: { momentum, nesterov }, learningRate };
  if (momentum === 0) {
    return optimizerOf({
      ...common,
      slots: [],
      hyperCount: 1,
      hyper: (_, rate) => [rate],
      update: (k, w, g, _, hyper, begin, end) => k.sgd_update(w, g, hyper, begin, end),
    });
  }
  return optimizerOf({
    ...common,
    slots: ["velocity"],
    hyperCount: 2,
    hyper: (_, rate) => [rate, momentum],
    update: nesterov
      ? (k, w, g, [v], hyper, begin, end) => k.nesterov_update(w, g, v as number, hyper, begin, end)
      : (k, w, g, [v], hyper, begin, end) => k.momentum_update(w, g, v as number, hyper, begin, end),
  });
}

/**
 * s = ρ · s + (1 − ρ) · g², w −= rate · g / (√s + ε) (Hinton, Coursera lecture 6e, 2012).
 *
 * @param options.learningRate default 0.001, or a schedule
 * @param options.rho 0 ≤ ρ < 1, default 0.9
 * @param options.epsilon default 1e-7
 * @throws ValueError
 * @example
 * wg.optimizers.rmsprop().learningRate; // 0.001
 */
export function rmsprop(options: { learningRate?: number | Schedule; rho?: number; epsilon?: number } = {}): Optimizer {
  checkOptions("optimizers.rmsprop", options, ["learningRate", "rho", "epsilon"]);
  const { learningRate = 0.001, rho = 0.9, epsilon = 1e-7 } = options;
  checkNumber("optimizers.rmsprop", "rho", rho, { min: 0, below: 1 });
  checkNumber("optimizers.rmsprop", "epsilon", epsilon, { min: 0 });
  return optimizerOf({
    name: "rmsprop",
    options: { rho, epsilon },
    learningRate,
    slots: ["square"],
    hyperCount: 4,
    hyper: (_, rate) => [rate, rho, 1 - rho, epsilon],
    update: (k, w, g, [s], hyper, begin, end) => k.rmsprop_update(w, g, s as number, hyper, begin, end),
  });
}

interface AdamOptions {
  learningRate?: number | Schedule;
  beta1?: number;
  beta2?: number;
  epsilon?: number;
}

/**
 * m = β₁ · m + (1 − β₁) · g, v = β₂ · v + (1 − β₂) · g², w −= rate · m̂ / (√v̂ + ε) with m̂ = m / (1 − β₁ᵗ) and v̂ = v / (1 − β₂ᵗ) at
 * update t (Kingma and Ba, 2015, algorithm 1).
 *
 * @param options.learningRate default 0.001, or a schedule
 * @param options.beta1 0 ≤ β₁ < 1, default 0.9
 * @param options.beta2 0 ≤ β₂ < 1, default 0.999
 * @param options.epsilon default 1e-7
 * @throws ValueError
 * @example
 * wg.optimizers.adam({ learningRate: 0.01 }).slots; // ["mean", "square"]
 */
export function adam(options: AdamOptions = {}): Optimizer {
  checkOptions("optimizers.adam", options, ["learningRate", "beta1", "beta2", "epsilon"]);
  return adaptive("adam", options, 0, {});
}

/**
 * Adam with decoupled weight decay: each update first shrinks every weight, w −= rate · decay · w (Loshchilov and Hutter, 2019).
 *
 * @param options.weightDecay ≥ 0, default 0.004
 * @param options.learningRate default 0.001, or a schedule
 * @param options.beta1 0 ≤ β₁ < 1, default 0.9
 * @param options.beta2 0 ≤ β₂ < 1, default 0.999
 * @param options.epsilon default 1e-7
 * @throws ValueError
 * @example
 * wg.optimizers.adamw({ weightDecay: 0.01 }).name; // "adamw"
 */
export function adamw(options: AdamOptions & { weightDecay?: number } = {}): Optimizer {
  checkOptions("optimizers.adamw", options, ["learningRate", "weightDecay", "beta1", "beta2", "epsilon"]);
  const { weightDecay = 0.004 } = options;
  checkNumber("optimizers.adamw", "weightDecay", weightDecay, { min: 0 });
  return adaptive("adamw", options, weightDecay, { weightDecay });
}

function adaptive(name: string, options: AdamOptions, weightDecay: number, more: Config): Optimizer {
  const { learningRate = 0.001, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-7 } = options;
  checkNumber(`optimizers.${name}`, "beta1", beta1, { min: 0, below: 1 });
  checkNumber(`optimizers.${name}`, "beta2", beta2, { min: 0, below: 1 });
  checkNumber(`optimizers.${name}`, "epsilon", epsilon, { min: 0 });
  return optimizerOf({
    name,
    options: { beta1, beta2, epsilon, ...more },
    learningRate,
    slots: ["mean", "square"],
    hyperCount: 8,
    hyper: (step, rate) => [
      rate / (1 - integerPower(beta1, step)),
      beta1,
      1 - beta1,
      beta2,
      1 - beta2,
      1 / Math.sqrt(1 - integerPower(beta2, step)),
      epsilon,
      1 - rate * weightDecay,
    ],
    update: (k, w, g, [m, v], hyper, begin, end) => k.adam_update(w, g, m as number, v as number, hyper, begin, end),
  });
}
