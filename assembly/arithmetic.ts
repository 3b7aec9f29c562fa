// Element-wise arithmetic of two operands; y, dy and dx are d0 × d1 × d2 × d3 elements, a and b may be stretched (see broadcast.ts).
// A backward kernel works on gradients of the full size: where an operand was stretched, the caller sums afterwards. Where the gradient
// for b is that for a with the operands exchanged, one kernel serves both.

import { Accumulate, Assign, broadcast } from "./broadcast";
import { log } from "./math";
import { power } from "./power";
import { LANES, at, loadTail, storeTail } from "./vector";

class Add {
  @inline of(a: v128, b: v128): v128 {
    return v128.add<real>(a, b);
  }
}

/** y = a + b */
export function add_forward(
  y: usize, a: usize, b: usize, d1: usize, d2: usize, d3: usize,
  a0: usize, a1: usize, a2: usize, a3: usize, b0: usize, b1: usize, b2: usize, b3: usize, begin: usize, end: usize,
): void {
  broadcast<Assign<Add>>(y, 0, a, b, d1, d2, d3, a0, a1, a2, a3, b0, b1, b2, b3, begin, end);
}

class Sub {
  @inline of(a: v128, b: v128): v128 {
    return v128.sub<real>(a, b);
  }
}

/** y = a − b */
export function sub_forward(
  y: usize, a: usize, b: usize, d1: usize, d2: usize, d3: usize,
  a0: usize, a1: usize, a2: usize, a3: usize, b0: usize, b1: usize, b2: usize, b3: usize, begin: usize, end: usize,
): void {
  broadcast<Assign<Sub>>(y, 0, a, b, d1, d2, d3, a0, a1, a2, a3, b0, b1, b2, b3, begin, end);
}

/** y[i] −= x[i]: the gradient of a subtraction for its second operand */
export function subtract_from(y: usize, x: usize, begin: usize, end: usize): void {
  let i = begin;
  for (; i + LANES <= end; i += LANES) {
    v128.store(at(y, i), v128.sub<real>(v128.load(at(y, i)), v128.load(at(x, i))));
  }
  if (i < end) {
    const n = end - i;
    storeTail(at(y, i), v128.sub<real>(loadTail(at(y, i), n), loadTail(at(x, i), n)), n);
  }
}

class Mul {
  @inline of(a: v128, b: v128): v128 {
    return v128.mul<real>(a, b);
  }
}

class MulGradient {
  @inline of(dy: v128, a: v128, b: v128): v128 {
    return v128.mul<real>(dy, b);
  }
}

/** y = a · b */
export function mul_forward(
  y: usize, a: usize, b: usize, d1: usize, d2: usize, d3: usize,
  a0: usize, a1: usize, a2: usize, a3: usize, b0: usize, b1: usize, b2: usize, b3: usize, begin: usize, end: usize,
): void {
  broadcast<Assign<Mul>>(y, 0, a, b, d1, d2, d3, a0, a1, a2, a3, b0, b1, b2, b3, begin, end);
}

/** dx += dy · b, for x = a; exchanged for x = b */
export function mul_backward(
  dx: usize, dy: usize, a: usize, b: usize, d1: usize, d2: usize, d3: usize,
  a0: usize, a1: usize, a2: usize, a3: usize, b0: usize, b1: usize, b2: usize, b3: usize, begin: usize, end: usize,
): void {
  broadcast<Accumulate<MulGradient>>(dx, dy, a, b, d1, d2, d3, a0, a1, a2, a3, b0, b1, b2, b3, begin, end);
}

class Div {
  @inline of(a: v128, b: v128): v128 {
    return v128.div<real>(a, b);
  }
}

class DivGradientA {
  @inline of(dy: v128, a: v128, b: v128): v128 {
    return v128.div<real>(dy, b);
  }
}

class DivGradientB {
  /** Two divisions, since b² may leave the range where a / b² does not. */
  @inline of(dy: v128, a: v128, b: v128): v128 {
    return v128.neg<real>(v128.mul<real>(dy, v128.div<real>(v128.div<real>(a, b), b)));
  }
}

