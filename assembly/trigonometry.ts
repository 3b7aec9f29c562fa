// sin, cos and tan: x = r + n π/2 with |r| ≤ π/4; n chooses between the two polynomials and the sign. The reduction runs in f64 in both
// binaries, so it is good to |x| ≤ 100,000; far beyond, results are bounded and carry no information.

import { all, signBit } from "./lanes";

@inline
const f32Build: bool = sizeof<real>() == 4;

/** x · 2/π + 1.5 · 2^(mantissa bits): its low bits are n. */
@inline
function shifted(x: v128): v128 {
  return madd(x, all(<real>0.6366197723675814), shifter());
}

@inline
function shifter(): v128 {
  return f32Build ? all(<real>12582912) : all(<real>6755399441055744);
}

/** x − n π/2 for two f64 lanes; the first part of π/2 has 33 bits, so its product with n is exact. */
@inline
function reduced64(x: v128, n: v128): v128 {
  const first = f64x2.sub(x, f64x2.mul(n, f64x2.splat(1.57079632673412561417)));
  if (f32Build) return f64x2.sub(first, f64x2.mul(n, f64x2.splat(6.07710050650619224932e-11)));
  const second = f64x2.sub(first, f64x2.mul(n, f64x2.splat(6.07710050630396597660e-11)));
  return f64x2.sub(second, f64x2.mul(n, f64x2.splat(2.02226624879595063154e-21)));
}

@inline
function reduced(x: v128, m: v128): v128 {
  const n = v128.sub<real>(m, shifter());
  const limit = all(<real>0.8);
  let r: v128;
  if (f32Build) {
    const low = reduced64(f64x2.promote_low_f32x4(x), f64x2.promote_low_f32x4(n));
    const high = reduced64(f64x2.promote_low_f32x4(upper(x)), f64x2.promote_low_f32x4(upper(n)));
    r = v128.shuffle<f64>(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 2);
  } else {
    r = reduced64(x, n);
  }
  return v128.pmin<real>(v128.pmax<real>(r, v128.neg<real>(limit)), limit);
}

@inline
function upper(x: v128): v128 {
  return v128.shuffle<f64>(x, x, 1, 1);
}

@inline
function sinReduced(r: v128, z: v128): v128 {
  let p: v128;
  if (f32Build) {
    p = madd(z, all(<real>-0.00019516977772582322), all(<real>0.008332176133990288));
    p = madd(z, p, all(<real>-0.16666655242443085));
  } else {
    p = madd(z, all(<real>1.5897870435714025e-10), all(<real>-2.5050779382642246e-8));
    p = madd(z, p, all(<real>2.755731385140896e-6));
    p = madd(z, p, all(<real>-1.984126983036637e-4));
    p = madd(z, p, all(<real>0.008333333333323308));
    p = madd(z, p, all(<real>-0.16666666666666638));
  }
  // A product, not r + r³ P, which would lose the sign of −0.
  return v128.mul<real>(r, madd(z, p, all(<real>1)));
}

@inline
function cosReduced(z: v128): v128 {
  let p: v128;
  if (f32Build) {
    p = madd(z, all(<real>2.445486643409822e-5), all(<real>-0.0013887538807466626));
    p = madd(z, p, all(<real>0.041666653007268906));
  } else {
    p = madd(z, all(<real>-1.1366290204672187e-11), all(<real>2.0875864275581796e-9));
    p = madd(z, p, all(<real>-2.755731550738324e-7));
    p = madd(z, p, all(<real>2.4801587294010287e-5));
    p = madd(z, p, all(<real>-0.0013888888888882525));
    p = madd(z, p, all(<real>0.04166666666666666));
  }
  return madd(v128.mul<real>(z, z), p, madd(z, all(<real>-0.5), all(<real>1)));
}

/** The sine of (n + `quarters`) π/2 + r. */
@inline
function sinOfQuadrant(x: v128, quarters: i32): v128 {
  const m = shifted(x);
  const r = reduced(x, m);
  const z = v128.mul<real>(r, r);
  let odd: v128, sign: v128;
  if (f32Build) {
    const n = i32x4.add(m, i32x4.splat(quarters));
    odd = i32x4.eq(v128.and(n, i32x4.splat(1)), i32x4.splat(1));
    sign = i32x4.shl(n, 30);
  } else {
    const n = i64x2.add(m, i64x2.splat(quarters));
    odd = i64x2.eq(v128.and(n, i64x2.splat(1)), i64x2.splat(1));
    sign = i64x2.shl(n, 62);
  }
  const y = v128.bitselect(cosReduced(z), sinReduced(r, z), odd);
  return v128.xor(y, v128.and(sign, signBit()));
}

/** sin x, within 2 ULP (f64: 3) for |x| ≤ 100,000. */
@inline
export function sin(x: v128): v128 {
  return sinOfQuadrant(x, 0);
}

/** cos x, within 2 ULP (f64: 3) for |x| ≤ 100,000. */
@inline
export function cos(x: v128): v128 {
  return sinOfQuadrant(x, 1);
}

/** tan x = sin r / cos r, or −cos r / sin r for odd n; within 4 ULP (f64: 4) for |x| ≤ 100,000. */
@inline
export function tan(x: v128): v128 {
  const m = shifted(x);
  const r = reduced(x, m);
  const z = v128.mul<real>(r, r);
  const sine = sinReduced(r, z);
  const cosine = cosReduced(z);
  const one = f32Build ? i32x4.splat(1) : i64x2.splat(1);
  const odd = f32Build ? i32x4.eq(v128.and(m, one), one) : i64x2.eq(v128.and(m, one), one);
  const y = v128.div<real>(v128.bitselect(cosine, sine, odd), v128.bitselect(sine, cosine, odd));
  return v128.xor(y, v128.and(odd, signBit()));
}
