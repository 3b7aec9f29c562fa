import { kernels, memory } from "../../../backend/engine.js";
import { withMemory } from "../../../backend/hold.js";
import { log } from "../../../util/math.js";
import { improvementRates, logImprovement } from "../../normal.js";

/** Points [count, width] in the coordinates of an `Encoding`, and what was observed there. */
export interface Data {
  readonly points: Float64Array;
  readonly values: Float64Array;
  /** The length scale that each coordinate goes by. */
  readonly owners: readonly number[];
}

/** k(a, b) = scale · Matérn₅⸝₂(√Σ weights[owner] (a − b)²), and the variance of the noise on top; a weight is 1 / length². */
export interface Hyper {
  readonly weights: Float64Array;
  readonly scale: number;
  readonly noise: number;
}

/** Points [count, width], each coordinate over its length, and the same transposed. */
function scaled(points: Float64Array, owners: readonly number[], { weights }: Hyper) {
  const width = owners.length;
  const factors = owners.map((owner) => Math.sqrt(weights[owner] as number));
  const rows = points.map((each, i) => each * (factors[i % width] as number));
  return { rows, columns: transposed(rows, width) };
}

function transposed(rows: Float64Array, width: number): Float64Array {
  const count = rows.length / width;
  const out = new Float64Array(rows.length);
  for (let i = 0; i < count; i++) {
    for (let k = 0; k < width; k++) out[k * count + i] = rows[i * width + k] as number;
  }
  return out;
}

const put = (at: number, values: Float64Array): void => memory().f64.set(values, at >>> 3);
const get = (at: number, length: number): Float64Array => memory().f64.slice(at >>> 3, (at >>> 3) + length);

/** U of K + noise, α = (K + noise)⁻¹ y and the inverse, at these addresses. False where the matrix is not positive definite. */
function solve(n: number, y: Float64Array, hyper: Hyper, a: number, inverse: number, scratch: number, alpha: number) {
  const k = kernels("float64");
  const heap = memory().f64;
  const at = a >>> 3;
  const { scale, noise } = hyper;
  for (let i = 0; i < n; i++) {
    for (let j = i; j < n; j++) heap[at + i * n + j] = scale * (heap[at + i * n + j] as number);
    heap[at + i * n + i] = (heap[at + i * n + i] as number) + noise;
  }
  if (k.cholesky(a, n) !== 0) return false;
  k.cholesky_inverse(inverse, a, scratch, n);
  put(alpha, y);
  k.solve_lower(alpha, a, n, 1, 0, 1);
  k.solve_upper(alpha, a, n, 1, 0, 1);
  return true;
}

/**
 * −ln p(y | hyper) without its constant, ½ yᵀ(K + σ²)⁻¹y + ½ ln |K + σ²|, and its derivatives by the logarithms of the weights, the scale
 * and the noise (Rasmussen and Williams, 2006, equations 5.8 and 5.9). ∞ where K is not positive definite to the last bit.
 */
