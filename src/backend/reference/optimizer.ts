import { clipped, limitsAt } from "./clip.js";
import type { Real } from "./real.js";

export function optimizer(real: Real) {
  const { shift } = real;
  return {
    sgd_update(w: number, g: number, hyper: number, clip: number, begin: number, end: number): void {
      const h = real.heap();
      const [factor, bound] = limitsAt(real, clip);
      const [W, G, H] = [w >>> shift, g >>> shift, hyper >>> shift];
      const rate = h[H] as number;
      for (let i = begin; i < end; i++) (h[W + i] as number) -= rate * clipped(h[G + i] as number, factor, bound);
    },

    momentum_update(w: number, g: number, v: number, hyper: number, clip: number, begin: number, end: number): void {
      const h = real.heap();
      const [factor, bound] = limitsAt(real, clip);
      const [W, G, V, H] = [w >>> shift, g >>> shift, v >>> shift, hyper >>> shift];
      const [rate, momentum, rest] = h.subarray(H, H + 3) as unknown as [number, number, number];
      for (let i = begin; i < end; i++) {
        const gradient = clipped(h[G + i] as number, factor, bound);
        const velocity = momentum * (h[V + i] as number) + rest * gradient;
        h[V + i] = velocity;
        (h[W + i] as number) -= rate * velocity;
      }
    },

    nesterov_update(w: number, g: number, v: number, hyper: number, clip: number, begin: number, end: number): void {
      const h = real.heap();
      const [factor, bound] = limitsAt(real, clip);
      const [W, G, V, H] = [w >>> shift, g >>> shift, v >>> shift, hyper >>> shift];
      const [rate, momentum, rest] = h.subarray(H, H + 3) as unknown as [number, number, number];
      for (let i = begin; i < end; i++) {
        const gradient = rest * clipped(h[G + i] as number, factor, bound);
        const velocity = momentum * (h[V + i] as number) + gradient;
        h[V + i] = velocity;
        (h[W + i] as number) -= rate * (gradient + momentum * velocity);
      }
    },

    decay_update(w: number, hyper: number, place: number, begin: number, end: number): void {
      const h = real.heap();
      const W = w >>> shift;
      const keep = h[(hyper >>> shift) + place] as number;
      for (let i = begin; i < end; i++) (h[W + i] as number) *= keep;
    },

    lion_update(w: number, g: number, m: number, hyper: number, clip: number, begin: number, end: number): void {
      const h = real.heap();
      const [factor, bound] = limitsAt(real, clip);
      const [W, G, M, H] = [w >>> shift, g >>> shift, m >>> shift, hyper >>> shift];
      const [rate, beta1, rest1] = h.subarray(H, H + 3) as unknown as [number, number, number];
      const [beta2, rest2, keep] = h.subarray(H + 3, H + 6) as unknown as [number, number, number];
      for (let i = begin; i < end; i++) {
        const gradient = clipped(h[G + i] as number, factor, bound);
        const mean = h[M + i] as number;
        h[M + i] = beta2 * mean + rest2 * gradient;
        h[W + i] = keep * (h[W + i] as number) - rate * Math.sign(beta1 * mean + rest1 * gradient);
      }
    },
  };
}
