import { exp, log, power } from "../../../util/math.js";
import type { Draws } from "../../draws.js";
import { normalCdf, normalQuantile } from "../../normal.js";
import type { NumberParameter, Parameter } from "../../parameter.js";
import { fromUnit, ownedBy, toUnit } from "../../unit.js";

const LOG_SQRT_2PI = 0.9189385332046728;

/** The kernels of a mixture in one parameter, by their numbers; places are in the unit interval. */
interface Kernels {
  /** A place of kernel `i`, on the values that the parameter can have. */
  sample(i: number, draws: Draws): number;
  /** The logarithms of what each kernel gives a place: a density, or the probability of a discrete value. */
  logs(place: number): Float64Array;
}

/**
 * A mixture of products of kernels, one for each trial and a wide one as the prior (Bergstra, Bardenet, Bengio and Kégl, "Algorithms for
 * Hyper-Parameter Optimization", NeurIPS 2011, section 4; several parameters at once as in Falkner, Klein and Hutter, "BOHB", 2018).
 */
export class ParzenEstimator {
  private readonly weights: number[];
  private readonly kernels: readonly Kernels[];

  /** @param rows the places of the trials, by parameter @param weights of the trials; the prior's is added behind them */
  constructor(
    parameters: readonly Parameter[],
    rows: readonly (readonly number[])[],
    weights: readonly number[],
    { priorWeight, sharpness }: { readonly priorWeight: number; readonly sharpness: number },
  ) {
    const all = rows.length === 0 ? [1] : [...weights, priorWeight];
    const sum = all.reduce((total, each) => total + each, 0);
    this.weights = all.map((each) => each / sum);
    this.kernels = parameters.map((parameter, k) => {
      const places = rows.map((row) => row[k] as number);
      return parameter.type === "choice"
        ? choiceKernels(parameter.choices.length, places, priorWeight)
        : numberKernels(parameter, places, sharpness);
    });
  }

  sample(draws: Draws): number[] {
    const kernel = drawn(this.weights, draws);
    return this.kernels.map((each) => each.sample(kernel, draws));
  }

  /** ln Σ weight · Π kernel */
  log(places: readonly number[]): number {
    const sums = this.weights.map((weight) => log(weight));
    this.kernels.forEach((each, k) => {
      each.logs(places[k] as number).forEach((value, i) => {
        sums[i] = (sums[i] as number) + value;
      });
    });
    const most = sums.reduce((a, b) => Math.max(a, b));
    if (most === Number.NEGATIVE_INFINITY) return most;
    return most + log(sums.reduce((total, each) => total + exp(each - most), 0));
  }
}

/** One of the numbers 0 … n − 1, as likely as its probability says. */
function drawn(probabilities: readonly number[], draws: Draws): number {
  let left = draws.uniform();
  const found = probabilities.findIndex((each) => {
    left -= each;
    return left < 0;
  });
  return found < 0 ? probabilities.length - 1 : found;
}

/** The choice of the trial, and each choice with a share of the prior. */
function choiceKernels(count: number, places: readonly number[], priorWeight: number): Kernels {
  const own = places.map((place) => Math.floor(place * count));
  const rest = priorWeight / (places.length + 1);
  const whole = 1 + rest * count;
  const probability = (kernel: number, choice: number): number => {
    if (kernel === places.length) return 1 / count;
    return ((own[kernel] === choice ? 1 : 0) + rest) / whole;
  };
  return {
    sample: (i, draws) =>
      (drawn(
        Array.from({ length: count }, (_, choice) => probability(i, choice)),
        draws,
      ) +
        0.5) /
      count,
    logs(place) {
      const choice = Math.min(count - 1, Math.floor(place * count));
      return Float64Array.from({ length: places.length + 1 }, (_, i) => log(probability(i, choice)));
    },
  };
}

/**
 * Normal distributions cut off at 0 and 1, each as wide as the farther one of its two neighbours is away, but not narrower than
 * 1 / min(100, (kernels + 1)^sharpness): the "magic clip", with sharpness 1 in Hyperopt and Optuna. The prior's middle is ½ and its width 1.
 */
export function widths(places: readonly number[], sharpness: number): number[] {
  const n = places.length;
  const order = Array.from(places.keys()).sort((a, b) => (places[a] as number) - (places[b] as number) || a - b);
  const least = 1 / Math.min(100, power(n + 2, sharpness));
  const out = new Array<number>(n);
  order.forEach((row, i) => {
    const place = places[row] as number;
    const left = i > 0 ? place - (places[order[i - 1] as number] as number) : n > 1 ? 0 : place;
    const right = i < n - 1 ? (places[order[i + 1] as number] as number) - place : n > 1 ? 0 : 1 - place;
    out[row] = Math.min(1, Math.max(least, left, right));
  });
  return out;
}

function numberKernels(parameter: NumberParameter, trials: readonly number[], sharpness: number): Kernels {
  const means = [...trials, 0.5];
  const deviations = [...widths(trials, sharpness), 1];
  const standard = (i: number, place: number) => (place - (means[i] as number)) / (deviations[i] as number);
  const lowest = means.map((_, i) => normalCdf(standard(i, 0)));
  const inside = means.map((_, i) => normalCdf(standard(i, 1)) - (lowest[i] as number));
  const discrete = parameter.type === "int" || parameter.step !== undefined;
  const logInside = inside.map(log);
  const offsets = deviations.map((deviation, i) => -LOG_SQRT_2PI - log(deviation) - (logInside[i] as number));
  return {
    sample(i, draws) {
      const p = (lowest[i] as number) + draws.uniform() * (inside[i] as number);
      const place = (means[i] as number) + (deviations[i] as number) * normalQuantile(Math.max(p, 1e-300));
      const held = Math.min(1, Math.max(0, place));
      return discrete ? toUnit(parameter, fromUnit(parameter, held)) : held;
    },
    logs(place) {
      if (!discrete) {
        return Float64Array.from(means, (_, i) => {
          const z = standard(i, place);
          return (offsets[i] as number) - 0.5 * z * z;
        });
      }
      const [from, to] = ownedBy(parameter, fromUnit(parameter, place) as number);
      return Float64Array.from(
        means,
        (_, i) => log(between(standard(i, from), standard(i, to))) - (logInside[i] as number),
      );
    },
  };
}

/** Φ(b) − Φ(a), from the tail on whose side both are. */
const between = (a: number, b: number): number => (a > 0 ? normalCdf(-a) - normalCdf(-b) : normalCdf(b) - normalCdf(a));
