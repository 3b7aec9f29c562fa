// Comparisons of two operands, either of which may be stretched (see broadcast.ts). The result is bytes: 1 for true, 0 for false.
// Comparing with NaN is false, except that NaN ≠ everything. Greater is less with the operands exchanged.

import { Flag, broadcast } from "./broadcast";
import { LANES, at, loadTail, storeTail } from "./vector";

class Equal {
  @inline of(a: v128, b: v128): v128 {
    return v128.eq<real>(a, b);
  }
}

/** y = a = b */
export function equal(
  y: usize, a: usize, b: usize, d1: usize, d2: usize, d3: usize,
  a0: usize, a1: usize, a2: usize, a3: usize, b0: usize, b1: usize, b2: usize, b3: usize, begin: usize, end: usize,
): void {
  broadcast<Flag<Equal>>(y, 0, a, b, d1, d2, d3, a0, a1, a2, a3, b0, b1, b2, b3, begin, end);
}

class NotEqual {
  @inline of(a: v128, b: v128): v128 {
    return v128.ne<real>(a, b);
  }
}

/** y = a ≠ b */
export function not_equal(
  y: usize, a: usize, b: usize, d1: usize, d2: usize, d3: usize,
  a0: usize, a1: usize, a2: usize, a3: usize, b0: usize, b1: usize, b2: usize, b3: usize, begin: usize, end: usize,
): void {
  broadcast<Flag<NotEqual>>(y, 0, a, b, d1, d2, d3, a0, a1, a2, a3, b0, b1, b2, b3, begin, end);
}

class Less {
  @inline of(a: v128, b: v128): v128 {
    return v128.lt<real>(a, b);
  }
}

/** y = a < b */
export function less(
  y: usize, a: usize, b: usize, d1: usize, d2: usize, d3: usize,
  a0: usize, a1: usize, a2: usize, a3: usize, b0: usize, b1: usize, b2: usize, b3: usize, begin: usize, end: usize,
): void {
  broadcast<Flag<Less>>(y, 0, a, b, d1, d2, d3, a0, a1, a2, a3, b0, b1, b2, b3, begin, end);
}

class LessEqual {
  @inline of(a: v128, b: v128): v128 {
    return v128.le<real>(a, b);
  }
}

/** y = a ≤ b */
export function less_equal(
  y: usize, a: usize, b: usize, d1: usize, d2: usize, d3: usize,
  a0: usize, a1: usize, a2: usize, a3: usize, b0: usize, b1: usize, b2: usize, b3: usize, begin: usize, end: usize,
): void {
  broadcast<Flag<LessEqual>>(y, 0, a, b, d1, d2, d3, a0, a1, a2, a3, b0, b1, b2, b3, begin, end);
}

/** y[i] = a[i] and b[i], bytes of 0 and 1 */
export function logical_and(y: usize, a: usize, b: usize, begin: usize, end: usize): void {
  for (let i = begin; i < end; i++) store<u8>(y + i, load<u8>(a + i) & load<u8>(b + i));
}

/** y[i] = a[i] or b[i] */
export function logical_or(y: usize, a: usize, b: usize, begin: usize, end: usize): void {
  for (let i = begin; i < end; i++) store<u8>(y + i, load<u8>(a + i) | load<u8>(b + i));
}

/** y[i] = not x[i] */
export function logical_not(y: usize, x: usize, begin: usize, end: usize): void {
  for (let i = begin; i < end; i++) store<u8>(y + i, load<u8>(x + i) ^ 1);
}

/** All ones in each lane whose byte, from `p`, is not 0. */
@inline
function maskAt(p: usize, count: usize): v128 {
  let bytes: u32 = load<u8>(p);
  if (count > 1) bytes |= (<u32>load<u8>(p, 1)) << 8;
  if (count > 2) bytes |= (<u32>load<u8>(p, 2)) << 16;
  if (count > 3) bytes |= (<u32>load<u8>(p, 3)) << 24;
  const wide = i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(i32x4.replace_lane(i32x4.splat(0), 0, bytes)));
  if (sizeof<real>() == 4) return i32x4.ne(wide, i32x4.splat(0));
  return i64x2.ne(i64x2.extend_low_i32x4_u(wide), i64x2.splat(0));
}

/** y[i] = a[i] where the byte condition[i] is not 0, else b[i] */
export function select_forward(y: usize, a: usize, b: usize, condition: usize, begin: usize, end: usize): void {
  let i = begin;
  for (; i + LANES <= end; i += LANES) {
    v128.store(at(y, i), v128.bitselect(v128.load(at(a, i)), v128.load(at(b, i)), maskAt(condition + i, LANES)));
  }
  if (i < end) {
    const n = end - i;
    storeTail(at(y, i), v128.bitselect(loadTail(at(a, i), n), loadTail(at(b, i), n), maskAt(condition + i, n)), n);
  }
}

/** dx[i] += dy[i] where condition[i] is `side`: 1 for x = a, 0 for x = b */
export function select_backward(dx: usize, dy: usize, condition: usize, side: u32, begin: usize, end: usize): void {
  const flip = v128.splat<i32>(side ? 0 : -1);
  let i = begin;
  for (; i + LANES <= end; i += LANES) {
    const mask = v128.xor(maskAt(condition + i, LANES), flip);
    v128.store(at(dx, i), v128.add<real>(v128.load(at(dx, i)), v128.and(v128.load(at(dy, i)), mask)));
  }
  if (i < end) {
    const n = end - i;
    const mask = v128.xor(maskAt(condition + i, n), flip);
    storeTail(at(dx, i), v128.add<real>(loadTail(at(dx, i), n), v128.and(loadTail(at(dy, i), n), mask)), n);
  }
}

/** As `select_forward` for elements of `item` bytes, 1 or 4 */
export function select_items(y: usize, a: usize, b: usize, condition: usize, item: usize, begin: usize, end: usize): void {
  for (let i = begin; i < end; i++) {
    const from = load<u8>(condition + i) ? a : b;
    if (item == 1) store<u8>(y + i, load<u8>(from + i));
    else store<u32>(y + (i << 2), load<u32>(from + (i << 2)));
  }
}
