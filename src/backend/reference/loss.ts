import { type Real, shareOf } from "./real.js";

export function loss(real: Real) {
  const { shift } = real;
  return {
    squared_error_forward(
      loss: number,
      da: number,
      a: number,
      b: number,
      weights: number,
      share: number,
      divisor: number,
      columns: number,
      begin: number,
      end: number,
    ): void {
      const h = real.heap();
      const [L, DA, A, B] = [loss >>> shift, da >>> shift, a >>> shift, b >>> shift];
      for (let row = begin; row < end; row++) {
        const g = shareOf(real, row, weights, share) * (2 / divisor);
        let sum = 0;
        for (let j = row * columns; j < (row + 1) * columns; j++) {
          const d = (h[A + j] as number) - (h[B + j] as number);
          sum += d ** 2;
          if (da) h[DA + j] = d * g;
        }
        h[L + row] = sum / divisor;
      }
    },

    squared_error_backward(
      da: number,
      dloss: number,
      a: number,
      b: number,
      divisor: number,
      columns: number,
      begin: number,
      end: number,
    ): void {
      const h = real.heap();
      const [DA, DL, A, B] = [da >>> shift, dloss >>> shift, a >>> shift, b >>> shift];
      for (let row = begin; row < end; row++) {
        const g = (h[DL + row] as number) * (2 / divisor);
        for (let j = row * columns; j < (row + 1) * columns; j++) {
          (h[DA + j] as number) += ((h[A + j] as number) - (h[B + j] as number)) * g;
        }
      }
    },

    absolute_error_forward(loss: number, a: number, b: number, columns: number, begin: number, end: number): void {
      const h = real.heap();
      const [L, A, B] = [loss >>> shift, a >>> shift, b >>> shift];
      for (let row = begin; row < end; row++) {
        let sum = 0;
        for (let j = row * columns; j < (row + 1) * columns; j++) {
          sum += Math.abs((h[A + j] as number) - (h[B + j] as number));
        }
        h[L + row] = sum / columns;
      }
    },

    absolute_error_backward(
      da: number,
      dloss: number,
      a: number,
      b: number,
      columns: number,
      begin: number,
      end: number,
    ): void {
      const h = real.heap();
      const [DA, DL, A, B] = [da >>> shift, dloss >>> shift, a >>> shift, b >>> shift];
      for (let row = begin; row < end; row++) {
        const g = (h[DL + row] as number) / columns;
        for (let j = row * columns; j < (row + 1) * columns; j++) {
          (h[DA + j] as number) += Math.sign((h[A + j] as number) - (h[B + j] as number)) * g;
        }
      }
    },

    huber_forward(
      loss: number,
      a: number,
      b: number,
      delta: number,
      columns: number,
      begin: number,
      end: number,
    ): void {
      const h = real.heap();
      const [L, A, B] = [loss >>> shift, a >>> shift, b >>> shift];
      for (let row = begin; row < end; row++) {
        let sum = 0;
        for (let j = row * columns; j < (row + 1) * columns; j++) {
          const size = Math.abs((h[A + j] as number) - (h[B + j] as number));
          sum += size <= delta ? 0.5 * size * size : delta * (size - 0.5 * delta);
        }
        h[L + row] = sum / columns;
      }
    },

    huber_backward(
      da: number,
      dloss: number,
      a: number,
      b: number,
      delta: number,
      columns: number,
      begin: number,
      end: number,
    ): void {
      const h = real.heap();
      const [DA, DL, A, B] = [da >>> shift, dloss >>> shift, a >>> shift, b >>> shift];
      for (let row = begin; row < end; row++) {
        const g = (h[DL + row] as number) / columns;
        for (let j = row * columns; j < (row + 1) * columns; j++) {
          const d = (h[A + j] as number) - (h[B + j] as number);
          (h[DA + j] as number) += Math.max(-delta, Math.min(delta, d)) * g;
        }
      }
    },
  };
}