/** y = a / b */
export function div_forward(
  y: usize, a: usize, b: usize, d1: usize, d2: usize, d3: usize,
  a0: usize, a1: usize, a2: usize, a3: usize, b0: usize, b1: usize, b2: usize, b3: usize, begin: usize, end: usize,
): void {
  broadcast<Assign<Div>>(y, 0, a, b, d1, d2, d3, a0, a1, a2, a3, b0, b1, b2, b3, begin, end);
}

/** dx += dy / b, for x = a */
export function div_backward_a(
  dx: usize, dy: usize, a: usize, b: usize, d1: usize, d2: usize, d3: usize,
  a0: usize, a1: usize, a2: usize, a3: usize, b0: usize, b1: usize, b2: usize, b3: usize, begin: usize, end: usize,
): void {
  broadcast<Accumulate<DivGradientA>>(dx, dy, a, b, d1, d2, d3, a0, a1, a2, a3, b0, b1, b2, b3, begin, end);
}

/** dx −= dy · a / b², for x = b */
export function div_backward_b(
  dx: usize, dy: usize, a: usize, b: usize, d1: usize, d2: usize, d3: usize,
  a0: usize, a1: usize, a2: usize, a3: usize, b0: usize, b1: usize, b2: usize, b3: usize, begin: usize, end: usize,
): void {
  broadcast<Accumulate<DivGradientB>>(dx, dy, a, b, d1, d2, d3, a0, a1, a2, a3, b0, b1, b2, b3, begin, end);
}

class DivNoNan {
  @inline of(a: v128, b: v128): v128 {
    return v128.and(v128.div<real>(a, b), v128.ne<real>(b, v128.splat<real>(0)));
  }
}

class DivNoNanGradientA {
  @inline of(dy: v128, a: v128, b: v128): v128 {
    return changetype<DivNoNan>(0).of(dy, b);
  }
}

class DivNoNanGradientB {
  @inline of(dy: v128, a: v128, b: v128): v128 {
    return v128.and(changetype<DivGradientB>(0).of(dy, a, b), v128.ne<real>(b, v128.splat<real>(0)));
  }
}

/** y = a / b, and 0 where b = 0 */
export function div_no_nan_forward(
  y: usize, a: usize, b: usize, d1: usize, d2: usize, d3: usize,
  a0: usize, a1: usize, a2: usize, a3: usize, b0: usize, b1: usize, b2: usize, b3: usize, begin: usize, end: usize,
): void {
  broadcast<Assign<DivNoNan>>(y, 0, a, b, d1, d2, d3, a0, a1, a2, a3, b0, b1, b2, b3, begin, end);
}

/** dx += dy / b, for x = a, where b ≠ 0 */
export function div_no_nan_backward_a(
  dx: usize, dy: usize, a: usize, b: usize, d1: usize, d2: usize, d3: usize,
  a0: usize, a1: usize, a2: usize, a3: usize, b0: usize, b1: usize, b2: usize, b3: usize, begin: usize, end: usize,
): void {
  broadcast<Accumulate<DivNoNanGradientA>>(dx, dy, a, b, d1, d2, d3, a0, a1, a2, a3, b0, b1, b2, b3, begin, end);
}

/** dx −= dy · a / b², for x = b, where b ≠ 0 */
export function div_no_nan_backward_b(
  dx: usize, dy: usize, a: usize, b: usize, d1: usize, d2: usize, d3: usize,
  a0: usize, a1: usize, a2: usize, a3: usize, b0: usize, b1: usize, b2: usize, b3: usize, begin: usize, end: usize,
): void {
  broadcast<Accumulate<DivNoNanGradientB>>(dx, dy, a, b, d1, d2, d3, a0, a1, a2, a3, b0, b1, b2, b3, begin, end);
}

class Pow {
  @inline of(a: v128, b: v128): v128 {
    return power(a, b);
  }
}

