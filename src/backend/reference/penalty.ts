import type { Real } from "./real.js";

/** Elements of one partial sum. */
const CHUNK = 1024;

export function penalty(real: Real) {
  const { memory, shift } = real;
  return {
    penalty_sums(sums: number, w: number, n: number, begin: number, end: number): void {
      const h = real.heap();
      for (let chunk = begin; chunk < end; chunk++) {
        let [absolute, square] = [0, 0];
        for (let i = chunk * CHUNK; i < Math.min(n, (chunk + 1) * CHUNK); i++) {
          const v = h[(w >>> shift) + i] as number;
          absolute += Math.abs(v);
          square += v * v;
        }
        memory.f64[(sums >>> 3) + 2 * chunk] = absolute;
        memory.f64[(sums >>> 3) + 2 * chunk + 1] = square;
      }
    },

    penalty_forward(y: number, sums: number, l1: number, l2: number, chunks: number): void {
      let [absolute, square] = [0, 0];
      for (let chunk = 0; chunk < chunks; chunk++) {
        absolute += memory.f64[(sums >>> 3) + 2 * chunk] as number;
        square += memory.f64[(sums >>> 3) + 2 * chunk + 1] as number;
      }
      real.heap()[y >>> shift] = (l1 === 0 ? 0 : l1 * absolute) + (l2 === 0 ? 0 : l2 * square);
    },

    penalty_backward(dw: number, dy: number, w: number, l1: number, l2: number, begin: number, end: number): void {
      const h = real.heap();
      const [DW, W] = [dw >>> shift, w >>> shift];
      const out = h[dy >>> shift] as number;
      for (let i = begin; i < end; i++) {
        const v = h[W + i] as number;
        const sign = l1 * Math.sign(v);
        (h[DW + i] as number) += out * (sign + (l2 === 0 ? 0 : 2 * l2 * v));
      }
    },
  };
}
