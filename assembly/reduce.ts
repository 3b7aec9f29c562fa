// Reductions of x [outer, reduce, inner] along the middle axis, in one fixed tree.
//
// A call reduces each block of at most `block` entries to one: y is [outer, ⌈reduce / block⌉, inner]. The caller repeats until one block
// is left, so a sum of n numbers goes through log n levels (its error grows as that of pairwise summation), and any range of y can be
// worked out by itself: how it is split over calls never changes a bit.
//
// Within a block: for inner = 1, eight vectors take turns; else each column collects the results of four rows at a time.

import { Assign, broadcast } from "./broadcast";
import { exp, log } from "./math";
import { LANES, SIZE, at, loadTail, storeTail } from "./vector";

/** How a reduction begins, takes in an element, and joins two partial results. */
class Sum {
  @inline start(): real {
    return 0;
  }
  @inline step(s: v128, x: v128): v128 {
    return v128.add<real>(s, x);
  }
  @inline join(s: v128, t: v128): v128 {
    return v128.add<real>(s, t);
  }
}

class SumOfSquares {
  @inline start(): real {
    return 0;
  }
  @inline step(s: v128, x: v128): v128 {
    return madd(x, x, s);
  }
  @inline join(s: v128, t: v128): v128 {
    return v128.add<real>(s, t);
  }
}

class SumOfMagnitudes {
  @inline start(): real {
    return 0;
  }
  @inline step(s: v128, x: v128): v128 {
    return v128.add<real>(s, v128.abs<real>(x));
  }
  @inline join(s: v128, t: v128): v128 {
    return v128.add<real>(s, t);
  }
}

class Product {
  @inline start(): real {
    return 1;
  }
  @inline step(s: v128, x: v128): v128 {
    return v128.mul<real>(s, x);
  }
  @inline join(s: v128, t: v128): v128 {
    return v128.mul<real>(s, t);
  }
}

class Maximum {
  @inline start(): real {
    return -Infinity;
  }
  @inline step(s: v128, x: v128): v128 {
    // Not `pmax`: NaN must win, wherever it stands.
    return v128.max<real>(s, x);
  }
  @inline join(s: v128, t: v128): v128 {
    return v128.max<real>(s, t);
  }
}

class Minimum {
  @inline start(): real {
    return Infinity;
  }
  @inline step(s: v128, x: v128): v128 {
    return v128.min<real>(s, x);
  }
  @inline join(s: v128, t: v128): v128 {
    return v128.min<real>(s, t);
  }
}

class MaximumMagnitude {
  @inline start(): real {
    return 0;
  }
  @inline step(s: v128, x: v128): v128 {
    return v128.max<real>(s, v128.abs<real>(x));
  }
  @inline join(s: v128, t: v128): v128 {
    return v128.max<real>(s, t);
  }
}

/** One block of `n` adjacent elements. */
@inline
function along<R>(x: usize, n: usize): real {
  const start = v128.splat<real>(changetype<R>(0).start());
  let s0 = start;
  let i: usize = 0;
  if (n >= 8 * LANES) {
    let s1 = start;
    let s2 = start;
    let s3 = start;
    let s4 = start;
    let s5 = start;
    let s6 = start;
    let s7 = start;
    for (; i + 8 * LANES <= n; i += 8 * LANES) {
      const p = at(x, i);
      s0 = changetype<R>(0).step(s0, v128.load(p));
      s1 = changetype<R>(0).step(s1, v128.load(p, 16));
      s2 = changetype<R>(0).step(s2, v128.load(p, 32));
      s3 = changetype<R>(0).step(s3, v128.load(p, 48));
      s4 = changetype<R>(0).step(s4, v128.load(p, 64));
      s5 = changetype<R>(0).step(s5, v128.load(p, 80));
      s6 = changetype<R>(0).step(s6, v128.load(p, 96));
      s7 = changetype<R>(0).step(s7, v128.load(p, 112));
    }
    s0 = changetype<R>(0).join(changetype<R>(0).join(s0, s1), changetype<R>(0).join(s2, s3));
    s4 = changetype<R>(0).join(changetype<R>(0).join(s4, s5), changetype<R>(0).join(s6, s7));
    s0 = changetype<R>(0).join(s0, s4);
  }
  for (; i + LANES <= n; i += LANES) s0 = changetype<R>(0).step(s0, v128.load(at(x, i)));
  if (i < n) {
    // Beside neutral elements: zeros would be wrong for a product or a maximum.
    let rest = v128.replace_lane<real>(start, 0, load<real>(at(x, i)));
    if (sizeof<real>() == 4) {
      if (i + 1 < n) rest = v128.replace_lane<real>(rest, 1, load<real>(at(x, i + 1)));
      if (i + 2 < n) rest = v128.replace_lane<real>(rest, 2, load<real>(at(x, i + 2)));
    }
    s0 = changetype<R>(0).step(s0, rest);
  }
  s0 = changetype<R>(0).join(s0, v128.shuffle<i64>(s0, s0, 1, 0));
  if (sizeof<real>() == 4) s0 = changetype<R>(0).join(s0, v128.shuffle<i32>(s0, s0, 1, 0, 3, 2));
  return v128.extract_lane<real>(s0, 0);
}

