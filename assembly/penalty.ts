import { LANES, at, loadTail, storeTail } from "./vector";

/** Elements summed in `real` before they go into a double: keeps f32 sums of millions of weights good to 1e-6. */
@inline
const CHUNK: usize = 1024;

/** The lanes' sum, always in the same order. */
@inline
function sumOfLanes(v: v128): f64 {
  if (sizeof<real>() == 8) return v128.extract_lane<f64>(v, 0) + v128.extract_lane<f64>(v, 1);
  const even = f64(v128.extract_lane<f32>(v, 0)) + f64(v128.extract_lane<f32>(v, 2));
  return even + (f64(v128.extract_lane<f32>(v, 1)) + f64(v128.extract_lane<f32>(v, 3)));
}

/** sums[chunk] = Σ|w|, then Σw², as doubles, over the chunk's 1024 of n elements; begin, end count chunks */
export function penalty_sums(sums: usize, w: usize, n: usize, begin: usize, end: usize): void {
  for (let chunk = begin; chunk < end; chunk++) {
    const last = min(n, (chunk + 1) * CHUNK);
    let a = v128.splat<real>(0);
    let s = v128.splat<real>(0);
    for (let i = chunk * CHUNK; i < last; i += LANES) {
      const v = i + LANES <= last ? v128.load(at(w, i)) : loadTail(at(w, i), last - i);
      a = v128.add<real>(a, v128.abs<real>(v));
      s = madd(v, v, s);
    }
    store<f64>(sums + (chunk << 4), sumOfLanes(a));
    store<f64>(sums + (chunk << 4), sumOfLanes(s), 8);
  }
}

/** y[0] = l1 · Σ|w| + l2 · Σw² from the sums of `chunks`, added in order. A factor of 0 leaves its sum out, so that 0 · ∞ does not arise. */
export function penalty_forward(y: usize, sums: usize, l1: real, l2: real, chunks: usize): void {
  let absolute: f64 = 0;
  let square: f64 = 0;
  for (let chunk: usize = 0; chunk < chunks; chunk++) {
    absolute += load<f64>(sums + (chunk << 4));
    square += load<f64>(sums + (chunk << 4), 8);
  }
  let sum: f64 = 0;
  if (l1 != 0) sum += f64(l1) * absolute;
  if (l2 != 0) sum += f64(l2) * square;
  store<real>(y, <real>sum);
}

/** l1 · sign(w) + 2 · l2 · w, with sign(0) = 0 and sign(NaN) = NaN. */
@inline
function slope(w: v128, l1: v128, twice: v128, squares: v128): v128 {
  const zero = v128.splat<real>(0);
  const positive = v128.and(v128.gt<real>(w, zero), l1);
  const negative = v128.and(v128.lt<real>(w, zero), l1);
  const sign = v128.bitselect(w, v128.sub<real>(positive, negative), v128.ne<real>(w, w));
  return v128.add<real>(sign, v128.and(squares, v128.mul<real>(twice, w)));
}

/** dw += dy[0] · (l1 · sign(w) + 2 · l2 · w) */
export function penalty_backward(dw: usize, dy: usize, w: usize, l1: real, l2: real, begin: usize, end: usize): void {
  const out = v128.splat<real>(load<real>(dy));
  const factor = v128.splat<real>(l1);
  const twice = v128.splat<real>(2 * l2);
  const squares = v128.ne<real>(twice, v128.splat<real>(0));
  let i = begin;
  for (; i + LANES <= end; i += LANES) {
    const g = slope(v128.load(at(w, i)), factor, twice, squares);
    v128.store(at(dw, i), madd(out, g, v128.load(at(dw, i))));
  }
  if (i < end) {
    const n = end - i;
    const g = slope(loadTail(at(w, i), n), factor, twice, squares);
    storeTail(at(dw, i), madd(out, g, loadTail(at(dw, i), n)), n);
  }
}
