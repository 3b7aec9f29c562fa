import { ValueError } from "../../util/errors.js";

/** Terms after which a series or fraction that still moves is given up: neither comes near it for what tests ask. */
const MOST_TERMS = 10_000;
const TINY = 1e-300;

/**
 * Q(a, x) = ∫ₓ^∞ tᵃ⁻¹ e⁻ᵗ dt / Γ(a), the upper incomplete gamma function: by its series below a + 1 and Lentz's continued fraction above
 * (Press et al., Numerical Recipes, 3rd edition, section 6.2).
 */
export function upperGamma(a: number, x: number): number {
  if (!(a > 0) || !(x >= 0)) throw new ValueError(`upperGamma: a > 0 and x ≥ 0 expected, got ${a} and ${x}`);
  if (x === 0) return 1;
  if (x === Number.POSITIVE_INFINITY) return 0;
  const factor = Math.exp(a * Math.log(x) - x - logGamma(a));
  return x < a + 1 ? 1 - factor * lowerSeries(a, x) : factor * upperFraction(a, x);
}

/** Σ xⁿ / (a (a + 1) … (a + n)). */
function lowerSeries(a: number, x: number): number {
  let term = 1 / a;
  let sum = term;
  for (let n = 1; n < MOST_TERMS && term > sum * 1e-17; n++) {
    term *= x / (a + n);
    sum += term;
  }
  return sum;
}

function upperFraction(a: number, x: number): number {
  let b = x + 1 - a;
  let c = 1 / TINY;
  let d = 1 / b;
  let h = d;
  for (let n = 1; n < MOST_TERMS; n++) {
    const numerator = -n * (n - a);
    b += 2;
    d = 1 / nonzero(numerator * d + b);
    c = nonzero(b + numerator / c);
    h *= d * c;
    if (Math.abs(d * c - 1) < 1e-16) break;
  }
  return h;
}

function nonzero(x: number): number {
  return Math.abs(x) < TINY ? TINY : x;
}

/** Lanczos's approximation with g = 7 and 9 terms, whose error is below 1e-14 (Godfrey's coefficients). */
const LANCZOS = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
];

/** ln Γ(a), a > 0. */
export function logGamma(a: number): number {
  if (a < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * a)) - logGamma(1 - a);
  const t = a + 6.5;
  const sum = LANCZOS.reduce((total, c, i) => total + (i === 0 ? c : c / (a - 1 + i)), 0);
  return 0.5 * Math.log(2 * Math.PI) + (a - 0.5) * Math.log(t) - t + Math.log(sum);
}

/** P(χ² ≥ x) with so many degrees of freedom. */
export function chiSquareTail(x: number, freedom: number): number {
  return upperGamma(freedom / 2, x / 2);
}

/** P(Z ≥ z) of the standard normal distribution. */
export function normalTail(z: number): number {
  const both = upperGamma(0.5, (z * z) / 2);
  return z > 0 ? both / 2 : 1 - both / 2;
}

/**
 * P(K ≥ λ) of Kolmogorov's distribution: 2 Σ (−1)ʲ⁻¹ e^(−2 j² λ²), or for small λ, where that series is slow,
 * 1 − √(2π) / λ · Σ e^(−(2j − 1)² π² / 8λ²).
 */
export function kolmogorovTail(lambda: number): number {
  if (lambda <= 0) return 1;
  let sum = 0;
  if (lambda < 1) {
    for (let j = 1; j <= 20; j++) sum += Math.exp(-(((2 * j - 1) * Math.PI) ** 2) / (8 * lambda * lambda));
    return 1 - (Math.sqrt(2 * Math.PI) / lambda) * sum;
  }
  for (let j = 1; j <= 20; j++) sum += (j % 2 ? 1 : -1) * Math.exp(-2 * j * j * lambda * lambda);
  return 2 * sum;
}

/**
 * P-values of several tests made at once, so that to reject those at most α keeps the chance of one false rejection (Holm, 1979), or the
 * expected share of false ones among the rejected (Benjamini and Hochberg, 1995), at α.
 */
export function adjusted(pValues: readonly number[], method: "holm" | "benjaminiHochberg"): number[] {
  const n = pValues.length;
  const order = pValues.map((_, i) => i).sort((a, b) => (pValues[a] as number) - (pValues[b] as number));
  const out = new Array<number>(n);
  if (method === "holm") {
    let largest = 0;
    order.forEach((i, rank) => {
      largest = Math.max(largest, Math.min(1, (n - rank) * (pValues[i] as number)));
      out[i] = largest;
    });
    return out;
  }
  let least = 1;
  for (let rank = n - 1; rank >= 0; rank--) {
    const i = order[rank] as number;
    least = Math.min(least, ((pValues[i] as number) * n) / (rank + 1));
    out[i] = least;
  }
  return out;
}
