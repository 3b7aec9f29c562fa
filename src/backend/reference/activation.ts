import type { Real } from "./real.js";
import { normalCdf, normalDensity, sigmoid, softplus } from "./special.js";

/** The two constants of selu (Klambauer et al. 2017): its slope above 0, and minus its limit at −∞. */
const SELU_SCALE = 1.0507009873554805;
const SELU_LIMIT = 1.7580993408473768;

/** 2 √(2/π) · (x + 0.044715 x³) = A x + B x³, of gelu's tanh form. */
const GELU_A = 1.5957691216057308;
const GELU_B = 0.07135481627260025;

/** f(x) by its number in assembly/activate.ts: what a matrix product with a fused activation applies to each element. */
export function activate(kind: number, x: number, alpha: number): number {
  switch (kind) {
    case 1:
      return x < 0 ? 0 : x;
    case 2:
      return x <= 0 ? x * alpha : x;
    case 3:
      return x <= 0 ? alpha * Math.expm1(x) : x;
    case 4:
      return x <= 0 ? SELU_LIMIT * Math.expm1(x) : SELU_SCALE * x;
    case 5:
      return Math.tanh(x);
    case 6:
      return sigmoid(x);
    case 7:
      return softplus(x);
    case 8:
      return Math.min(Math.max(x + 3, 0), 6) / 6;
    case 9:
      return Math.min(Math.max(0.2 * x + 0.5, 0), 1);
    default:
      return x;
  }
}

/** d · f′ by the same number, from y = f(x). */
export function through(kind: number, d: number, y: number, alpha: number): number {
  switch (kind) {
    case 1:
      return y <= 0 ? 0 : d;
    case 2:
      return y <= 0 ? d * alpha : d;
    case 3:
      return y <= 0 ? d * (y + alpha) : d;
    case 4:
      return d * (y <= 0 ? y + SELU_LIMIT : SELU_SCALE);
    case 5:
      return d * (1 - y * y);
    case 6:
      return d * y * (1 - y);
    case 7:
      return -d * Math.expm1(-y);
    case 8:
      return y <= 0 || y >= 1 ? 0 : d / 6;
    case 9:
      return y <= 0 || y >= 1 ? 0 : 0.2 * d;
    default:
      return d;
  }
}

