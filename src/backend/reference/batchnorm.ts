import type { Real } from "./real.js";

/** Rows that one partial sum holds, as in the kernels. */
const CHUNK = 64;

export function batchnorm(real: Real) {
  const { shift } = real;

  /** partials[chunk, c] = Σ term(row element, its column) over the rows of the chunk. */
  const sumChunks = (
    partials: number,
    width: number,
    offset: number,
    rows: number,
    channels: number,
    begin: number,
    end: number,
    term: (element: number, column: number) => number,
  ): void => {
    const h = real.heap();
    const sums = new Float64Array(channels);
    for (let chunk = begin; chunk < end; chunk++) {
      sums.fill(0);
      for (let row = chunk * CHUNK; row < Math.min(rows, (chunk + 1) * CHUNK); row++) {
        for (let c = 0; c < channels; c++) (sums[c] as number) += term(row * channels + c, c);
      }
      h.set(sums, (partials >>> shift) + chunk * width + offset);
    }
  };

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
      const X = x >>> shift;
      sumChunks(partials, channels, 0, rows, channels, begin, end, (i) => h[X + i] as number);
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
      const [X, M] = [x >>> shift, mean >>> shift];
      sumChunks(partials, channels, 0, rows, channels, begin, end, (i, c) => {
        const d = (h[X + i] as number) - (h[M + c] as number);
        return d * d;
      });
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
        if (movingVariance) h[MV + c] = (h[MV + c] as number) * momentum + variance * (1 - momentum);
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
          h[Y + i] = normal * (gamma ? (h[G + c] as number) : 1) + (beta ? (h[B + c] as number) : 0);
        }
      }
    },

    batchnorm_backward_sums(
      partials: number,
      dy: number,
      x: number,
      mean: number,
      rows: number,
      channels: number,
      begin: number,
      end: number,
    ): void {
      const h = real.heap();
      const [DY, X, M] = [dy >>> shift, x >>> shift, mean >>> shift];
      const width = 2 * channels;
      sumChunks(partials, width, 0, rows, channels, begin, end, (i) => h[DY + i] as number);
      sumChunks(partials, width, channels, rows, channels, begin, end, (i, c) => {
        return (h[DY + i] as number) * ((h[X + i] as number) - (h[M + c] as number));
      });
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
      rows: number,
      channels: number,
      begin: number,
      end: number,
    ): void {
      const h = real.heap();
      const [DX, DY, X, M] = [dx >>> shift, dy >>> shift, x >>> shift, mean >>> shift];
      const [I, G, S] = [inverse >>> shift, gamma >>> shift, sums >>> shift];
      for (let row = begin; row < end; row++) {
        for (let c = 0; c < channels; c++) {
          const i = row * channels + c;
          const inverseDeviation = h[I + c] as number;
          const normal = ((h[X + i] as number) - (h[M + c] as number)) * inverseDeviation;
          const centred = (h[DY + i] as number) - (h[S + c] as number) / rows;
          const g = centred - (normal * (h[S + channels + c] as number)) / rows;
          (h[DX + i] as number) += (gamma ? (h[G + c] as number) : 1) * inverseDeviation * g;
        }
      }
    },

    batchnorm_inference_backward(
      dx: number,
      dy: number,
      inverse: number,
      gamma: number,
      channels: number,
      begin: number,
      end: number,
    ): void {
      const h = real.heap();
      const [DX, DY, I, G] = [dx >>> shift, dy >>> shift, inverse >>> shift, gamma >>> shift];
      for (let row = begin; row < end; row++) {
        for (let c = 0; c < channels; c++) {
          const i = row * channels + c;
          (h[DX + i] as number) += (gamma ? (h[G + c] as number) : 1) * (h[I + c] as number) * (h[DY + i] as number);
        }
      }
    },
  };
}
