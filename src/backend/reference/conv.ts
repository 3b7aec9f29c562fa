import { geometryAt } from "../geometry.js";
import { activate } from "./activation.js";
import type { Real } from "./real.js";

export function conv(real: Real) {
  const { shift } = real;
  return {
    conv_forward(
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
      const { h, w, c, f, kh, kw, oh, ow, sy, sx, top, left, dy, dx, groups } = geometryAt(real.memory, shape);
      const [Y, X, K, B] = [y >>> shift, x >>> shift, kernel >>> shift, bias >>> shift];
      const [ci, co] = [c / groups, f / groups];
      for (let unit = begin; unit < end; unit++) {
        const [image, oy] = [Math.floor(unit / oh), unit % oh];
        for (let ox = 0; ox < ow; ox++) {
          for (let o = 0; o < f; o++) {
            const at = Y + (unit * ow + ox) * f + o;
            const first = Math.floor(o / co) * ci;
            let sum = accumulate ? (heap[at] as number) : bias ? (heap[B + o] as number) : 0;
            for (let ky = 0; ky < kh; ky++) {
              const iy = oy * sy + ky * dy - top;
              if (iy < 0 || iy >= h) continue;
              for (let kx = 0; kx < kw; kx++) {
                const ix = ox * sx + kx * dx - left;
                if (ix < 0 || ix >= w) continue;
                const from = X + ((image * h + iy) * w + ix) * c + first;
                const tap = K + (ky * kw + kx) * ci * f + o;
                for (let i = 0; i < ci; i++) sum += (heap[from + i] as number) * (heap[tap + i * f] as number);
              }
            }
            heap[at] = activate(activation, sum, alpha);
          }
        }
      }
    },

    conv_backward_input(
      dx: number,
      dy: number,
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
      const g = geometryAt(real.memory, shape);
      const { h, w, c, f, kh, kw, oh, ow, sy, sx, top, left, groups } = g;
      const [DX, DY, K, B] = [dx >>> shift, dy >>> shift, kernel >>> shift, bias >>> shift];
      const [ci, co] = [c / groups, f / groups];
      for (let unit = begin; unit < end; unit++) {
        const [image, iy] = [Math.floor(unit / h), unit % h];
        for (let ix = 0; ix < w; ix++) {
          for (let i = 0; i < c; i++) {
            const at = DX + (unit * w + ix) * c + i;
            const group = Math.floor(i / ci);
            let sum = accumulate ? (heap[at] as number) : bias ? (heap[B + i] as number) : 0;
            for (let ky = kh - 1; ky >= 0; ky--) {
              const oy = (iy + top - ky * g.dy) / sy;
              if (!(Number.isInteger(oy) && oy >= 0 && oy < oh)) continue;
              for (let kx = kw - 1; kx >= 0; kx--) {
                const ox = (ix + left - kx * g.dx) / sx;
                if (!(Number.isInteger(ox) && ox >= 0 && ox < ow)) continue;
                const from = DY + ((image * oh + oy) * ow + ox) * f + group * co;
                const tap = K + ((ky * kw + kx) * ci + (i % ci)) * f + group * co;
                for (let o = 0; o < co; o++) sum += (heap[from + o] as number) * (heap[tap + o] as number);
              }
            }
            heap[at] = activate(activation, sum, alpha);
          }
        }
      }
    },

    conv_backward_kernel(
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
      const { n, h, w, c, f, kh, kw, oh, ow, sy, sx, top, left, groups, partRows, stripeRows } = g;
      const [S, X, DY] = [sums >>> shift, x >>> shift, dy >>> shift];
      const [ci, co] = [c / groups, f / groups];
      const rows = kh * kw * ci;
      const stripes = Math.ceil(rows / stripeRows);
      for (let piece = begin; piece < end; piece++) {
        const [part, stripe] = [Math.floor(piece / stripes), piece % stripes];
        const [first, last] = [part * partRows, Math.min(n * oh, (part + 1) * partRows)];
        for (let row = stripe * stripeRows; row < Math.min(rows, (stripe + 1) * stripeRows); row++) {
          const [tap, i] = [Math.floor(row / ci), row % ci];
          const [ky, kx] = [Math.floor(tap / kw), tap % kw];
          for (let o = 0; o < f; o++) {
            const channel = Math.floor(o / co) * ci + i;
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
            heap[S + (part * rows + row) * f + o] = sum;
          }
        }
      }
    },
  };
}
