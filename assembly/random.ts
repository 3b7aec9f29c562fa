import { cos, log, sin } from "./math";
import { GROUP, draw } from "./philox";
import { LANES, at, loadTail, storeTail } from "./vector";

/** Stores one vector of elements `i`, `i + 1`, …: those in [begin, end), where `begin` is a multiple of LANES. */
@inline
function put(y: usize, i: usize, begin: usize, end: usize, v: v128): void {
  if (i < begin || i >= end) return;
  if (i + LANES <= end) v128.store(at(y, i), v);
  else storeTail(at(y, i), v, end - i);
}

/** 53 random bits of lanes 0 and 1 (the words' low halves interleaved) over 2^53. Both terms and their sum are exact. */
@inline
function unit64(low: v128, high: v128): v128 {
  const coarse = v128.mul<f64>(f64x2.convert_low_i32x4_u(high), f64x2.splat(2.3283064365386963e-10)); // 2^−32
  const fine = f64x2.convert_low_i32x4_u(v128.shr<u32>(low, 11));
  return v128.add<f64>(coarse, v128.mul<f64>(fine, f64x2.splat(1.1102230246251565e-16))); // 2^−53
}

/** 24 random bits over 2^24. */
@inline
function unit32(word: v128): v128 {
  return v128.mul<f32>(f32x4.convert_i32x4_s(v128.shr<u32>(word, 8)), f32x4.splat(5.9604644775390625e-8)); // 2^−24
}

/** Lanes 2 and 3 moved to lanes 0 and 1. */
@inline
function upper(v: v128): v128 {
  return v128.shuffle<i64>(v, v, 1, 1);
}

class Uniform {
  /** No fused operation: the same bits in every build. A result that rounds up to `high` becomes `low`. */
  @inline scaled(u: v128, low: real, high: real): v128 {
    const l = v128.splat<real>(low);
    const h = v128.splat<real>(high);
    const v = v128.add<real>(l, v128.mul<real>(v128.sub<real>(h, l), u));
    return v128.bitselect(v, l, v128.lt<real>(v, h));
  }

  @inline of(
    y: usize,
    low: real,
    high: real,
    i: usize,
    begin: usize,
    end: usize,
    pending: u32,
    w0: v128,
    w1: v128,
    w2: v128,
    w3: v128,
  ): u32 {
    if (sizeof<real>() == 4) {
      put(y, i, begin, end, this.scaled(unit32(w0), low, high));
      put(y, i + LANES, begin, end, this.scaled(unit32(w1), low, high));
      put(y, i + 2 * LANES, begin, end, this.scaled(unit32(w2), low, high));
      put(y, i + 3 * LANES, begin, end, this.scaled(unit32(w3), low, high));
    } else {
      put(y, i, begin, end, this.scaled(unit64(w0, w1), low, high));
      put(y, i + LANES, begin, end, this.scaled(unit64(upper(w0), upper(w1)), low, high));
      put(y, i + 2 * LANES, begin, end, this.scaled(unit64(w2, w3), low, high));
      put(y, i + 3 * LANES, begin, end, this.scaled(unit64(upper(w2), upper(w3)), low, high));
    }
    return 0;
  }
}

/** y[i] uniform over [low, high): 24 random bits in f32, 53 in f64. `step` is the address of a u32. */
export function random_uniform(
  y: usize,
  low: real,
  high: real,
  key0: u32,
  key1: u32,
  step: usize,
  begin: usize,
  end: usize,
): void {
  draw<Uniform, real>(y, low, high, GROUP, key0, key1, step, begin, end);
}

/** √(−2 ln u), u in (0, 1]. */
@inline
function radius(u: v128): v128 {
  return v128.sqrt<real>(v128.mul<real>(v128.splat<real>(-2), log(u)));
}

/** 2π · u */
@inline
function angle(u: v128): v128 {
  return v128.mul<real>(v128.splat<real>(<real>6.283185307179586), u);
}

/** All 32 bits, never 0, so that the tails reach 6.6 deviations: (word + 1) / 2^32 as f32 rounds it. */
@inline
function above32(word: v128): v128 {
  const w = v128.add<f32>(f32x4.convert_i32x4_u(word), f32x4.splat(1));
  return v128.mul<f32>(w, f32x4.splat(2.3283064365386963e-10)); // 2^−32
}

/** 53 bits, never 0. */
@inline
function above64(low: v128, high: v128): v128 {
  return v128.add<f64>(unit64(low, high), f64x2.splat(1.1102230246251565e-16)); // 2^−53
}

