import type { Real } from "./real.js";

export function memory(real: Real) {
  const { shift } = real;
  return {
    fill(y: number, value: number, begin: number, end: number): void {
      real.heap().fill(value, (y >>> shift) + begin, (y >>> shift) + end);
    },

    copy(y: number, x: number, begin: number, end: number): void {
      real.heap().copyWithin((y >>> shift) + begin, (x >>> shift) + begin, (x >>> shift) + end);
    },

    accumulate_into(y: number, x: number, begin: number, end: number): void {
      const h = real.heap();
      const [Y, X] = [y >>> shift, x >>> shift];
      for (let i = begin; i < end; i++) (h[Y + i] as number) += h[X + i] as number;
    },
  };
}
