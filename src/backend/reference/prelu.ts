import { accumulate, assign } from "./broadcast.js";
import type { Real } from "./real.js";

export function prelu(real: Real) {
  return {
    prelu_forward: assign(real, (a, b) => (a > 0 ? a : a * b)),
    prelu_backward_a: accumulate(real, (dy, a, b) => (a > 0 ? dy : dy * b)),
    prelu_backward_b: accumulate(real, (dy, a) => (a > 0 ? 0 : dy * a)),
  };
}
