import type { Real } from "./real.js";

/** One pixel of x that an element of y is made of, and its share. */
type Part = [element: number, weight: number];

export function resize(real: Real) {
  const { shift } = real;

  /** The pixel under the middle of pixel `i`; from whole numbers, as a rounded place may miss it. */
  const nearest = (i: number, size: number, outSize: number): Part[] => [
    [Math.floor(((2 * i + 1) * size) / (2 * outSize)), 1],
  ];

  const linear = (i: number, size: number, outSize: number): Part[] => {
    const place = Math.max(((i + 0.5) * size) / outSize - 0.5, 0);
    const before = Math.floor(place);
    return [
      [before, 1 - (place - before)],
      [Math.min(before + 1, size - 1), place - before],
    ];
  };

  /** Visits each element of rows begin … end of y with what it is made of. */
  const visit = (
    along: typeof nearest,
    [height, width, channels, outHeight, outWidth]: [number, number, number, number, number],
    begin: number,
    end: number,
    each: (output: number, parts: Part[]) => void,
  ): void => {
    for (let row = begin; row < end; row++) {
      const n = Math.floor(row / outHeight);
      for (let j = 0; j < outWidth; j++) {
        for (let c = 0; c < channels; c++) {
          const parts = along(row % outHeight, height, outHeight).flatMap(([a, p]) =>
            along(j, width, outWidth).map(([b, q]): Part => [((n * height + a) * width + b) * channels + c, p * q]),
          );
          each((row * outWidth + j) * channels + c, parts);
        }
      }
    }
  };

  const forward =
    (along: typeof nearest) =>
    (
      y: number,
      x: number,
      height: number,
      width: number,
      channels: number,
      outHeight: number,
      outWidth: number,
      begin: number,
      end: number,
    ): void => {
      const h = real.heap();
      const [Y, X] = [y >>> shift, x >>> shift];
      visit(along, [height, width, channels, outHeight, outWidth], begin, end, (output, parts) => {
        h[Y + output] = parts.reduce((sum, [i, weight]) => sum + (h[X + i] as number) * weight, 0);
      });
    };

  const backward =
    (along: typeof nearest) =>
    (
      dx: number,
      dy: number,
      height: number,
      width: number,
      channels: number,
      outHeight: number,
      outWidth: number,
      begin: number,
      end: number,
    ): void => {
      const h = real.heap();
      const [DX, DY] = [dx >>> shift, dy >>> shift];
      const sizes: [number, number, number, number, number] = [height, width, channels, outHeight, outWidth];
      visit(along, sizes, begin, end, (output, parts) => {
        for (const [i, weight] of parts) (h[DX + i] as number) += (h[DY + output] as number) * weight;
      });
    };

  return {
    resize_nearest_forward: forward(nearest),
    resize_nearest_backward: backward(nearest),
    resize_bilinear_forward: forward(linear),
    resize_bilinear_backward: backward(linear),
  };
}
