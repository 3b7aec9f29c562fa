// aᵇ = 2^(b · log₂ a), with a = 2ᵉ m, m in [√½, √2), s = (m − 1) / (m + 1), ln m = 2 s (1 + s²/3 + s⁴/5 + …).
//
// f32 is worked out in f64 and rounded once: ≤ 0.51 ULP. In f64 log₂ a is carried in two doubles, since its error counts b · log₂ a times
// in the result: ≤ 1 ULP. Special values are those of IEEE 754 (C's pow): 1ᵇ = a⁰ = 1 even for NaN, (−1)^±∞ = 1, (±0)ᵇ and (±∞)ᵇ keep
// the sign for odd b. test/ops/arithmetic.test.ts measures both bounds.

// 2 / (3 ln 2) and ln 2, each as 26 bits and the rest.
@inline
const CP: f64 = 0.9617966939259756;
@inline
const CP_HIGH: f64 = 0.9617966860532761;
@inline
const CP_LOW: f64 = 7.872699542894897e-9;
@inline
const LN2: f64 = 0.6931471805599453;
@inline
const LN2_HIGH: f64 = 0.6931471675634384;
@inline
const LN2_LOW: f64 = 1.2996506893889889e-8;

/** aᵇ */
export function power(a: v128, b: v128): v128 {
  const x = v128.abs<real>(a);
  if (sizeof<real>() == 8) return settle(accurate(x, b), x, a, b);
  const low = quick(f64x2.promote_low_f32x4(x), f64x2.promote_low_f32x4(b));
  const high = quick(f64x2.promote_low_f32x4(v128.shuffle<i64>(x, x, 1, 1)), f64x2.promote_low_f32x4(v128.shuffle<i64>(b, b, 1, 1)));
  const y = v128.shuffle<i64>(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 2);
  return settle(y, x, a, b);
}

/** y = |a|ᵇ (x = |a|) with the sign of aᵇ, and put right where a or b is 0, infinite or NaN. */
@inline
function settle(power: v128, x: v128, a: v128, b: v128): v128 {
  const zero = v128.splat<real>(0);
  const one = v128.splat<real>(1);
  const infinity = v128.splat<real>(Infinity);
  const isZero = v128.eq<real>(x, zero);
  const isInfinite = v128.eq<real>(x, infinity);
  const grows = v128.xor(isZero, v128.gt<real>(b, zero));
  let y = v128.bitselect(v128.and(infinity, grows), power, v128.or(isZero, isInfinite));
  const whole = v128.eq<real>(v128.floor<real>(b), b);
  const half = v128.mul<real>(b, v128.splat<real>(0.5));
  const odd = v128.andnot(whole, v128.eq<real>(v128.floor<real>(half), half));
  y = v128.xor(y, v128.and(v128.and(a, v128.splat<real>(-0.0)), odd));
  const noRoot = v128.andnot(v128.andnot(v128.lt<real>(a, zero), whole), isInfinite);
  // A mask of ones is a NaN.
  y = v128.or(y, v128.or(noRoot, v128.or(v128.ne<real>(a, a), v128.ne<real>(b, b))));
  return v128.bitselect(one, y, v128.or(v128.eq<real>(b, zero), v128.eq<real>(a, one)));
}

/** xᵇ for x > 0 to some 40 bits, for results in the range of f32. */
@inline
function quick(x: v128, b: v128): v128 {
  const biased = biasedExponent(x);
  const m = mantissa(x, biased);
  const one = f64x2.splat(1);
  const s = f64x2.div(f64x2.sub(m, one), f64x2.add(m, one));
  const z = f64x2.mul(s, s);
  let p = f64x2.splat(2.0 / 15.0 / LN2);
  p = axpy(p, z, 2.0 / 13.0 / LN2);
  p = axpy(p, z, 2.0 / 11.0 / LN2);
  p = axpy(p, z, 2.0 / 9.0 / LN2);
  p = axpy(p, z, 2.0 / 7.0 / LN2);
  p = axpy(p, z, 2.0 / 5.0 / LN2);
  p = axpy(p, z, 2.0 / 3.0 / LN2);
  p = axpy(p, z, 2.0 / LN2);
  const log2 = f64x2.add(f64x2.mul(p, s), exponentOf(biased));

  // b finite, so that 0 · ∞ does not arise; and beyond ±200 f32 overflows or is 0 anyhow.
  const c = f64x2.pmax(f64x2.pmin(b, f64x2.splat(1e39)), f64x2.splat(-1e39));
  const w = f64x2.pmax(f64x2.pmin(f64x2.mul(c, log2), f64x2.splat(200)), f64x2.splat(-200));
  const k = f64x2.nearest(w);
  const r = f64x2.mul(f64x2.sub(w, k), f64x2.splat(LN2));
  let q = f64x2.splat(1.0 / 362880.0);
  q = axpy(q, r, 1.0 / 40320.0);
  q = axpy(q, r, 1.0 / 5040.0);
  q = axpy(q, r, 1.0 / 720.0);
  q = axpy(q, r, 1.0 / 120.0);
  q = axpy(q, r, 1.0 / 24.0);
  q = axpy(q, r, 1.0 / 6.0);
  q = axpy(q, r, 0.5);
  q = axpy(q, r, 1.0);
  q = axpy(q, r, 1.0);
  return f64x2.mul(q, powerOfTwo(k));
}

