// Angles and the hyperbolic functions, element by element; sin and cos are in unary.ts. What a backward kernel reads beside dy is the result y
// or the input x, whichever is named.

import { accumulateLong, acos, acosh, all, asin, asinh, atan, atanh, cosh, mapLong, sinh, tan } from "./math";

/** 1 − x² without the rounding of x² */
@inline
function oneMinusSquare(x: v128): v128 {
  const one = all(<real>1);
  return v128.mul<real>(v128.sub<real>(one, x), v128.add<real>(one, x));
}

class Tan {
  @inline of(x: v128): v128 { return tan(x); }
}
class TanGradient {
  @inline of(dy: v128, s: v128): v128 { return v128.mul<real>(dy, madd(s, s, all(<real>1))); }
}

/** y = tan x */
export function tan_forward(y: usize, x: usize, begin: usize, end: usize): void {
  mapLong<Tan>(y, x, begin, end);
}

/** dx += dy · (1 + y²) */
export function tan_backward(dx: usize, dy: usize, y: usize, begin: usize, end: usize): void {
  accumulateLong<TanGradient>(dx, dy, y, begin, end);
}

class Asin {
  @inline of(x: v128): v128 { return asin(x); }
}
class AsinGradient {
  @inline of(dy: v128, s: v128): v128 { return v128.div<real>(dy, v128.sqrt<real>(oneMinusSquare(s))); }
}

/** y = asin x */
export function asin_forward(y: usize, x: usize, begin: usize, end: usize): void {
  mapLong<Asin>(y, x, begin, end);
}

/** dx += dy / √(1 − x²) */
export function asin_backward(dx: usize, dy: usize, x: usize, begin: usize, end: usize): void {
  accumulateLong<AsinGradient>(dx, dy, x, begin, end);
}

class Acos {
  @inline of(x: v128): v128 { return acos(x); }
}
class AcosGradient {
  @inline of(dy: v128, s: v128): v128 { return v128.div<real>(v128.neg<real>(dy), v128.sqrt<real>(oneMinusSquare(s))); }
}

/** y = acos x */
export function acos_forward(y: usize, x: usize, begin: usize, end: usize): void {
  mapLong<Acos>(y, x, begin, end);
}

/** dx += −dy / √(1 − x²) */
export function acos_backward(dx: usize, dy: usize, x: usize, begin: usize, end: usize): void {
  accumulateLong<AcosGradient>(dx, dy, x, begin, end);
}

class Atan {
  @inline of(x: v128): v128 { return atan(x); }
}
class AtanGradient {
  @inline of(dy: v128, s: v128): v128 { return v128.div<real>(dy, madd(s, s, all(<real>1))); }
}

/** y = atan x */
export function atan_forward(y: usize, x: usize, begin: usize, end: usize): void {
  mapLong<Atan>(y, x, begin, end);
}

/** dx += dy / (1 + x²) */
export function atan_backward(dx: usize, dy: usize, x: usize, begin: usize, end: usize): void {
  accumulateLong<AtanGradient>(dx, dy, x, begin, end);
}

class Sinh {
  @inline of(x: v128): v128 { return sinh(x); }
}
class SinhGradient {
  @inline of(dy: v128, s: v128): v128 { return v128.mul<real>(dy, cosh(s)); }
}

/** y = sinh x */
export function sinh_forward(y: usize, x: usize, begin: usize, end: usize): void {
  mapLong<Sinh>(y, x, begin, end);
}

/** dx += dy · cosh x */
export function sinh_backward(dx: usize, dy: usize, x: usize, begin: usize, end: usize): void {
  accumulateLong<SinhGradient>(dx, dy, x, begin, end);
}

class Cosh {
  @inline of(x: v128): v128 { return cosh(x); }
}
class CoshGradient {
  @inline of(dy: v128, s: v128): v128 { return v128.mul<real>(dy, sinh(s)); }
}

/** y = cosh x */
export function cosh_forward(y: usize, x: usize, begin: usize, end: usize): void {
  mapLong<Cosh>(y, x, begin, end);
}

/** dx += dy · sinh x */
export function cosh_backward(dx: usize, dy: usize, x: usize, begin: usize, end: usize): void {
  accumulateLong<CoshGradient>(dx, dy, x, begin, end);
}

class Asinh {
  @inline of(x: v128): v128 { return asinh(x); }
}
class AsinhGradient {
  @inline of(dy: v128, s: v128): v128 { return v128.div<real>(dy, v128.sqrt<real>(madd(s, s, all(<real>1)))); }
}

/** y = asinh x */
export function asinh_forward(y: usize, x: usize, begin: usize, end: usize): void {
  mapLong<Asinh>(y, x, begin, end);
}

/** dx += dy / √(1 + x²) */
export function asinh_backward(dx: usize, dy: usize, x: usize, begin: usize, end: usize): void {
  accumulateLong<AsinhGradient>(dx, dy, x, begin, end);
}

class Acosh {
  @inline of(x: v128): v128 { return acosh(x); }
}
class AcoshGradient {
  @inline of(dy: v128, s: v128): v128 { return v128.div<real>(dy, v128.sqrt<real>(v128.neg<real>(oneMinusSquare(s)))); }
}

/** y = acosh x */
export function acosh_forward(y: usize, x: usize, begin: usize, end: usize): void {
  mapLong<Acosh>(y, x, begin, end);
}

/** dx += dy / √(x² − 1) */
export function acosh_backward(dx: usize, dy: usize, x: usize, begin: usize, end: usize): void {
  accumulateLong<AcoshGradient>(dx, dy, x, begin, end);
}

class Atanh {
  @inline of(x: v128): v128 { return atanh(x); }
}
class AtanhGradient {
  @inline of(dy: v128, s: v128): v128 { return v128.div<real>(dy, oneMinusSquare(s)); }
}

/** y = atanh x */
export function atanh_forward(y: usize, x: usize, begin: usize, end: usize): void {
  mapLong<Atanh>(y, x, begin, end);
}

/** dx += dy / (1 − x²) */
export function atanh_backward(dx: usize, dy: usize, x: usize, begin: usize, end: usize): void {
  accumulateLong<AtanhGradient>(dx, dy, x, begin, end);
}
