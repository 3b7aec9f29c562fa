import { LANES, at, loadTail, storeTail } from "./vector";

/** Every lane `x`. */
// @ts-ignore: decorator
@inline
export function all(x: real): v128 {
  return v128.splat<real>(x);
}

/** Only the sign bit of every lane. */
// @ts-ignore: decorator
@inline
export function signBit(): v128 {
  return sizeof<real>() == 4 ? i32x4.splat(0x80000000) : i64x2.splat(0x8000000000000000);
}

/** The elements from `p`: a whole vector, or the `count` < LANES that are left. */
// @ts-ignore: decorator
@inline
export function loadSome(p: usize, count: usize): v128 {
  return count >= LANES ? v128.load(p) : loadTail(p, count);
}

/** Writes what `loadSome` read. */
// @ts-ignore: decorator
@inline
export function storeSome(p: usize, v: v128, count: usize): void {
  if (count >= LANES) v128.store(p, v);
  else storeTail(p, v, count);
}

/** As `map`, with the code of F once in the binary: for long functions, beside which a test for each vector costs nothing. */
// @ts-ignore: decorator
@inline
export function mapLong<F>(y: usize, x: usize, begin: usize, end: usize): void {
  for (let i = begin; i < end; i += LANES) {
    storeSome(at(y, i), changetype<F>(0).of(loadSome(at(x, i), end - i)), end - i);
  }
}

/** As `accumulate`, with the code of F once. */
// @ts-ignore: decorator
@inline
export function accumulateLong<F>(dx: usize, dy: usize, s: usize, begin: usize, end: usize): void {
  for (let i = begin; i < end; i += LANES) {
    const n = end - i;
    const g = changetype<F>(0).of(loadSome(at(dy, i), n), loadSome(at(s, i), n));
    storeSome(at(dx, i), v128.add<real>(loadSome(at(dx, i), n), g), n);
  }
}
