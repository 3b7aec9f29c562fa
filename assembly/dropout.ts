import { draw } from "./philox";
import { LANES, at, loadTail, storeTail } from "./vector";

/** Elements to a group, in f32 and in f64, so that both drop the same ones: one word each. */
@inline
const WORDS: usize = 16;

class Mask {
  /** y[i] = 1 where the element's word reaches the threshold, else 0: bytes. */
  @inline of(
    y: usize,
    threshold: u32,
    _: u32,
    i: usize,
    begin: usize,
    end: usize,
    pending: u32,
    w0: v128,
    w1: v128,
    w2: v128,
    w3: v128,
  ): u32 {
    const t = i32x4.splat(threshold);
    const low = v128.narrow<i32>(v128.ge<u32>(w0, t), v128.ge<u32>(w1, t));
    const high = v128.narrow<i32>(v128.ge<u32>(w2, t), v128.ge<u32>(w3, t));
    const kept = v128.and(v128.narrow<i16>(low, high), i8x16.splat(1));
    if (i >= begin && i + WORDS <= end) v128.store(y + i, kept);
    else {
      const bits = v128.bitmask<i8>(v128.neg<i8>(kept));
      const last = min(end, i + WORDS);
      for (let j = max(begin, i); j < last; j++) store<u8>(y + j, (bits >> i32(j - i)) & 1);
    }
    return 0;
  }
}

/** LANES mask bytes as all-ones or all-zeros lanes; reads `count` bytes. */
@inline
function lanesOf(mask: usize, count: usize): v128 {
  if (sizeof<real>() == 8) {
    const second = count > 1 ? i64(load<u8>(mask + 1)) : 0;
    return v128.neg<i64>(i64x2(i64(load<u8>(mask)), second));
  }
  let bytes: u32 = 0;
  if (count == LANES) bytes = load<u32>(mask);
  else for (let j: usize = 0; j < count; j++) bytes |= u32(load<u8>(mask + j)) << u32(8 * j);
  return v128.neg<i32>(v128.extend_low<u16>(v128.extend_low<u8>(i32x4(bytes, 0, 0, 0))));
}

/**
 * Dropout: y = mask · x · factor, mask[i] = 1 with probability 1 − rate, kept as bytes for the way back. The factor is 1 / (1 − rate) where
 * the expectation is to stay, or 1. `step` is the address of a u32. A dropped element is 0 whatever it was. The mask depends on key, step
 * and index alone, so it is the same in f32 and f64.
 */
export function dropout_forward(
  y: usize,
  mask: usize,
  x: usize,
  rate: f64,
  factor: real,
  key0: u32,
  key1: u32,
  step: usize,
  begin: usize,
  end: usize,
): void {
  draw<Mask, u32>(mask, u32(rate * 4294967296.0), 0, WORDS, key0, key1, step, begin, end);
  const scale = v128.splat<real>(factor);
  let i = begin;
  for (; i + LANES <= end; i += LANES) {
    v128.store(at(y, i), v128.and(lanesOf(mask + i, LANES), v128.mul<real>(v128.load(at(x, i)), scale)));
  }
  if (i < end) {
    const n = end - i;
    storeTail(at(y, i), v128.and(lanesOf(mask + i, n), v128.mul<real>(loadTail(at(x, i), n), scale)), n);
  }
}

/** dx += mask · dy · factor, or = where `accumulate` is 0 and dx may be dy */
export function dropout_backward(
  dx: usize,
  dy: usize,
  mask: usize,
  factor: real,
  accumulate: i32,
  begin: usize,
  end: usize,
): void {
  const scale = v128.splat<real>(factor);
  let i = begin;
  for (; i + LANES <= end; i += LANES) {
    const g = v128.and(lanesOf(mask + i, LANES), v128.mul<real>(v128.load(at(dy, i)), scale));
    v128.store(at(dx, i), accumulate ? v128.add<real>(v128.load(at(dx, i)), g) : g);
  }
  if (i < end) {
    const n = end - i;
    const g = v128.and(lanesOf(mask + i, n), v128.mul<real>(loadTail(at(dy, i), n), scale));
    storeTail(at(dx, i), accumulate ? v128.add<real>(loadTail(at(dx, i), n), g) : g, n);
  }
}
