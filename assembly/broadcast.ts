// Element-wise kernels over two operands of which either may be stretched along axes.
//
// The result is d0 × d1 × d2 × d3 elements, contiguous; its element (i0, i1, i2, i3) comes from a[i0·a0 + i1·a1 + i2·a2 + i3·a3], and
// likewise b. A stretched axis has stride 0. The innermost strides are 0 or 1, at least one of them 1.

import { LANES, at, loadTail, storeTail } from "./vector";

/** y[i] = F(a, b) */
export class Assign<F> {
  @inline vector(y: usize, z: usize, i: usize, a: v128, b: v128): void {
    v128.store(at(y, i), changetype<F>(0).of(a, b));
  }
  @inline tail(y: usize, z: usize, i: usize, a: v128, b: v128, n: usize): void {
    storeTail(at(y, i), changetype<F>(0).of(a, b), n);
  }
}

/** y[i] += F(z[i], a, b) */
export class Accumulate<F> {
  @inline vector(y: usize, z: usize, i: usize, a: v128, b: v128): void {
    const g = changetype<F>(0).of(v128.load(at(z, i)), a, b);
    v128.store(at(y, i), v128.add<real>(v128.load(at(y, i)), g));
  }
  @inline tail(y: usize, z: usize, i: usize, a: v128, b: v128, n: usize): void {
    const g = changetype<F>(0).of(loadTail(at(z, i), n), a, b);
    storeTail(at(y, i), v128.add<real>(loadTail(at(y, i), n), g), n);
  }
}

/** The bytes y[i] = 1 where the lanes of F(a, b) are all ones, else 0 */
export class Flag<F> {
  @inline vector(y: usize, z: usize, i: usize, a: v128, b: v128): void {
    const mask = changetype<F>(0).of(a, b);
    if (sizeof<real>() == 8) {
      store<u8>(y + i, <u8>(v128.extract_lane<i32>(mask, 0) & 1));
      store<u8>(y + i, <u8>(v128.extract_lane<i32>(mask, 2) & 1), 1);
      return;
    }
    const ones = v128.and(mask, v128.splat<i32>(1));
    const halves = v128.narrow<i32>(ones, ones);
    v128.store_lane<i32>(y + i, v128.narrow<i16>(halves, halves), 0);
  }
  @inline tail(y: usize, z: usize, i: usize, a: v128, b: v128, n: usize): void {
    const mask = changetype<F>(0).of(a, b);
    store<u8>(y + i, <u8>(v128.extract_lane<i32>(mask, 0) & 1));
    if (sizeof<real>() == 8) return;
    if (n > 1) store<u8>(y + i, <u8>(v128.extract_lane<i32>(mask, 1) & 1), 1);
    if (n > 2) store<u8>(y + i, <u8>(v128.extract_lane<i32>(mask, 2) & 1), 2);
  }
}

/** Runs `G` (one of the classes above) on the elements begin ≤ i < end of the result. `z` is a third operand, shaped like the result. */
// prettier-ignore
export function broadcast<G>(
  y: usize, z: usize, a: usize, b: usize, d1: usize, d2: usize, d3: usize,
  a0: usize, a1: usize, a2: usize, a3: usize, b0: usize, b1: usize, b2: usize, b3: usize, begin: usize, end: usize,
): void {
  if (begin >= end) return;
  let row = begin / d3;
  let i3 = begin - row * d3;
  let i2 = row % d2;
  row /= d2;
  let i1 = row % d1;
  let i0 = row / d1;
  let i = begin;
  while (i < end) {
    const n = min(d3 - i3, end - i);
    const pa = at(a, i0 * a0 + i1 * a1 + i2 * a2 + i3 * a3);
    const pb = at(b, i0 * b0 + i1 * b1 + i2 * b2 + i3 * b3);
    if (a3 == 0) row0<G>(y, z, i, pa, pb, n);
    else if (b3 == 0) row1<G>(y, z, i, pa, pb, n);
    else row2<G>(y, z, i, pa, pb, n);
    i += n;
    i3 = 0;
    if (++i2 < d2) continue;
    i2 = 0;
    if (++i1 < d1) continue;
    i1 = 0;
    i0++;
  }
}

/** One value of a, a row of b. */
@inline
function row0<G>(y: usize, z: usize, first: usize, a: usize, b: usize, n: usize): void {
  const va = v128.splat<real>(load<real>(a));
  let i: usize = 0;
  for (; i + LANES <= n; i += LANES) changetype<G>(0).vector(y, z, first + i, va, v128.load(at(b, i)));
  if (i < n) changetype<G>(0).tail(y, z, first + i, va, loadTail(at(b, i), n - i), n - i);
}

/** A row of a, one value of b. */
@inline
function row1<G>(y: usize, z: usize, first: usize, a: usize, b: usize, n: usize): void {
  const vb = v128.splat<real>(load<real>(b));
  let i: usize = 0;
  for (; i + LANES <= n; i += LANES) changetype<G>(0).vector(y, z, first + i, v128.load(at(a, i)), vb);
  if (i < n) changetype<G>(0).tail(y, z, first + i, loadTail(at(a, i), n - i), vb, n - i);
}

/** A row of each. */
@inline
function row2<G>(y: usize, z: usize, first: usize, a: usize, b: usize, n: usize): void {
  let i: usize = 0;
  for (; i + LANES <= n; i += LANES) changetype<G>(0).vector(y, z, first + i, v128.load(at(a, i)), v128.load(at(b, i)));
  if (i < n) changetype<G>(0).tail(y, z, first + i, loadTail(at(a, i), n - i), loadTail(at(b, i), n - i), n - i);
}
