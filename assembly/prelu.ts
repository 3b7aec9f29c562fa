// A rectifier whose slope below 0 is learnt. Operands and strides as in arithmetic.ts: a is x, b the slope.

import { Accumulate, Assign, broadcast } from "./broadcast";

@inline
function isPositive(x: v128): v128 {
  return v128.gt<real>(x, v128.splat<real>(0));
}

class Prelu {
  @inline of(a: v128, b: v128): v128 {
    return v128.bitselect(a, v128.mul<real>(a, b), isPositive(a));
  }
}

class PreluGradientA {
  @inline of(dy: v128, a: v128, b: v128): v128 {
    return v128.bitselect(dy, v128.mul<real>(dy, b), isPositive(a));
  }
}

class PreluGradientB {
  @inline of(dy: v128, a: v128, b: v128): v128 {
    return v128.andnot(v128.mul<real>(dy, a), isPositive(a));
  }
}

/** y = a where a > 0, else a · b */
export function prelu_forward(
  y: usize, a: usize, b: usize, d1: usize, d2: usize, d3: usize,
  a0: usize, a1: usize, a2: usize, a3: usize, b0: usize, b1: usize, b2: usize, b3: usize, begin: usize, end: usize,
): void {
  broadcast<Assign<Prelu>>(y, 0, a, b, d1, d2, d3, a0, a1, a2, a3, b0, b1, b2, b3, begin, end);
}

/** da += dy where a > 0, else dy · b */
export function prelu_backward_a(
  dx: usize, dy: usize, a: usize, b: usize, d1: usize, d2: usize, d3: usize,
  a0: usize, a1: usize, a2: usize, a3: usize, b0: usize, b1: usize, b2: usize, b3: usize, begin: usize, end: usize,
): void {
  broadcast<Accumulate<PreluGradientA>>(dx, dy, a, b, d1, d2, d3, a0, a1, a2, a3, b0, b1, b2, b3, begin, end);
}

/** db += dy · a where a ≤ 0 */
export function prelu_backward_b(
  dx: usize, dy: usize, a: usize, b: usize, d1: usize, d2: usize, d3: usize,
  a0: usize, a1: usize, a2: usize, a3: usize, b0: usize, b1: usize, b2: usize, b3: usize, begin: usize, end: usize,
): void {
  broadcast<Accumulate<PreluGradientB>>(dx, dy, a, b, d1, d2, d3, a0, a1, a2, a3, b0, b1, b2, b3, begin, end);
}
