import { checkBoolean, checkNumber } from "../util/check.js";
import { integerPower, oneMinusPower, power } from "../util/math.js";
import type { Config } from "../util/named.js";
import { checkOptimizerOptions } from "./groups.js";
import { type Convention, isKeras, type Optimizer, type OptimizerOptions, optimizerOf } from "./optimizer.js";
import type { Schedule } from "./schedule.js";

interface AdamOptions {
  beta1?: number;
  beta2?: number;
  epsilon?: number;
}

/** Of those whose ε lies elsewhere in Keras. */
interface Conventional {
  convention?: Convention;
}

/** Of those whose kernel does not shrink the weights itself. */
interface Decaying {
  weightDecay?: number;
}

const adamNames = ["beta1", "beta2", "epsilon"];

/**
 * m = β₁ · m + (1 − β₁) · g, v = β₂ · v + (1 − β₂) · g², w −= rate · m̂ / (√v̂ + ε) with m̂ = m / (1 − β₁ᵗ) and v̂ = v / (1 − β₂ᵗ) at
 * update t (Kingma and Ba, 2015, algorithm 1). With `amsgrad` the largest v so far takes the place of v in v̂ (Reddi, Kale and Kumar, 2018).
 * Keras adds ε to √v, uncorrected: w −= rate · √(1 − β₂ᵗ) / (1 − β₁ᵗ) · m / (√v + ε), which differs where v is small or ε large.
 *
 * @param options.learningRate default 0.001, or a schedule
 * @param options.beta1 0 ≤ β₁ < 1, default 0.9
 * @param options.beta2 0 ≤ β₂ < 1, default 0.999
 * @param options.epsilon default 1e-7
 * @param options.amsgrad default false
 * @param options.convention "pytorch" (default) or "keras"
 * @throws ValueError
 * @example
 * wg.optimizers.adam({ learningRate: 0.01 }).slots; // ["mean", "square"]
 */
export function adam(options: OptimizerOptions<AdamOptions & Conventional & { amsgrad?: boolean }> = {}): Optimizer {
  checkOptimizerOptions("optimizers.adam", options, [...adamNames, "amsgrad", "convention"]);
  return adaptive("adam", options, 0, {}, adam);
}

/**
 * Adam with decoupled weight decay: each update first shrinks every weight, w −= rate · decay · w (Loshchilov and Hutter, 2019).
 *
 * @param options.weightDecay ≥ 0, default 0.004
 * @param options.learningRate default 0.001, or a schedule
 * @param options.beta1 0 ≤ β₁ < 1, default 0.9
 * @param options.beta2 0 ≤ β₂ < 1, default 0.999
 * @param options.epsilon default 1e-7
 * @param options.amsgrad as in `adam`, default false
 * @param options.convention as in `adam`, default "pytorch"
 * @throws ValueError
 * @example
 * wg.optimizers.adamw({ weightDecay: 0.01 }).name; // "adamw"
 */
export function adamw(
  options: OptimizerOptions<AdamOptions & Conventional & Decaying & { amsgrad?: boolean }> = {},
): Optimizer {
  checkOptimizerOptions("optimizers.adamw", options, [...adamNames, "weightDecay", "amsgrad", "convention"]);
  const { weightDecay = 0.004 } = options;
  checkNumber("optimizers.adamw", "weightDecay", weightDecay, { min: 0 });
  return adaptive("adamw", options, weightDecay, { weightDecay }, adamw);
}

function adaptive(
  name: string,
  options: OptimizerOptions<AdamOptions & Conventional & { amsgrad?: boolean }>,
  weightDecay: number,
  more: Config,
  make: (options: never) => Optimizer,
): Optimizer {
  const { learningRate, beta1, beta2, epsilon } = checkAdam(name, options);
  const { amsgrad = false, convention = "pytorch" } = options;
  const keras = isKeras(`optimizers.${name}`, convention);
  checkBoolean(`optimizers.${name}`, "amsgrad", amsgrad);
  return optimizerOf({
    name,
    given: options,
    make,
    options: { beta1, beta2, epsilon, amsgrad, convention, ...more },
    learningRate,
    slots: amsgrad ? ["mean", "square", "largest"] : ["mean", "square"],
    hyperCount: 8,
    hyper: (step, rate) => {
      const root = 1 / Math.sqrt(oneMinusPower(beta2, step));
      return [
        rate / oneMinusPower(beta1, step),
        beta1,
        1 - beta1,
        beta2,
        1 - beta2,
        root,
        keras ? epsilon * root : epsilon,
        1 - rate * weightDecay,
      ];
    },
    update: amsgrad
      ? (k, w, g, [m, v, top], hyper, clip, begin, end) =>
          k.amsgrad_update(w, g, m as number, v as number, top as number, hyper, clip, begin, end)
      : (k, w, g, [m, v], hyper, clip, begin, end) =>
          k.adam_update(w, g, m as number, v as number, hyper, clip, begin, end),
  });
}

