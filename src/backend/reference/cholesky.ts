import type { Real } from "./real.js";

export function cholesky(real: Real) {
  const { shift } = real;
  const round: (x: number) => number = shift === 2 ? Math.fround : (x) => x;
  type Heap = Float32Array | Float64Array;

  /** start − Σ h[a + k · aStep] · h[b + k · bStep], first ≤ k < last, rounded after each operation. */
  const less = (
    h: Heap,
    start: number,
    a: number,
    aStep: number,
    b: number,
    bStep: number,
    first: number,
    last: number,
  ): number => {
    let sum = start;
    for (let k = first; k < last; k++) {
      sum = round(sum - round((h[a + k * aStep] as number) * (h[b + k * bStep] as number)));
    }
    return sum;
  };

  return {
    cholesky(a: number, n: number): number {
      const h = real.heap();
      const A = a >>> shift;
      for (let i = 0; i < n; i++) {
        for (let j = i; j < n; j++) {
          h[A + i * n + j] = less(h, h[A + i * n + j] as number, A + i, n, A + j, n, 0, i);
          if (j > i) h[A + i * n + j] = (h[A + i * n + j] as number) / (h[A + i * n + i] as number);
          else if ((h[A + i * n + i] as number) > 0) h[A + i * n + i] = Math.sqrt(h[A + i * n + i] as number);
          else return i + 1;
        }
      }
      return 0;
    },

    cholesky_inverse(y: number, u: number, scratch: number, n: number): void {
      const h = real.heap();
      const [Y, U, V] = [y >>> shift, u >>> shift, scratch >>> shift];
      h.fill(0, V, V + n * n);
      for (let i = 0; i < n; i++) {
        for (let j = 0; j <= i; j++) {
          const start = i === j ? 1 : less(h, 0, U + i, n, V + j, n, j, i);
          h[V + i * n + j] = start / (h[U + i * n + i] as number);
        }
      }
      for (let i = 0; i < n; i++) {
        for (let j = 0; j <= i; j++) {
          const value = -less(h, 0, V + i, n, V + j, n, i, n);
          h[Y + i * n + j] = value;
          h[Y + j * n + i] = value;
        }
      }
    },

    solve_lower(x: number, u: number, n: number, m: number, begin: number, end: number): void {
      const h = real.heap();
      const [X, U] = [x >>> shift, u >>> shift];
      for (let i = 0; i < n; i++) {
        for (let j = begin; j < end; j++) {
          const at = X + i * m + j;
          h[at] = less(h, h[at] as number, U + i, n, X + j, m, 0, i) / (h[U + i * n + i] as number);
        }
      }
    },

    solve_upper(x: number, u: number, n: number, m: number, begin: number, end: number): void {
      const h = real.heap();
      const [X, U] = [x >>> shift, u >>> shift];
      for (let i = n - 1; i >= 0; i--) {
        for (let j = begin; j < end; j++) {
          const at = X + i * m + j;
          h[at] = less(h, h[at] as number, U + i * n, 1, X + j, m, i + 1, n) / (h[U + i * n + i] as number);
        }
      }
    },
  };
}
