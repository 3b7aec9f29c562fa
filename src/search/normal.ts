import { exp, log } from "../util/math.js";

// The standard normal distribution and what expected improvement needs of it, in plain arithmetic: the same bits on every engine.

const LOG_SQRT_2PI = 0.9189385332046728;
const SQRT_2PI = 2.5066282746310007;

/** Chebyshev coefficients of (1 + 2x) · erfcx(x) in t = (x − 3.75) / (x + 3.75), x ≥ 0, computed in 40 digits. */
const ERFCX = [
  2.3551578691348034, -0.004590054580646478, -0.08424913336651792, 0.05920993999819189, -0.026658668435305753,
  0.009074997670705265, -0.002413163540417608, 0.0004907758365258086, -6.916973302501207e-5, 4.13902798607301e-6,
  7.74038306619849e-7, -2.1886401049234397e-7, 1.076499946567091e-8, 4.521959811218287e-9, -7.754400208831351e-10,
  -6.318088340886684e-11, 2.86879501093067e-11, 1.9455868545777347e-13, -9.65469674843344e-13, 3.25254814814874e-14,
  3.3478119482868056e-14, -1.864562880419313e-15, -1.2507950530688648e-15,
];

/** erfcx x = e^(x²) · (1 − erf x) for x ≥ 0, within 2e-15 of its value; Clenshaw's sum. */
export function erfcx(x: number): number {
  const t = x > 1e300 ? 1 : (x - 3.75) / (x + 3.75);
  let [a, b] = [0, 0];
  for (let k = ERFCX.length - 1; k > 0; k--) {
    const next = 2 * t * a - b + (ERFCX[k] as number);
    b = a;
    a = next;
  }
  return (t * a - b + 0.5 * (ERFCX[0] as number)) / (1 + 2 * x);
}

/** φ(x) = e^(−x²/2) / √(2π) */
export function normalDensity(x: number): number {
  return exp(-0.5 * x * x) / SQRT_2PI;
}

/** Φ(x), the probability of less than x. */
export function normalCdf(x: number): number {
  const tail = 0.5 * erfcx(Math.abs(x) * Math.SQRT1_2) * exp(-0.5 * x * x);
  return x > 0 ? 1 - tail : tail;
}

/**
 * ln h(z) with h(z) = φ(z) + z Φ(z), the expected improvement in units of the deviation: to the last digits where h itself is 0
 * (Ament, Daulton, Eriksson, Balandat and Bakshy, "Unexpected Improvements to Expected Improvement for Bayesian Optimization", NeurIPS
 * 2023, equation 9).
 */
export function logImprovement(z: number): number {
  if (z > -1) return log(normalDensity(z) + z * normalCdf(z));
  return -0.5 * z * z - LOG_SQRT_2PI + log(improvementFactor(z));
}

/** h(z) / φ(z) = 1 + z Φ(z) / φ(z) for z ≤ −1. */
function improvementFactor(z: number): number {
  if (z > -20) return 1 - Math.abs(z) * (SQRT_2PI / 2) * erfcx(-z * Math.SQRT1_2);
  // 1/z² − 3/z⁴ + 15/z⁶ − … : there the difference above has lost its digits.
  const w = 1 / (z * z);
  let sum = 1;
  for (let k = 10; k > 0; k--) sum = 1 - (2 * k + 1) * w * sum;
  return w * sum;
}

/** φ(z) / h(z) and Φ(z) / h(z): the derivatives of ln(σ h(z)) by σ and −μ, times σ. */
export function improvementRates(z: number): [density: number, probability: number] {
  if (z > -1) {
    const density = normalDensity(z);
    const probability = normalCdf(z);
    const h = density + z * probability;
    return [density / h, probability / h];
  }
  const factor = improvementFactor(z);
  return [1 / factor, ((SQRT_2PI / 2) * erfcx(-z * Math.SQRT1_2)) / factor];
}

const ratio = (x: number, above: readonly number[], below: readonly number[]): number =>
  above.reduceRight((sum, c) => sum * x + c, 0) / below.reduceRight((sum, c) => sum * x + c, 0);

/** Φ⁻¹(p), 0 < p < 1, within 1e-15 (Wichura, "Algorithm AS 241", Applied Statistics 37, 1988). */
export function normalQuantile(p: number): number {
  const q = p - 0.5;
  if (Math.abs(q) <= 0.425) return q * ratio(0.180625 - q * q, CENTRE[0], CENTRE[1]);
  const r = Math.sqrt(-log(q < 0 ? p : 1 - p));
  const size = r <= 5 ? ratio(r - 1.6, MIDDLE[0], MIDDLE[1]) : ratio(r - 5, TAIL[0], TAIL[1]);
  return q < 0 ? -size : size;
}

const CENTRE = [
  [
    3.3871328727963665, 133.14166789178438, 1971.5909503065513, 13731.69376550946, 45921.95393154987, 67265.7709270087,
    33430.57558358813, 2509.0809287301227,
  ],
  [
    1, 42.31333070160091, 687.1870074920579, 5394.196021424751, 21213.794301586597, 39307.89580009271,
    28729.085735721943, 5226.495278852854,
  ],
] as const;
const MIDDLE = [
  [
    1.4234371107496835, 4.630337846156546, 5.769497221460691, 3.6478483247632045, 1.2704582524523684,
    0.2417807251774506, 0.022723844989269184, 0.0007745450142783414,
  ],
  [
    1, 2.053191626637759, 1.6763848301838038, 0.6897673349851, 0.14810397642748008, 0.015198666563616457,
    0.0005475938084995345, 1.0507500716444169e-9,
  ],
] as const;
const TAIL = [
  [
    6.657904643501103, 5.463784911164114, 1.7848265399172913, 0.29656057182850487, 0.026532189526576124,
    0.0012426609473880784, 2.7115555687434876e-5, 2.0103343992922881e-7,
  ],
  [
    1, 0.599832206555888, 0.1369298809227358, 0.014875361290850615, 0.0007868691311456133, 1.8463183175100548e-5,
    1.421511758316446e-7, 2.0442631033899397e-15,
  ],
] as const;