/** One vector of four rows. */
@inline
function four<R>(a: v128, b: v128, c: v128, d: v128): v128 {
  const start = v128.splat<real>(changetype<R>(0).start());
  const s = changetype<R>(0).step(changetype<R>(0).step(start, a), b);
  const t = changetype<R>(0).step(changetype<R>(0).step(start, c), d);
  return changetype<R>(0).join(s, t);
}

/** y[i] for `n` adjacent columns of `rows` rows, `stride` bytes apart; y, which stays in the cache, collects four rows at a time. */
@inline
function down<R>(y: usize, x: usize, rows: usize, stride: usize, n: usize): void {
  const start = v128.splat<real>(changetype<R>(0).start());
  const whole = n & ~(LANES - 1);
  for (let i: usize = 0; i < whole; i += LANES) v128.store(at(y, i), start);
  if (whole < n) storeTail(at(y, whole), start, n - whole);
  let r: usize = 0;
  for (; r + 4 <= rows; r += 4) {
    const p = x + r * stride;
    const q = p + 2 * stride;
    for (let i: usize = 0; i < whole; i += LANES) {
      const j = i * SIZE;
      const s = four<R>(v128.load(p + j), v128.load(p + stride + j), v128.load(q + j), v128.load(q + stride + j));
      v128.store(y + j, changetype<R>(0).join(v128.load(y + j), s));
    }
    if (whole < n) {
      const m = n - whole;
      const j = whole * SIZE;
      const s = four<R>(
        loadTail(p + j, m),
        loadTail(p + stride + j, m),
        loadTail(q + j, m),
        loadTail(q + stride + j, m),
      );
      storeTail(y + j, changetype<R>(0).join(loadTail(y + j, m), s), m);
    }
  }
  for (; r < rows; r++) {
    const p = x + r * stride;
    for (let i: usize = 0; i < whole; i += LANES) {
      const s = changetype<R>(0).step(start, v128.load(at(p, i)));
      v128.store(at(y, i), changetype<R>(0).join(v128.load(at(y, i)), s));
    }
    if (whole < n) {
      const m = n - whole;
      const s = changetype<R>(0).step(start, loadTail(at(p, whole), m));
      storeTail(at(y, whole), changetype<R>(0).join(loadTail(at(y, whole), m), s), m);
    }
  }
}

/** Columns that are worked on at a time: 4 KiB of f32. */
const STRIP: usize = 1024;

/** The elements begin ≤ i < end of y [outer, ⌈reduce / block⌉, inner]. */
function reduceBlocks<R>(y: usize, x: usize, reduce: usize, inner: usize, block: usize, begin: usize, end: usize): void {
  const blocks = max((reduce + block - 1) / block, 1);
  let i = begin;
  while (i < end) {
    const row = i / inner;
    const column = i - row * inner;
    const o = row / blocks;
    const first = (row - o * blocks) * block;
    const rows = min(block, reduce - first);
    const from = at(x, (o * reduce + first) * inner + column);
    const n = min(min(inner - column, end - i), STRIP);
    if (inner == 1) store<real>(at(y, i), along<R>(from, rows));
    else down<R>(at(y, i), from, rows, inner * SIZE, n);
    i += n;
  }
}

