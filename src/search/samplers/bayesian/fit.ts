import { exp, log } from "../../../util/math.js";
import { type Data, type Hyper, marginal } from "./gaussian-process.js";
import { lbfgs } from "./lbfgs.js";

/**
 * Of values that are scaled to variance 1: less noise than this would leave K singular where trials are close. With 1e-6 the search cannot tell
 * apart what is closer to the best than 0.001 deviations.
 */
const LEAST_NOISE = 1e-8;

/** Trials that a first, cheap fit takes; the fit to all of them goes on from there. */
const FEW = 60;

/** ln of the bounds of a weight, the scale and the noise. */
const LOWEST = [-12, -6, log(LEAST_NOISE)];
const HIGHEST = [12, 6, log(2)];

/**
 * The prior on a weight, e^(−far/w − near·w), which is highest at a length of a quarter of the range. Optuna's GPSampler has 0.1 for both, highest
 * at the whole range: after ten trials each parameter then seems to hardly matter, and the search stays in the first valley that it finds.
 */
const [FAR, NEAR] = [4, 0.02];

/**
 * The hyper-parameters of most posterior probability, by their logarithms. The priors keep them in bounds where data says little: on each
 * weight w = 1/length² the one above, Γ(2, 1) on the scale and Γ(1.1, 30) on the noise (those of Optuna's GPSampler).
 */
export function fit(data: Data, axes: number): Hyper {
  const starts = [0, 1.5].map((weight) => start(axes, weight));
  const n = data.values.length;
  const first = n > FEW ? part(data, n, FEW) : data;
  const found = starts.map((each) => climb(first, each, 60));
  const [best] = found.sort((a, b) => a.value - b.value) as [(typeof found)[number]];
  return toHyper(n > FEW ? climb(data, best.x, 15).x : best.x);
}

/** So many rows, evenly through the trials in the order of their values: the best are as important as the others. */
function part({ points, values, owners }: Data, n: number, count: number): Data {
  const width = owners.length;
  const order = Array.from(values.keys()).sort((a, b) => (values[a] as number) - (values[b] as number) || a - b);
  const rows = Array.from({ length: count }, (_, i) => order[Math.floor((i * n) / count)] as number);
  return {
    points: Float64Array.from(rows.flatMap((row) => Array.from(points.subarray(row * width, (row + 1) * width)))),
    values: Float64Array.from(rows, (row) => values[row] as number),
    owners,
  };
}

function start(axes: number, weight: number): Float64Array {
  const x = new Float64Array(axes + 2).fill(weight);
  x[axes] = 0;
  x[axes + 1] = log(0.01);
  return x;
}

function climb(data: Data, from: Float64Array, steps: number): { x: Float64Array; value: number } {
  const bounds = (of: readonly number[]) => from.map((_, i) => of[Math.max(0, i - (from.length - 3))] as number);
  return lbfgs((x, gradient) => posterior(data, x, gradient), from, bounds(LOWEST), bounds(HIGHEST), {
    steps,
    tolerance: 1e-2,
  });
}

function toHyper(x: Float64Array): Hyper {
  const axes = x.length - 2;
  return {
    weights: x.slice(0, axes).map(exp),
    scale: exp(x[axes] as number),
    noise: exp(x[axes + 1] as number),
  };
}

/** −ln of the posterior, without its constant, and its gradient by the logarithms. */
export function posterior(data: Data, x: Float64Array, gradient: Float64Array): number {
  const hyper = toHyper(x);
  const { weights, scale, noise } = hyper;
  let value = marginal(data, hyper, gradient);
  const axes = weights.length;
  weights.forEach((w, i) => {
    value += FAR / w + NEAR * w;
    gradient[i] = (gradient[i] as number) - FAR / w + NEAR * w;
  });
  value += scale - (x[axes] as number);
  gradient[axes] = (gradient[axes] as number) + scale - 1;
  value += 30 * noise - 0.1 * (x[axes + 1] as number);
  gradient[axes + 1] = (gradient[axes + 1] as number) + 30 * noise - 0.1;
  return value;
}
