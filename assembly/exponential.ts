// exp and log, and what is made of them. Results too small for a normal number underflow gradually.

import { all, signBit } from "./lanes";

@inline
const f32Build: bool = sizeof<real>() == 4;

// exp(x) = 2ⁿ · eʳ with n = round(x / ln 2). Adding 1.5 · 2^(mantissa bits) leaves n in the low bits of the sum.

@inline
function shifter(): v128 {
  return f32Build ? all(<real>12582912) : all(<real>6755399441055744);
}

@inline
function shifted(x: v128): v128 {
  return madd(x, all(<real>1.4426950408889634), shifter());
}

/** x − n ln 2, ln 2 in two parts so that the product with the first is exact. */
@inline
function reduced(x: v128, m: v128): v128 {
  const n = v128.sub<real>(m, shifter());
  if (f32Build) return madd(n, all(<real>2.12194440054691e-4), madd(n, all(<real>-0.693359375), x));
  return madd(n, all(<real>-1.90821492927058770002e-10), madd(n, all(<real>-6.93147180369123816490e-1), x));
}

/** 2ⁿ · 2^-`less` for −126 ≤ n − less ≤ 127 (f64: −1022, 1023), n in the low bits of `m`. */
@inline
function power2(m: v128, less: i32): v128 {
  if (f32Build) return i32x4.add(i32x4.shl(m, 23), i32x4.splat((127 - less) << 23));
  return i64x2.add(i64x2.shl(m, 52), i64x2.splat(<i64>(1023 - less) << 52));
}

/** eʳ − 1 for |r| ≤ 0.43. */
@inline
function expm1Reduced(r: v128): v128 {
  let p: v128;
  if (f32Build) {
    p = madd(r, all(<real>0.0013814539580915), all(<real>0.00836874544620514));
    p = madd(r, p, all(<real>0.04166838899254799));
    p = madd(r, p, all(<real>0.1666652113199234));
    p = madd(r, p, all(<real>0.4999999403953552));
  } else {
    p = madd(r, all(<real>2.08265875862764e-9), all(<real>2.5112084691553827e-8));
    p = madd(r, p, all(<real>2.755758226603947e-7));
    p = madd(r, p, all(<real>2.7557234727264148e-6));
    p = madd(r, p, all(<real>2.4801586925736553e-5));
    p = madd(r, p, all(<real>1.9841269896515707e-4));
    p = madd(r, p, all(<real>0.001388888888911635));
    p = madd(r, p, all(<real>0.008333333333316982));
    p = madd(r, p, all(<real>0.041666666666666095));
    p = madd(r, p, all(<real>0.16666666666666682));
    p = madd(r, p, all(<real>0.5));
  }
  return madd(v128.mul<real>(r, r), p, r);
}

/** exp(x + low) for −105 ≤ x ≤ 89 (f64: −746, 710) and |low| ≤ 0.08. The scale is applied in two halves: 2ⁿ alone may be out of range. */
@inline
export function expOfSum(x: v128, low: v128): v128 {
  const m = shifted(x);
  return scaleExp(expm1Reduced(v128.add<real>(reduced(x, m), low)), m);
}

@inline
function expInRange(x: v128): v128 {
  const m = shifted(x);
  return scaleExp(expm1Reduced(reduced(x, m)), m);
}

/** (p + 1) · 2ⁿ */
@inline
function scaleExp(p: v128, m: v128): v128 {
  const half = f32Build ? i32x4.shr_u(m, 1) : i64x2.shr_u(m, 1);
  const rest = f32Build ? i32x4.sub(m, half) : i64x2.sub(m, half);
  const scale = power2(half, 0);
  return v128.mul<real>(madd(p, scale, scale), power2(rest, 0));
}

/** Below this, eˣ is 0. */
@inline
function expLow(): v128 {
  return f32Build ? all(<real>-105) : all(<real>-746);
}

