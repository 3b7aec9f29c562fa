import type { Real } from "./real.js";

export function activation(real: Real) {
  const { shift } = real;
  return {
    relu_forward(y: number, x: number, begin: number, end: number): void {
      const h = real.heap();
      const [Y, X] = [y >>> shift, x >>> shift];
      for (let i = begin; i < end; i++) {
        const v = h[X + i] as number;
        h[Y + i] = v < 0 ? 0 : v;
      }
    },

    relu_backward(dx: number, dy: number, y: number, begin: number, end: number): void {
      const h = real.heap();
      const [DX, DY, Y] = [dx >>> shift, dy >>> shift, y >>> shift];
      for (let i = begin; i < end; i++) {
        if ((h[Y + i] as number) > 0) (h[DX + i] as number) += h[DY + i] as number;
      }
    },
  };
}