export function marginal({ points, values, owners }: Data, hyper: Hyper, gradient: Float64Array): number {
  const n = values.length;
  const width = owners.length;
  const { rows, columns } = scaled(points, owners, hyper);
  const lengths = [n * n, n * n, n * n, n * n, n * width, n * width, n];
  return withMemory(lengths, "float64", (...places) => {
    const [a, slope, inverse, scratch, left, right, alpha] = places as [
      number,
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    put(left, rows);
    put(right, columns);
    kernels("float64").matern52(a, slope, left, right, width, n, 0, n);
    if (!solve(n, values, hyper, a, inverse, scratch, alpha)) return Number.POSITIVE_INFINITY;
    const heap = memory().f64;
    const [A, S, V, W] = [a >>> 3, slope >>> 3, inverse >>> 3, alpha >>> 3];
    let [fit, size, trace, determinant] = [0, 0, 0, 0];
    const sums = new Float64Array(width);
    for (let i = 0; i < n; i++) {
      const weight = heap[W + i] as number;
      fit += (values[i] as number) * weight;
      size += weight * weight;
      trace += heap[V + i * n + i] as number;
      determinant += log(heap[A + i * n + i] as number);
      for (let j = 0; j < i; j++) {
        const pull = weight * (heap[W + j] as number) - (heap[V + i * n + j] as number);
        const each = pull * (heap[S + i * n + j] as number);
        for (let k = 0; k < width; k++) {
          const difference = (rows[i * width + k] as number) - (rows[j * width + k] as number);
          sums[k] = (sums[k] as number) + each * difference * difference;
        }
      }
    }
    gradient.fill(0);
    owners.forEach((owner, k) => {
      gradient[owner] = (gradient[owner] as number) - hyper.scale * (sums[k] as number);
    });
    const axes = gradient.length - 2;
    gradient[axes] = -0.5 * (fit - hyper.noise * size - n + hyper.noise * trace);
    gradient[axes + 1] = -0.5 * hyper.noise * (size - trace);
    return 0.5 * fit + determinant;
  });
}

/** A Gaussian process of mean 0 that has seen data. */
export class GaussianProcess {
  private readonly count: number;
  private readonly rows: Float64Array;
  private readonly columns: Float64Array;
  private readonly alpha: Float64Array;
  private readonly inverse: Float64Array;
  private readonly factor: Float64Array;

  constructor(
    private readonly data: Data,
    readonly hyper: Hyper,
  ) {
    const { points, values, owners } = data;
    const n = values.length;
    const width = owners.length;
    this.count = n;
    ({ rows: this.rows, columns: this.columns } = scaled(points, owners, hyper));
    const lengths = [n * n, n * n, n * n, n * width, n * width, n];
    [this.factor, this.inverse, this.alpha] = withMemory(lengths, "float64", (...places) => {
      const [a, inverse, scratch, left, right, alpha] = places as [number, number, number, number, number, number];
      let { noise } = hyper;
      for (;;) {
        put(left, this.rows);
        put(right, this.columns);
        kernels("float64").matern52(a, scratch, left, right, width, n, 0, n);
        if (solve(n, values, { ...hyper, noise }, a, inverse, scratch, alpha)) break;
        noise *= 10;
      }
      return [get(a, n * n), get(inverse, n * n), get(alpha, n)];
    });
  }

  /** The process's mean and variance, without the noise, at each of the points [count, width]. */
  posterior(points: Float64Array): { means: Float64Array; variances: Float64Array } {
    const { hyper, data, count: n } = this;
    const width = data.owners.length;
    const m = points.length / width;
    const { columns } = scaled(points, data.owners, hyper);
    return withMemory([n * m, n * m, n * width, width * m, n * n], "float64", (...places) => {
      const [cross, slope, left, right, factor] = places as [number, number, number, number, number];
      put(left, this.rows);
      put(right, columns);
      put(factor, this.factor);
      const k = kernels("float64");
      k.matern52(cross, slope, left, right, width, m, 0, n);
      const heap = memory().f64;
      const means = new Float64Array(m);
      const variances = new Float64Array(m);
      for (let i = 0, at = cross >>> 3; i < n; i++) {
        const weight = hyper.scale * (this.alpha[i] as number);
        for (let j = 0; j < m; j++, at++) means[j] = (means[j] as number) + weight * (heap[at] as number);
      }
      k.solve_lower(cross, factor, n, m, 0, m);
      for (let i = 0, at = cross >>> 3; i < n; i++) {
        for (let j = 0; j < m; j++, at++)
          variances[j] = (variances[j] as number) + (heap[at] as number) * (heap[at] as number);
      }
      for (let j = 0; j < m; j++) {
        variances[j] = atLeast(hyper.scale - hyper.scale * hyper.scale * (variances[j] as number), hyper);
      }
      return { means, variances };
    });
  }

  /** ln E[max(best − f(x), 0)] at one point, and its gradient. */
  logImprovement(point: Float64Array, best: number, gradient: Float64Array): number {
    const { hyper, data, count: n } = this;
    const width = data.owners.length;
    const { rows } = scaled(point, data.owners, hyper);
    const [values, slopes] = withMemory([n, n, width, n * width], "float64", (...places) => {
      const [value, slope, left, right] = places as [number, number, number, number];
      put(left, rows);
      put(right, this.columns);
      kernels("float64").matern52(value, slope, left, right, width, n, 0, 1);
      return [get(value, n), get(slope, n)] as const;
    });
    const pulls = times(this.inverse, values);
    let [mean, explained] = [0, 0];
    for (let i = 0; i < n; i++) {
      mean += (this.alpha[i] as number) * (values[i] as number);
      explained += (pulls[i] as number) * (values[i] as number);
    }
    const { scale } = hyper;
    const deviation = Math.sqrt(atLeast(scale - scale * scale * explained, hyper));
    const z = (best - scale * mean) / deviation;
    const [density, probability] = improvementRates(z);
    gradient.fill(0);
    for (let i = 0; i < n; i++) {
      // By the squared distance: of the mean, and of the variance.
      const slope = scale * (slopes[i] as number);
      const ofVariance = -scale * (pulls[i] as number) * slope;
      const ofMean = (this.alpha[i] as number) * slope;
      const pull = 2 * ((density * ofVariance) / deviation - probability * ofMean);
      for (let k = 0; k < width; k++) {
        const difference = (rows[k] as number) - (this.rows[i * width + k] as number);
        gradient[k] = (gradient[k] as number) + (pull * difference) / deviation;
      }
    }
    data.owners.forEach((owner, k) => {
      gradient[k] = (gradient[k] as number) * Math.sqrt(hyper.weights[owner] as number);
    });
    return logImprovement(z) + log(deviation);
  }
}

/** Rounding can take a variance to 0 or below, where the noise is small. */
const atLeast = (variance: number, { scale }: Hyper): number => Math.max(variance, 1e-12 * scale);

/** A symmetric matrix times a vector. */
function times(matrix: Float64Array, x: Float64Array): Float64Array {
  const n = x.length;
  const out = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    const factor = x[i] as number;
    for (let j = 0, at = i * n; j < n; j++, at++) out[j] = (out[j] as number) + factor * (matrix[at] as number);
  }
  return out;
}