/** Above this, eˣ is ∞. */
@inline
function expHigh(): v128 {
  return f32Build ? all(<real>89) : all(<real>710);
}

/** eˣ, within 1.1 ULP (f64: 1). */
@inline
export function exp(x: v128): v128 {
  return expInRange(v128.pmin<real>(v128.pmax<real>(x, expLow()), expHigh()));
}

/** e^-|x| */
@inline
function expOfMinusAbs(x: v128): v128 {
  return expInRange(v128.pmax<real>(v128.or(x, signBit()), expLow()));
}

/** eˣ − 1, within 2 ULP (f64: 2). */
@inline
export function expm1(x: v128): v128 {
  const inside = v128.pmin<real>(v128.pmax<real>(x, all(<real>-50)), expHigh());
  const m = shifted(inside);
  const p = expm1Reduced(reduced(inside, m));
  // Half of the result, as 2ⁿ itself may be ∞ where the result is not. Only −0 needs the sign put back.
  const half = power2(m, 1);
  const y = madd(p, half, v128.sub<real>(half, all(<real>0.5)));
  return v128.or(v128.add<real>(y, y), v128.and(x, signBit()));
}

/** tanh x = −t / (t + 2) with t = e^(−2|x|) − 1: no cancellation anywhere; within 3 ULP (f64: 3). */
@inline
export function tanh(x: v128): v128 {
  const minusAbs = v128.or(x, signBit());
  const inside = v128.pmax<real>(v128.add<real>(minusAbs, minusAbs), all(<real>-50));
  const m = shifted(inside);
  const scale = power2(m, 0);
  const t = madd(expm1Reduced(reduced(inside, m)), scale, v128.sub<real>(scale, all(<real>1)));
  const y = v128.div<real>(t, v128.add<real>(t, all(<real>2)));
  return v128.xor(v128.or(y, signBit()), v128.andnot(signBit(), x));
}

/** sigmoid x = 1 / (1 + e^-x), from e^-|x| so that nothing overflows; within 3 ULP (f64: 3). */
@inline
export function sigmoid(x: v128): v128 {
  const e = expOfMinusAbs(x);
  const top = v128.bitselect(e, all(<real>1), v128.lt<real>(x, all(<real>0)));
  return v128.div<real>(top, v128.add<real>(e, all(<real>1)));
}

/** softplus x = ln(1 + eˣ) = max(x, 0) + ln(1 + e^-|x|), within 3 ULP (f64: 3). */
@inline
export function softplus(x: v128): v128 {
  const u = expOfMinusAbs(x);
  // 1 + u lies in [1, 2]: above 4/3 it is halved, and ln 2 added back.
  const large = v128.gt<real>(u, all(<real>0.3333333333333333));
  const f = v128.bitselect(v128.mul<real>(v128.sub<real>(u, all(<real>1)), all(<real>0.5)), u, large);
  const log = logReduced(f, v128.and(large, all(<real>1)));
  return v128.add<real>(v128.pmax<real>(x, all(<real>0)), log);
}

