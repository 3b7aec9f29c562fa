import type { Real } from "./real.js";

export function softmax(real: Real) {
  const { shift } = real;
  return {
    softmax_forward(y: number, x: number, classes: number, begin: number, end: number): void {
      const h = real.heap();
      for (let row = begin; row < end; row++) softmaxRow(h, y >>> shift, x >>> shift, row, classes);
    },

    softmax_backward(dx: number, dy: number, y: number, classes: number, begin: number, end: number): void {
      const h = real.heap();
      const [DX, DY, Y] = [dx >>> shift, dy >>> shift, y >>> shift];
      for (let row = begin; row < end; row++) {
        let mean = 0;
        for (let j = row * classes; j < (row + 1) * classes; j++) mean += (h[DY + j] as number) * (h[Y + j] as number);
        for (let j = row * classes; j < (row + 1) * classes; j++) {
          (h[DX + j] as number) += (h[Y + j] as number) * ((h[DY + j] as number) - mean);
        }
      }
    },

    log_softmax_forward(y: number, x: number, classes: number, begin: number, end: number): void {
      const h = real.heap();
      const [Y, X] = [y >>> shift, x >>> shift];
      for (let row = begin; row < end; row++) {
        const { max, sum } = maxAndSum(h, X, row, classes);
        for (let j = row * classes; j < (row + 1) * classes; j++) {
          h[Y + j] = (h[X + j] as number) - max - Math.log(sum);
        }
      }
    },

    log_softmax_backward(dx: number, dy: number, y: number, classes: number, begin: number, end: number): void {
      const h = real.heap();
      const [DX, DY, Y] = [dx >>> shift, dy >>> shift, y >>> shift];
      for (let row = begin; row < end; row++) {
        let sum = 0;
        for (let j = row * classes; j < (row + 1) * classes; j++) sum += h[DY + j] as number;
        for (let j = row * classes; j < (row + 1) * classes; j++) {
          (h[DX + j] as number) += (h[DY + j] as number) - Math.exp(h[Y + j] as number) * sum;
        }
      }
    },
  };
}

/** The greatest element of a row, and Σ e^(x − max). `X` counts elements. */
export function maxAndSum(h: Float32Array | Float64Array, X: number, row: number, classes: number) {
  let max = Number.NEGATIVE_INFINITY;
  for (let j = row * classes; j < (row + 1) * classes; j++) {
    const v = h[X + j] as number;
    if (v > max) max = v;
  }
  let sum = 0;
  for (let j = row * classes; j < (row + 1) * classes; j++) sum += Math.exp((h[X + j] as number) - max);
  return { max, sum };
}

/** Writes one row of probabilities; returns as `maxAndSum`. */
export function softmaxRow(h: Float32Array | Float64Array, Y: number, X: number, row: number, classes: number) {
  const { max, sum } = maxAndSum(h, X, row, classes);
  for (let j = row * classes; j < (row + 1) * classes; j++) h[Y + j] = Math.exp((h[X + j] as number) - max) / sum;
  return { max, sum };
}
