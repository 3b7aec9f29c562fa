import { checkNumber, checkOptions } from "../../util/check.js";
import { log } from "../../util/math.js";
import type { Values } from "../parameter.js";
import type { Sampler, Sampling } from "../sampler.js";
import { acquire } from "./bayesian/acquire.js";
import { Encoding } from "./bayesian/encoding.js";
import { fit } from "./bayesian/fit.js";
import { type Data, GaussianProcess } from "./bayesian/gaussian-process.js";
import { onlyDirection, type Scored, scores } from "./scores.js";
import { sobolValues } from "./sobol.js";

export interface BayesianOptions {
  /** Finished trials before the first that the process chooses; those before are points of a Sobol sequence. Default 10. */
  startup?: number;
}

/** Of the trials the best that the search for the next one also looks around. */
const LEADERS = 4;

/**
 * Bayesian optimization: a Gaussian process is fitted to what the trials gave, and the next trial is where the expected improvement on the
 * best of them is largest. For objectives that take long: each choice takes tens of milliseconds, and few trials are needed.
 *
 * - Covariance: Matérn 5/2 with a length scale for each parameter; these, the signal and the noise are learned by the marginal likelihood
 *   under weak priors (Snoek, Larochelle and Adams, "Practical Bayesian Optimization of Machine Learning Algorithms", 2012).
 * - Acquisition: log expected improvement (Ament et al., 2023) on the least mean that the process has at a trial, by L-BFGS from the best of
 *   1024 points, in turns with steps of the whole numbers and choices.
 * - Whole numbers, steps and choices: the process is constant between two values; choices are all as far from each other.
 * - Running trials count as if they had given the mean of what was seen, a constant liar (Ginsbourger, Le Riche and Carraro, "Kriging is
 *   well-suited to parallelize optimization", 2010): parallel workers look at different places.
 * - Pruned trials count as no better than the median and than their last report, failed ones as the worst.
 *
 * In a page it needs the kernels of float64: `await wg.init({ float64: true })`.
 *
 * @throws ValueError for an unknown option or a value out of range, and in a study with several directions
 * @example
 * bayesian({ startup: 8 }).name; // "bayesian"
 */
export function bayesian(options: BayesianOptions = {}): Sampler {
  checkOptions("bayesian", options, ["startup"]);
  const startup = checkNumber("bayesian", "startup", options.startup ?? 10, { min: 1, whole: true });
  return {
    name: "bayesian",
    sample: (sampling) => {
      onlyDirection("bayesian", sampling.directions);
      const seen = scores(sampling);
      return seen.length < startup ? sobolValues(sampling) : propose(sampling, seen);
    },
  };
}

function propose({ space, trials, draws }: Sampling, seen: readonly Scored[]): Values {
  const encoding = new Encoding(space);
  const points = seen.map(({ trial }) => encoding.encode(trial.params));
  const values = standardized(tamed(seen.map(({ score }) => score)));
  const data = dataOf(encoding, points, values);
  const hyper = fit(data, encoding.axes.length);
  const running = trials.filter(({ state }) => state === "running").map(({ params }) => encoding.encode(params));
  const process = new GaussianProcess(
    dataOf(encoding, [...points, ...running], [...values, ...running.map(() => 0)]),
    hyper,
  );
  const { means } = process.posterior(data.points);
  const best = means.reduce((least, mean) => Math.min(least, mean));
  const order = Array.from(seen.keys()).sort((a, b) => (means[a] as number) - (means[b] as number) || a - b);
  const leaders = order.slice(0, LEADERS).map((i) => (seen[i] as Scored).trial.params);
  return acquire(encoding, process, best, leaders, draws);
}

function dataOf({ owners, width }: Encoding, points: readonly Float64Array[], values: readonly number[]): Data {
  const all = new Float64Array(points.length * width);
  points.forEach((point, i) => {
    all.set(point, i * width);
  });
  return { points: all, values: Float64Array.from(values), owners };
}

/**
 * Scores above the median come closer to it, by the logarithm of their distance in units of that from the least to the median. What matters
 * is where scores are small: diverged trials would make all of that one flat valley. Below the median noise stays what it is.
 */
export function tamed(values: readonly number[]): number[] {
  const sorted = [...values].sort((a, b) => a - b);
  const median = sorted[sorted.length >> 1] as number;
  const unit = median - (sorted[0] as number);
  return values.map((each) => (each > median && unit > 0 ? median + unit * log(1 + (each - median) / unit) : each));
}

/** To mean 0 and variance 1, or all 0 where they are equal. */
function standardized(values: readonly number[]): number[] {
  const mean = values.reduce((sum, each) => sum + each / values.length, 0);
  const variance = values.reduce((sum, each) => sum + ((each - mean) * (each - mean)) / values.length, 0);
  const deviation = Math.sqrt(variance);
  return values.map((each) => (deviation > 0 ? (each - mean) / deviation : 0));
}