/** The settings with Adam's defaults. @throws ValueError */
function checkAdam(
  name: string,
  options: AdamOptions & { learningRate?: number | Schedule },
): Required<AdamOptions> & { learningRate: number | Schedule } {
  const { learningRate = 0.001, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-7 } = options;
  checkNumber(`optimizers.${name}`, "beta1", beta1, { min: 0, below: 1 });
  checkNumber(`optimizers.${name}`, "beta2", beta2, { min: 0, below: 1 });
  checkNumber(`optimizers.${name}`, "epsilon", epsilon, { min: 0 });
  return { learningRate, beta1, beta2, epsilon };
}

/**
 * Adam by the largest gradient instead of their squares: m = β₁ · m + (1 − β₁) · g, u = max(β₂ · u, |g| + ε), w −= rate · m̂ / u with
 * m̂ = m / (1 − β₁ᵗ) at update t (Kingma and Ba, 2015, algorithm 2; ε as in PyTorch). In Keras u = max(β₂ · u, |g|), w −= rate · m̂ / (u + ε).
 *
 * @param options.learningRate default 0.001, or a schedule
 * @param options.beta1 0 ≤ β₁ < 1, default 0.9
 * @param options.beta2 0 ≤ β₂ < 1, default 0.999
 * @param options.epsilon > 0, default 1e-7
 * @param options.weightDecay ≥ 0, default 0: each update first shrinks every weight, w −= rate · decay · w
 * @param options.convention "pytorch" (default) or "keras"
 * @throws ValueError
 * @example
 * wg.optimizers.adamax().slots; // ["mean", "largest"]
 */
export function adamax(options: OptimizerOptions<AdamOptions & Conventional & Decaying> = {}): Optimizer {
  checkOptimizerOptions("optimizers.adamax", options, [...adamNames, "weightDecay", "convention"]);
  const { learningRate, beta1, beta2, epsilon } = checkAdam("adamax", options);
  checkNumber("optimizers.adamax", "epsilon", epsilon, { above: 0 });
  const { weightDecay = 0, convention = "pytorch" } = options;
  const [inside, outside] = isKeras("optimizers.adamax", convention) ? [0, epsilon] : [epsilon, 0];
  return optimizerOf({
    name: "adamax",
    given: options,
    make: adamax,
    options: { beta1, beta2, epsilon, convention },
    weightDecay,
    learningRate,
    slots: ["mean", "largest"],
    hyperCount: 6,
    hyper: (step, rate) => [rate / oneMinusPower(beta1, step), beta1, 1 - beta1, beta2, inside, outside],
    update: (k, w, g, [m, u], hyper, clip, begin, end) =>
      k.adamax_update(w, g, m as number, u as number, hyper, clip, begin, end),
  });
}

/**
 * Adam with Nesterov's momentum: m, v and v̂ as in Adam, w −= rate · (μₜ₊₁ · m / (1 − ∏μ · μₜ₊₁) + (1 − μₜ) · g / (1 − ∏μ)) / (√v̂ + ε) with
 * μₜ = β₁ · (1 − ½ · 0.96^(t · ψ)) and ∏μ = μ₁ · … · μₜ at update t (Dozat, 2016).
 *
 * @param options.learningRate default 0.001, or a schedule
 * @param options.beta1 0 ≤ β₁ < 1, default 0.9
 * @param options.beta2 0 ≤ β₂ < 1, default 0.999
 * @param options.epsilon default 1e-7
 * @param options.momentumDecay ψ ≥ 0, default 0.004, as in the paper and PyTorch; 1 is Keras's
 * @param options.weightDecay ≥ 0, default 0: each update first shrinks every weight, w −= rate · decay · w
 * @throws ValueError
 * @example
 * wg.optimizers.nadam().config; // { learningRate: 0.001, beta1: 0.9, beta2: 0.999, epsilon: 1e-7, momentumDecay: 0.004, weightDecay: 0 }
 */