class PowGradientA {
  /** Selected, not multiplied, so that 0⁰ does not give 0 · ∞. */
  @inline of(dy: v128, a: v128, b: v128): v128 {
    const slope = v128.mul<real>(b, power(a, v128.sub<real>(b, v128.splat<real>(1))));
    return v128.and(v128.mul<real>(dy, slope), v128.ne<real>(b, v128.splat<real>(0)));
  }
}

class PowGradientB {
  /** 0 where a = 0 and b ≥ 0: the limit of aᵇ · ln a for b > 0. Not inlined: it would stand six times in its kernel. */
  of(dy: v128, a: v128, b: v128): v128 {
    const zero = v128.splat<real>(0);
    const slope = v128.mul<real>(power(a, b), log(a));
    return v128.andnot(v128.mul<real>(dy, slope), v128.and(v128.eq<real>(a, zero), v128.ge<real>(b, zero)));
  }
}

/** y = aᵇ */
export function pow_forward(
  y: usize, a: usize, b: usize, d1: usize, d2: usize, d3: usize,
  a0: usize, a1: usize, a2: usize, a3: usize, b0: usize, b1: usize, b2: usize, b3: usize, begin: usize, end: usize,
): void {
  broadcast<Assign<Pow>>(y, 0, a, b, d1, d2, d3, a0, a1, a2, a3, b0, b1, b2, b3, begin, end);
}

/** dx += dy · b · aᵇ⁻¹, for x = a */
export function pow_backward_a(
  dx: usize, dy: usize, a: usize, b: usize, d1: usize, d2: usize, d3: usize,
  a0: usize, a1: usize, a2: usize, a3: usize, b0: usize, b1: usize, b2: usize, b3: usize, begin: usize, end: usize,
): void {
  broadcast<Accumulate<PowGradientA>>(dx, dy, a, b, d1, d2, d3, a0, a1, a2, a3, b0, b1, b2, b3, begin, end);
}

/** dx += dy · aᵇ · ln a, for x = b */
export function pow_backward_b(
  dx: usize, dy: usize, a: usize, b: usize, d1: usize, d2: usize, d3: usize,
  a0: usize, a1: usize, a2: usize, a3: usize, b0: usize, b1: usize, b2: usize, b3: usize, begin: usize, end: usize,
): void {
  broadcast<Accumulate<PowGradientB>>(dx, dy, a, b, d1, d2, d3, a0, a1, a2, a3, b0, b1, b2, b3, begin, end);
}

class Maximum {
  /** Not `pmax`: this one propagates NaN of either side and puts −0 below 0. */
  @inline of(a: v128, b: v128): v128 {
    return v128.max<real>(a, b);
  }
}

class MaximumGradientA {
  @inline of(dy: v128, a: v128, b: v128): v128 {
    return v128.and(dy, v128.ge<real>(a, b));
  }
}

class MaximumGradientB {
  @inline of(dy: v128, a: v128, b: v128): v128 {
    return v128.andnot(dy, v128.ge<real>(a, b));
  }
}

/** y = max(a, b) */
export function maximum_forward(
  y: usize, a: usize, b: usize, d1: usize, d2: usize, d3: usize,
  a0: usize, a1: usize, a2: usize, a3: usize, b0: usize, b1: usize, b2: usize, b3: usize, begin: usize, end: usize,
): void {
  broadcast<Assign<Maximum>>(y, 0, a, b, d1, d2, d3, a0, a1, a2, a3, b0, b1, b2, b3, begin, end);
}

/** dx += dy where a ≥ b, for x = a */
export function maximum_backward_a(
  dx: usize, dy: usize, a: usize, b: usize, d1: usize, d2: usize, d3: usize,
  a0: usize, a1: usize, a2: usize, a3: usize, b0: usize, b1: usize, b2: usize, b3: usize, begin: usize, end: usize,
): void {
  broadcast<Accumulate<MaximumGradientA>>(dx, dy, a, b, d1, d2, d3, a0, a1, a2, a3, b0, b1, b2, b3, begin, end);
}

