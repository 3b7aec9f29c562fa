import type { Real } from "./real.js";

/** What gradients are multiplied by, and the limit of each after that; `at` is the address of three doubles or 0, see assembly/optimizer/access.ts. */
export function limitsAt({ memory }: Real, at: number): readonly [factor: number, bound: number] {
  if (at === 0) return [1, Number.POSITIVE_INFINITY];
  const { f64 } = memory;
  const norm = Math.sqrt(f64[at >>> 3] as number);
  const limit = f64[(at >>> 3) + 1] as number;
  const factor = norm <= limit ? 1 : norm < Number.POSITIVE_INFINITY ? limit / norm : Number.NaN;
  return [factor, f64[(at >>> 3) + 2] as number];
}

/** NaN stays. */
export function clipped(gradient: number, factor: number, bound: number): number {
  const scaled = gradient * factor;
  return scaled < -bound ? -bound : scaled > bound ? bound : scaled;
}
