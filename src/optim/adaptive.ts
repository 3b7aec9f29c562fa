import { checkBoolean, checkNumber } from "../util/check.js";
import { checkOptimizerOptions } from "./groups.js";
import { type Convention, isKeras, type Optimizer, type OptimizerOptions, optimizerOf } from "./optimizer.js";

/**
 * s = s + g², w −= rate · g / (√s + ε), s from `initialAccumulatorValue` (Duchi, Hazan and Singer, 2011). Keras has ε under the root: √(s + ε).
 *
 * @param options.learningRate default 0.001, or a schedule
 * @param options.initialAccumulatorValue ≥ 0, default 0.1, as in Keras; PyTorch's is 0
 * @param options.epsilon default 1e-7
 * @param options.weightDecay ≥ 0, default 0: each update first shrinks every weight, w −= rate · decay · w
 * @param options.convention "pytorch" (default) or "keras"
 * @throws ValueError
 * @example
 * wg.optimizers.adagrad({ learningRate: 0.05 }).slots; // ["square"]
 */
export function adagrad(
  options: OptimizerOptions<{
    initialAccumulatorValue?: number;
    epsilon?: number;
    weightDecay?: number;
    convention?: Convention;
  }> = {},
): Optimizer {
  const names = ["initialAccumulatorValue", "epsilon", "weightDecay", "convention"];
  checkOptimizerOptions("optimizers.adagrad", options, names);
  const { learningRate = 0.001, initialAccumulatorValue = 0.1, epsilon = 1e-7 } = options;
  checkNumber("optimizers.adagrad", "initialAccumulatorValue", initialAccumulatorValue, { min: 0 });
  checkNumber("optimizers.adagrad", "epsilon", epsilon, { min: 0 });
  const { weightDecay = 0, convention = "pytorch" } = options;
  const keras = isKeras("optimizers.adagrad", convention);
  return optimizerOf({
    name: "adagrad",
    given: options,
    make: adagrad,
    options: { initialAccumulatorValue, epsilon, convention },
    weightDecay,
    learningRate,
    slots: ["square"],
    // Keras's sums have it in them, ours do not.
    ...(keras ? { starts: { square: initialAccumulatorValue } } : {}),
    hyperCount: 3,
    hyper: (_, rate) => (keras ? [rate, epsilon, 0] : [rate, initialAccumulatorValue, epsilon]),
    update: (k, w, g, [s], hyper, clip, begin, end) => k.adagrad_update(w, g, s as number, hyper, clip, begin, end),
  });
}

/**
 * s = ρ · s + (1 − ρ) · g², Δ = √(d + ε) / √(s + ε) · g, d = ρ · d + (1 − ρ) · Δ², w −= rate · Δ (Zeiler, 2012, where the rate is 1).
 *
 * @param options.learningRate default 0.001, as in Keras, or a schedule; 1 is the paper's
 * @param options.rho 0 ≤ ρ < 1, default 0.95
 * @param options.epsilon > 0, default 1e-7
 * @param options.weightDecay ≥ 0, default 0: each update first shrinks every weight, w −= rate · decay · w
 * @throws ValueError
 * @example
 * wg.optimizers.adadelta({ learningRate: 1 }).slots; // ["square", "moved"]
 */
export function adadelta(
  options: OptimizerOptions<{ rho?: number; epsilon?: number; weightDecay?: number }> = {},
): Optimizer {
  checkOptimizerOptions("optimizers.adadelta", options, ["rho", "epsilon", "weightDecay"]);
  const { learningRate = 0.001, rho = 0.95, epsilon = 1e-7, weightDecay = 0 } = options;
  checkNumber("optimizers.adadelta", "rho", rho, { min: 0, below: 1 });
  checkNumber("optimizers.adadelta", "epsilon", epsilon, { above: 0 });
  return optimizerOf({
    name: "adadelta",
    given: options,
    make: adadelta,
    options: { rho, epsilon },
    weightDecay,
    learningRate,
    slots: ["square", "moved"],
    hyperCount: 4,
    hyper: (_, rate) => [rate, rho, 1 - rho, epsilon],
    update: (k, w, g, [s, d], hyper, clip, begin, end) =>
      k.adadelta_update(w, g, s as number, d as number, hyper, clip, begin, end),
  });
}

