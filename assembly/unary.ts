// Functions of one number. What a backward kernel reads beside dy is the result y or the input x, whichever is named.

import { accumulateLong, all, cos, erf, exp, expm1, gaussian, log, log1p, mapLong, signBit, sin } from "./math";
import { LANES, SIZE, accumulate, at, loadTail, map, storeTail } from "./vector";

class Exp {
  @inline of(x: v128): v128 { return exp(x); }
}
class Product {
  @inline of(dy: v128, s: v128): v128 { return v128.mul<real>(dy, s); }
}

/** y = eˣ */
export function exp_forward(y: usize, x: usize, begin: usize, end: usize): void {
  mapLong<Exp>(y, x, begin, end);
}

/** dx += dy · y */
export function exp_backward(dx: usize, dy: usize, y: usize, begin: usize, end: usize): void {
  accumulate<Product>(dx, dy, y, begin, end);
}

class Expm1 {
  @inline of(x: v128): v128 { return expm1(x); }
}
class Expm1Gradient {
  @inline of(dy: v128, y: v128): v128 { return v128.mul<real>(dy, v128.add<real>(y, all(<real>1))); }
}

/** y = eˣ − 1 */
export function expm1_forward(y: usize, x: usize, begin: usize, end: usize): void {
  mapLong<Expm1>(y, x, begin, end);
}

/** dx += dy · (y + 1) */
export function expm1_backward(dx: usize, dy: usize, y: usize, begin: usize, end: usize): void {
  accumulate<Expm1Gradient>(dx, dy, y, begin, end);
}

class Log {
  @inline of(x: v128): v128 { return log(x); }
}
class LogGradient {
  @inline of(dy: v128, x: v128): v128 { return v128.div<real>(dy, x); }
}

/** y = ln x */
export function log_forward(y: usize, x: usize, begin: usize, end: usize): void {
  mapLong<Log>(y, x, begin, end);
}

/** dx += dy / x */
export function log_backward(dx: usize, dy: usize, x: usize, begin: usize, end: usize): void {
  accumulate<LogGradient>(dx, dy, x, begin, end);
}

class Log1p {
  @inline of(x: v128): v128 { return log1p(x); }
}
class Log1pGradient {
  @inline of(dy: v128, x: v128): v128 { return v128.div<real>(dy, v128.add<real>(x, all(<real>1))); }
}

/** y = ln(1 + x) */
export function log1p_forward(y: usize, x: usize, begin: usize, end: usize): void {
  mapLong<Log1p>(y, x, begin, end);
}

/** dx += dy / (1 + x) */
export function log1p_backward(dx: usize, dy: usize, x: usize, begin: usize, end: usize): void {
  accumulate<Log1pGradient>(dx, dy, x, begin, end);
}

class Sqrt {
  @inline of(x: v128): v128 { return v128.sqrt<real>(x); }
}
class SqrtGradient {
  @inline of(dy: v128, y: v128): v128 { return v128.div<real>(dy, v128.add<real>(y, y)); }
}

/** y = √x */
export function sqrt_forward(y: usize, x: usize, begin: usize, end: usize): void {
  map<Sqrt>(y, x, begin, end);
}

/** dx += dy / 2y */
export function sqrt_backward(dx: usize, dy: usize, y: usize, begin: usize, end: usize): void {
  accumulate<SqrtGradient>(dx, dy, y, begin, end);
}

class Rsqrt {
  @inline of(x: v128): v128 { return v128.div<real>(all(<real>1), v128.sqrt<real>(x)); }
}
class RsqrtGradient {
  @inline of(dy: v128, y: v128): v128 {
    const cube = v128.mul<real>(v128.mul<real>(y, y), y);
    return v128.mul<real>(v128.mul<real>(dy, all(<real>-0.5)), cube);
  }
}

/** y = 1 / √x */
export function rsqrt_forward(y: usize, x: usize, begin: usize, end: usize): void {
  map<Rsqrt>(y, x, begin, end);
}

/** dx −= dy · y³ / 2 */
export function rsqrt_backward(dx: usize, dy: usize, y: usize, begin: usize, end: usize): void {
  accumulate<RsqrtGradient>(dx, dy, y, begin, end);
}

class Reciprocal {
  @inline of(x: v128): v128 { return v128.div<real>(all(<real>1), x); }
}
class ReciprocalGradient {
  @inline of(dy: v128, y: v128): v128 { return v128.mul<real>(v128.mul<real>(dy, v128.neg<real>(y)), y); }
}

