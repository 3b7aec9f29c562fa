import type { Real } from "./real.js";

export function order(real: Real) {
  const { memory, shift } = real;
  return {
    arg_peak(
      y: number,
      x: number,
      reduce: number,
      inner: number,
      sign: number,
      last: number,
      begin: number,
      end: number,
    ): void {
      const h = real.heap();
      for (let i = begin; i < end; i++) {
        const at = (r: number) =>
          sign * (h[(x >>> shift) + (Math.floor(i / inner) * reduce + r) * inner + (i % inner)] as number);
        const order = Array.from({ length: reduce }, (_, r) => (last ? reduce - 1 - r : r));
        let [found] = order as [number];
        for (const r of order) {
          if (Number.isNaN(at(found))) break;
          if (at(r) > at(found) || Number.isNaN(at(r))) found = r;
        }
        memory.i32[(y >>> 2) + i] = found;
      }
    },

    top_indices(
      indices: number,
      x: number,
      n: number,
      k: number,
      inner: number,
      sign: number,
      begin: number,
      end: number,
    ): void {
      const h = real.heap();
      for (let i = begin; i < end; i++) {
        const [o, c] = [Math.floor(i / inner), i % inner];
        const key = (j: number): number => {
          const value = h[(x >>> shift) + (o * n + j) * inner + c] as number;
          return Number.isNaN(value) ? Number.POSITIVE_INFINITY : value;
        };
        const isNaNAt = (j: number) => Number(Number.isNaN(h[(x >>> shift) + (o * n + j) * inner + c]));
        const order = Array.from({ length: n }, (_, j) => j).sort((p, q) => {
          const [a, b] = [key(p), key(q)];
          if (a !== b) return sign * (a < b ? 1 : -1);
          return sign * (isNaNAt(q) - isNaNAt(p)) || p - q;
        });
        for (let j = 0; j < k; j++) memory.i32[(indices >>> 2) + (o * k + j) * inner + c] = order[j] as number;
      }
    },
  };
}
