import { geometryAt } from "../geometry.js";
import { activate } from "./activation.js";
import type { Real } from "./real.js";

export function depthwise(real: Real) {
  const { shift } = real;
  return {
    depthwise_forward(
      y: number,
      x: number,
      kernel: number,
      bias: number,
      shape: number,
      accumulate: number,
      activation: number,
      alpha: number,
      _scratch: number,
      begin: number,
      end: number,
    ): void {
      const heap = real.heap();
      const { h, w, c, f, kh, kw, oh, ow, sy, sx, top, left, dy, dx } = geometryAt(real.memory, shape);
      const [Y, X, K, B] = [y >>> shift, x >>> shift, kernel >>> shift, bias >>> shift];
      for (let unit = begin; unit < end; unit++) {
        const [image, oy] = [Math.floor(unit / oh), unit % oh];
        for (let ox = 0; ox < ow; ox++) {
          for (let o = 0; o < f; o++) {
            const at = Y + (unit * ow + ox) * f + o;
            const channel = Math.floor((o * c) / f);
            let sum = accumulate ? (heap[at] as number) : bias ? (heap[B + o] as number) : 0;
            for (let ky = 0; ky < kh; ky++) {
              const iy = oy * sy + ky * dy - top;
              if (iy < 0 || iy >= h) continue;
              for (let kx = 0; kx < kw; kx++) {
                const ix = ox * sx + kx * dx - left;
                if (ix < 0 || ix >= w) continue;
                const from = X + ((image * h + iy) * w + ix) * c + channel;
                sum += (heap[from] as number) * (heap[K + (ky * kw + kx) * f + o] as number);
              }
            }
            heap[at] = activate(activation, sum, alpha);
          }
        }
      }
    },

    depthwise_backward_input(
      dx: number,
      dy: number,
      kernel: number,
      shape: number,
      _scratch: number,
      begin: number,
      end: number,
    ): void {
      const heap = real.heap();
      const g = geometryAt(real.memory, shape);
      const { h, w, c, f, kh, kw, oh, ow, sy, sx, top, left } = g;
      const [DX, DY, K] = [dx >>> shift, dy >>> shift, kernel >>> shift];
      const m = f / c;
      for (let unit = begin; unit < end; unit++) {
        const [image, iy] = [Math.floor(unit / h), unit % h];
        for (let ix = 0; ix < w; ix++) {
          for (let o = 0; o < f; o++) {
            let sum = 0;
            for (let ky = kh - 1; ky >= 0; ky--) {
              const oy = (iy + top - ky * g.dy) / sy;
              if (!(Number.isInteger(oy) && oy >= 0 && oy < oh)) continue;
              for (let kx = kw - 1; kx >= 0; kx--) {
                const ox = (ix + left - kx * g.dx) / sx;
                if (!(Number.isInteger(ox) && ox >= 0 && ox < ow)) continue;
                const d = heap[DY + ((image * oh + oy) * ow + ox) * f + o] as number;
                sum += d * (heap[K + (ky * kw + kx) * f + o] as number);
              }
            }
            (heap[DX + (unit * w + ix) * c + Math.floor(o / m)] as number) += sum;
          }
        }
      }
    },

    depthwise_backward_kernel(
      sums: number,
      x: number,
      dy: number,
      shape: number,
      _scratch: number,
      begin: number,
      end: number,
    ): void {
      const heap = real.heap();
      const g = geometryAt(real.memory, shape);
      const { n, h, w, c, f, kh, kw, oh, ow, sy, sx, top, left, partRows } = g;
      const [S, X, DY] = [sums >>> shift, x >>> shift, dy >>> shift];
      for (let part = begin; part < end; part++) {
        const [first, last] = [part * partRows, Math.min(n * oh, (part + 1) * partRows)];
        for (let tap = 0; tap < kh * kw; tap++) {
          const [ky, kx] = [Math.floor(tap / kw), tap % kw];
          for (let o = 0; o < f; o++) {
            const channel = Math.floor((o * c) / f);
            let sum = 0;
            for (let unit = first; unit < last; unit++) {
              const image = Math.floor(unit / oh);
              const iy = (unit % oh) * sy + ky * g.dy - top;
              if (iy < 0 || iy >= h) continue;
              for (let ox = 0; ox < ow; ox++) {
                const ix = ox * sx + kx * g.dx - left;
                if (ix < 0 || ix >= w) continue;
                sum +=
                  (heap[X + ((image * h + iy) * w + ix) * c + channel] as number) *
                  (heap[DY + (unit * ow + ox) * f + o] as number);
              }
            }
            heap[S + (part * kh * kw + tap) * f + o] = sum;
          }
        }
      }
    },
  };
}