export function nadam(options: OptimizerOptions<AdamOptions & Decaying & { momentumDecay?: number }> = {}): Optimizer {
  checkOptimizerOptions("optimizers.nadam", options, [...adamNames, "momentumDecay", "weightDecay"]);
  const { learningRate, beta1, beta2, epsilon } = checkAdam("nadam", options);
  const { momentumDecay = 0.004, weightDecay = 0 } = options;
  checkNumber("optimizers.nadam", "momentumDecay", momentumDecay, { min: 0 });
  const momentum = (step: number) => beta1 * (1 - 0.5 * power(0.96, step * momentumDecay));
  // Kept between updates, and multiplied up again by the same factors where a run resumes: its bits are those of the step alone.
  let done = 0;
  let product = 1;
  const productAt = (step: number): number => {
    if (step < done) [done, product] = [0, 1];
    while (done < step && product > 0) product *= momentum(++done);
    return product;
  };
  return optimizerOf({
    name: "nadam",
    given: options,
    make: nadam,
    options: { beta1, beta2, epsilon, momentumDecay },
    weightDecay,
    learningRate,
    slots: ["mean", "square"],
    hyperCount: 8,
    hyper: (step, rate) => {
      const all = productAt(step);
      const next = momentum(step + 1);
      return [
        (rate * (1 - momentum(step))) / (1 - all),
        (rate * next) / (1 - all * next),
        beta1,
        1 - beta1,
        beta2,
        1 - beta2,
        1 / Math.sqrt(oneMinusPower(beta2, step)),
        epsilon,
      ];
    },
    update: (k, w, g, [m, v], hyper, clip, begin, end) =>
      k.nadam_update(w, g, m as number, v as number, hyper, clip, begin, end),
  });
}

/**
 * Adam whose step is rectified while v averages too few gradients: with ρ∞ = 2 / (1 − β₂) − 1 and ρₜ = ρ∞ − 2 t β₂ᵗ / (1 − β₂ᵗ),
 * w −= rate · r · m̂ · √(1 − β₂ᵗ) / (√v + ε) where ρₜ > 5, with r = √((ρₜ − 4)(ρₜ − 2) ρ∞ / ((ρ∞ − 4)(ρ∞ − 2) ρₜ)), else w −= rate · m̂
 * (Liu et al., 2020, algorithm 2; the bound of 5 and the place of ε as in PyTorch).
 *
 * @param options.learningRate default 0.001, or a schedule
 * @param options.beta1 0 ≤ β₁ < 1, default 0.9
 * @param options.beta2 0 ≤ β₂ < 1, default 0.999
 * @param options.epsilon default 1e-7
 * @throws ValueError
 * @example
 * wg.optimizers.radam({ learningRate: 0.01 }).slots; // ["mean", "square"]
 */
export function radam(options: OptimizerOptions<AdamOptions> = {}): Optimizer {
  checkOptimizerOptions("optimizers.radam", options, adamNames);
  const { learningRate, beta1, beta2, epsilon } = checkAdam("radam", options);
  const longest = 2 / (1 - beta2) - 1;
  return optimizerOf({
    name: "radam",
    given: options,
    make: radam,
    options: { beta1, beta2, epsilon },
    learningRate,
    slots: ["mean", "square"],
    hyperCount: 8,
    hyper: (step, rate) => {
      const remaining = integerPower(beta2, step);
      const length = longest - (2 * step * remaining) / (1 - remaining);
      const corrected = rate / oneMinusPower(beta1, step);
      const betas = [beta1, 1 - beta1, beta2, 1 - beta2];
      // m / (√v · 0 + 1): the step without v.
      if (length <= 5) return [corrected, ...betas, 0, 1, 1];
      const r = ((length - 4) * (length - 2) * longest) / ((longest - 4) * (longest - 2) * length);
      return [corrected * Math.sqrt(r * (1 - remaining)), ...betas, 1, epsilon, 1];
    },
    update: (k, w, g, [m, v], hyper, clip, begin, end) =>
      k.adam_update(w, g, m as number, v as number, hyper, clip, begin, end),
  });
}