/** dx += dy where not a ≥ b, for x = b */
export function maximum_backward_b(
  dx: usize, dy: usize, a: usize, b: usize, d1: usize, d2: usize, d3: usize,
  a0: usize, a1: usize, a2: usize, a3: usize, b0: usize, b1: usize, b2: usize, b3: usize, begin: usize, end: usize,
): void {
  broadcast<Accumulate<MaximumGradientB>>(dx, dy, a, b, d1, d2, d3, a0, a1, a2, a3, b0, b1, b2, b3, begin, end);
}

class Minimum {
  @inline of(a: v128, b: v128): v128 {
    return v128.min<real>(a, b);
  }
}

class MinimumGradientA {
  @inline of(dy: v128, a: v128, b: v128): v128 {
    return v128.and(dy, v128.le<real>(a, b));
  }
}

class MinimumGradientB {
  @inline of(dy: v128, a: v128, b: v128): v128 {
    return v128.andnot(dy, v128.le<real>(a, b));
  }
}

/** y = min(a, b) */
export function minimum_forward(
  y: usize, a: usize, b: usize, d1: usize, d2: usize, d3: usize,
  a0: usize, a1: usize, a2: usize, a3: usize, b0: usize, b1: usize, b2: usize, b3: usize, begin: usize, end: usize,
): void {
  broadcast<Assign<Minimum>>(y, 0, a, b, d1, d2, d3, a0, a1, a2, a3, b0, b1, b2, b3, begin, end);
}

/** dx += dy where a ≤ b, for x = a */
export function minimum_backward_a(
  dx: usize, dy: usize, a: usize, b: usize, d1: usize, d2: usize, d3: usize,
  a0: usize, a1: usize, a2: usize, a3: usize, b0: usize, b1: usize, b2: usize, b3: usize, begin: usize, end: usize,
): void {
  broadcast<Accumulate<MinimumGradientA>>(dx, dy, a, b, d1, d2, d3, a0, a1, a2, a3, b0, b1, b2, b3, begin, end);
}

/** dx += dy where not a ≤ b, for x = b */
export function minimum_backward_b(
  dx: usize, dy: usize, a: usize, b: usize, d1: usize, d2: usize, d3: usize,
  a0: usize, a1: usize, a2: usize, a3: usize, b0: usize, b1: usize, b2: usize, b3: usize, begin: usize, end: usize,
): void {
  broadcast<Accumulate<MinimumGradientB>>(dx, dy, a, b, d1, d2, d3, a0, a1, a2, a3, b0, b1, b2, b3, begin, end);
}

class SquaredDifference {
  @inline of(a: v128, b: v128): v128 {
    const d = v128.sub<real>(a, b);
    return v128.mul<real>(d, d);
  }
}

class SquaredDifferenceGradient {
  @inline of(dy: v128, a: v128, b: v128): v128 {
    return v128.mul<real>(v128.mul<real>(v128.splat<real>(2), dy), v128.sub<real>(a, b));
  }
}

/** y = (a − b)² */
export function squared_difference_forward(
  y: usize, a: usize, b: usize, d1: usize, d2: usize, d3: usize,
  a0: usize, a1: usize, a2: usize, a3: usize, b0: usize, b1: usize, b2: usize, b3: usize, begin: usize, end: usize,
): void {
  broadcast<Assign<SquaredDifference>>(y, 0, a, b, d1, d2, d3, a0, a1, a2, a3, b0, b1, b2, b3, begin, end);
}

/** dx += 2 (a − b) · dy, for x = a; exchanged for x = b */
export function squared_difference_backward(
  dx: usize, dy: usize, a: usize, b: usize, d1: usize, d2: usize, d3: usize,
  a0: usize, a1: usize, a2: usize, a3: usize, b0: usize, b1: usize, b2: usize, b3: usize, begin: usize, end: usize,
): void {
  broadcast<Accumulate<SquaredDifferenceGradient>>(dx, dy, a, b, d1, d2, d3, a0, a1, a2, a3, b0, b1, b2, b3, begin, end);
}
