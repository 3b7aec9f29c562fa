import { assign } from "./broadcast.js";
import type { Real } from "./real.js";

export function reduce(real: Real) {
  const { shift } = real;

  /** y [outer, ⌈reduce / block⌉, inner] from x [outer, reduce, inner]. */
  const blocks =
    (start: number, step: (s: number, x: number) => number) =>
    (y: number, x: number, reduce: number, inner: number, block: number, begin: number, end: number): void => {
      const h = real.heap();
      const count = Math.max(Math.ceil(reduce / block), 1);
      for (let i = begin; i < end; i++) {
        const row = Math.floor(i / inner);
        const o = Math.floor(row / count);
        const first = (row % count) * block;
        const last = Math.min(first + block, reduce);
        let s = start;
        for (let r = first; r < last; r++) {
          s = step(s, h[(x >>> shift) + (o * reduce + r) * inner + (i % inner)] as number);
        }
        h[(y >>> shift) + i] = s;
      }
    };

  return {
    reduce_sum: blocks(0, (s, x) => s + x),
    reduce_sum_of_squares: blocks(0, (s, x) => s + x * x),
    reduce_sum_of_magnitudes: blocks(0, (s, x) => s + Math.abs(x)),
    reduce_product: blocks(1, (s, x) => s * x),
    reduce_maximum: blocks(Number.NEGATIVE_INFINITY, Math.max),
    reduce_minimum: blocks(Number.POSITIVE_INFINITY, Math.min),
    reduce_maximum_magnitude: blocks(0, (s, x) => Math.max(s, Math.abs(x))),

    mark_peaks: assign(real, (x, peak) => Number(x === peak)),
    mark_magnitude_peaks: assign(real, (x, peak) => (Math.abs(x) === peak ? Math.sign(x) : 0)),
    sign_times: assign(real, (x, dy) => (x < 0 ? -dy : x === 0 ? 0 : dy)),
    product_share: assign(real, (x, zeros) => {
      if (zeros - Number(x === 0) !== 0) return 0;
      return x === 0 ? 1 : 1 / x;
    }),

    shifted_exp: assign(real, (x, by) => Math.exp(x - (Number.isFinite(by) ? by : 0))),
    shifted_log: assign(real, (x, by) => Math.log(x) + (Number.isFinite(by) ? by : 0)),

    divide_by(y: number, x: number, divisor: number, begin: number, end: number): void {
      const h = real.heap();
      for (let i = begin; i < end; i++) h[(y >>> shift) + i] = (h[(x >>> shift) + i] as number) / divisor;
    },

    square_root(y: number, x: number, begin: number, end: number): void {
      const h = real.heap();
      for (let i = begin; i < end; i++) h[(y >>> shift) + i] = Math.sqrt(h[(x >>> shift) + i] as number);
    },
  };
}