/** y = 1 / x */
export function reciprocal_forward(y: usize, x: usize, begin: usize, end: usize): void {
  map<Reciprocal>(y, x, begin, end);
}

/** dx −= dy · y² */
export function reciprocal_backward(dx: usize, dy: usize, y: usize, begin: usize, end: usize): void {
  accumulate<ReciprocalGradient>(dx, dy, y, begin, end);
}

class Square {
  @inline of(x: v128): v128 { return v128.mul<real>(x, x); }
}
class SquareGradient {
  @inline of(dy: v128, x: v128): v128 { return v128.mul<real>(dy, v128.add<real>(x, x)); }
}

/** y = x² */
export function square_forward(y: usize, x: usize, begin: usize, end: usize): void {
  map<Square>(y, x, begin, end);
}

/** dx += 2 dy · x */
export function square_backward(dx: usize, dy: usize, x: usize, begin: usize, end: usize): void {
  accumulate<SquareGradient>(dx, dy, x, begin, end);
}

class Abs {
  @inline of(x: v128): v128 { return v128.abs<real>(x); }
}
class AbsGradient {
  @inline of(dy: v128, x: v128): v128 {
    const signed = v128.xor(dy, v128.and(x, signBit()));
    return v128.andnot(signed, v128.eq<real>(x, all(<real>0)));
  }
}

/** y = |x| */
export function abs_forward(y: usize, x: usize, begin: usize, end: usize): void {
  map<Abs>(y, x, begin, end);
}

/** dx += dy · sign x */
export function abs_backward(dx: usize, dy: usize, x: usize, begin: usize, end: usize): void {
  accumulate<AbsGradient>(dx, dy, x, begin, end);
}

class Neg {
  @inline of(x: v128): v128 { return v128.neg<real>(x); }
}
class NegGradient {
  @inline of(dy: v128, s: v128): v128 { return v128.neg<real>(dy); }
}

/** y = −x */
export function neg_forward(y: usize, x: usize, begin: usize, end: usize): void {
  map<Neg>(y, x, begin, end);
}

/** dx −= dy */
export function neg_backward(dx: usize, dy: usize, begin: usize, end: usize): void {
  accumulate<NegGradient>(dx, dy, dy, begin, end);
}

class Sign {
  @inline of(x: v128): v128 {
    const one = v128.or(all(<real>1), v128.and(x, signBit()));
    const zero = all(<real>0);
    return v128.bitselect(one, x, v128.or(v128.lt<real>(x, zero), v128.gt<real>(x, zero)));
  }
}

/** y = −1, 1, or x itself where it is ±0 or NaN */
export function sign_forward(y: usize, x: usize, begin: usize, end: usize): void {
  map<Sign>(y, x, begin, end);
}

class Floor {
  @inline of(x: v128): v128 { return v128.floor<real>(x); }
}

/** y = the greatest whole number ≤ x */
export function floor_forward(y: usize, x: usize, begin: usize, end: usize): void {
  map<Floor>(y, x, begin, end);
}

class Ceil {
  @inline of(x: v128): v128 { return v128.ceil<real>(x); }
}

/** y = the least whole number ≥ x */
export function ceil_forward(y: usize, x: usize, begin: usize, end: usize): void {
  map<Ceil>(y, x, begin, end);
}

class Round {
  @inline of(x: v128): v128 { return v128.nearest<real>(x); }
}

/** y = the nearest whole number, the even one of two */
export function round_forward(y: usize, x: usize, begin: usize, end: usize): void {
  map<Round>(y, x, begin, end);
}

class Sin {
  @inline of(x: v128): v128 { return sin(x); }
}
class SinGradient {
  @inline of(dy: v128, x: v128): v128 { return v128.mul<real>(dy, cos(x)); }
}

/** y = sin x */
export function sin_forward(y: usize, x: usize, begin: usize, end: usize): void {
  mapLong<Sin>(y, x, begin, end);
}

/** dx += dy · cos x */
export function sin_backward(dx: usize, dy: usize, x: usize, begin: usize, end: usize): void {
  accumulateLong<SinGradient>(dx, dy, x, begin, end);
}

class Cos {
  @inline of(x: v128): v128 { return cos(x); }
}
class CosGradient {
  @inline of(dy: v128, x: v128): v128 { return v128.mul<real>(v128.neg<real>(dy), sin(x)); }
}

