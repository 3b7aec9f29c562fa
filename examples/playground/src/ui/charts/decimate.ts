/**
 * At most about `limit` of the points, for drawing: of each stretch the lowest and the highest, so that no peak is lost, and the ends. Points
 * whose height is no finite number are left out.
 */
export function decimate<T>(points: readonly T[], heightOf: (point: T) => number, limit = 240): T[] {
  const finite = points.filter((point) => Number.isFinite(heightOf(point)));
  if (finite.length <= limit) return finite;
  const kept: T[] = [finite[0] as T];
  const stretches = Math.max(1, Math.floor((limit - 2) / 2));
  const inner = finite.length - 2;
  for (let i = 0; i < stretches; i++) {
    const begin = 1 + Math.floor((i * inner) / stretches);
    const end = 1 + Math.floor(((i + 1) * inner) / stretches);
    let low = begin;
    let high = begin;
    for (let j = begin; j < end; j++) {
      if (heightOf(finite[j] as T) < heightOf(finite[low] as T)) low = j;
      if (heightOf(finite[j] as T) > heightOf(finite[high] as T)) high = j;
    }
    for (const j of [...new Set([Math.min(low, high), Math.max(low, high)])]) kept.push(finite[j] as T);
  }
  kept.push(finite[finite.length - 1] as T);
  return kept;
}

/** Every so many-th of the rows, and the last, for a table to read. */
export function sample<T>(rows: readonly T[], limit = 40): T[] {
  if (rows.length <= limit) return [...rows];
  return Array.from({ length: limit }, (_, i) => rows[Math.round((i * (rows.length - 1)) / (limit - 1))] as T);
}
