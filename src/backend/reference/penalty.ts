import type { Real } from "./real.js";

export function penalty(real: Real) {
  const { shift } = real;
  return {
    penalty_forward(y: number, w: number, l1: number, l2: number, n: number): void {
      const h = real.heap();
      const W = w >>> shift;
      let absolute = 0;
      let square = 0;
      for (let i = 0; i < n; i++) {
        const v = h[W + i] as number;
        absolute += Math.abs(v);
        square += v * v;
      }
      h[y >>> shift] = (l1 === 0 ? 0 : l1 * absolute) + (l2 === 0 ? 0 : l2 * square);
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
