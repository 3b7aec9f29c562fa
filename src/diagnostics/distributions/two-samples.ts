import { chiSquareTail, kolmogorovTail } from "./special.js";

/** How far two samples of one feature differ. */
export interface Difference {
  readonly statistic: number;
  readonly pValue: number;
  /** The population-stability index. */
  readonly psi: number;
  /** From 0, alike, to 1, nothing in common: D, or half the sum of the differences of the categories' shares. */
  readonly distance: number;
}

/**
 * Two-sample Kolmogorov–Smirnov test: D = max |F₁(x) − F₂(x)|, the largest distance between the two empirical distribution functions;
 * p = P(K ≥ (√n + 0.12 + 0.11 / √n) · D) with n = n₁ n₂ / (n₁ + n₂), Stephens's correction of the asymptotic law (Press et al., Numerical
 * Recipes, 3rd edition, section 14.3.3). Ties make it larger than it should be.
 *
 * @param train sorted
 * @param dev sorted
 */
export function kolmogorovSmirnov(train: Float64Array, dev: Float64Array): { statistic: number; pValue: number } {
  const [n1, n2] = [train.length, dev.length];
  if (n1 === 0 || n2 === 0) return { statistic: 0, pValue: 1 };
  let [i, j, widest] = [0, 0, 0];
  while (i < n1 && j < n2) {
    const value = Math.min(train[i] as number, dev[j] as number);
    while (i < n1 && train[i] === value) i++;
    while (j < n2 && dev[j] === value) j++;
    // Whole numbers: shares would be rounded.
    widest = Math.max(widest, Math.abs(i * n2 - j * n1));
  }
  const statistic = widest / (n1 * n2);
  const root = Math.sqrt((n1 * n2) / (n1 + n2));
  return { statistic, pValue: kolmogorovTail((root + 0.12 + 0.11 / root) * statistic) };
}

/**
 * χ² test that rows of several sets fall into columns in the same proportions: Σ (observed − expected)² / expected with
 * expected = row total · column total / total and (rows − 1)(columns − 1) degrees of freedom. Columns that nothing fell into do not count.
 */
export function chiSquare(counts: readonly (readonly number[])[]): { statistic: number; pValue: number } {
  const columns = (counts[0] as readonly number[]).map((_, j) =>
    counts.reduce((sum, row) => sum + (row[j] as number), 0),
  );
  const rows = counts.map((row) => row.reduce((sum, n) => sum + n, 0));
  const total = rows.reduce((sum, n) => sum + n, 0);
  const used = columns.filter((n) => n > 0).length;
  const freedom = (rows.filter((n) => n > 0).length - 1) * (used - 1);
  if (freedom <= 0) return { statistic: 0, pValue: 1 };
  let statistic = 0;
  counts.forEach((row, i) => {
    row.forEach((observed, j) => {
      const expected = ((rows[i] as number) * (columns[j] as number)) / total;
      if (expected > 0) statistic += (observed - expected) ** 2 / expected;
    });
  });
  return { statistic, pValue: chiSquareTail(statistic, freedom) };
}

/**
 * Population-stability index Σ (q − p) ln(q / p) over bins, p their shares of the training rows and q of the dev rows. A bin without rows of
 * one set counts as half a row there, so that its logarithm is finite.
 */
export function stabilityIndex(train: readonly number[], dev: readonly number[]): number {
  const [n1, n2] = [train, dev].map((counts) => counts.reduce((sum, n) => sum + n, 0)) as [number, number];
  if (n1 === 0 || n2 === 0) return 0;
  return train.reduce((sum, count, i) => {
    const other = dev[i] as number;
    if (count === 0 && other === 0) return sum;
    const [p, q] = [Math.max(count, 0.5) / n1, Math.max(other, 0.5) / n2];
    return sum + (q - p) * Math.log(q / p);
  }, 0);
}

/** A feature of numbers; the bins of its index are cut at the deciles of the training rows, equal ones joined. */
export function numberDifference(train: Float64Array, dev: Float64Array): Difference {
  const [a, b] = [train.slice().sort(), dev.slice().sort()];
  const cuts = decileCuts(a);
  const { statistic, pValue } = kolmogorovSmirnov(a, b);
  return { statistic, pValue, psi: stabilityIndex(binCounts(a, cuts), binCounts(b, cuts)), distance: statistic };
}

/** The nine values below which 10 %, 20 % … of sorted rows lie, each once. */
function decileCuts(sorted: Float64Array): number[] {
  if (sorted.length === 0) return [];
  const cuts = Array.from({ length: 9 }, (_, i) => {
    const at = ((i + 1) / 10) * sorted.length;
    return sorted[Math.min(sorted.length, Math.ceil(at - 1e-9)) - 1] as number;
  });
  return [...new Set(cuts)];
}

/** How many of sorted values lie in each bin; a value equal to a cut belongs below it. */
function binCounts(sorted: Float64Array, cuts: readonly number[]): number[] {
  const counts = new Array<number>(cuts.length + 1).fill(0);
  let bin = 0;
  for (const value of sorted) {
    while (bin < cuts.length && value > (cuts[bin] as number)) bin++;
    (counts[bin] as number)++;
  }
  return counts;
}

/** The least count to be expected in a cell, below which χ² does not follow its law (Cochran, 1954). */
const LEAST_EXPECTED = 5;

/** A feature of categories. Those with fewer than five rows to be expected in either set are tested as one. */
export function categoryDifference(train: Float64Array, dev: Float64Array): Difference {
  const [a, b] = [countsOf(train), countsOf(dev)];
  const total = train.length + dev.length;
  const least = (LEAST_EXPECTED * total) / Math.max(1, Math.min(train.length, dev.length));
  const common: [number, number][] = [];
  let rare: [number, number] = [0, 0];
  let distance = 0;
  for (const value of new Set([...a.keys(), ...b.keys()])) {
    const pair: [number, number] = [a.get(value) ?? 0, b.get(value) ?? 0];
    distance += Math.abs(pair[0] / (train.length || 1) - pair[1] / (dev.length || 1)) / 2;
    if (pair[0] + pair[1] >= least) common.push(pair);
    else rare = [rare[0] + pair[0], rare[1] + pair[1]];
  }
  const all = [...common, rare];
  const [p, q] = [all.map(([n]) => n), all.map(([, n]) => n)];
  return { ...chiSquare([p, q]), psi: stabilityIndex(p, q), distance };
}

function countsOf(values: Float64Array): Map<number, number> {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}
