import { clipped, limitsAt } from "./clip.js";
import type { Real } from "./real.js";

export function adam(real: Real) {
  const { shift } = real;
  return {
    adam_update(
      w: number,
      g: number,
      m: number,
      v: number,
      hyper: number,
      clip: number,
      begin: number,
      end: number,
    ): void {
      const h = real.heap();
      const [factor, bound] = limitsAt(real, clip);
      const [W, G, M, V, H] = [w >>> shift, g >>> shift, m >>> shift, v >>> shift, hyper >>> shift];
      const [rate, beta1, rest1, beta2] = h.subarray(H, H + 4) as unknown as [number, number, number, number];
      const [rest2, root, epsilon, keep] = h.subarray(H + 4, H + 8) as unknown as [number, number, number, number];
      for (let i = begin; i < end; i++) {
        const gradient = clipped(h[G + i] as number, factor, bound);
        const mean = beta1 * (h[M + i] as number) + rest1 * gradient;
        const square = beta2 * (h[V + i] as number) + rest2 * gradient * gradient;
        h[M + i] = mean;
        h[V + i] = square;
        h[W + i] = keep * (h[W + i] as number) - (rate * mean) / (Math.sqrt(square) * root + epsilon);
      }
    },

    amsgrad_update(
      w: number,
      g: number,
      m: number,
      v: number,
      top: number,
      hyper: number,
      clip: number,
      begin: number,
      end: number,
    ): void {
      const h = real.heap();
      const [factor, bound] = limitsAt(real, clip);
      const [W, G, M, V, H] = [w >>> shift, g >>> shift, m >>> shift, v >>> shift, hyper >>> shift];
      const T = top >>> shift;
      const [rate, beta1, rest1, beta2] = h.subarray(H, H + 4) as unknown as [number, number, number, number];
      const [rest2, root, epsilon, keep] = h.subarray(H + 4, H + 8) as unknown as [number, number, number, number];
      for (let i = begin; i < end; i++) {
        const gradient = clipped(h[G + i] as number, factor, bound);
        const mean = beta1 * (h[M + i] as number) + rest1 * gradient;
        const square = beta2 * (h[V + i] as number) + rest2 * gradient * gradient;
        h[M + i] = mean;
        h[V + i] = square;
        const most = Math.max(h[T + i] as number, square);
        h[T + i] = most;
        h[W + i] = keep * (h[W + i] as number) - (rate * mean) / (Math.sqrt(most) * root + epsilon);
      }
    },

    adamax_update(
      w: number,
      g: number,
      m: number,
      u: number,
      hyper: number,
      clip: number,
      begin: number,
      end: number,
    ): void {
      const h = real.heap();
      const [factor, bound] = limitsAt(real, clip);
      const [W, G, M, U, H] = [w >>> shift, g >>> shift, m >>> shift, u >>> shift, hyper >>> shift];
      const [rate, beta1, rest1] = h.subarray(H, H + 3) as unknown as [number, number, number];
      const [beta2, inside, epsilon] = h.subarray(H + 3, H + 6) as unknown as [number, number, number];
      for (let i = begin; i < end; i++) {
        const gradient = clipped(h[G + i] as number, factor, bound);
        const mean = beta1 * (h[M + i] as number) + rest1 * gradient;
        const most = Math.max(beta2 * (h[U + i] as number), Math.abs(gradient) + inside);
        h[M + i] = mean;
        h[U + i] = most;
        (h[W + i] as number) -= (rate * mean) / (most + epsilon);
      }
    },

    nadam_update(
      w: number,
      g: number,
      m: number,
      v: number,
      hyper: number,
      clip: number,
      begin: number,
      end: number,
    ): void {
      const h = real.heap();
      const [factor, bound] = limitsAt(real, clip);
      const [W, G, M, V, H] = [w >>> shift, g >>> shift, m >>> shift, v >>> shift, hyper >>> shift];
      const [ofGradient, ofMean, beta1, rest1] = h.subarray(H, H + 4) as unknown as [number, number, number, number];
      const [beta2, rest2, root, epsilon] = h.subarray(H + 4, H + 8) as unknown as [number, number, number, number];
      for (let i = begin; i < end; i++) {
        const gradient = clipped(h[G + i] as number, factor, bound);
        const mean = beta1 * (h[M + i] as number) + rest1 * gradient;
        const square = beta2 * (h[V + i] as number) + rest2 * gradient * gradient;
        h[M + i] = mean;
        h[V + i] = square;
        (h[W + i] as number) -= (ofGradient * gradient + ofMean * mean) / (Math.sqrt(square) * root + epsilon);
      }
    },
  };
}
