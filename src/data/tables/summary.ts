/** Mean and deviation of the population over what is not NaN, and the sorted values. */
export function summaryOf(values: Float64Array) {
  const sorted = values.filter((v) => !Number.isNaN(v)).sort();
  const count = sorted.length;
  const mean = sorted.reduce((sum, v) => sum + v, 0) / count;
  const squares = sorted.reduce((sum, v) => sum + (v - mean) * (v - mean), 0);
  return { count, mean, deviation: Math.sqrt(squares / count), sorted };
}

/** The value below which the share `q` of sorted values lies, linear between two; NaN of none. */
export function quantile(sorted: Float64Array, q: number): number {
  if (sorted.length === 0) return Number.NaN;
  const place = q * (sorted.length - 1);
  const low = Math.floor(place);
  const [a, b] = [sorted[low] as number, sorted[Math.min(low + 1, sorted.length - 1)] as number];
  return place === low ? a : a + (place - low) * (b - a);
}

/** The value that comes most often, the least of them where several do; NaN of none. */
export function mostFrequent(sorted: Float64Array): number {
  let best = Number.NaN;
  let most = 0;
  for (let i = 0, run = 0; i < sorted.length; i++) {
    run = i > 0 && sorted[i] === sorted[i - 1] ? run + 1 : 1;
    if (run > most) {
      most = run;
      best = sorted[i] as number;
    }
  }
  return best;
}

/** How often each category comes. */
export function countCodes(codes: Int32Array, categories: number): Int32Array {
  const counts = new Int32Array(categories);
  for (const code of codes) if (code >= 0) counts[code] = (counts[code] as number) + 1;
  return counts;
}
