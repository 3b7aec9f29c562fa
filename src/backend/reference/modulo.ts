import { accumulate, assign } from "./broadcast.js";
import type { Real } from "./real.js";

export function modulo(real: Real) {
  return {
    fmod_forward: assign(real, (a, b) => a % b),
    fmod_backward_b: accumulate(real, (dy, a, b) => -dy * Math.round((a - (a % b)) / b)),
    mod_forward: assign(real, mod),
    mod_backward_b: accumulate(real, (dy, a, b) => -dy * Math.round((a - mod(a, b)) / b)),
  };
}

/** The remainder with the sign of b. */
function mod(a: number, b: number): number {
  const y = a % b;
  if (y === 0) return b < 0 || Object.is(b, -0) ? -0 : 0;
  return y < 0 === b < 0 ? y : y + b;
}