/**
 * s = ρ · s + (1 − ρ) · g², w −= rate · g / (√s + ε) (Hinton, Coursera lecture 6e, 2012). `centered` divides by the deviation instead,
 * √(s − m²) + ε with m = ρ · m + (1 − ρ) · g (Graves, 2013). With momentum μ: v = μ · v + g / (√s + ε), w −= rate · v. Keras has ε under the root
 * and the rate in the velocity: v = μ · v + rate · g / √(s + ε), w −= v.
 *
 * @param options.learningRate default 0.001, or a schedule
 * @param options.rho 0 ≤ ρ < 1, default 0.9
 * @param options.momentum 0 ≤ μ < 1, default 0
 * @param options.epsilon default 1e-7
 * @param options.centered default false
 * @param options.weightDecay ≥ 0, default 0: each update first shrinks every weight, w −= rate · decay · w
 * @param options.convention "pytorch" (default) or "keras"
 * @throws ValueError
 * @example
 * wg.optimizers.rmsprop().learningRate; // 0.001
 */
export function rmsprop(
  options: OptimizerOptions<{
    rho?: number;
    momentum?: number;
    epsilon?: number;
    centered?: boolean;
    weightDecay?: number;
    convention?: Convention;
  }> = {},
): Optimizer {
  const names = ["rho", "momentum", "epsilon", "centered", "weightDecay", "convention"];
  checkOptimizerOptions("optimizers.rmsprop", options, names);
  const { learningRate = 0.001, rho = 0.9, momentum = 0, epsilon = 1e-7, centered = false } = options;
  checkNumber("optimizers.rmsprop", "rho", rho, { min: 0, below: 1 });
  checkNumber("optimizers.rmsprop", "momentum", momentum, { min: 0, below: 1 });
  checkNumber("optimizers.rmsprop", "epsilon", epsilon, { min: 0 });
  checkBoolean("optimizers.rmsprop", "centered", centered);
  const { weightDecay = 0, convention = "pytorch" } = options;
  const keras = isKeras("optimizers.rmsprop", convention);
  const [inside, outside] = keras ? [epsilon, 0] : [0, epsilon];
  const moving = momentum > 0;
  return optimizerOf({
    name: "rmsprop",
    given: options,
    make: rmsprop,
    options: { rho, momentum, epsilon, centered, convention },
    weightDecay,
    learningRate,
    slots: ["square", ...(centered ? ["mean"] : []), ...(moving ? ["velocity"] : [])],
    hyperCount: 7,
    hyper: (_, rate) => {
      const [ofVelocity, ofGradient] = keras && moving ? [1, rate] : [rate, 1];
      return [ofVelocity, rho, 1 - rho, outside, inside, momentum, ofGradient];
    },
    update: rmspropUpdate(centered, moving),
  });
}

function rmspropUpdate(centered: boolean, moving: boolean): Optimizer["update"] {
  if (centered && moving) {
    return (k, w, g, [s, m, v], hyper, clip, begin, end) =>
      k.rmsprop_centered_momentum_update(w, g, s as number, m as number, v as number, hyper, clip, begin, end);
  }
  if (centered) {
    return (k, w, g, [s, m], hyper, clip, begin, end) =>
      k.rmsprop_centered_update(w, g, s as number, m as number, hyper, clip, begin, end);
  }
  if (moving) {
    return (k, w, g, [s, v], hyper, clip, begin, end) =>
      k.rmsprop_momentum_update(w, g, s as number, v as number, hyper, clip, begin, end);
  }
  return (k, w, g, [s], hyper, clip, begin, end) => k.rmsprop_update(w, g, s as number, hyper, clip, begin, end);
}