/** ln(1 + f) + e ln 2 for |f| ≤ 1/3. */
@inline
function logReduced(f: v128, e: v128): v128 {
  const square = v128.mul<real>(f, f);
  let p: v128;
  if (f32Build) {
    p = madd(f, all(<real>-0.1289168745279312), all(<real>0.1398443579673767));
    p = madd(f, p, all(<real>-0.12184260785579681));
    p = madd(f, p, all(<real>0.140058696269989));
    p = madd(f, p, all(<real>-0.16680487990379333));
    p = madd(f, p, all(<real>0.20010405778884888));
    p = madd(f, p, all(<real>-0.24999797344207764));
    p = madd(f, p, all(<real>0.3333321511745453));
    p = v128.mul<real>(v128.mul<real>(square, f), p);
    p = madd(e, all(<real>-2.12194440054691e-4), p);
    p = madd(square, all(<real>-0.5), p);
    return madd(e, all(<real>0.693359375), v128.add<real>(f, p));
  }
  // With s = f / (2 + f): ln(1 + f) = 2 artanh s = f − f²/2 + s (f²/2 + R(s²)).
  const s = v128.div<real>(f, v128.add<real>(f, all(<real>2)));
  const z = v128.mul<real>(s, s);
  p = madd(z, all(<real>0.15347352123773614), all(<real>0.1525334987735152));
  p = madd(z, p, all(<real>0.18186166161129613));
  p = madd(z, p, all(<real>0.2222214421873508));
  p = madd(z, p, all(<real>0.28571429305760027));
  p = madd(z, p, all(<real>0.39999999996837093));
  p = madd(z, p, all(<real>0.6666666666667086));
  const half = v128.mul<real>(square, all(<real>0.5));
  p = v128.mul<real>(s, madd(z, p, half));
  p = madd(e, all(<real>1.90821492927058770002e-10), p);
  p = v128.sub<real>(half, p);
  return madd(e, all(<real>6.93147180369123816490e-1), v128.sub<real>(f, p));
}

/** ln x for finite x > 0. */
@inline
function logOfPositive(x: v128): v128 {
  // x = (1 + f) · 2ᵉ with 2/3 ≤ 1 + f < 4/3; numbers below the smallest normal one are scaled up first.
  const tiny = v128.lt<real>(x, all(f32Build ? <real>1.1754943508222875e-38 : <real>2.2250738585072014e-308));
  if (f32Build) {
    const scaled = v128.bitselect(v128.mul<real>(x, all(<real>8388608)), x, tiny);
    const i = i32x4.sub(scaled, i32x4.splat(0x3f2aaaab));
    const e = v128.sub<real>(f32x4.convert_i32x4_s(i32x4.shr_s(i, 23)), v128.and(tiny, all(<real>23)));
    const m = i32x4.add(v128.and(i, i32x4.splat(0x007fffff)), i32x4.splat(0x3f2aaaab));
    return logReduced(v128.sub<real>(m, all(<real>1)), e);
  }
  const scaled = v128.bitselect(v128.mul<real>(x, all(<real>4503599627370496)), x, tiny);
  const i = i64x2.add(scaled, i64x2.splat(0x000aaaaaaaaaaaab));
  // The biased exponent becomes a number as the low bits of 2⁵².
  const biased = v128.or(i64x2.shr_u(i, 52), i64x2.splat(0x4330000000000000));
  const bias = v128.sub<real>(biased, all(<real>4503599627371519));
  const e = v128.sub<real>(bias, v128.and(tiny, all(<real>52)));
  const m = i64x2.add(v128.and(i, i64x2.splat(0x000fffffffffffff)), i64x2.splat(0x3fe5555555555555));
  return logReduced(v128.sub<real>(m, all(<real>1)), e);
}

/** `y`, but −∞ at x = 0, NaN below it, and x itself where it is ∞ or NaN. */
@inline
function logSpecial(y: v128, x: v128): v128 {
  const zero = all(<real>0);
  const finite = v128.bitselect(v128.or(y, v128.lt<real>(x, zero)), x, v128.lt<real>(x, all(<real>Infinity)));
  return v128.bitselect(all(<real>-Infinity), finite, v128.eq<real>(x, zero));
}

/** ln x, within 1 ULP (f64: 1); −∞ at 0, NaN below. */
@inline
export function log(x: v128): v128 {
  return logSpecial(logOfPositive(x), x);
}

/** ln(1 + x), within 3 ULP (f64: 3); −∞ at −1, NaN below. W. Kahan's quotient undoes the rounding of w = 1 + x: x · ln w / (w − 1). */
@inline
export function log1p(x: v128): v128 {
  const one = all(<real>1);
  const w = v128.add<real>(x, one);
  const y = v128.mul<real>(logOfPositive(w), v128.div<real>(x, v128.sub<real>(w, one)));
  return v128.bitselect(x, logSpecial(y, w), v128.eq<real>(w, one));
}
