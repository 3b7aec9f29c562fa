import type { Real } from "./real.js";

const CONSTANT = 0;
const REFLECT = 2;

export function warp(real: Real) {
  const { shift } = real;
  const round: (x: number) => number = shift === 2 ? Math.fround : (x) => x;
  const mulAdd = (a: number, b: number, c: number) => round(round(a * b) + c);
  const blend = (a: number, b: number, t: number) => mulAdd(t, round(b - a), a);

  /** A place along an axis of `size` pixels, brought to [−1, size], where −1 and size lie outside. */
  const inFrame = (x: number, size: number, outside: number): number => {
    if (outside !== REFLECT) return Math.min(Math.max(x, -1), size);
    const period = 2 * size;
    const t = round(x + 0.5);
    const folded = round(t - round(period * Math.floor(round(t / period))));
    return round(Math.min(folded, round(period - folded)) - 0.5);
  };

  return {
    warp_images(
      y: number,
      _scratch: number,
      x: number,
      maps: number,
      fields: number,
      height: number,
      width: number,
      channels: number,
      outHeight: number,
      outWidth: number,
      outside: number,
      fill: number,
      whole: number,
      begin: number,
      end: number,
    ): void {
      const h = real.heap();
      const [Y, X] = [y >>> shift, x >>> shift];
      const value = round(fill);
      const inside = (place: number, size: number) => Math.min(Math.max(place, 0), size - 1);
      const pixel = (n: number, row: number, column: number, channel: number): number => {
        const [i, j] = [inside(row, height), inside(column, width)];
        if (outside === CONSTANT && (i !== row || j !== column)) return value;
        return h[X + ((n * height + i) * width + j) * channels + channel] as number;
      };
      for (let n = begin; n < end; n++) {
        const at = (maps >>> shift) + 6 * n;
        const [a, b, c, d, e, f] = h.subarray(at, at + 6) as unknown as [
          number,
          number,
          number,
          number,
          number,
          number,
        ];
        for (let i = 0; i < outHeight; i++) {
          for (let j = 0; j < outWidth; j++) {
            let across = mulAdd(a, j, mulAdd(b, i, c));
            let down = mulAdd(d, j, mulAdd(e, i, f));
            if (fields) {
              const field = (fields >>> shift) + (2 * n * outHeight + i) * outWidth + j;
              across = round(across + (h[field] as number));
              down = round(down + (h[field + outHeight * outWidth] as number));
            }
            across = inFrame(across, width, outside);
            down = inFrame(down, height, outside);
            const to = Y + ((n * outHeight + i) * outWidth + j) * channels;
            if (whole) {
              const [row, column] = [Math.floor(round(down + 0.5)), Math.floor(round(across + 0.5))];
              for (let k = 0; k < channels; k++) h[to + k] = pixel(n, row, column, k);
              continue;
            }
            const [row, column] = [Math.floor(down), Math.floor(across)];
            const [u, v] = [round(across - column), round(down - row)];
            for (let k = 0; k < channels; k++) {
              const top = blend(pixel(n, row, column, k), pixel(n, row, column + 1, k), u);
              const bottom = blend(pixel(n, row + 1, column, k), pixel(n, row + 1, column + 1, k), u);
              h[to + k] = blend(top, bottom, v);
            }
          }
        }
      }
    },

    filter_lines(
      y: number,
      x: number,
      w: number,
      taps: number,
      tapStep: number,
      columns: number,
      xStep: number,
      begin: number,
      end: number,
    ): void {
      const h = real.heap();
      const [Y, X, W] = [y >>> shift, x >>> shift, w >>> shift];
      for (let i = begin; i < end; i++) {
        for (let j = 0; j < columns; j++) {
          let sum = 0;
          for (let k = 0; k < taps; k++) {
            sum = mulAdd(h[W + k] as number, h[X + i * xStep + j + k * tapStep] as number, sum);
          }
          h[Y + i * columns + j] = sum;
        }
      }
    },
  };
}
