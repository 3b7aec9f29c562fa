// aᵇ = 2^(b · log₂ a) with log₂ a carried in two doubles, since an error of log₂ a counts b · log₂ a times in the result.
//
// f32 goes through the f64 core and is rounded once: ≤ 0.51 ULP. f64 is ≤ 1 ULP. Special values are those of IEEE 754 (C's pow):
// 1ᵇ = a⁰ = 1 even for NaN, (−1)^±∞ = 1, (±0)ᵇ and (±∞)ᵇ keep the sign for odd b.

// 2 / (3 ln 2) and ln 2, each as 26 bits and the rest.
// @ts-ignore: decorator
@inline
const CP: f64 = 0.9617966939259756;
// @ts-ignore: decorator
@inline
const CP_HIGH: f64 = 0.9617966860532761;
// @ts-ignore: decorator
@inline
const CP_LOW: f64 = 7.872699542894897e-9;
// @ts-ignore: decorator
@inline
const LN2: f64 = 0.6931471805599453;
// @ts-ignore: decorator
@inline
const LN2_HIGH: f64 = 0.6931471675634384;
// @ts-ignore: decorator
@inline
const LN2_LOW: f64 = 1.2996506893889889e-8;

/** The 26 upper bits of each mantissa: products of two such numbers are exact. */
// @ts-ignore: decorator
@inline
function upper(x: v128): v128 {
  return v128.and(x, i64x2.splat(0xfffffffff8000000));
}

// @ts-ignore: decorator
@inline
function axpy(a: v128, x: v128, c: f64): v128 {
  return f64x2.add(f64x2.mul(a, x), f64x2.splat(c));
}

/**
 * log₂ a for normal or subnormal a > 0 as a sum of two doubles, the greater one with 26 bits; `low` chooses which is returned.
 * a = 2ᵉ m with m in [√½, √2); s = (m − 1) / (m + 1); ln m = ⅔ s (3 + s² + 3/5 s⁴ + 3/7 s⁶ + …).
 */
// @ts-ignore: decorator
@inline
function log2(a: v128, low: bool): v128 {
  const tiny = f64x2.lt(a, f64x2.splat(2.2250738585072014e-308));
  const bits = v128.bitselect(f64x2.mul(a, f64x2.splat(18014398509481984.0)), a, tiny);
  // The exponent, 1024 too high so that it is positive, becomes the low bits of the double 2⁵² + exponent.
  const biased = i64x2.shr_u(i64x2.add(bits, i64x2.splat(0x40000000_00000000 - 0x3fe6a09e_667f3bcd)), 52);
  const m = i64x2.sub(bits, i64x2.shl(i64x2.sub(biased, i64x2.splat(1024)), 52));
  let e = f64x2.sub(v128.or(biased, i64x2.splat(0x43300000_00000000)), f64x2.splat(4503599627370496.0 + 1024.0));
  e = f64x2.sub(e, v128.and(tiny, f64x2.splat(54)));

  const one = f64x2.splat(1);
  const f = f64x2.sub(m, one);
  const d = f64x2.add(m, one);
  const s = f64x2.div(f, d);
  const sh = upper(s);
  const dh = upper(d);
  const dl = f64x2.add(f64x2.sub(d, dh), f64x2.sub(m, f64x2.sub(d, one)));
  const sl = f64x2.div(f64x2.sub(f64x2.sub(f, f64x2.mul(sh, dh)), f64x2.mul(sh, dl)), d);

  const zh = f64x2.mul(sh, sh);
  const zl = f64x2.mul(f64x2.add(sh, s), sl);
  const z = f64x2.add(zh, zl);
  let r = f64x2.splat(3.0 / 27.0);
  r = axpy(r, z, 3.0 / 25.0);
  r = axpy(r, z, 3.0 / 23.0);
  r = axpy(r, z, 3.0 / 21.0);
  r = axpy(r, z, 3.0 / 19.0);
  r = axpy(r, z, 3.0 / 17.0);
  r = axpy(r, z, 3.0 / 15.0);
  r = axpy(r, z, 3.0 / 13.0);
  r = axpy(r, z, 3.0 / 11.0);
  r = axpy(r, z, 3.0 / 9.0);
  r = axpy(r, z, 3.0 / 7.0);
  r = axpy(r, z, 3.0 / 5.0);
  r = f64x2.add(f64x2.mul(f64x2.mul(r, z), z), zl);

  const three = f64x2.splat(3);
  const th = upper(f64x2.add(f64x2.add(three, zh), r));
  const tl = f64x2.sub(r, f64x2.sub(f64x2.sub(th, three), zh));
  const u = f64x2.mul(sh, th);
  const v = f64x2.add(f64x2.mul(sl, th), f64x2.mul(tl, s));
  const ph = upper(f64x2.add(u, v));
  const pl = f64x2.sub(v, f64x2.sub(ph, u));
  // ⅔ / ln 2 in 26 bits and the rest.
  const qh = f64x2.mul(ph, f64x2.splat(CP_HIGH));
  const ql = f64x2.add(f64x2.mul(ph, f64x2.splat(CP_LOW)), f64x2.mul(pl, f64x2.splat(CP)));
  const high = upper(f64x2.add(f64x2.add(qh, ql), e));
  return low ? f64x2.sub(ql, f64x2.sub(f64x2.sub(high, e), qh)) : high;
}

