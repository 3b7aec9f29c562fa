import { activate, through } from "./activation.js";
import type { Real } from "./real.js";

/** Rows that one partial sum holds, as in the kernels. */
const CHUNK = 64;

export function batchnorm(real: Real) {
  const { shift } = real;

  const join = (partials: number, rows: number, width: number, column: number): number => {
    const h = real.heap();
    let sum = 0;
    for (let chunk = 0; chunk * CHUNK < rows; chunk++)
      sum += h[(partials >>> shift) + chunk * width + column] as number;
    return sum;
  };

  return {
    batchnorm_sums(partials: number, x: number, rows: number, channels: number, begin: number, end: number): void {
      const h = real.heap();
      const [P, X] = [partials >>> shift, x >>> shift];
      for (let chunk = begin; chunk < end; chunk++) {
        const sums = new Float64Array(channels);
        for (let row = chunk * CHUNK; row < Math.min(rows, (chunk + 1) * CHUNK); row++) {
          for (let c = 0; c < channels; c++) (sums[c] as number) += h[X + row * channels + c] as number;
        }
        h.set(sums, P + chunk * channels);
      }
    },

    batchnorm_squares(
      partials: number,
      x: number,
      mean: number,
      rows: number,
      channels: number,
      begin: number,
      end: number,
    ): void {
      const h = real.heap();
      const [P, X, M] = [partials >>> shift, x >>> shift, mean >>> shift];
      for (let chunk = begin; chunk < end; chunk++) {
        const sums = new Float64Array(channels);
        for (let row = chunk * CHUNK; row < Math.min(rows, (chunk + 1) * CHUNK); row++) {
          for (let c = 0; c < channels; c++) {
            const d = (h[X + row * channels + c] as number) - (h[M + c] as number);
            (sums[c] as number) += d * d;
          }
        }
        h.set(sums, P + chunk * channels);
      }
    },

    batchnorm_mean(mean: number, partials: number, rows: number, channels: number, begin: number, end: number): void {
      const h = real.heap();
      for (let c = begin; c < end; c++) h[(mean >>> shift) + c] = join(partials, rows, channels, c) / rows;
    },

    batchnorm_variance(
      inverse: number,
      movingMean: number,
      movingVariance: number,
      mean: number,
      partials: number,
      momentum: number,
      epsilon: number,
      correction: number,
      rows: number,
      channels: number,
      begin: number,
      end: number,
    ): void {
      const h = real.heap();
      const [I, M, MM, MV] = [inverse >>> shift, mean >>> shift, movingMean >>> shift, movingVariance >>> shift];
      for (let c = begin; c < end; c++) {
        const variance = join(partials, rows, channels, c) / rows;
        h[I + c] = 1 / Math.sqrt(variance + epsilon);
        if (movingMean) h[MM + c] = (h[MM + c] as number) * momentum + (h[M + c] as number) * (1 - momentum);
        if (movingVariance) h[MV + c] = (h[MV + c] as number) * momentum + variance * correction * (1 - momentum);
      }
    },

    batchnorm_inverse(inverse: number, variance: number, epsilon: number, begin: number, end: number): void {
      const h = real.heap();
      const [I, V] = [inverse >>> shift, variance >>> shift];
      for (let c = begin; c < end; c++) h[I + c] = 1 / Math.sqrt((h[V + c] as number) + epsilon);
    },

    batchnorm_forward(
      y: number,
      x: number,
      mean: number,
      inverse: number,
      gamma: number,
      beta: number,
      kind: number,
      alpha: number,
      channels: number,
      begin: number,
      end: number,
    ): void {
      const h = real.heap();
      const [Y, X, M, I] = [y >>> shift, x >>> shift, mean >>> shift, inverse >>> shift];
      const [G, B] = [gamma >>> shift, beta >>> shift];
      for (let row = begin; row < end; row++) {
        for (let c = 0; c < channels; c++) {
          const i = row * channels + c;
          const normal = ((h[X + i] as number) - (h[M + c] as number)) * (h[I + c] as number);
          const z = normal * (gamma ? (h[G + c] as number) : 1) + (beta ? (h[B + c] as number) : 0);
          h[Y + i] = activate(kind, z, alpha);
        }
      }
    },

    batchnorm_backward_sums(
      partials: number,
      dy: number,
      x: number,
      mean: number,
      y: number,
      kind: number,
      alpha: number,
      rows: number,
      channels: number,
      begin: number,
      end: number,
    ): void {
      const h = real.heap();
      const [P, DY, X, M, Y] = [partials >>> shift, dy >>> shift, x >>> shift, mean >>> shift, y >>> shift];
      for (let chunk = begin; chunk < end; chunk++) {
        const sums = new Float64Array(2 * channels);
        for (let row = chunk * CHUNK; row < Math.min(rows, (chunk + 1) * CHUNK); row++) {
          for (let c = 0; c < channels; c++) {
            const i = row * channels + c;
            const g = through(kind, h[DY + i] as number, h[Y + i] as number, alpha);
            (sums[c] as number) += g;
            (sums[channels + c] as number) += g * ((h[X + i] as number) - (h[M + c] as number));
          }
        }
        h.set(sums, P + 2 * chunk * channels);
      }
    },

    batchnorm_backward_parameters(
      dgamma: number,
      dbeta: number,
      sums: number,
      partials: number,
      inverse: number,
      rows: number,
      channels: number,
      begin: number,
      end: number,
    ): void {
      const h = real.heap();
      const [DG, DB, S, I] = [dgamma >>> shift, dbeta >>> shift, sums >>> shift, inverse >>> shift];
      for (let c = begin; c < end; c++) {
        const sum = join(partials, rows, 2 * channels, c);
        const product = join(partials, rows, 2 * channels, channels + c) * (h[I + c] as number);
        h[S + c] = sum;
        h[S + channels + c] = product;
        if (dbeta) (h[DB + c] as number) += sum;
        if (dgamma) (h[DG + c] as number) += product;
      }
    },

    batchnorm_backward(
      dx: number,
      dy: number,
      x: number,
      mean: number,
      inverse: number,
      gamma: number,
      sums: number,
      y: number,
      kind: number,
      alpha: number,
      accumulate: number,
      rows: number,
      channels: number,
      begin: number,
      end: number,
    ): void {
      const h = real.heap();
      const [DX, DY, X, M] = [dx >>> shift, dy >>> shift, x >>> shift, mean >>> shift];
      const [I, G, S, Y] = [inverse >>> shift, gamma >>> shift, sums >>> shift, y >>> shift];
      for (let row = begin; row < end; row++) {
        for (let c = 0; c < channels; c++) {
          const i = row * channels + c;
          const inverseDeviation = h[I + c] as number;
          const normal = ((h[X + i] as number) - (h[M + c] as number)) * inverseDeviation;
          const dz = through(kind, h[DY + i] as number, h[Y + i] as number, alpha);
          const centred = dz - (h[S + c] as number) / rows;
          const g = centred - (normal * (h[S + channels + c] as number)) / rows;
          const d = (gamma ? (h[G + c] as number) : 1) * inverseDeviation * g;
          h[DX + i] = accumulate ? (h[DX + i] as number) + d : d;
        }
      }
    },

    batchnorm_inference_backward(
      dx: number,
      dy: number,
      inverse: number,
      gamma: number,
      y: number,
      kind: number,
      alpha: number,
      accumulate: number,
      channels: number,
      begin: number,
      end: number,
    ): void {
      const h = real.heap();
      const [DX, DY, I, G, Y] = [dx >>> shift, dy >>> shift, inverse >>> shift, gamma >>> shift, y >>> shift];
      for (let row = begin; row < end; row++) {
        for (let c = 0; c < channels; c++) {
          const i = row * channels + c;
          const dz = through(kind, h[DY + i] as number, h[Y + i] as number, alpha);
          const d = (gamma ? (h[G + c] as number) : 1) * (h[I + c] as number) * dz;
          h[DX + i] = accumulate ? (h[DX + i] as number) + d : d;
        }
      }
    },
  };
}
