// What every kernel shares: one vector is 128 bits, LANES elements of `real`.

@inline
export const SIZE: usize = sizeof<real>();
@inline
export const LANES: usize = 16 / sizeof<real>();

/** The address of element `i`. */
@inline
export function at(base: usize, i: usize): usize {
  return base + i * SIZE;
}

/** The first `count` < LANES elements from `p`, the other lanes 0. Reads nothing past them. */
@inline
export function loadTail(p: usize, count: usize): v128 {
  if (sizeof<real>() == 8) return v128.load64_zero(p);
  if (count == 1) return v128.load32_zero(p);
  const low = v128.load64_zero(p);
  return count == 2 ? low : v128.load_lane<f32>(p, low, 2, 8);
}

/** Writes the first `count` < LANES elements and nothing past them. */
@inline
export function storeTail(p: usize, v: v128, count: usize): void {
  if (sizeof<real>() == 8) {
    v128.store_lane<f64>(p, v, 0);
    return;
  }
  if (count == 1) {
    v128.store_lane<f32>(p, v, 0);
    return;
  }
  v128.store_lane<f64>(p, v, 0);
  if (count == 3) v128.store_lane<f32>(p, v, 2, 8);
}

/**
 * y[i] = F(x[i]) for begin ≤ i < end. `F` is a class with an inline method `of(x: v128): v128`; the call on address 0 only names it,
 * and is inlined away. The tail goes through the same vector code, so an element's bits do not depend on where a range ends.
 */
@inline
export function map<F>(y: usize, x: usize, begin: usize, end: usize): void {
  let i = begin;
  for (; i + LANES <= end; i += LANES) {
    v128.store(at(y, i), changetype<F>(0).of(v128.load(at(x, i))));
  }
  if (i < end) storeTail(at(y, i), changetype<F>(0).of(loadTail(at(x, i), end - i)), end - i);
}

/** y[i] = F(a[i], b[i]). */
@inline
export function map2<F>(y: usize, a: usize, b: usize, begin: usize, end: usize): void {
  let i = begin;
  for (; i + LANES <= end; i += LANES) {
    v128.store(at(y, i), changetype<F>(0).of(v128.load(at(a, i)), v128.load(at(b, i))));
  }
  if (i < end) {
    const n = end - i;
    storeTail(at(y, i), changetype<F>(0).of(loadTail(at(a, i), n), loadTail(at(b, i), n)), n);
  }
}

/** dx[i] += F(dy[i], s[i]): the shape of a backward kernel that needs one saved value. */
@inline
export function accumulate<F>(dx: usize, dy: usize, s: usize, begin: usize, end: usize): void {
  let i = begin;
  for (; i + LANES <= end; i += LANES) {
    const g = changetype<F>(0).of(v128.load(at(dy, i)), v128.load(at(s, i)));
    v128.store(at(dx, i), v128.add<real>(v128.load(at(dx, i)), g));
  }
  if (i < end) {
    const n = end - i;
    const g = changetype<F>(0).of(loadTail(at(dy, i), n), loadTail(at(s, i), n));
    storeTail(at(dx, i), v128.add<real>(loadTail(at(dx, i), n), g), n);
  }
}