/** Keeps every normal. */
class Whole {
  @inline place(y: usize, i: usize, begin: usize, end: usize, wanted: u32, z: v128, scaled: v128): u32 {
    put(y, i, begin, end, scaled);
    return 0;
  }
}

/** Keeps what is wanted and |z| ≤ 2, and asks for the rest again. */
class Truncated {
  @inline place(y: usize, i: usize, begin: usize, end: usize, wanted: u32, z: v128, scaled: v128): u32 {
    if (i < begin || i >= end) return 0;
    const n = min(LANES, end - i);
    const asked = wanted & ((1 << u32(n)) - 1);
    if (asked == 0) return 0;
    const inside = v128.le<real>(v128.abs<real>(z), v128.splat<real>(2));
    const kept = asked & (sizeof<real>() == 4 ? v128.bitmask<i32>(inside) : v128.bitmask<i64>(inside));
    const lanes = lanesOf(kept);
    if (n == LANES) v128.store(at(y, i), v128.bitselect(scaled, v128.load(at(y, i)), lanes));
    else storeTail(at(y, i), v128.bitselect(scaled, loadTail(at(y, i), n), lanes), n);
    return asked & ~kept;
  }
}

/** Bit j as lane j, all ones or all zeros. */
@inline
function lanesOf(bits: u32): v128 {
  if (sizeof<real>() == 8) return v128.ne<i64>(v128.and(i64x2.splat(bits), i64x2(1, 2)), i64x2.splat(0));
  return v128.ne<i32>(v128.and(i32x4.splat(bits), i32x4(1, 2, 4, 8)), i32x4.splat(0));
}

class Normal<S> {
  /** Box and Muller: a radius and an angle give two normals, the cosine's and the sine's. */
  @inline of(
    y: usize,
    mean: real,
    deviation: real,
    i: usize,
    begin: usize,
    end: usize,
    pending: u32,
    w0: v128,
    w1: v128,
    w2: v128,
    w3: v128,
  ): u32 {
    const single = sizeof<real>() == 4;
    const r0 = radius(single ? above32(w0) : above64(w0, w1));
    const t0 = angle(single ? unit32(w1) : unit64(w2, w3));
    const r1 = radius(single ? above32(w2) : above64(upper(w0), upper(w1)));
    const t1 = angle(single ? unit32(w3) : unit64(upper(w2), upper(w3)));
    const c0 = v128.mul<real>(r0, cos(t0));
    const s0 = v128.mul<real>(r0, sin(t0));
    const c1 = v128.mul<real>(r1, cos(t1));
    const s1 = v128.mul<real>(r1, sin(t1));
    const again0 = this.place(y, mean, deviation, i, begin, end, pending, 0, c0);
    const again1 = this.place(y, mean, deviation, i, begin, end, pending, 1, single ? s0 : c1);
    const again2 = this.place(y, mean, deviation, i, begin, end, pending, 2, single ? c1 : s0);
    const again3 = this.place(y, mean, deviation, i, begin, end, pending, 3, s1);
    return again0 | again1 | again2 | again3;
  }

  /** Places vector `q` of the group; takes its bits out of `pending` and returns those still wanted in the same places. */
  @inline place(
    y: usize,
    mean: real,
    deviation: real,
    i: usize,
    begin: usize,
    end: usize,
    pending: u32,
    q: usize,
    z: v128,
  ): u32 {
    const shift = u32(q * LANES);
    const scaled = v128.add<real>(v128.splat<real>(mean), v128.mul<real>(v128.splat<real>(deviation), z));
    return changetype<S>(0).place(y, i + q * LANES, begin, end, pending >> shift, z, scaled) << shift;
  }
}

/** y[i] = mean + deviation · z, z standard normal. `step` is the address of a u32. */
export function random_normal(
  y: usize,
  mean: real,
  deviation: real,
  key0: u32,
  key1: u32,
  step: usize,
  begin: usize,
  end: usize,
): void {
  draw<Normal<Whole>, real>(y, mean, deviation, GROUP, key0, key1, step, begin, end);
}

/** As `random_normal` with |z| ≤ 2: a z beyond is drawn again. */
export function random_truncated_normal(
  y: usize,
  mean: real,
  deviation: real,
  key0: u32,
  key1: u32,
  step: usize,
  begin: usize,
  end: usize,
): void {
  draw<Normal<Truncated>, real>(y, mean, deviation, GROUP, key0, key1, step, begin, end);
}
