import { activate } from "./activation.js";
import type { Real } from "./real.js";

export function gemm(real: Real) {
  const { shift } = real;

  /** The element of A in row i and of B in column j at step p lies at i · am + p · ak, and at p · bk + j · bn. */
  const product = (
    [am, ak, bk, bn]: readonly [number, number, number, number],
    [c, a, b, bias]: readonly [number, number, number, number],
    [n, k]: readonly [number, number],
    [accumulate, activation, alpha]: readonly [number, number, number],
    begin: number,
    end: number,
  ): void => {
    const h = real.heap();
    const [C, A, B, BIAS] = [c >>> shift, a >>> shift, b >>> shift, bias >>> shift];
    for (let i = begin; i < end; i++) {
      for (let j = 0; j < n; j++) {
        let sum = accumulate ? (h[C + i * n + j] as number) : bias ? (h[BIAS + j] as number) : 0;
        for (let p = 0; p < k; p++) sum += (h[A + i * am + p * ak] as number) * (h[B + p * bk + j * bn] as number);
        h[C + i * n + j] = activate(activation, sum, alpha);
      }
    }
  };

  return {
    /** Nothing to pack: the loops here read B itself. */
    gemm_pack(
      _panels: number,
      _b: number,
      _along: number,
      _n: number,
      _k: number,
      _begin: number,
      _end: number,
    ): void {},

    gemm_nn(
      c: number,
      a: number,
      b: number,
      _panels: number,
      bias: number,
      _m: number,
      n: number,
      k: number,
      accumulate: number,
      activation: number,
      alpha: number,
      _scratch: number,
      begin: number,
      end: number,
    ): void {
      product([k, 1, n, 1], [c, a, b, bias], [n, k], [accumulate, activation, alpha], begin, end);
    },

    gemm_nt(
      c: number,
      a: number,
      b: number,
      _panels: number,
      bias: number,
      _m: number,
      n: number,
      k: number,
      accumulate: number,
      activation: number,
      alpha: number,
      _scratch: number,
      begin: number,
      end: number,
    ): void {
      product([k, 1, 1, k], [c, a, b, bias], [n, k], [accumulate, activation, alpha], begin, end);
    },

    gemm_tn(
      c: number,
      a: number,
      b: number,
      _panels: number,
      bias: number,
      m: number,
      n: number,
      k: number,
      accumulate: number,
      activation: number,
      alpha: number,
      _scratch: number,
      begin: number,
      end: number,
    ): void {
      product([1, m, n, 1], [c, a, b, bias], [n, k], [accumulate, activation, alpha], begin, end);
    },
  };
}
