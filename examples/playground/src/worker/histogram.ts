import type { Histogram } from "../protocol.js";

const BINS = 31;

/** How many of the numbers lie in each of equal bins between the least and the greatest; those that are not finite lie in none. */
export function histogramOf(layer: string, numbers: ArrayLike<number>): Histogram {
  const finite = Float64Array.from(numbers).filter(Number.isFinite);
  const count = Math.max(1, finite.length);
  const from = finite.reduce((least, each) => Math.min(least, each), finite[0] ?? 0);
  const to = finite.reduce((greatest, each) => Math.max(greatest, each), finite[0] ?? 0);
  const mean = finite.reduce((sum, each) => sum + each, 0) / count;
  const variance = finite.reduce((sum, each) => sum + (each - mean) ** 2, 0) / count;
  const counts = new Uint32Array(BINS);
  for (const each of finite) {
    const bin = to > from ? Math.min(BINS - 1, Math.floor(((each - from) / (to - from)) * BINS)) : (BINS - 1) / 2;
    counts[bin] = (counts[bin] as number) + 1;
  }
  return { layer, from, to, counts, mean, deviation: Math.sqrt(variance) };
}