/** xᵇ for x > 0 within 1 ULP. */
@inline
function accurate(x: v128, b: v128): v128 {
  const tiny = f64x2.lt(x, f64x2.splat(2.2250738585072014e-308));
  const normal = v128.bitselect(f64x2.mul(x, f64x2.splat(18014398509481984.0)), x, tiny);
  const biased = biasedExponent(normal);
  const m = mantissa(normal, biased);
  const e = f64x2.sub(exponentOf(biased), v128.and(tiny, f64x2.splat(54)));

  // s = sh + sl
  const one = f64x2.splat(1);
  const f = f64x2.sub(m, one);
  const d = f64x2.add(m, one);
  const s = f64x2.div(f, d);
  const sh = upper(s);
  const dh = upper(d);
  const dl = f64x2.add(f64x2.sub(d, dh), f64x2.sub(m, f64x2.sub(d, one)));
  const sl = f64x2.div(f64x2.sub(f64x2.sub(f, f64x2.mul(sh, dh)), f64x2.mul(sh, dl)), d);

  // 3 + s² + 3/5 s⁴ + 3/7 s⁶ + … = th + tl
  const zh = f64x2.mul(sh, sh);
  const zl = f64x2.mul(f64x2.add(sh, s), sl);
  const z = f64x2.add(zh, zl);
  let p = f64x2.splat(3.0 / 27.0);
  p = axpy(p, z, 3.0 / 25.0);
  p = axpy(p, z, 3.0 / 23.0);
  p = axpy(p, z, 3.0 / 21.0);
  p = axpy(p, z, 3.0 / 19.0);
  p = axpy(p, z, 3.0 / 17.0);
  p = axpy(p, z, 3.0 / 15.0);
  p = axpy(p, z, 3.0 / 13.0);
  p = axpy(p, z, 3.0 / 11.0);
  p = axpy(p, z, 3.0 / 9.0);
  p = axpy(p, z, 3.0 / 7.0);
  p = axpy(p, z, 3.0 / 5.0);
  p = f64x2.add(f64x2.mul(f64x2.mul(p, z), z), zl);
  const three = f64x2.splat(3);
  const th = upper(f64x2.add(f64x2.add(three, zh), p));
  const tl = f64x2.sub(p, f64x2.sub(f64x2.sub(th, three), zh));

  // Their product is uh + ul; times 2 / (3 ln 2), plus e: log₂ x = high + low.
  const u = f64x2.mul(sh, th);
  const v = f64x2.add(f64x2.mul(sl, th), f64x2.mul(tl, s));
  const uh = upper(f64x2.add(u, v));
  const ul = f64x2.sub(v, f64x2.sub(uh, u));
  const ch = f64x2.mul(uh, f64x2.splat(CP_HIGH));
  const cl = f64x2.add(f64x2.mul(uh, f64x2.splat(CP_LOW)), f64x2.mul(ul, f64x2.splat(CP)));
  const high = upper(f64x2.add(f64x2.add(ch, cl), e));
  const low = f64x2.sub(cl, f64x2.sub(f64x2.sub(high, e), ch));

  // b · log₂ x = wh + wl. Beyond |b| = 2⁶⁵ the result is 0, 1 or ∞ for every x.
  const c = f64x2.pmax(f64x2.pmin(b, f64x2.splat(36893488147419103232.0)), f64x2.splat(-36893488147419103232.0));
  const bh = upper(c);
  const wl = f64x2.add(f64x2.mul(f64x2.sub(c, bh), high), f64x2.mul(c, low));
  const wh = f64x2.pmax(f64x2.pmin(f64x2.mul(bh, high), f64x2.splat(1100)), f64x2.splat(-1100));
  return exp2(wh, f64x2.pmax(f64x2.pmin(wl, one), f64x2.splat(-1)));
}

/** 2^(wh + wl), |wl| small against wh; overflows to ∞ and underflows gradually. */
@inline
function exp2(wh: v128, wl: v128): v128 {
  const k = f64x2.nearest(f64x2.add(wh, wl));
  const rest = f64x2.sub(wh, k);
  const t = upper(f64x2.add(wl, rest));
  const u = f64x2.mul(t, f64x2.splat(LN2_HIGH));
  const v = f64x2.add(
    f64x2.mul(f64x2.sub(wl, f64x2.sub(t, rest)), f64x2.splat(LN2)),
    f64x2.mul(t, f64x2.splat(LN2_LOW)),
  );
  // e^(z + w) = 1 + z + (z²/2 + z³/6 + … + w + z w)
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
  return f64x2.mul(f64x2.mul(p, powerOfTwo(half)), powerOfTwo(f64x2.sub(k, half)));
}

/** The 26 upper bits of each mantissa: products of two such numbers are exact. */
@inline
function upper(x: v128): v128 {
  return v128.and(x, i64x2.splat(0xfffffffff8000000));
}

@inline
function axpy(a: v128, x: v128, c: f64): v128 {
  return f64x2.add(f64x2.mul(a, x), f64x2.splat(c));
}

/** e + 1024 as an integer, where x = 2ᵉ m with m in [√½, √2). */
@inline
function biasedExponent(x: v128): v128 {
  return i64x2.shr_u(i64x2.add(x, i64x2.splat(0x40000000_00000000 - 0x3fe6a09e_667f3bcd)), 52);
}

@inline
function mantissa(x: v128, biased: v128): v128 {
  return i64x2.sub(x, i64x2.shl(i64x2.sub(biased, i64x2.splat(1024)), 52));
}

/** e as a double: the integer becomes the low bits of 2⁵² + integer. */
@inline
function exponentOf(biased: v128): v128 {
  return f64x2.sub(v128.or(biased, i64x2.splat(0x43300000_00000000)), f64x2.splat(4503599627370496.0 + 1024.0));
}

/** 2ᵏ for whole |k| < 1022: k lands in the low bits of 1.5 · 2⁵² + k, from where it is shifted to the exponent. */
@inline
function powerOfTwo(k: v128): v128 {
  return i64x2.shl(i64x2.add(f64x2.add(k, f64x2.splat(6755399441055744.0)), i64x2.splat(1023)), 52);
}
