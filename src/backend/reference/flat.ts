import type { Real } from "./real.js";

export function flat(real: Real) {
  const { memory, shift } = real;

  const dot = (a: number, b: number, begin: number, end: number): number => {
    const h = real.heap();
    const [A, B] = [a >>> shift, b >>> shift];
    let sum = 0;
    for (let i = begin; i < end; i++) sum += (h[A + i] as number) * (h[B + i] as number);
    return sum;
  };

  return {
    dot_product(y: number, a: number, b: number, begin: number, end: number): void {
      (memory.f64[y >>> 3] as number) += dot(a, b, begin, end);
    },

    dot_parts(
      parts: number,
      a: number,
      b: number,
      first: number,
      last: number,
      part: number,
      begin: number,
      end: number,
    ): void {
      for (let p = begin; p < end; p++) {
        memory.f64[(parts >>> 3) + p] = dot(a, b, first + p * part, Math.min(last, first + (p + 1) * part));
      }
    },

    add_parts(y: number, parts: number, n: number): void {
      for (let p = 0; p < n; p++) (memory.f64[y >>> 3] as number) += memory.f64[(parts >>> 3) + p] as number;
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
