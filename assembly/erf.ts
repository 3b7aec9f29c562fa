// The error function and the tail of the normal distribution. Both have the form e^(−x²) · t · P(t) for x ≥ 0, which keeps its relative
// accuracy far out in the tail, where 1 − erf x would have lost it.

import { expOfSum } from "./exponential";
import { all, signBit } from "./lanes";

@inline
const f32Build: bool = sizeof<real>() == 4;

/** e^(−scale · a²) for |a| ≤ 13 / √scale (f64: 37), scale a power of 2. The square is taken in two parts: its rounding would be multiplied by its size. */
@inline
export function gaussian(a: v128, scale: real): v128 {
  const high = v128.and(a, f32Build ? i32x4.splat(0xfffff000) : i64x2.splat(0xfffffffff8000000));
  const rest = v128.mul<real>(v128.sub<real>(a, high), v128.add<real>(a, high));
  const minus = all(-scale);
  return expOfSum(v128.mul<real>(v128.mul<real>(high, high), minus), v128.mul<real>(rest, minus));
}

/** erfc(z) = `g` · t · P(1 − 2t), where g = e^(−z²), t = 1 / (1 + z/k), and `a` and `k` are z and its constant k in any one unit. */
@inline
export function gaussianTail(g: v128, a: v128, k: v128): v128 {
  const t = v128.div<real>(k, v128.add<real>(a, k));
  const u = madd(t, all(<real>-2), all(<real>1));
  let p: v128;
  if (f32Build) {
    p = madd(u, all(<real>-0.00010844458302017301), all(<real>-0.0001610590989002958));
    p = madd(u, p, all(<real>0.0010267761535942554));
    p = madd(u, p, all(<real>-0.00040881012682802975));
    p = madd(u, p, all(<real>-0.008946608752012253));
    p = madd(u, p, all(<real>0.03984302282333374));
    p = madd(u, p, all(<real>-0.10348866879940033));
    p = madd(u, p, all(<real>0.19674277305603027));
    p = madd(u, p, all(<real>-0.2944648265838623));
    p = madd(u, p, all(<real>0.35800230503082275));
  } else {
    p = madd(u, all(<real>2.543257173957775e-10), all(<real>-9.596977621048552e-11));
    p = madd(u, p, all(<real>-3.8488551190517376e-9));
    p = madd(u, p, all(<real>6.528555299197625e-10));
    p = madd(u, p, all(<real>3.098706420480093e-8));
    p = madd(u, p, all(<real>-1.949464785124729e-8));
    p = madd(u, p, all(<real>-2.115044411135947e-7));
    p = madd(u, p, all(<real>3.5652318018143627e-7));
    p = madd(u, p, all(<real>1.1735842522069468e-6));
    p = madd(u, p, all(<real>-4.71544611579392e-6));
    p = madd(u, p, all(<real>-9.087879312706285e-7));
    p = madd(u, p, all(<real>4.420327163398413e-5));
    p = madd(u, p, all(<real>-1.1376317209169226e-4));
    p = madd(u, p, all(<real>-7.023972895430483e-5));
    p = madd(u, p, all(<real>0.0015280139141765098));
    p = madd(u, p, all(<real>-0.006592513333657153));
    p = madd(u, p, all(<real>0.01909537872728855));
    p = madd(u, p, all(<real>-0.043502734310072275));
    p = madd(u, p, all(<real>0.0827128969695058));
    p = madd(u, p, all(<real>-0.13521345782830624));
    p = madd(u, p, all(<real>0.19330217556630921));
    p = madd(u, p, all(<real>-0.24413718227022052));
    p = madd(u, p, all(<real>0.27399891525012277));
  }
  return v128.mul<real>(g, v128.mul<real>(t, p));
}

/** erf(x) − x over x, for |x| ≤ 1/2, from z = x². */
@inline
function erfSmall(z: v128): v128 {
  let p: v128;
  if (f32Build) {
    p = madd(z, all(<real>0.00471973791718483), all(<real>-0.026758072897791862));
    p = madd(z, p, all(<real>0.11282836645841599));
    p = madd(z, p, all(<real>-0.37612608075141907));
    return madd(z, p, all(<real>0.12837910652160645));
  }
  p = madd(z, all(<real>-1.4621112923386238e-7), all(<real>1.6371261008121684e-6));
  p = madd(z, p, all(<real>-1.4923004808361972e-5));
  p = madd(z, p, all(<real>1.2055286243325919e-4));
  p = madd(z, p, all(<real>-8.548326511406058e-4));
  p = madd(z, p, all(<real>0.005223977622023461));
  p = madd(z, p, all(<real>-0.02686617064500007));
  p = madd(z, p, all(<real>0.1128379167095487));
  p = madd(z, p, all(<real>-0.3761263890318375));
  return madd(z, p, all(<real>0.12837916709551257));
}

/** erf x = 2/√π ∫₀ˣ e^(−t²) dt, within 4 ULP (f64: 4). */
@inline
export function erf(x: v128): v128 {
  const a = v128.abs<real>(x);
  const small = madd(x, erfSmall(v128.mul<real>(x, x)), x);
  const inside = v128.pmin<real>(a, all(<real>10));
  const tail = gaussianTail(gaussian(inside, <real>1), inside, all(f32Build ? <real>3 : <real>4));
  const large = v128.or(v128.sub<real>(all(<real>1), tail), v128.and(x, signBit()));
  return v128.bitselect(small, large, v128.lt<real>(a, all(<real>0.5)));
}