/** 2^(ph + pl) where |pl| is small against ph; overflows to ∞ and underflows gradually. */
// @ts-ignore: decorator
@inline
function exp2(high: v128, low: v128): v128 {
  const ph = f64x2.pmax(f64x2.pmin(high, f64x2.splat(1100)), f64x2.splat(-1100));
  const pl = f64x2.pmax(f64x2.pmin(low, f64x2.splat(1)), f64x2.splat(-1));
  const k = f64x2.nearest(f64x2.add(ph, pl));
  const rest = f64x2.sub(ph, k);
  const t = upper(f64x2.add(pl, rest));
  const u = f64x2.mul(t, f64x2.splat(LN2_HIGH));
  const v = f64x2.add(
    f64x2.mul(f64x2.sub(pl, f64x2.sub(t, rest)), f64x2.splat(LN2)),
    f64x2.mul(t, f64x2.splat(LN2_LOW)),
  );
  const z = f64x2.add(u, v);
  const w = f64x2.sub(v, f64x2.sub(z, u));
  let p = f64x2.splat(1.0 / 6227020800.0);
  p = axpy(p, z, 1.0 / 479001600.0);
  p = axpy(p, z, 1.0 / 39916800.0);
  p = axpy(p, z, 1.0 / 3628800.0);
  p = axpy(p, z, 1.0 / 362880.0);
  p = axpy(p, z, 1.0 / 40320.0);
  p = axpy(p, z, 1.0 / 5040.0);
  p = axpy(p, z, 1.0 / 720.0);
  p = axpy(p, z, 1.0 / 120.0);
  p = axpy(p, z, 1.0 / 24.0);
  p = axpy(p, z, 1.0 / 6.0);
  p = axpy(p, z, 0.5);
  p = f64x2.add(f64x2.mul(f64x2.mul(p, z), z), f64x2.add(w, f64x2.mul(z, w)));
  p = f64x2.add(f64x2.splat(1), f64x2.add(z, p));
  // In two steps, so that 2ᵏ need not be representable.
  const half = f64x2.floor(f64x2.mul(k, f64x2.splat(0.5)));
  return f64x2.mul(f64x2.mul(p, exponent(half)), exponent(f64x2.sub(k, half)));
}

/** 2ᵏ for whole |k| < 1022: k lands in the low bits of 1.5 · 2⁵² + k, from where it is shifted to the exponent. */
// @ts-ignore: decorator
@inline
function exponent(k: v128): v128 {
  return i64x2.shl(i64x2.add(f64x2.add(k, f64x2.splat(6755399441055744.0)), i64x2.splat(1023)), 52);
}

function power64(a: v128, b: v128): v128 {
  const zero = f64x2.splat(0);
  const infinity = f64x2.splat(Infinity);
  const x = f64x2.abs(a);
  // Beyond 2⁶⁵ the result is 0, 1 or ∞ for every a.
  const clamped = f64x2.pmax(f64x2.pmin(b, f64x2.splat(36893488147419103232.0)), f64x2.splat(-36893488147419103232.0));
  const high = log2(x, false);
  const low = log2(x, true);
  const bh = upper(clamped);
  const pl = f64x2.add(f64x2.mul(f64x2.sub(clamped, bh), high), f64x2.mul(clamped, low));
  let y = exp2(f64x2.mul(bh, high), pl);

  const isZero = f64x2.eq(x, zero);
  const isInfinite = f64x2.eq(x, infinity);
  const grows = v128.xor(isZero, f64x2.gt(b, zero));
  y = v128.bitselect(v128.and(infinity, grows), y, v128.or(isZero, isInfinite));

  const whole = f64x2.eq(f64x2.floor(b), b);
  const half = f64x2.mul(b, f64x2.splat(0.5));
  const even = v128.or(f64x2.eq(f64x2.floor(half), half), f64x2.ge(f64x2.abs(b), f64x2.splat(9007199254740992.0)));
  y = v128.xor(y, v128.and(v128.and(a, f64x2.splat(-0.0)), v128.andnot(whole, even)));
  const undefinedRoot = v128.andnot(v128.andnot(f64x2.lt(a, zero), whole), isInfinite);
  y = v128.or(y, v128.or(undefinedRoot, v128.or(f64x2.ne(a, a), f64x2.ne(b, b))));
  const one = f64x2.splat(1);
  return v128.bitselect(one, y, v128.or(f64x2.eq(b, zero), f64x2.eq(a, one)));
}

// @ts-ignore: decorator
@inline
function upperHalf(x: v128): v128 {
  return v128.shuffle<i64>(x, x, 1, 1);
}

// @ts-ignore: decorator
@inline
function narrow(low: v128, high: v128): v128 {
  return v128.shuffle<i64>(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 2);
}

/** aᵇ */
export function power(a: v128, b: v128): v128 {
  if (sizeof<real>() == 8) return power64(a, b);
  return narrow(
    power64(f64x2.promote_low_f32x4(a), f64x2.promote_low_f32x4(b)),
    power64(f64x2.promote_low_f32x4(upperHalf(a)), f64x2.promote_low_f32x4(upperHalf(b))),
  );
}
