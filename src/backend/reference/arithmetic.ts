import { accumulate, assign } from "./broadcast.js";
import type { Real } from "./real.js";

export function arithmetic(real: Real) {
  const { shift } = real;
  return {
    add_forward: assign(real, (a, b) => a + b),
    sub_forward: assign(real, (a, b) => a - b),
    subtract_from(y: number, x: number, begin: number, end: number): void {
      const h = real.heap();
      const [Y, X] = [y >>> shift, x >>> shift];
      for (let i = begin; i < end; i++) (h[Y + i] as number) -= h[X + i] as number;
    },

    mul_forward: assign(real, (a, b) => a * b),
    mul_backward: accumulate(real, (dy, _, b) => dy * b),

    div_forward: assign(real, (a, b) => a / b),
    div_backward_a: accumulate(real, (dy, _, b) => dy / b),
    div_backward_b: accumulate(real, (dy, a, b) => -dy * (a / b / b)),

    div_no_nan_forward: assign(real, (a, b) => (b === 0 ? 0 : a / b)),
    div_no_nan_backward_a: accumulate(real, (dy, _, b) => (b === 0 ? 0 : dy / b)),
    div_no_nan_backward_b: accumulate(real, (dy, a, b) => (b === 0 ? 0 : -dy * (a / b / b))),

    pow_forward: assign(real, pow),
    pow_backward_a: accumulate(real, (dy, a, b) => (b === 0 ? 0 : dy * b * pow(a, b - 1))),
    pow_backward_b: accumulate(real, (dy, a, b) => (a === 0 && b >= 0 ? 0 : dy * pow(a, b) * Math.log(a))),

    maximum_forward: assign(real, Math.max),
    maximum_backward_a: accumulate(real, (dy, a, b) => (a >= b ? dy : 0)),
    maximum_backward_b: accumulate(real, (dy, a, b) => (a >= b ? 0 : dy)),

    minimum_forward: assign(real, Math.min),
    minimum_backward_a: accumulate(real, (dy, a, b) => (a <= b ? dy : 0)),
    minimum_backward_b: accumulate(real, (dy, a, b) => (a <= b ? 0 : dy)),

    squared_difference_forward: assign(real, (a, b) => (a - b) ** 2),
    squared_difference_backward: accumulate(real, (dy, a, b) => 2 * dy * (a - b)),
  };
}

/** IEEE 754's pow. JavaScript's gives NaN for 1 to the power of NaN and for ±1 to that of ±∞. */
function pow(a: number, b: number): number {
  if (a === 1 || (a === -1 && Math.abs(b) === Number.POSITIVE_INFINITY)) return 1;
  return a ** b;
}
