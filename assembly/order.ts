// Where elements of x [outer, n, inner] stand in order along the middle axis.

import { SIZE, at } from "./vector";

/**
 * y [outer, inner], int32: where x [outer, reduce, inner] is greatest (sign 1) or least (sign −1) along the middle axis, the first of
 * equals, or with `last` the last; a NaN before all, the first (last) of them. The range is over y.
 */
export function arg_peak(
  y: usize, x: usize, reduce: usize, inner: usize, sign: real, last: u32, begin: usize, end: usize,
): void {
  const step = last ? <usize>0 - inner * SIZE : inner * SIZE;
  for (let i = begin; i < end; i++) {
    const o = i / inner;
    let p = at(x, o * reduce * inner + (i - o * inner) + (last ? (reduce - 1) * inner : 0));
    let best = load<real>(p) * sign;
    let found: i32 = 0;
    for (let r: usize = 1; r < reduce && best == best; r++) {
      p += step;
      const value = load<real>(p) * sign;
      if (value <= best) continue;
      best = value;
      found = <i32>r;
    }
    store<i32>(y + (i << 2), last ? <i32>reduce - 1 - found : found);
  }
}

/** Whether element p of the line comes before element q. */
@inline
function precedes(line: usize, step: usize, sign: real, p: i32, q: i32): bool {
  const a = load<real>(line + <usize>p * step) * sign;
  const b = load<real>(line + <usize>q * step) * sign;
  if (a > b) return true;
  if (a < b) return false;
  if (a == b || (a != a && b != b)) return p < q;
  return (a != a) == (sign > 0);
}

/** Lets the index at `i` of the heap sink below those that come behind it. */
function sink(heap: usize, gap: usize, size: usize, i: usize, line: usize, step: usize, sign: real): void {
  const moved = load<i32>(heap + i * gap);
  for (let child: usize = (i << 1) + 1; child < size; child = (i << 1) + 1) {
    let last = load<i32>(heap + child * gap);
    if (child + 1 < size) {
      const other = load<i32>(heap + (child + 1) * gap);
      if (precedes(line, step, sign, last, other)) {
        last = other;
        child++;
      }
    }
    if (!precedes(line, step, sign, moved, last)) break;
    store<i32>(heap + i * gap, last);
    i = child;
  }
  store<i32>(heap + i * gap, moved);
}

/**
 * indices [outer, k, inner], int32: of each line the k ≤ n first in order, the greatest (sign 1, NaN before all) or the least (sign −1,
 * NaN behind all), of equals the one with the lower index. They are found as a heap with the last of the k best so far on top. begin, end
 * count lines (outer, inner).
 */
export function top_indices(
  indices: usize, x: usize, n: usize, k: usize, inner: usize, sign: real, begin: usize, end: usize,
): void {
  if (k == 0) return;
  const step = inner * SIZE;
  const gap = inner << 2;
  for (let i = begin; i < end; i++) {
    const o = i / inner;
    const c = i - o * inner;
    const line = x + (o * n * inner + c) * SIZE;
    const heap = indices + ((o * k * inner + c) << 2);
    for (let j: usize = 0; j < k; j++) store<i32>(heap + j * gap, <i32>j);
    for (let j = k >> 1; j > 0; j--) sink(heap, gap, k, j - 1, line, step, sign);
    for (let j = <i32>k; j < <i32>n; j++) {
      if (!precedes(line, step, sign, j, load<i32>(heap))) continue;
      store<i32>(heap, j);
      sink(heap, gap, k, 0, line, step, sign);
    }
    for (let size = k - 1; size > 0; size--) {
      const last = load<i32>(heap);
      store<i32>(heap, load<i32>(heap + size * gap));
      store<i32>(heap + size * gap, last);
      sink(heap, gap, size, 0, line, step, sign);
    }
  }
}
