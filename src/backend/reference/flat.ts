import type { Real } from "./real.js";

export function flat(real: Real) {
  const { memory, shift } = real;
  return {
    dot_product(y: number, a: number, b: number, begin: number, end: number): void {
      const h = real.heap();
      const [A, B] = [a >>> shift, b >>> shift];
      let sum = 0;
      for (let i = begin; i < end; i++) sum += (h[A + i] as number) * (h[B + i] as number);
      (memory.f64[y >>> 3] as number) += sum;
    },

    multiply_by(y: number, x: number, factor: number, begin: number, end: number): void {
      const h = real.heap();
      const [Y, X] = [y >>> shift, x >>> shift];
      for (let i = begin; i < end; i++) h[Y + i] = factor * (h[X + i] as number);
    },

    keep_normal(x: number, least: number, begin: number, end: number): void {
      const h = real.heap();
      const X = x >>> shift;
      for (let i = begin; i < end; i++) {
        const v = h[X + i] as number;
        if (v !== 0 && Math.abs(v) < least) h[X + i] = Math.sign(v) * least;
      }
    },

    add_scaled(y: number, x: number, factor: number, begin: number, end: number): void {
      const h = real.heap();
      const [Y, X] = [y >>> shift, x >>> shift];
      for (let i = begin; i < end; i++) (h[Y + i] as number) += factor * (h[X + i] as number);
    },

    move_towards(y: number, x: number, part: number, begin: number, end: number): void {
      const h = real.heap();
      const [Y, X] = [y >>> shift, x >>> shift];
      for (let i = begin; i < end; i++) {
        const old = h[Y + i] as number;
        h[Y + i] = part === 1 ? (h[X + i] as number) : old + part * ((h[X + i] as number) - old);
      }
    },
  };
}