/** y = Σ x, over each block */
export function reduce_sum(y: usize, x: usize, reduce: usize, inner: usize, block: usize, begin: usize, end: usize): void {
  reduceBlocks<Sum>(y, x, reduce, inner, block, begin, end);
}

/** y = Σ x², over each block */
export function reduce_sum_of_squares(y: usize, x: usize, reduce: usize, inner: usize, block: usize, begin: usize, end: usize): void {
  reduceBlocks<SumOfSquares>(y, x, reduce, inner, block, begin, end);
}

/** y = Σ |x|, over each block */
export function reduce_sum_of_magnitudes(y: usize, x: usize, reduce: usize, inner: usize, block: usize, begin: usize, end: usize): void {
  reduceBlocks<SumOfMagnitudes>(y, x, reduce, inner, block, begin, end);
}

/** y = Π x, over each block */
export function reduce_product(y: usize, x: usize, reduce: usize, inner: usize, block: usize, begin: usize, end: usize): void {
  reduceBlocks<Product>(y, x, reduce, inner, block, begin, end);
}

/** y = max x; NaN where one is NaN, over each block */
export function reduce_maximum(y: usize, x: usize, reduce: usize, inner: usize, block: usize, begin: usize, end: usize): void {
  reduceBlocks<Maximum>(y, x, reduce, inner, block, begin, end);
}

/** y = min x; NaN where one is NaN, over each block */
export function reduce_minimum(y: usize, x: usize, reduce: usize, inner: usize, block: usize, begin: usize, end: usize): void {
  reduceBlocks<Minimum>(y, x, reduce, inner, block, begin, end);
}

/** y = max |x|, over each block */
export function reduce_maximum_magnitude(y: usize, x: usize, reduce: usize, inner: usize, block: usize, begin: usize, end: usize): void {
  reduceBlocks<MaximumMagnitude>(y, x, reduce, inner, block, begin, end);
}

class Mark {
  @inline of(x: v128, peak: v128): v128 {
    return v128.and(v128.splat<real>(1), v128.eq<real>(x, peak));
  }
}

/** y = 1 where x (a) equals its maximum or minimum (b), else 0: where the gradient of that goes */
export function mark_peaks(
  y: usize, a: usize, b: usize, d1: usize, d2: usize, d3: usize,
  a0: usize, a1: usize, a2: usize, a3: usize, b0: usize, b1: usize, b2: usize, b3: usize, begin: usize, end: usize,
): void {
  broadcast<Assign<Mark>>(y, 0, a, b, d1, d2, d3, a0, a1, a2, a3, b0, b1, b2, b3, begin, end);
}

class MarkMagnitude {
  /** ±1 with the sign of x, and 0 for x = 0. */
  @inline of(x: v128, peak: v128): v128 {
    const zero = v128.splat<real>(0);
    const sign = v128.or(v128.splat<real>(1), v128.and(x, v128.splat<real>(-0.0)));
    return v128.and(sign, v128.and(v128.eq<real>(v128.abs<real>(x), peak), v128.ne<real>(x, zero)));
  }
}

/** y = sign(x) where |x| equals its maximum (b), else 0 */
export function mark_magnitude_peaks(
  y: usize, a: usize, b: usize, d1: usize, d2: usize, d3: usize,
  a0: usize, a1: usize, a2: usize, a3: usize, b0: usize, b1: usize, b2: usize, b3: usize, begin: usize, end: usize,
): void {
  broadcast<Assign<MarkMagnitude>>(y, 0, a, b, d1, d2, d3, a0, a1, a2, a3, b0, b1, b2, b3, begin, end);
}

class Signed {
  @inline of(x: v128, dy: v128): v128 {
    const flipped = v128.xor(dy, v128.and(x, v128.splat<real>(-0.0)));
    return v128.and(flipped, v128.ne<real>(x, v128.splat<real>(0)));
  }
}

