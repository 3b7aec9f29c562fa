import type { Real } from "./real.js";

/** Rows that one partial sum holds, as in the kernels. */
const CHUNK = 64;

export function layernorm(real: Real) {
  const { shift } = real;
  return {
    layernorm_forward(
      y: number,
      mean: number,
      inverse: number,
      x: number,
      gamma: number,
      beta: number,
      epsilon: number,
      columns: number,
      begin: number,
      end: number,
    ): void {
      const h = real.heap();
      const [Y, M, I, X, G, B] = [
        y >>> shift,
        mean >>> shift,
        inverse >>> shift,
        x >>> shift,
        gamma >>> shift,
        beta >>> shift,
      ];
      for (let row = begin; row < end; row++) {
        const values = h.subarray(X + row * columns, X + (row + 1) * columns);
        let average = 0;
        if (mean) {
          for (const v of values) average += v / columns;
          h[M + row] = average;
        }
        let variance = 0;
        for (const v of values) variance += (v - average) ** 2 / columns;
        const inverseDeviation = 1 / Math.sqrt(variance + epsilon);
        h[I + row] = inverseDeviation;
        values.forEach((v, j) => {
          const normal = (v - average) * inverseDeviation;
          h[Y + row * columns + j] = normal * (gamma ? (h[G + j] as number) : 1) + (beta ? (h[B + j] as number) : 0);
        });
      }
    },

    layernorm_backward(
      dx: number,
      dy: number,
      x: number,
      mean: number,
      inverse: number,
      gamma: number,
      columns: number,
      begin: number,
      end: number,
    ): void {
      const h = real.heap();
      const [DX, DY, X, M, I, G] = [
        dx >>> shift,
        dy >>> shift,
        x >>> shift,
        mean >>> shift,
        inverse >>> shift,
        gamma >>> shift,
      ];
      for (let row = begin; row < end; row++) {
        const m = mean ? (h[M + row] as number) : 0;
        const v = h[I + row] as number;
        const normal = (j: number) => ((h[X + row * columns + j] as number) - m) * v;
        const g = (j: number) => (h[DY + row * columns + j] as number) * (gamma ? (h[G + j] as number) : 1);
        let [average, slope] = [0, 0];
        for (let j = 0; j < columns; j++) {
          if (mean) average += g(j) / columns;
          slope += (g(j) * normal(j)) / columns;
        }
        for (let j = 0; j < columns; j++)
          (h[DX + row * columns + j] as number) += v * (g(j) - average - normal(j) * slope);
      }
    },

    layernorm_backward_parameters(
      partials: number,
      dy: number,
      x: number,
      mean: number,
      inverse: number,
      rows: number,
      columns: number,
      begin: number,
      end: number,
    ): void {
      const h = real.heap();
      const [P, DY, X, M, I] = [partials >>> shift, dy >>> shift, x >>> shift, mean >>> shift, inverse >>> shift];
      for (let chunk = begin; chunk < end; chunk++) {
        const sums = new Float64Array(2 * columns);
        for (let row = chunk * CHUNK; row < Math.min(rows, (chunk + 1) * CHUNK); row++) {
          const m = mean ? (h[M + row] as number) : 0;
          for (let j = 0; j < columns; j++) {
            const g = h[DY + row * columns + j] as number;
            (sums[j] as number) += g;
            (sums[columns + j] as number) += g * ((h[X + row * columns + j] as number) - m) * (h[I + row] as number);
          }
        }
        h.set(sums, P + 2 * chunk * columns);
      }
    },
  };
}
