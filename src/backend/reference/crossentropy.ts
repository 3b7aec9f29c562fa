import { type Real, shareOf } from "./real.js";
import { softmaxRow } from "./softmax.js";

/** As in the kernels. */
const EPSILON = 1e-7;

/** NaN stays NaN. */
const clip = (p: number): number => Math.min(Math.max(p, EPSILON), 1 - EPSILON);

export function crossentropy(real: Real) {
  const { shift } = real;

  /** The label of a row, or −1 where it is not below `classes`. */
  const labelOf = (labels: number, row: number, width: number, classes: number): number => {
    const { i32, u8 } = real.memory;
    const label = (width === 4 ? i32[(labels >>> 2) + row] : u8[labels + row]) as number;
    return label >= 0 && label < classes ? label : -1;
  };

  const rowSum = (at: number, row: number, columns: number): number => {
    const h = real.heap();
    let sum = 0;
    for (let j = row * columns; j < (row + 1) * columns; j++) sum += h[(at >>> shift) + j] as number;
    return sum;
  };

  return {
    softmax_crossentropy_forward(
      loss: number,
      output: number,
      dlogits: number,
      logits: number,
      labels: number,
      weights: number,
      share: number,
      classes: number,
      begin: number,
      end: number,
    ): void {
      const h = real.heap();
      const [L, Y, Z, D] = [loss >>> shift, output >>> shift, logits >>> shift, labels >>> shift];
      const DZ = dlogits >>> shift;
      for (let row = begin; row < end; row++) {
        const { max, sum } = softmaxRow(h, Y, Z, row, classes);
        let total = 0;
        for (let j = row * classes; j < (row + 1) * classes; j++) {
          const d = h[D + j] as number;
          if (d !== 0) total += d * (Math.log(sum) - ((h[Z + j] as number) - max));
        }
        h[L + row] = total;
        if (!dlogits) continue;
        const weight = rowSum(labels, row, classes);
        const g = shareOf(real, row, weights, share);
        for (let j = row * classes; j < (row + 1) * classes; j++) {
          h[DZ + j] = ((h[Y + j] as number) * weight - (h[D + j] as number)) * g;
        }
      }
    },

    softmax_crossentropy_backward(
      dlogits: number,
      dloss: number,
      output: number,
      labels: number,
      classes: number,
      begin: number,
      end: number,
    ): void {
      const h = real.heap();
      const [DZ, DL, Y, D] = [dlogits >>> shift, dloss >>> shift, output >>> shift, labels >>> shift];
      for (let row = begin; row < end; row++) {
        const g = h[DL + row] as number;
        const sum = rowSum(labels, row, classes);
        for (let j = row * classes; j < (row + 1) * classes; j++) {
          (h[DZ + j] as number) += ((h[Y + j] as number) * sum - (h[D + j] as number)) * g;
        }
      }
    },

    softmax_crossentropy_sparse_forward(
      loss: number,
      output: number,
      dlogits: number,
      logits: number,
      labels: number,
      weights: number,
      share: number,
      width: number,
      classes: number,
      begin: number,
      end: number,
    ): void {
      const h = real.heap();
      const [L, Y, DZ, Z] = [loss >>> shift, output >>> shift, dlogits >>> shift, logits >>> shift];
      for (let row = begin; row < end; row++) {
        const { max, sum } = softmaxRow(h, Y, Z, row, classes);
        const label = labelOf(labels, row, width, classes);
        h[L + row] = label < 0 ? Number.NaN : Math.log(sum) - ((h[Z + row * classes + label] as number) - max);
        if (!dlogits) continue;
        const g = shareOf(real, row, weights, share);
        for (let j = 0; j < classes; j++) {
          const i = row * classes + j;
          h[DZ + i] = ((h[Y + i] as number) - (j === label ? 1 : 0)) * g;
        }
      }
    },

    softmax_crossentropy_sparse_backward(
      dlogits: number,
      dloss: number,
      output: number,
      labels: number,
      width: number,
      classes: number,
      begin: number,
      end: number,
    ): void {
      const h = real.heap();
      const [DZ, DL, Y] = [dlogits >>> shift, dloss >>> shift, output >>> shift];
      for (let row = begin; row < end; row++) {
        const g = h[DL + row] as number;
        const label = labelOf(labels, row, width, classes);
        for (let j = 0; j < classes; j++) {
          const i = row * classes + j;
          (h[DZ + i] as number) += ((h[Y + i] as number) - (j === label ? 1 : 0)) * g;
        }
      }
    },

    sigmoid_crossentropy_forward(
      loss: number,
      output: number,
      dlogits: number,
      logits: number,
      targets: number,
      weights: number,
      share: number,
      columns: number,
      begin: number,
      end: number,
    ): void {
      const h = real.heap();
      const [L, Y, Z, T] = [loss >>> shift, output >>> shift, logits >>> shift, targets >>> shift];
      const DZ = dlogits >>> shift;
      for (let row = begin; row < end; row++) {
        let total = 0;
        for (let j = row * columns; j < (row + 1) * columns; j++) {
          const z = h[Z + j] as number;
          const t = h[T + j] as number;
          const e = Math.exp(-Math.abs(z));
          const c = z > 0 ? 1 - t : t;
          total += (c === 0 ? 0 : Math.abs(z) * c) + Math.log1p(e);
          h[Y + j] = z > 0 ? 1 / (1 + e) : e / (1 + e);
          if (dlogits) {
            h[DZ + j] = (((h[Y + j] as number) - t) * shareOf(real, row, weights, share)) / columns;
          }
        }
        h[L + row] = total / columns;
      }
    },

    sigmoid_crossentropy_backward(
      dlogits: number,
      dloss: number,
      output: number,
      targets: number,
      columns: number,
      begin: number,
      end: number,
    ): void {
      const h = real.heap();
      const [DZ, DL, Y, T] = [dlogits >>> shift, dloss >>> shift, output >>> shift, targets >>> shift];
      for (let row = begin; row < end; row++) {
        const g = (h[DL + row] as number) / columns;
        for (let j = row * columns; j < (row + 1) * columns; j++) {
          (h[DZ + j] as number) += ((h[Y + j] as number) - (h[T + j] as number)) * g;
        }
      }
    },

    binary_crossentropy_forward(
      loss: number,
      y: number,
      targets: number,
      columns: number,
      begin: number,
      end: number,
    ): void {
      const h = real.heap();
      const [L, Y, T] = [loss >>> shift, y >>> shift, targets >>> shift];
      for (let row = begin; row < end; row++) {
        let total = 0;
        for (let j = row * columns; j < (row + 1) * columns; j++) {
          const p = clip(h[Y + j] as number);
          const t = h[T + j] as number;
          total -= t * Math.log(p) + (1 - t) * Math.log(1 - p);
        }
        h[L + row] = total / columns;
      }
    },

    binary_crossentropy_backward(
      dy: number,
      dloss: number,
      y: number,
      targets: number,
      columns: number,
      begin: number,
      end: number,
    ): void {
      const h = real.heap();
      const [DY, DL, Y, T] = [dy >>> shift, dloss >>> shift, y >>> shift, targets >>> shift];
      for (let row = begin; row < end; row++) {
        const g = (h[DL + row] as number) / columns;
        for (let j = row * columns; j < (row + 1) * columns; j++) {
          const p = h[Y + j] as number;
          if (p < EPSILON || p > 1 - EPSILON) continue;
          (h[DY + j] as number) += ((p - (h[T + j] as number)) / (p * (1 - p))) * g;
        }
      }
    },

    categorical_crossentropy_forward(
      loss: number,
      y: number,
      labels: number,
      classes: number,
      begin: number,
      end: number,
    ): void {
      const h = real.heap();
      const [L, Y, D] = [loss >>> shift, y >>> shift, labels >>> shift];
      for (let row = begin; row < end; row++) {
        const sum = rowSum(y, row, classes);
        let total = 0;
        for (let j = row * classes; j < (row + 1) * classes; j++) {
          total -= (h[D + j] as number) * Math.log(clip((h[Y + j] as number) / sum));
        }
        h[L + row] = total;
      }
    },

    categorical_crossentropy_backward(
      dy: number,
      dloss: number,
      y: number,
      labels: number,
      classes: number,
      begin: number,
      end: number,
    ): void {
      const h = real.heap();
      const [DY, DL, Y, D] = [dy >>> shift, dloss >>> shift, y >>> shift, labels >>> shift];
      for (let row = begin; row < end; row++) {
        const g = h[DL + row] as number;
        const sum = rowSum(y, row, classes);
        const unclipped = (j: number): boolean => {
          const share = (h[Y + j] as number) / sum;
          return share >= EPSILON && share <= 1 - EPSILON;
        };
        let weight = 0;
        for (let j = row * classes; j < (row + 1) * classes; j++) if (unclipped(j)) weight += h[D + j] as number;
        for (let j = row * classes; j < (row + 1) * classes; j++) {
          const own = unclipped(j) ? (h[D + j] as number) / (h[Y + j] as number) : 0;
          (h[DY + j] as number) += (weight / sum - own) * g;
        }
      }
    },

    sparse_categorical_crossentropy_forward(
      loss: number,
      y: number,
      labels: number,
      width: number,
      classes: number,
      begin: number,
      end: number,
    ): void {
      const h = real.heap();
      const [L, Y] = [loss >>> shift, y >>> shift];
      for (let row = begin; row < end; row++) {
        const label = labelOf(labels, row, width, classes);
        const share = label < 0 ? Number.NaN : (h[Y + row * classes + label] as number) / rowSum(y, row, classes);
        h[L + row] = -Math.log(clip(share));
      }
    },

    sparse_categorical_crossentropy_backward(
      dy: number,
      dloss: number,
      y: number,
      labels: number,
      width: number,
      classes: number,
      begin: number,
      end: number,
    ): void {
      const h = real.heap();
      const [DY, DL, Y] = [dy >>> shift, dloss >>> shift, y >>> shift];
      for (let row = begin; row < end; row++) {
        const label = labelOf(labels, row, width, classes);
        if (label < 0) continue;
        const sum = rowSum(y, row, classes);
        const own = h[Y + row * classes + label] as number;
        if (own / sum < EPSILON || own / sum > 1 - EPSILON) continue;
        const g = h[DL + row] as number;
        for (let j = 0; j < classes; j++) {
          (h[DY + row * classes + j] as number) += (1 / sum - (j === label ? 1 / own : 0)) * g;
        }
      }
    },
  };
}
