import type { Real } from "./real.js";

export function constraint(real: Real) {
  const { shift } = real;
  return {
    bound_norms(w: number, low: number, high: number, rows: number, columns: number, begin: number, end: number): void {
      const h = real.heap();
      const W = w >>> shift;
      for (let j = begin; j < end; j++) {
        let squares = 0;
        for (let i = 0; i < rows; i++) squares += (h[W + i * columns + j] as number) ** 2;
        const norm = Math.sqrt(squares);
        const bound = norm < low ? low : norm > high ? high : norm;
        if (bound === norm || !(norm > 0)) continue;
        for (let i = 0; i < rows; i++) (h[W + i * columns + j] as number) *= bound / norm;
      }
    },
  };
}
