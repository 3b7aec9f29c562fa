import { clipped, limitsAt } from "./clip.js";
import type { Real } from "./real.js";

export function adaptive(real: Real) {
  const { shift } = real;

  /** What RMSProp's forms share: `m` and `v` are 0 where there is no mean and no velocity. */
  function rmsprop(
    w: number,
    g: number,
    s: number,
    m: number,
    v: number,
    hyper: number,
    clip: number,
    begin: number,
    end: number,
  ) {
    const h = real.heap();
    const [factor, bound] = limitsAt(real, clip);
    const [W, G, S, H] = [w >>> shift, g >>> shift, s >>> shift, hyper >>> shift];
    const [M, V] = [m >>> shift, v >>> shift];
    const [rate, rho, rest, epsilon] = h.subarray(H, H + 4) as unknown as [number, number, number, number];
    const inside = h[H + 4] as number;
    const [momentum, ofGradient] = V === 0 ? [0, 1] : [h[H + 5] as number, h[H + 6] as number];
    for (let i = begin; i < end; i++) {
      const gradient = clipped(h[G + i] as number, factor, bound);
      let square = rho * (h[S + i] as number) + rest * gradient * gradient;
      h[S + i] = square;
      if (M !== 0) {
        const mean = rho * (h[M + i] as number) + rest * gradient;
        h[M + i] = mean;
        square = Math.max(square - mean * mean, 0);
      }
      let move = (ofGradient * gradient) / (Math.sqrt(square + inside) + epsilon);
      if (V !== 0) {
        move += momentum * (h[V + i] as number);
        h[V + i] = move;
      }
      (h[W + i] as number) -= rate * move;
    }
  }

  return {
    adagrad_update(w: number, g: number, s: number, hyper: number, clip: number, begin: number, end: number): void {
      const h = real.heap();
      const [factor, bound] = limitsAt(real, clip);
      const [W, G, S, H] = [w >>> shift, g >>> shift, s >>> shift, hyper >>> shift];
      const [rate, start, epsilon] = h.subarray(H, H + 3) as unknown as [number, number, number];
      for (let i = begin; i < end; i++) {
        const gradient = clipped(h[G + i] as number, factor, bound);
        const sum = (h[S + i] as number) + gradient * gradient;
        h[S + i] = sum;
        (h[W + i] as number) -= (rate * gradient) / (Math.sqrt(sum + start) + epsilon);
      }
    },

    adadelta_update(
      w: number,
      g: number,
      s: number,
      d: number,
      hyper: number,
      clip: number,
      begin: number,
      end: number,
    ): void {
      const h = real.heap();
      const [factor, bound] = limitsAt(real, clip);
      const [W, G, S, D, H] = [w >>> shift, g >>> shift, s >>> shift, d >>> shift, hyper >>> shift];
      const [rate, rho, rest, epsilon] = h.subarray(H, H + 4) as unknown as [number, number, number, number];
      for (let i = begin; i < end; i++) {
        const gradient = clipped(h[G + i] as number, factor, bound);
        const square = rho * (h[S + i] as number) + rest * gradient * gradient;
        h[S + i] = square;
        const moved = h[D + i] as number;
        const move = (Math.sqrt(moved + epsilon) / Math.sqrt(square + epsilon)) * gradient;
        h[D + i] = rho * moved + rest * move * move;
        (h[W + i] as number) -= rate * move;
      }
    },

    rmsprop_update(w: number, g: number, s: number, hyper: number, clip: number, begin: number, end: number): void {
      rmsprop(w, g, s, 0, 0, hyper, clip, begin, end);
    },

    rmsprop_centered_update(
      w: number,
      g: number,
      s: number,
      m: number,
      hyper: number,
      clip: number,
      begin: number,
      end: number,
    ): void {
      rmsprop(w, g, s, m, 0, hyper, clip, begin, end);
    },

    rmsprop_momentum_update(
      w: number,
      g: number,
      s: number,
      v: number,
      hyper: number,
      clip: number,
      begin: number,
      end: number,
    ): void {
      rmsprop(w, g, s, 0, v, hyper, clip, begin, end);
    },

    rmsprop_centered_momentum_update(
      w: number,
      g: number,
      s: number,
      m: number,
      v: number,
      hyper: number,
      clip: number,
      begin: number,
      end: number,
    ): void {
      rmsprop(w, g, s, m, v, hyper, clip, begin, end);
    },
  };
}