/** y = cos x */
export function cos_forward(y: usize, x: usize, begin: usize, end: usize): void {
  mapLong<Cos>(y, x, begin, end);
}

/** dx −= dy · sin x */
export function cos_backward(dx: usize, dy: usize, x: usize, begin: usize, end: usize): void {
  accumulateLong<CosGradient>(dx, dy, x, begin, end);
}

class Erf {
  @inline of(x: v128): v128 { return erf(x); }
}
class ErfGradient {
  @inline of(dy: v128, x: v128): v128 {
    const limit = sizeof<real>() == 4 ? all(<real>10.5) : all(<real>28);
    const density = gaussian(v128.pmin<real>(v128.abs<real>(x), limit), <real>1);
    return v128.mul<real>(v128.mul<real>(dy, all(<real>1.1283791670955126)), density);
  }
}

/** y = 2/√π ∫₀ˣ e^(−t²) dt */
export function erf_forward(y: usize, x: usize, begin: usize, end: usize): void {
  mapLong<Erf>(y, x, begin, end);
}

/** dx += dy · 2/√π · e^(−x²) */
export function erf_backward(dx: usize, dy: usize, x: usize, begin: usize, end: usize): void {
  accumulateLong<ErfGradient>(dx, dy, x, begin, end);
}

@inline
function clip(x: v128, low: v128, high: v128): v128 {
  return v128.pmin<real>(v128.pmax<real>(x, low), high);
}

/** y = x limited to [low, high]; NaN stays */
export function clip_forward(y: usize, x: usize, low: real, high: real, begin: usize, end: usize): void {
  const l = all(low);
  const h = all(high);
  let i = begin;
  for (; i + LANES <= end; i += LANES) v128.store(at(y, i), clip(v128.load(at(x, i)), l, h));
  if (i < end) storeTail(at(y, i), clip(loadTail(at(x, i), end - i), l, h), end - i);
}

/** dy where low ≤ x ≤ high, else 0; a NaN of x lets dy pass, which will be NaN as well */
@inline
function clipGradient(dy: v128, x: v128, low: v128, high: v128): v128 {
  return v128.andnot(dy, v128.or(v128.lt<real>(x, low), v128.gt<real>(x, high)));
}

/** dx += dy where low ≤ x ≤ high */
export function clip_backward(
  dx: usize,
  dy: usize,
  x: usize,
  low: real,
  high: real,
  begin: usize,
  end: usize,
): void {
  const l = all(low);
  const h = all(high);
  let i = begin;
  for (; i + LANES <= end; i += LANES) {
    const g = clipGradient(v128.load(at(dy, i)), v128.load(at(x, i)), l, h);
    v128.store(at(dx, i), v128.add<real>(v128.load(at(dx, i)), g));
  }
  if (i < end) {
    const n = end - i;
    const g = clipGradient(loadTail(at(dy, i), n), loadTail(at(x, i), n), l, h);
    storeTail(at(dx, i), v128.add<real>(loadTail(at(dx, i), n), g), n);
  }
}

/** y[i] = 1 byte for each lane: whether `mask` is set there. */
@inline
function storeBits(y: usize, i: usize, count: usize, mask: v128): void {
  const bits = SIZE == 4 ? i32x4.bitmask(mask) : i64x2.bitmask(mask);
  for (let k: usize = 0; k < count; k++) store<u8>(y + i + k, <u8>((bits >> (<i32>k)) & 1));
}

/** y = 1 where x is NaN, else 0; y is bytes */
export function is_nan(y: usize, x: usize, begin: usize, end: usize): void {
  let i = begin;
  for (; i + LANES <= end; i += LANES) {
    const v = v128.load(at(x, i));
    storeBits(y, i, LANES, v128.ne<real>(v, v));
  }
  if (i < end) {
    const v = loadTail(at(x, i), end - i);
    storeBits(y, i, end - i, v128.ne<real>(v, v));
  }
}

/** y = 1 where x is neither NaN nor infinite, else 0; y is bytes */
export function is_finite(y: usize, x: usize, begin: usize, end: usize): void {
  const infinity = all(<real>Infinity);
  let i = begin;
  for (; i + LANES <= end; i += LANES) {
    storeBits(y, i, LANES, v128.lt<real>(v128.abs<real>(v128.load(at(x, i))), infinity));
  }
  if (i < end) {
    storeBits(y, i, end - i, v128.lt<real>(v128.abs<real>(loadTail(at(x, i), end - i)), infinity));
  }
}
