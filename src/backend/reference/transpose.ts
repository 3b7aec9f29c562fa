import type { Real } from "./real.js";

const BAND = 16;

export function transpose(real: Real) {
  const { shift } = real;

  /** Element (i, j) of a plane lies at i · xi + j · xj in x and at i · yi + j · yj in y. */
  const move = (
    [y, x]: readonly [number, number],
    [x0, y0, n1, x1, y1]: readonly [number, number, number, number, number],
    [rows, columns]: readonly [number, number],
    [xi, xj, yi, yj]: readonly [number, number, number, number],
    begin: number,
    end: number,
  ): void => {
    const h = real.heap();
    const bands = Math.ceil(rows / BAND);
    for (let band = begin; band < end; band++) {
      const plane = Math.floor(band / bands);
      const first = (band % bands) * BAND;
      const [p, q] = [Math.floor(plane / n1), plane % n1];
      const X = (x >>> shift) + p * x0 + q * x1;
      const Y = (y >>> shift) + p * y0 + q * y1;
      for (let i = first; i < Math.min(first + BAND, rows); i++) {
        for (let j = 0; j < columns; j++) {
          h[Y + i * yi + j * yj] = h[X + i * xi + j * xj] as number;
        }
      }
    }
  };

  return {
    transpose_planes(
      y: number,
      x: number,
      x0: number,
      y0: number,
      n1: number,
      x1: number,
      y1: number,
      rows: number,
      columns: number,
      xStep: number,
      yStep: number,
      begin: number,
      end: number,
    ): void {
      move([y, x], [x0, y0, n1, x1, y1], [rows, columns], [xStep, 1, 1, yStep], begin, end);
    },

    copy_planes(
      y: number,
      x: number,
      x0: number,
      y0: number,
      n1: number,
      x1: number,
      y1: number,
      rows: number,
      columns: number,
      xStep: number,
      yStep: number,
      begin: number,
      end: number,
    ): void {
      move([y, x], [x0, y0, n1, x1, y1], [rows, columns], [xStep, 1, yStep, 1], begin, end);
    },
  };
}
