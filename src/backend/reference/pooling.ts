import type { Real } from "./real.js";

/** height, width, channels, outHeight, outWidth, sizeHeight, sizeWidth, strideHeight, strideWidth, top, left */
type Geometry = [number, number, number, number, number, number, number, number, number, number, number];

export function pooling(real: Real) {
  const { shift } = real;

  /** Visits each output of rows begin … end: where it lies, and where the pixels of its window lie. */
  const windows = (
    [
      height,
      width,
      channels,
      outHeight,
      outWidth,
      sizeHeight,
      sizeWidth,
      strideHeight,
      strideWidth,
      top,
      left,
    ]: Geometry,
    begin: number,
    end: number,
    visit: (output: number, pixels: number[]) => void,
  ): void => {
    for (let row = begin; row < end; row++) {
      const [n, i] = [Math.floor(row / outHeight), row % outHeight];
      for (let j = 0; j < outWidth; j++) {
        for (let c = 0; c < channels; c++) {
          const pixels: number[] = [];
          for (let a = i * strideHeight - top; a < i * strideHeight - top + sizeHeight; a++) {
            for (let b = j * strideWidth - left; b < j * strideWidth - left + sizeWidth; b++) {
              if (a < 0 || a >= height || b < 0 || b >= width) continue;
              pixels.push(((n * height + a) * width + b) * channels + c);
            }
          }
          visit((row * outWidth + j) * channels + c, pixels);
        }
      }
    }
  };

  return {
    max_pool_forward(
      y: number,
      x: number,
      height: number,
      width: number,
      channels: number,
      outHeight: number,
      outWidth: number,
      sizeHeight: number,
      sizeWidth: number,
      strideHeight: number,
      strideWidth: number,
      top: number,
      left: number,
      begin: number,
      end: number,
    ): void {
      const h = real.heap();
      const [Y, X] = [y >>> shift, x >>> shift];
      const size = [sizeHeight, sizeWidth, strideHeight, strideWidth, top, left] as const;
      windows([height, width, channels, outHeight, outWidth, ...size], begin, end, (output, pixels) => {
        h[Y + output] = Math.max(...pixels.map((i) => h[X + i] as number));
      });
    },

    max_pool_backward(
      dx: number,
      dy: number,
      x: number,
      y: number,
      height: number,
      width: number,
      channels: number,
      outHeight: number,
      outWidth: number,
      sizeHeight: number,
      sizeWidth: number,
      strideHeight: number,
      strideWidth: number,
      top: number,
      left: number,
      begin: number,
      end: number,
    ): void {
      const h = real.heap();
      const [DX, DY, X, Y] = [dx >>> shift, dy >>> shift, x >>> shift, y >>> shift];
      const size = [sizeHeight, sizeWidth, strideHeight, strideWidth, top, left] as const;
      const geometry: Geometry = [height, width, channels, outHeight, outWidth, ...size];
      windows(geometry, begin, end, (output, pixels) => {
        const first = pixels.find((i) => h[X + i] === h[Y + output] || Number.isNaN(h[X + i]));
        (h[DX + (first as number)] as number) += h[DY + output] as number;
      });
    },

    average_pool_forward(
      y: number,
      x: number,
      height: number,
      width: number,
      channels: number,
      outHeight: number,
      outWidth: number,
      sizeHeight: number,
      sizeWidth: number,
      strideHeight: number,
      strideWidth: number,
      top: number,
      left: number,
      begin: number,
      end: number,
    ): void {
      const h = real.heap();
      const [Y, X] = [y >>> shift, x >>> shift];
      const size = [sizeHeight, sizeWidth, strideHeight, strideWidth, top, left] as const;
      windows([height, width, channels, outHeight, outWidth, ...size], begin, end, (output, pixels) => {
        h[Y + output] = pixels.reduce((sum, i) => sum + (h[X + i] as number), 0) / pixels.length;
      });
    },

    average_pool_backward(
      dx: number,
      dy: number,
      height: number,
      width: number,
      channels: number,
      outHeight: number,
      outWidth: number,
      sizeHeight: number,
      sizeWidth: number,
      strideHeight: number,
      strideWidth: number,
      top: number,
      left: number,
      begin: number,
      end: number,
    ): void {
      const h = real.heap();
      const [DX, DY] = [dx >>> shift, dy >>> shift];
      const size = [sizeHeight, sizeWidth, strideHeight, strideWidth, top, left] as const;
      const geometry: Geometry = [height, width, channels, outHeight, outWidth, ...size];
      windows(geometry, begin, end, (output, pixels) => {
        const share = (h[DY + output] as number) / pixels.length;
        for (const i of pixels) (h[DX + i] as number) += share;
      });
    },
  };
}
