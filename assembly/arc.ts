// asin, acos and atan: the argument is brought near 0, where each is t + t³ P(t²), and what that took from it is put back in two parts, the
// second of which holds the bits that the first cannot.

import { all, signBit } from "./lanes";

@inline
const f32Build: bool = sizeof<real>() == 4;

/** π/2 is its first part and this. */
@inline
function halfPiLow(): v128 {
  return all(f32Build ? <real>-4.371139000186241e-8 : <real>6.123233995736766e-17);
}

@inline
function halfPi(): v128 {
  return all(<real>1.5707963267948966);
}

/** atan t for |t| ≤ tan(π/8) */
@inline
function atanReduced(t: v128): v128 {
  const z = v128.mul<real>(t, t);
  let p: v128;
  if (f32Build) {
    p = madd(z, all(<real>-0.06077966350766537), all(<real>0.10593715109253056));
    p = madd(z, p, all(<real>-0.1424352017361368));
    p = madd(z, p, all(<real>0.1999847081599189));
    p = madd(z, p, all(<real>-0.3333331517675607));
  } else {
    p = madd(z, all(<real>0.015193142843398049), all(<real>-0.03347186452781201));
    p = madd(z, p, all(<real>0.0450340934882613));
    p = madd(z, p, all(<real>-0.052183621987479334));
    p = madd(z, p, all(<real>0.058770139206014815));
    p = madd(z, p, all(<real>-0.06666225803543051));
    p = madd(z, p, all(<real>0.07692282682835762));
    p = madd(z, p, all(<real>-0.09090908140620639));
    p = madd(z, p, all(<real>0.11111111088052236));
    p = madd(z, p, all(<real>-0.1428571428538568));
    p = madd(z, p, all(<real>0.19999999999997647));
    p = madd(z, p, all(<real>-0.33333333333333326));
  }
  return madd(v128.mul<real>(t, z), p, t);
}

/** atan x, within 3 ULP (f64: 3): above tan(3π/8) it is π/2 + atan(−1/x), above tan(π/8) it is π/4 + atan((x − 1) / (x + 1)). */
@inline
export function atan(x: v128): v128 {
  const one = all(<real>1);
  const a = v128.abs<real>(x);
  const large = v128.gt<real>(a, all(<real>2.414213562373095));
  const middle = v128.andnot(v128.gt<real>(a, all(<real>0.4142135623730951)), large);
  const top = v128.bitselect(v128.sub<real>(a, one), v128.bitselect(v128.neg<real>(one), a, large), middle);
  const bottom = v128.bitselect(v128.add<real>(a, one), v128.bitselect(a, one, large), middle);
  const factor = v128.or(v128.and(large, one), v128.and(middle, all(<real>0.5)));
  const y = madd(factor, halfPiLow(), atanReduced(v128.div<real>(top, bottom)));
  return v128.xor(v128.add<real>(v128.mul<real>(factor, halfPi()), y), v128.and(x, signBit()));
}

/** asin t = t + t z P(z) for 0 ≤ t ≤ ½ and z = t² */
@inline
function asinReduced(t: v128, z: v128): v128 {
  let p: v128;
  if (f32Build) {
    p = madd(z, all(<real>0.03751641655555797), all(<real>0.01443864743832294));
    p = madd(z, p, all(<real>0.03180770077480701));
    p = madd(z, p, all(<real>0.044516958444436615));
    p = madd(z, p, all(<real>0.07500504155988302));
    p = madd(z, p, all(<real>0.16666659992265997));
  } else {
    p = madd(z, all(<real>0.03364228667931562), all(<real>-0.026147106706284264));
    p = madd(z, p, all(<real>0.02482480414911864));
    p = madd(z, p, all(<real>0.0006827172759972993));
    p = madd(z, p, all(<real>0.010009678943470376));
    p = madd(z, p, all(<real>0.009483927448732036));
    p = madd(z, p, all(<real>0.011585705794237752));
    p = madd(z, p, all(<real>0.013961899510641263));
    p = madd(z, p, all(<real>0.017352943580906763));
    p = madd(z, p, all(<real>0.02237215167947274));
    p = madd(z, p, all(<real>0.03038194464239546));
    p = madd(z, p, all(<real>0.044642857139728015));
    p = madd(z, p, all(<real>0.07500000000002496));
    p = madd(z, p, all(<real>0.1666666666666666));
  }
  return madd(v128.mul<real>(t, z), p, t);
}

/** asin x, within 3 ULP (f64: 3); NaN beyond ±1. Above ½ it is π/2 − 2 asin √((1 − x) / 2). */
@inline
export function asin(x: v128): v128 {
  const a = v128.abs<real>(x);
  const large = v128.gt<real>(a, all(<real>0.5));
  const half = v128.mul<real>(v128.sub<real>(all(<real>1), a), all(<real>0.5));
  const z = v128.bitselect(half, v128.mul<real>(a, a), large);
  const p = asinReduced(v128.bitselect(v128.sqrt<real>(half), a, large), z);
  const rest = v128.sub<real>(halfPi(), v128.sub<real>(v128.add<real>(p, p), halfPiLow()));
  return v128.xor(v128.bitselect(rest, p, large), v128.and(x, signBit()));
}

/** acos x, within 2 ULP (f64: 2); NaN beyond ±1. Up to ½ it is π/2 − asin x, above it 2 asin √((1 − x) / 2), below −½ π − 2 asin √((1 + x) / 2). */
@inline
export function acos(x: v128): v128 {
  const a = v128.abs<real>(x);
  const sign = v128.and(x, signBit());
  const large = v128.gt<real>(a, all(<real>0.5));
  const half = v128.mul<real>(v128.sub<real>(all(<real>1), a), all(<real>0.5));
  const z = v128.bitselect(half, v128.mul<real>(a, a), large);
  const p = asinReduced(v128.bitselect(v128.sqrt<real>(half), a, large), z);
  // π/2 − asin x, and for x < −½ half of the result.
  const signed = v128.bitselect(p, v128.xor(p, sign), large);
  const rest = v128.sub<real>(halfPi(), v128.sub<real>(signed, halfPiLow()));
  const y = v128.bitselect(p, rest, v128.andnot(large, v128.lt<real>(x, all(<real>0))));
  return v128.bitselect(v128.add<real>(y, y), y, large);
}
