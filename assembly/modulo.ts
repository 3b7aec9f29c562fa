// Remainders of a division, exact as in C and NumPy whatever the quotient. `%` of two floats is fmod.

import { Accumulate, Assign, broadcast } from "./broadcast";

// None of these is inlined: each would stand six times in its kernel.
class Fmod {
  of(a: v128, b: v128): v128 {
    if (sizeof<real>() == 8) {
      const low = v128.extract_lane<f64>(a, 0) % v128.extract_lane<f64>(b, 0);
      const high = v128.extract_lane<f64>(a, 1) % v128.extract_lane<f64>(b, 1);
      return v128.replace_lane<f64>(v128.splat<f64>(low), 1, high);
    }
    let y = v128.splat<f32>(v128.extract_lane<f32>(a, 0) % v128.extract_lane<f32>(b, 0));
    y = v128.replace_lane<f32>(y, 1, v128.extract_lane<f32>(a, 1) % v128.extract_lane<f32>(b, 1));
    y = v128.replace_lane<f32>(y, 2, v128.extract_lane<f32>(a, 2) % v128.extract_lane<f32>(b, 2));
    return v128.replace_lane<f32>(y, 3, v128.extract_lane<f32>(a, 3) % v128.extract_lane<f32>(b, 3));
  }
}

class FmodGradientB {
  of(dy: v128, a: v128, b: v128): v128 {
    const quotient = v128.div<real>(v128.sub<real>(a, changetype<Fmod>(0).of(a, b)), b);
    return v128.neg<real>(v128.mul<real>(dy, v128.nearest<real>(quotient)));
  }
}

/** y = a − b · trunc(a / b): the sign of a */
export function fmod_forward(
  y: usize, a: usize, b: usize, d1: usize, d2: usize, d3: usize,
  a0: usize, a1: usize, a2: usize, a3: usize, b0: usize, b1: usize, b2: usize, b3: usize, begin: usize, end: usize,
): void {
  broadcast<Assign<Fmod>>(y, 0, a, b, d1, d2, d3, a0, a1, a2, a3, b0, b1, b2, b3, begin, end);
}

/** dx −= dy · trunc(a / b), for x = b */
export function fmod_backward_b(
  dx: usize, dy: usize, a: usize, b: usize, d1: usize, d2: usize, d3: usize,
  a0: usize, a1: usize, a2: usize, a3: usize, b0: usize, b1: usize, b2: usize, b3: usize, begin: usize, end: usize,
): void {
  broadcast<Accumulate<FmodGradientB>>(dx, dy, a, b, d1, d2, d3, a0, a1, a2, a3, b0, b1, b2, b3, begin, end);
}

class Mod {
  of(a: v128, b: v128): v128 {
    const zero = v128.splat<real>(0);
    const y = changetype<Fmod>(0).of(a, b);
    const apart = v128.xor(v128.lt<real>(y, zero), v128.lt<real>(b, zero));
    // A remainder of 0 has the sign of b.
    const nothing = v128.bitselect(v128.abs<real>(y), b, v128.not(v128.splat<real>(-0.0)));
    const moved = v128.bitselect(v128.add<real>(y, b), y, apart);
    return v128.bitselect(nothing, moved, v128.eq<real>(y, zero));
  }
}

class ModGradientB {
  of(dy: v128, a: v128, b: v128): v128 {
    const quotient = v128.div<real>(v128.sub<real>(a, changetype<Mod>(0).of(a, b)), b);
    return v128.neg<real>(v128.mul<real>(dy, v128.nearest<real>(quotient)));
  }
}

/** y = a − b · floor(a / b): the sign of b */
export function mod_forward(
  y: usize, a: usize, b: usize, d1: usize, d2: usize, d3: usize,
  a0: usize, a1: usize, a2: usize, a3: usize, b0: usize, b1: usize, b2: usize, b3: usize, begin: usize, end: usize,
): void {
  broadcast<Assign<Mod>>(y, 0, a, b, d1, d2, d3, a0, a1, a2, a3, b0, b1, b2, b3, begin, end);
}

/** dx −= dy · floor(a / b), for x = b */
export function mod_backward_b(
  dx: usize, dy: usize, a: usize, b: usize, d1: usize, d2: usize, d3: usize,
  a0: usize, a1: usize, a2: usize, a3: usize, b0: usize, b1: usize, b2: usize, b3: usize, begin: usize, end: usize,
): void {
  broadcast<Accumulate<ModGradientB>>(dx, dy, a, b, d1, d2, d3, a0, a1, a2, a3, b0, b1, b2, b3, begin, end);
}
