import { kernels, memory } from "../../../backend/engine.js";
import { withMemory } from "../../../backend/hold.js";
import { exp, integerPower, log } from "../../../util/math.js";

/** The constants of the strategy for n variables and λ points a generation (Hansen, 2016, table 1, positive weights). */
interface Constants {
  readonly weights: readonly number[];
  readonly muEffective: number;
  readonly cSigma: number;
  readonly dSigma: number;
  readonly cC: number;
  readonly c1: number;
  readonly cMu: number;
  /** E|N(0, I)| */
  readonly length: number;
}

export const defaultPopulation = (n: number): number => 4 + Math.floor(3 * log(n));

/** @param points those of a generation that have a score, at most λ */
export function constantsOf(n: number, points: number): Constants {
  const raw = Array.from({ length: Math.max(1, points >> 1) }, (_, i) => log((points + 1) / 2) - log(i + 1));
  const usable = points > 1 ? raw : [1];
  const sum = usable.reduce((total, each) => total + each, 0);
  const weights = usable.map((each) => each / sum);
  const mu = 1 / weights.reduce((total, each) => total + each * each, 0);
  const cSigma = (mu + 2) / (n + mu + 5);
  const c1 = 2 / ((n + 1.3) * (n + 1.3) + mu);
  return {
    weights,
    muEffective: mu,
    cSigma,
    dSigma: 1 + 2 * Math.max(0, Math.sqrt((mu - 1) / (n + 1)) - 1) + cSigma,
    cC: (4 + mu / n) / (n + 4 + (2 * mu) / n),
    c1,
    cMu: Math.min(1 - c1, (2 * (mu - 2 + 1 / mu)) / ((n + 2) * (n + 2) + mu)),
    length: Math.sqrt(n) * (1 - 1 / (4 * n) + 1 / (21 * n * n)),
  };
}

/** The distribution of a generation, N(mean, sigma² · UᵀU), and its paths. */
export interface State {
  readonly mean: Float64Array;
  readonly sigma: number;
  /** C, [n, n]. */
  readonly covariance: Float64Array;
  /** U with C = UᵀU, upper triangular. */
  readonly factor: Float64Array;
  readonly pathSigma: Float64Array;
  readonly pathC: Float64Array;
  readonly generation: number;
}

export function initial(n: number, sigma: number): State {
  const identity = new Float64Array(n * n);
  for (let i = 0; i < n; i++) identity[i * n + i] = 1;
  return {
    mean: new Float64Array(n).fill(0.5),
    sigma,
    covariance: identity,
    factor: identity,
    pathSigma: new Float64Array(n),
    pathC: new Float64Array(n),
    generation: 0,
  };
}

/** mean + sigma · Uᵀz */
export function pointOf({ mean, sigma, factor }: State, z: readonly number[]): number[] {
  const n = mean.length;
  return Array.from(mean, (each, j) => {
    let sum = 0;
    for (let i = 0; i <= j; i++) sum += (factor[i * n + j] as number) * (z[i] as number);
    return each + sigma * sum;
  });
}

/**
 * The next distribution from the points of a generation, the best first (Hansen, "The CMA Evolution Strategy: A Tutorial", 2016,
 * arXiv:1604.00772, section A), with U⁻ᵀ in the place of C^(−½) as in Krause, Arbonès and Igel, "CMA-ES with Optimal Covariance Update and
 * Storage Complexity" (NeurIPS 2016).
 */
export function updated(state: State, points: readonly (readonly number[])[]): State {
  const { mean, sigma, covariance, factor, generation } = state;
  const n = mean.length;
  const { weights, muEffective, cSigma, dSigma, cC, c1, cMu, length } = constantsOf(n, points.length);
  const steps = weights.map((_, k) => mean.map((each, i) => ((points[k]?.[i] as number) - each) / sigma));
  const step = mean.map((_, i) =>
    steps.reduce((sum, each, k) => sum + (weights[k] as number) * (each[i] as number), 0),
  );
  const white = solved(factor, step);
  const gain = Math.sqrt(cSigma * (2 - cSigma) * muEffective);
  const pathSigma = state.pathSigma.map((each, i) => (1 - cSigma) * each + gain * (white[i] as number));
  const norm = Math.sqrt(pathSigma.reduce((sum, each) => sum + each * each, 0));
  const settled = Math.sqrt(1 - integerPower(1 - cSigma, 2 * (generation + 1)));
  const moves = norm / settled < (1.4 + 2 / (n + 1)) * length ? 1 : 0;
  const gainC = moves * Math.sqrt(cC * (2 - cC) * muEffective);
  const pathC = state.pathC.map((each, i) => (1 - cC) * each + gainC * (step[i] as number));
  const keep = 1 - c1 - cMu + (1 - moves) * c1 * cC * (2 - cC);
  const next = covariance.map((each, at) => {
    const [i, j] = [Math.floor(at / n), at % n];
    const rankMu = steps.reduce((sum, y, k) => sum + (weights[k] as number) * (y[i] as number) * (y[j] as number), 0);
    return keep * each + c1 * (pathC[i] as number) * (pathC[j] as number) + cMu * rankMu;
  });
  const upper = factored(next, n);
  return {
    mean: mean.map((each, i) => each + sigma * (step[i] as number)),
    // At most doubled: generations in which little has finished are no evidence for more.
    sigma: sigma * Math.min(2, exp((cSigma / dSigma) * (norm / length - 1))),
    covariance: upper ? next : covariance,
    factor: upper ?? factor,
    pathSigma,
    pathC,
    generation: generation + 1,
  };
}

function factored(matrix: Float64Array, n: number): Float64Array | undefined {
  return withMemory([n * n], "float64", (at) => {
    memory().f64.set(matrix, (at as number) >>> 3);
    if (kernels("float64").cholesky(at as number, n) !== 0) return undefined;
    return memory().f64.slice((at as number) >>> 3, ((at as number) >>> 3) + n * n);
  });
}

/** U⁻ᵀ·x */
function solved(factor: Float64Array, x: Float64Array): Float64Array {
  const n = x.length;
  return withMemory([n, n * n], "float64", (...places) => {
    const [y, u] = places as [number, number];
    memory().f64.set(x, y >>> 3);
    memory().f64.set(factor, u >>> 3);
    kernels("float64").solve_lower(y, u, n, 1, 0, 1);
    return memory().f64.slice(y >>> 3, (y >>> 3) + n);
  });
}
