import { checkBoolean, checkNumber } from "../util/check.js";
import { ValueError } from "../util/errors.js";
import { checkOptimizerOptions } from "./groups.js";
import { type Convention, isKeras, type Optimizer, type OptimizerOptions, optimizerOf } from "./optimizer.js";

// Names and defaults of optimizers are Keras's; the arithmetic is PyTorch's, to which the tests hold it, or with `convention: "keras"` Keras's.

/**
 * Gradient descent, w −= rate · g. With momentum μ (Polyak, 1964, the classic form): v = μ · v + g, w −= rate · v; with Nesterov's
 * (Sutskever et al., 2013): w −= rate · (g + μ · v); with `dampening` v is the exponentially weighted average of the gradients (the form
 * of Ng's Deep Learning Specialization): v = μ · v + (1 − μ) · g, w −= rate · v, which takes steps of the classic form at rate · (1 − μ).
 * v starts at 0. Keras has the rate in the velocity, v = μ · v + rate · g, w −= v (Nesterov's: w −= rate · g + μ · v), which differs where the rate
 * changes.
 *
 * @param options.learningRate default 0.01, or a schedule
 * @param options.momentum 0 ≤ μ < 1, default 0
 * @param options.nesterov default false
 * @param options.dampening scale the gradient by 1 − μ, default false
 * @param options.weightDecay ≥ 0, default 0: each update first shrinks every weight, w −= rate · decay · w
 * @param options.convention "pytorch" (default) or "keras"
 * @throws ValueError, also for nesterov or Keras's convention with dampening
 * @example
 * wg.optimizers.sgd({ learningRate: 0.1, momentum: 0.9 }).slots; // ["velocity"]
 */
export function sgd(
  options: OptimizerOptions<{
    momentum?: number;
    nesterov?: boolean;
    dampening?: boolean;
    weightDecay?: number;
    convention?: Convention;
  }> = {},
): Optimizer {
  checkOptimizerOptions("optimizers.sgd", options, ["momentum", "nesterov", "dampening", "weightDecay", "convention"]);
  const { learningRate = 0.01, momentum = 0, nesterov = false, dampening = false } = options;
  checkNumber("optimizers.sgd", "momentum", momentum, { min: 0, below: 1 });
  checkBoolean("optimizers.sgd", "nesterov", nesterov);
  checkBoolean("optimizers.sgd", "dampening", dampening);
  if (nesterov && dampening) {
    throw new ValueError(
      "optimizers.sgd: dampening expected false with nesterov, got true; Nesterov's form has none, leave one of them out",
    );
  }
  const { weightDecay = 0, convention = "pytorch" } = options;
  const keras = isKeras("optimizers.sgd", convention);
  if (keras && dampening) {
    throw new ValueError(
      'optimizers.sgd: dampening expected false with convention "keras", got true; Keras has none, leave one of them out',
    );
  }
  const common = {
    name: "sgd",
    given: options,
    make: sgd,
    options: { momentum, nesterov, dampening, convention },
    weightDecay,
    learningRate,
  };
  if (momentum === 0) {
    return optimizerOf({
      ...common,
      slots: [],
      hyperCount: 1,
      hyper: (_, rate) => [rate],
      update: (k, w, g, _, hyper, clip, begin, end) => k.sgd_update(w, g, hyper, clip, begin, end),
    });
  }
  return optimizerOf({
    ...common,
    slots: ["velocity"],
    hyperCount: 3,
    hyper: (_, rate) => (keras ? [1, momentum, rate] : [rate, momentum, dampening ? 1 - momentum : 1]),
    update: nesterov
      ? (k, w, g, [v], hyper, clip, begin, end) => k.nesterov_update(w, g, v as number, hyper, clip, begin, end)
      : (k, w, g, [v], hyper, clip, begin, end) => k.momentum_update(w, g, v as number, hyper, clip, begin, end),
  });
}

/**
 * w −= rate · (sign(β₁ · m + (1 − β₁) · g) + decay · w), then m = β₂ · m + (1 − β₂) · g (Chen et al., Symbolic Discovery of Optimization
 * Algorithms, 2023, algorithm 2). Every weight moves by the same length, so it wants a rate 3 to 10 times smaller than Adam's.
 *
 * @param options.learningRate default 0.001, or a schedule
 * @param options.beta1 0 ≤ β₁ < 1, default 0.9
 * @param options.beta2 0 ≤ β₂ < 1, default 0.99
 * @param options.weightDecay ≥ 0, default 0
 * @throws ValueError
 * @example
 * wg.optimizers.lion({ learningRate: 1e-4 }).slots; // ["mean"]
 */
export function lion(
  options: OptimizerOptions<{ beta1?: number; beta2?: number; weightDecay?: number }> = {},
): Optimizer {
  checkOptimizerOptions("optimizers.lion", options, ["beta1", "beta2", "weightDecay"]);
  const { learningRate = 0.001, beta1 = 0.9, beta2 = 0.99, weightDecay = 0 } = options;
  checkNumber("optimizers.lion", "beta1", beta1, { min: 0, below: 1 });
  checkNumber("optimizers.lion", "beta2", beta2, { min: 0, below: 1 });
  checkNumber("optimizers.lion", "weightDecay", weightDecay, { min: 0 });
  return optimizerOf({
    name: "lion",
    given: options,
    make: lion,
    options: { beta1, beta2, weightDecay },
    learningRate,
    slots: ["mean"],
    hyperCount: 6,
    hyper: (_, rate) => [rate, beta1, 1 - beta1, beta2, 1 - beta2, 1 - rate * weightDecay],
    update: (k, w, g, [m], hyper, clip, begin, end) => k.lion_update(w, g, m as number, hyper, clip, begin, end),
  });
}
