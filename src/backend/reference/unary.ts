import type { Real } from "./real.js";
import { erf } from "./special.js";

export function unary(real: Real) {
  const { shift, memory } = real;
  /** A number argument as the element type holds it. */
  const held = shift === 2 ? Math.fround : (v: number) => v;
  return {
    exp_forward(y: number, x: number, begin: number, end: number): void {
      const h = real.heap();
      const [Y, X] = [y >>> shift, x >>> shift];
      for (let i = begin; i < end; i++) {
        const v = h[X + i] as number;
        h[Y + i] = Math.exp(v);
      }
    },

    exp_backward(dx: number, dy: number, y: number, begin: number, end: number): void {
      const h = real.heap();
      const [DX, DY, Y] = [dx >>> shift, dy >>> shift, y >>> shift];
      for (let i = begin; i < end; i++) {
        const d = h[DY + i] as number;
        const v = h[Y + i] as number;
        (h[DX + i] as number) += d * v;
      }
    },

    expm1_forward(y: number, x: number, begin: number, end: number): void {
      const h = real.heap();
      const [Y, X] = [y >>> shift, x >>> shift];
      for (let i = begin; i < end; i++) {
        const v = h[X + i] as number;
        h[Y + i] = Math.expm1(v);
      }
    },

    expm1_backward(dx: number, dy: number, y: number, begin: number, end: number): void {
      const h = real.heap();
      const [DX, DY, Y] = [dx >>> shift, dy >>> shift, y >>> shift];
      for (let i = begin; i < end; i++) {
        const d = h[DY + i] as number;
        const v = h[Y + i] as number;
        (h[DX + i] as number) += d * (v + 1);
      }
    },

    log_forward(y: number, x: number, begin: number, end: number): void {
      const h = real.heap();
      const [Y, X] = [y >>> shift, x >>> shift];
      for (let i = begin; i < end; i++) {
        const v = h[X + i] as number;
        h[Y + i] = Math.log(v);
      }
    },

    log_backward(dx: number, dy: number, x: number, begin: number, end: number): void {
      const h = real.heap();
      const [DX, DY, X] = [dx >>> shift, dy >>> shift, x >>> shift];
      for (let i = begin; i < end; i++) {
        const d = h[DY + i] as number;
        const v = h[X + i] as number;
        (h[DX + i] as number) += d / v;
      }
    },

    log1p_forward(y: number, x: number, begin: number, end: number): void {
      const h = real.heap();
      const [Y, X] = [y >>> shift, x >>> shift];
      for (let i = begin; i < end; i++) {
        const v = h[X + i] as number;
        h[Y + i] = Math.log1p(v);
      }
    },

    log1p_backward(dx: number, dy: number, x: number, begin: number, end: number): void {
      const h = real.heap();
      const [DX, DY, X] = [dx >>> shift, dy >>> shift, x >>> shift];
      for (let i = begin; i < end; i++) {
        const d = h[DY + i] as number;
        const v = h[X + i] as number;
        (h[DX + i] as number) += d / (1 + v);
      }
    },

    sqrt_forward(y: number, x: number, begin: number, end: number): void {
      const h = real.heap();
      const [Y, X] = [y >>> shift, x >>> shift];
      for (let i = begin; i < end; i++) {
        const v = h[X + i] as number;
        h[Y + i] = Math.sqrt(v);
      }
    },

    sqrt_backward(dx: number, dy: number, y: number, begin: number, end: number): void {
      const h = real.heap();
      const [DX, DY, Y] = [dx >>> shift, dy >>> shift, y >>> shift];
      for (let i = begin; i < end; i++) {
        const d = h[DY + i] as number;
        const v = h[Y + i] as number;
        (h[DX + i] as number) += d / (2 * v);
      }
    },

    rsqrt_forward(y: number, x: number, begin: number, end: number): void {
      const h = real.heap();
      const [Y, X] = [y >>> shift, x >>> shift];
      for (let i = begin; i < end; i++) {
        const v = h[X + i] as number;
        h[Y + i] = 1 / Math.sqrt(v);
      }
    },

    rsqrt_backward(dx: number, dy: number, y: number, begin: number, end: number): void {
      const h = real.heap();
      const [DX, DY, Y] = [dx >>> shift, dy >>> shift, y >>> shift];
      for (let i = begin; i < end; i++) {
        const d = h[DY + i] as number;
        const v = h[Y + i] as number;
        (h[DX + i] as number) += -0.5 * d * v * v * v;
      }
    },

    reciprocal_forward(y: number, x: number, begin: number, end: number): void {
      const h = real.heap();
      const [Y, X] = [y >>> shift, x >>> shift];
      for (let i = begin; i < end; i++) {
        const v = h[X + i] as number;
        h[Y + i] = 1 / v;
      }
    },

    reciprocal_backward(dx: number, dy: number, y: number, begin: number, end: number): void {
      const h = real.heap();
      const [DX, DY, Y] = [dx >>> shift, dy >>> shift, y >>> shift];
      for (let i = begin; i < end; i++) {
        const d = h[DY + i] as number;
        const v = h[Y + i] as number;
        (h[DX + i] as number) += -d * v * v;
      }
    },

    square_forward(y: number, x: number, begin: number, end: number): void {
      const h = real.heap();
      const [Y, X] = [y >>> shift, x >>> shift];
      for (let i = begin; i < end; i++) {
        const v = h[X + i] as number;
        h[Y + i] = v * v;
      }
    },

    square_backward(dx: number, dy: number, x: number, begin: number, end: number): void {
      const h = real.heap();
      const [DX, DY, X] = [dx >>> shift, dy >>> shift, x >>> shift];
      for (let i = begin; i < end; i++) {
        const d = h[DY + i] as number;
        const v = h[X + i] as number;
        (h[DX + i] as number) += 2 * d * v;
      }
    },

    abs_forward(y: number, x: number, begin: number, end: number): void {
      const h = real.heap();
      const [Y, X] = [y >>> shift, x >>> shift];
      for (let i = begin; i < end; i++) {
        const v = h[X + i] as number;
        h[Y + i] = Math.abs(v);
      }
    },

    abs_backward(dx: number, dy: number, x: number, begin: number, end: number): void {
      const h = real.heap();
      const [DX, DY, X] = [dx >>> shift, dy >>> shift, x >>> shift];
      for (let i = begin; i < end; i++) {
        const d = h[DY + i] as number;
        const v = h[X + i] as number;
        (h[DX + i] as number) += v === 0 ? 0 : v < 0 ? -d : d;
      }
    },

    neg_forward(y: number, x: number, begin: number, end: number): void {
      const h = real.heap();
      const [Y, X] = [y >>> shift, x >>> shift];
      for (let i = begin; i < end; i++) {
        const v = h[X + i] as number;
        h[Y + i] = -v;
      }
    },

    neg_backward(dx: number, dy: number, begin: number, end: number): void {
      const h = real.heap();
      const [DX, DY] = [dx >>> shift, dy >>> shift];
      for (let i = begin; i < end; i++) (h[DX + i] as number) -= h[DY + i] as number;
    },

    sign_forward(y: number, x: number, begin: number, end: number): void {
      const h = real.heap();
      const [Y, X] = [y >>> shift, x >>> shift];
      for (let i = begin; i < end; i++) {
        const v = h[X + i] as number;
        h[Y + i] = Math.sign(v);
      }
    },

    floor_forward(y: number, x: number, begin: number, end: number): void {
      const h = real.heap();
      const [Y, X] = [y >>> shift, x >>> shift];
      for (let i = begin; i < end; i++) {
        const v = h[X + i] as number;
        h[Y + i] = Math.floor(v);
      }
    },

    ceil_forward(y: number, x: number, begin: number, end: number): void {
      const h = real.heap();
      const [Y, X] = [y >>> shift, x >>> shift];
      for (let i = begin; i < end; i++) {
        const v = h[X + i] as number;
        h[Y + i] = Math.ceil(v);
      }
    },

    round_forward(y: number, x: number, begin: number, end: number): void {
      const h = real.heap();
      const [Y, X] = [y >>> shift, x >>> shift];
      for (let i = begin; i < end; i++) {
        const v = h[X + i] as number;
        h[Y + i] = roundToEven(v);
      }
    },

    sin_forward(y: number, x: number, begin: number, end: number): void {
      const h = real.heap();
      const [Y, X] = [y >>> shift, x >>> shift];
      for (let i = begin; i < end; i++) {
        const v = h[X + i] as number;
        h[Y + i] = Math.sin(v);
      }
    },

    sin_backward(dx: number, dy: number, x: number, begin: number, end: number): void {
      const h = real.heap();
      const [DX, DY, X] = [dx >>> shift, dy >>> shift, x >>> shift];
      for (let i = begin; i < end; i++) {
        const d = h[DY + i] as number;
        const v = h[X + i] as number;
        (h[DX + i] as number) += d * Math.cos(v);
      }
    },

    cos_forward(y: number, x: number, begin: number, end: number): void {
      const h = real.heap();
      const [Y, X] = [y >>> shift, x >>> shift];
      for (let i = begin; i < end; i++) {
        const v = h[X + i] as number;
        h[Y + i] = Math.cos(v);
      }
    },

    cos_backward(dx: number, dy: number, x: number, begin: number, end: number): void {
      const h = real.heap();
      const [DX, DY, X] = [dx >>> shift, dy >>> shift, x >>> shift];
      for (let i = begin; i < end; i++) {
        const d = h[DY + i] as number;
        const v = h[X + i] as number;
        (h[DX + i] as number) += -d * Math.sin(v);
      }
    },

    erf_forward(y: number, x: number, begin: number, end: number): void {
      const h = real.heap();
      const [Y, X] = [y >>> shift, x >>> shift];
      for (let i = begin; i < end; i++) {
        const v = h[X + i] as number;
        h[Y + i] = erf(v);
      }
    },

    erf_backward(dx: number, dy: number, x: number, begin: number, end: number): void {
      const h = real.heap();
      const [DX, DY, X] = [dx >>> shift, dy >>> shift, x >>> shift];
      for (let i = begin; i < end; i++) {
        const d = h[DY + i] as number;
        const v = h[X + i] as number;
        (h[DX + i] as number) += ((d * 2) / Math.sqrt(Math.PI)) * Math.exp(-v * v);
      }
    },

    clip_forward(y: number, x: number, low: number, high: number, begin: number, end: number): void {
      const h = real.heap();
      const [Y, X, l, u] = [y >>> shift, x >>> shift, held(low), held(high)];
      for (let i = begin; i < end; i++) {
        const v = h[X + i] as number;
        h[Y + i] = v < l ? l : v > u ? u : v;
      }
    },

    clip_backward(dx: number, dy: number, x: number, low: number, high: number, begin: number, end: number): void {
      const h = real.heap();
      const [DX, DY, X, l, u] = [dx >>> shift, dy >>> shift, x >>> shift, held(low), held(high)];
      for (let i = begin; i < end; i++) {
        const v = h[X + i] as number;
        (h[DX + i] as number) += v < l || v > u ? 0 : (h[DY + i] as number);
      }
    },

    is_nan(y: number, x: number, begin: number, end: number): void {
      const [h, bytes, X] = [real.heap(), memory.u8, x >>> shift];
      for (let i = begin; i < end; i++) bytes[y + i] = Number.isNaN(h[X + i]) ? 1 : 0;
    },

    is_finite(y: number, x: number, begin: number, end: number): void {
      const [h, bytes, X] = [real.heap(), memory.u8, x >>> shift];
      for (let i = begin; i < end; i++) bytes[y + i] = Number.isFinite(h[X + i]) ? 1 : 0;
    },
  };
}

function roundToEven(v: number): number {
  if (Math.abs(v) >= 2 ** 52) return v;
  const low = Math.floor(v);
  const rest = v - low;
  const up = rest > 0.5 || (rest === 0.5 && low % 2 !== 0);
  return up ? Math.ceil(v) : v < 0 && low === 0 ? -0 : low;
}