export function activation(real: Real) {
  const { shift } = real;
  return {
    relu_forward(y: number, x: number, begin: number, end: number): void {
      const h = real.heap();
      const [Y, X] = [y >>> shift, x >>> shift];
      for (let i = begin; i < end; i++) {
        const v = h[X + i] as number;
        h[Y + i] = v < 0 ? 0 : v;
      }
    },

    relu_backward(dx: number, dy: number, y: number, begin: number, end: number): void {
      const h = real.heap();
      const [DX, DY, Y] = [dx >>> shift, dy >>> shift, y >>> shift];
      for (let i = begin; i < end; i++) {
        const d = h[DY + i] as number;
        const v = h[Y + i] as number;
        (h[DX + i] as number) += v <= 0 ? 0 : d;
      }
    },

    leaky_relu_forward(y: number, x: number, alpha: number, begin: number, end: number): void {
      const h = real.heap();
      const [Y, X] = [y >>> shift, x >>> shift];
      for (let i = begin; i < end; i++) {
        const v = h[X + i] as number;
        h[Y + i] = v <= 0 ? v * alpha : v;
      }
    },

    leaky_relu_backward(dx: number, dy: number, y: number, alpha: number, begin: number, end: number): void {
      const h = real.heap();
      const [DX, DY, Y] = [dx >>> shift, dy >>> shift, y >>> shift];
      for (let i = begin; i < end; i++) {
        const d = h[DY + i] as number;
        const v = h[Y + i] as number;
        (h[DX + i] as number) += v <= 0 ? d * alpha : d;
      }
    },

    elu_forward(y: number, x: number, alpha: number, begin: number, end: number): void {
      const h = real.heap();
      const [Y, X] = [y >>> shift, x >>> shift];
      for (let i = begin; i < end; i++) {
        const v = h[X + i] as number;
        h[Y + i] = v <= 0 ? alpha * Math.expm1(v) : v;
      }
    },

    elu_backward(dx: number, dy: number, y: number, alpha: number, begin: number, end: number): void {
      const h = real.heap();
      const [DX, DY, Y] = [dx >>> shift, dy >>> shift, y >>> shift];
      for (let i = begin; i < end; i++) {
        const d = h[DY + i] as number;
        const v = h[Y + i] as number;
        (h[DX + i] as number) += v <= 0 ? d * (v + alpha) : d;
      }
    },

    selu_forward(y: number, x: number, begin: number, end: number): void {
      const h = real.heap();
      const [Y, X] = [y >>> shift, x >>> shift];
      for (let i = begin; i < end; i++) {
        const v = h[X + i] as number;
        h[Y + i] = v <= 0 ? SELU_LIMIT * Math.expm1(v) : SELU_SCALE * v;
      }
    },

    selu_backward(dx: number, dy: number, y: number, begin: number, end: number): void {
      const h = real.heap();
      const [DX, DY, Y] = [dx >>> shift, dy >>> shift, y >>> shift];
      for (let i = begin; i < end; i++) {
        const d = h[DY + i] as number;
        const v = h[Y + i] as number;
        (h[DX + i] as number) += d * (v <= 0 ? v + SELU_LIMIT : SELU_SCALE);
      }
    },

    tanh_forward(y: number, x: number, begin: number, end: number): void {
      const h = real.heap();
      const [Y, X] = [y >>> shift, x >>> shift];
      for (let i = begin; i < end; i++) {
        const v = h[X + i] as number;
        h[Y + i] = Math.tanh(v);
      }
    },

    tanh_backward(dx: number, dy: number, y: number, begin: number, end: number): void {
      const h = real.heap();
      const [DX, DY, Y] = [dx >>> shift, dy >>> shift, y >>> shift];
      for (let i = begin; i < end; i++) {
        const d = h[DY + i] as number;
        const v = h[Y + i] as number;
        (h[DX + i] as number) += d * (1 - v * v);
      }
    },

    sigmoid_forward(y: number, x: number, begin: number, end: number): void {
      const h = real.heap();
      const [Y, X] = [y >>> shift, x >>> shift];
      for (let i = begin; i < end; i++) {
        const v = h[X + i] as number;
        h[Y + i] = sigmoid(v);
      }
    },

    sigmoid_backward(dx: number, dy: number, y: number, begin: number, end: number): void {
      const h = real.heap();
      const [DX, DY, Y] = [dx >>> shift, dy >>> shift, y >>> shift];
      for (let i = begin; i < end; i++) {
        const d = h[DY + i] as number;
        const v = h[Y + i] as number;
        (h[DX + i] as number) += d * v * (1 - v);
      }
    },

    softplus_forward(y: number, x: number, begin: number, end: number): void {
      const h = real.heap();
      const [Y, X] = [y >>> shift, x >>> shift];
      for (let i = begin; i < end; i++) {
        const v = h[X + i] as number;
        h[Y + i] = softplus(v);
      }
    },

    softplus_backward(dx: number, dy: number, y: number, begin: number, end: number): void {
      const h = real.heap();
      const [DX, DY, Y] = [dx >>> shift, dy >>> shift, y >>> shift];
      for (let i = begin; i < end; i++) {
        const d = h[DY + i] as number;
        const v = h[Y + i] as number;
        (h[DX + i] as number) += -d * Math.expm1(-v);
      }
    },

    hard_sigmoid_forward(y: number, x: number, begin: number, end: number): void {
      const h = real.heap();
      const [Y, X] = [y >>> shift, x >>> shift];
      for (let i = begin; i < end; i++) {
        const v = h[X + i] as number;
        h[Y + i] = Math.min(Math.max(v + 3, 0), 6) / 6;
      }
    },

    hard_sigmoid_backward(dx: number, dy: number, y: number, begin: number, end: number): void {
      const h = real.heap();
      const [DX, DY, Y] = [dx >>> shift, dy >>> shift, y >>> shift];
      for (let i = begin; i < end; i++) {
        const d = h[DY + i] as number;
        const v = h[Y + i] as number;
        (h[DX + i] as number) += v <= 0 || v >= 1 ? 0 : d / 6;
      }
    },

    hard_sigmoid_keras2_forward(y: number, x: number, begin: number, end: number): void {
      const h = real.heap();
      const [Y, X] = [y >>> shift, x >>> shift];
      for (let i = begin; i < end; i++) h[Y + i] = activate(9, h[X + i] as number, 0);
    },

    hard_sigmoid_keras2_backward(dx: number, dy: number, y: number, begin: number, end: number): void {
      const h = real.heap();
      const [DX, DY, Y] = [dx >>> shift, dy >>> shift, y >>> shift];
      for (let i = begin; i < end; i++) (h[DX + i] as number) += through(9, h[DY + i] as number, h[Y + i] as number, 0);
    },

    silu_forward(y: number, x: number, begin: number, end: number): void {
      const h = real.heap();
      const [Y, X] = [y >>> shift, x >>> shift];
      for (let i = begin; i < end; i++) {
        const v = h[X + i] as number;
        h[Y + i] = v === -Infinity ? -0 : v * sigmoid(v);
      }
    },

    silu_backward(dx: number, dy: number, x: number, begin: number, end: number): void {
      const h = real.heap();
      const [DX, DY, X] = [dx >>> shift, dy >>> shift, x >>> shift];
      for (let i = begin; i < end; i++) {
        const d = h[DY + i] as number;
        const v = h[X + i] as number;
        const s = sigmoid(v);
        (h[DX + i] as number) += Math.abs(v) === Infinity ? (v > 0 ? d : 0) : d * s * (1 + v * (1 - s));
      }
    },

    gelu_forward(y: number, x: number, begin: number, end: number): void {
      const h = real.heap();
      const [Y, X] = [y >>> shift, x >>> shift];
      for (let i = begin; i < end; i++) {
        const v = h[X + i] as number;
        h[Y + i] = v === -Infinity ? -0 : v * normalCdf(v);
      }
    },

    gelu_backward(dx: number, dy: number, x: number, begin: number, end: number): void {
      const h = real.heap();
      const [DX, DY, X] = [dx >>> shift, dy >>> shift, x >>> shift];
      for (let i = begin; i < end; i++) {
        const d = h[DY + i] as number;
        const v = h[X + i] as number;
        (h[DX + i] as number) += d * (normalCdf(v) + (Math.abs(v) === Infinity ? 0 : v * normalDensity(v)));
      }
    },

    gelu_tanh_forward(y: number, x: number, begin: number, end: number): void {
      const h = real.heap();
      const [Y, X] = [y >>> shift, x >>> shift];
      for (let i = begin; i < end; i++) {
        const v = h[X + i] as number;
        h[Y + i] = v === -Infinity ? -0 : v * sigmoid(GELU_A * v + GELU_B * v ** 3);
      }
    },

    gelu_tanh_backward(dx: number, dy: number, x: number, begin: number, end: number): void {
      const h = real.heap();
      const [DX, DY, X] = [dx >>> shift, dy >>> shift, x >>> shift];
      for (let i = begin; i < end; i++) {
        const d = h[DY + i] as number;
        const v = h[X + i] as number;
        const s = sigmoid(GELU_A * v + GELU_B * v ** 3);
        (h[DX + i] as number) +=
          Math.abs(v) > 1e50 ? (v > 0 ? d : 0) : d * s * (1 + v * (GELU_A + 3 * GELU_B * v * v) * (1 - s));
      }
    },

    activation_gradient(
      dz: number,
      dy: number,
      y: number,
      kind: number,
      alpha: number,
      begin: number,
      end: number,
    ): void {
      const h = real.heap();
      const [DZ, DY, Y] = [dz >>> shift, dy >>> shift, y >>> shift];
      for (let i = begin; i < end; i++) h[DZ + i] = through(kind, h[DY + i] as number, h[Y + i] as number, alpha);
    },
  };
}