/** y = sign(x) · dy (b): the gradient of a sum of magnitudes */
export function sign_times(
  y: usize, a: usize, b: usize, d1: usize, d2: usize, d3: usize,
  a0: usize, a1: usize, a2: usize, a3: usize, b0: usize, b1: usize, b2: usize, b3: usize, begin: usize, end: usize,
): void {
  broadcast<Assign<Signed>>(y, 0, a, b, d1, d2, d3, a0, a1, a2, a3, b0, b1, b2, b3, begin, end);
}

class ProductShare {
  /** zeros: how many factors are 0. The product of the other factors: of all if there is no other zero, else 0. */
  @inline of(x: v128, zeros: v128): v128 {
    const isZero = v128.eq<real>(x, v128.splat<real>(0));
    const one = v128.splat<real>(1);
    const others = v128.sub<real>(zeros, v128.and(one, isZero));
    const factor = v128.bitselect(one, x, isZero);
    return v128.and(v128.div<real>(one, factor), v128.eq<real>(others, v128.splat<real>(0)));
  }
}

/** y = 1 / x, or 1 for x = 0; 0 where another factor of the product is 0 (b counts the zeros) */
export function product_share(
  y: usize, a: usize, b: usize, d1: usize, d2: usize, d3: usize,
  a0: usize, a1: usize, a2: usize, a3: usize, b0: usize, b1: usize, b2: usize, b3: usize, begin: usize, end: usize,
): void {
  broadcast<Assign<ProductShare>>(y, 0, a, b, d1, d2, d3, a0, a1, a2, a3, b0, b1, b2, b3, begin, end);
}

/** The shift of a stable exponential: x, or 0 where it is not finite. */
@inline
function finite(x: v128): v128 {
  return v128.and(x, v128.lt<real>(v128.abs<real>(x), v128.splat<real>(Infinity)));
}

// The elementary functions below are not inlined: each would stand six times in its kernel.
class ShiftedExp {
  of(x: v128, shift: v128): v128 {
    return exp(v128.sub<real>(x, finite(shift)));
  }
}

/** y = exp(x − shift), with x as a and the shift as b; a shift that is not finite counts as 0 */
export function shifted_exp(
  y: usize, a: usize, b: usize, d1: usize, d2: usize, d3: usize,
  a0: usize, a1: usize, a2: usize, a3: usize, b0: usize, b1: usize, b2: usize, b3: usize, begin: usize, end: usize,
): void {
  broadcast<Assign<ShiftedExp>>(y, 0, a, b, d1, d2, d3, a0, a1, a2, a3, b0, b1, b2, b3, begin, end);
}

class ShiftedLog {
  of(x: v128, shift: v128): v128 {
    return v128.add<real>(log(x), finite(shift));
  }
}

/** y = ln x + shift, the inverse of `shifted_exp` */
export function shifted_log(
  y: usize, a: usize, b: usize, d1: usize, d2: usize, d3: usize,
  a0: usize, a1: usize, a2: usize, a3: usize, b0: usize, b1: usize, b2: usize, b3: usize, begin: usize, end: usize,
): void {
  broadcast<Assign<ShiftedLog>>(y, 0, a, b, d1, d2, d3, a0, a1, a2, a3, b0, b1, b2, b3, begin, end);
}

/** y[i] = x[i] / divisor */
export function divide_by(y: usize, x: usize, divisor: real, begin: usize, end: usize): void {
  const d = v128.splat<real>(divisor);
  let i = begin;
  for (; i + LANES <= end; i += LANES) v128.store(at(y, i), v128.div<real>(v128.load(at(x, i)), d));
  if (i < end) storeTail(at(y, i), v128.div<real>(loadTail(at(x, i), end - i), d), end - i);
}

/** y[i] = √x[i] */
export function square_root(y: usize, x: usize, begin: usize, end: usize): void {
  let i = begin;
  for (; i + LANES <= end; i += LANES) v128.store(at(y, i), v128.sqrt<real>(v128.load(at(x, i))));
  if (i < end) storeTail(at(y, i), v128.sqrt<real>(loadTail(at(x, i), end - i)), end - i);
}
