import type { Real } from "./real.js";

export function attention(real: Real) {
  const { shift } = real;
  return {
    attention_weights_forward(
      y: number,
      x: number,
      mask: number,
      d1: number,
      d2: number,
      d3: number,
      m0: number,
      m1: number,
      m2: number,
      m3: number,
      step: number,
      queries: number,
      columns: number,
      begin: number,
      end: number,
    ): void {
      const h = real.heap();
      const bytes = real.memory.u8;
      const [Y, X] = [y >>> shift, x >>> shift];
      for (let row = begin; row < end; row++) {
        const at = [
          Math.floor(row / d3 / d2 / d1),
          Math.floor(row / d3 / d2) % d1,
          Math.floor(row / d3) % d2,
          row % d3,
        ];
        const first = [m0, m1, m2, m3].reduce((sum, stride, axis) => sum + stride * (at[axis] as number), mask);
        const may = (j: number) => !(queries && j > row % queries) && (!mask || bytes[first + j * step] !== 0);
        let max = Number.NEGATIVE_INFINITY;
        for (let j = 0; j < columns; j++) {
          const v = h[X + row * columns + j] as number;
          if (may(j) && v > max) max = v;
        }
        let sum = 0;
        for (let j = 0; j < columns; j++) {
          const e = may(j) ? Math.exp((h[X + row * columns + j] as number) - max) : 0;
          h[Y + row * columns + j] = e;
          sum += e;
        }
        for (let j = 0; j < columns; j++) if (may(j)) (h[Y + row * columns + j] as number) /= sum;
      }
    },
  };
}
