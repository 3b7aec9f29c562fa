import type { Real } from "./real.js";

export function optimizer(real: Real) {
  const { shift } = real;
  return {
    sgd_update(w: number, g: number, hyper: number, begin: number, end: number): void {
      const h = real.heap();
      const [W, G, H] = [w >>> shift, g >>> shift, hyper >>> shift];
      const rate = h[H] as number;
      for (let i = begin; i < end; i++) (h[W + i] as number) -= rate * (h[G + i] as number);
    },

    momentum_update(w: number, g: number, v: number, hyper: number, begin: number, end: number): void {
      const h = real.heap();
      const [W, G, V, H] = [w >>> shift, g >>> shift, v >>> shift, hyper >>> shift];
      const [rate, momentum] = [h[H] as number, h[H + 1] as number];
      for (let i = begin; i < end; i++) {
        const velocity = momentum * (h[V + i] as number) + (h[G + i] as number);
        h[V + i] = velocity;
        (h[W + i] as number) -= rate * velocity;
      }
    },

    nesterov_update(w: number, g: number, v: number, hyper: number, begin: number, end: number): void {
      const h = real.heap();
      const [W, G, V, H] = [w >>> shift, g >>> shift, v >>> shift, hyper >>> shift];
      const [rate, momentum] = [h[H] as number, h[H + 1] as number];
      for (let i = begin; i < end; i++) {
        const gradient = h[G + i] as number;
        const velocity = momentum * (h[V + i] as number) + gradient;
        h[V + i] = velocity;
        (h[W + i] as number) -= rate * (gradient + momentum * velocity);
      }
    },

    rmsprop_update(w: number, g: number, s: number, hyper: number, begin: number, end: number): void {
      const h = real.heap();
      const [W, G, S, H] = [w >>> shift, g >>> shift, s >>> shift, hyper >>> shift];
      const [rate, rho, rest, epsilon] = h.subarray(H, H + 4) as unknown as [number, number, number, number];
      for (let i = begin; i < end; i++) {
        const gradient = h[G + i] as number;
        const square = rho * (h[S + i] as number) + rest * gradient * gradient;
        h[S + i] = square;
        (h[W + i] as number) -= (rate * gradient) / (Math.sqrt(square) + epsilon);
      }
    },

    adam_update(w: number, g: number, m: number, v: number, hyper: number, begin: number, end: number): void {
      const h = real.heap();
      const [W, G, M, V, H] = [w >>> shift, g >>> shift, m >>> shift, v >>> shift, hyper >>> shift];
      const [rate, beta1, rest1, beta2] = h.subarray(H, H + 4) as unknown as [number, number, number, number];
      const [rest2, root, epsilon, keep] = h.subarray(H + 4, H + 8) as unknown as [number, number, number, number];
      for (let i = begin; i < end; i++) {
        const gradient = h[G + i] as number;
        const mean = beta1 * (h[M + i] as number) + rest1 * gradient;
        const square = beta2 * (h[V + i] as number) + rest2 * gradient * gradient;
        h[M + i] = mean;
        h[V + i] = square;
        h[W + i] = keep * (h[W + i] as number) - (rate * mean) / (Math.sqrt(square) * root + epsilon);
      }
    },
  };
}
