// What is done to all weights or gradients of a model as one long vector.
import { LANES, SIZE, at, loadTail, storeTail } from "./vector";

/** s + a · b in double, for the vector's first half (two f32, or one vector of f64) and, with `high`, the second half of f32. */
@inline
function inDouble(s: v128, a: v128, b: v128, high: bool): v128 {
  if (SIZE == 8) return v128.add<f64>(s, v128.mul<f64>(a, b));
  const x = high ? v128.shuffle<i64>(a, a, 1, 0) : a;
  const y = high ? v128.shuffle<i64>(b, b, 1, 0) : b;
  return v128.add<f64>(s, v128.mul<f64>(f64x2.promote_low_f32x4(x), f64x2.promote_low_f32x4(y)));
}

/**
 * y[0], a double whatever `real` is, += Σ a[i] · b[i]. Products and sums are in double, so that squares of f32 neither overflow nor
 * vanish; the order depends on begin and end alone.
 */
export function dot_product(y: usize, a: usize, b: usize, begin: usize, end: usize): void {
  let low = v128.splat<f64>(0);
  let high = v128.splat<f64>(0);
  let i = begin;
  for (; i + LANES <= end; i += LANES) {
    const u = v128.load(at(a, i));
    const v = v128.load(at(b, i));
    low = inDouble(low, u, v, false);
    if (SIZE == 4) high = inDouble(high, u, v, true);
  }
  if (i < end) {
    const u = loadTail(at(a, i), end - i);
    const v = loadTail(at(b, i), end - i);
    low = inDouble(low, u, v, false);
    if (SIZE == 4) high = inDouble(high, u, v, true);
  }
  const sum = v128.add<f64>(low, high);
  store<f64>(y, load<f64>(y) + (v128.extract_lane<f64>(sum, 0) + v128.extract_lane<f64>(sum, 1)));
}

/** parts[p], a double, = Σ a[i] · b[i] over part p of first … last, `part` elements each; begin, end count parts */
export function dot_parts(
  parts: usize, a: usize, b: usize, first: usize, last: usize, part: usize, begin: usize, end: usize,
): void {
  for (let p = begin; p < end; p++) {
    const i = first + p * part;
    store<f64>(parts + (p << 3), 0);
    dot_product(parts + (p << 3), a, b, i, min(last, i + part));
  }
}

/** y[0] += Σ parts[p], p < n, doubles in their order */
export function add_parts(y: usize, parts: usize, n: usize): void {
  let sum = load<f64>(y);
  for (let p: usize = 0; p < n; p++) sum += load<f64>(parts + (p << 3));
  store<f64>(y, sum);
}

/** y[i] = factor · x[i] */
export function multiply_by(y: usize, x: usize, factor: real, begin: usize, end: usize): void {
  const by = v128.splat<real>(factor);
  let i = begin;
  for (; i + LANES <= end; i += LANES) v128.store(at(y, i), v128.mul<real>(v128.load(at(x, i)), by));
  if (i < end) storeTail(at(y, i), v128.mul<real>(loadTail(at(x, i), end - i), by), end - i);
}

/**
 * x[i] = ±least where x[i] is smaller than that and not 0. What decays otherwise ends among the denormals, on which an addition takes a
 * processor some 50 times as long.
 */
export function keep_normal(x: usize, least: real, begin: usize, end: usize): void {
  const bound = v128.splat<real>(least);
  let i = begin;
  for (; i + LANES <= end; i += LANES) v128.store(at(x, i), raised(v128.load(at(x, i)), bound));
  if (i < end) storeTail(at(x, i), raised(loadTail(at(x, i), end - i), bound), end - i);
}

@inline
function raised(x: v128, least: v128): v128 {
  const size = v128.abs<real>(x);
  const small = v128.andnot(v128.lt<real>(size, least), v128.eq<real>(size, v128.splat<real>(0)));
  return v128.bitselect(v128.or(least, v128.xor(x, size)), x, small);
}

/** y[i] += factor · x[i] */
export function add_scaled(y: usize, x: usize, factor: real, begin: usize, end: usize): void {
  const by = v128.splat<real>(factor);
  let i = begin;
  for (; i + LANES <= end; i += LANES) v128.store(at(y, i), madd(by, v128.load(at(x, i)), v128.load(at(y, i))));
  if (i < end) {
    const n = end - i;
    storeTail(at(y, i), madd(by, loadTail(at(x, i), n), loadTail(at(y, i), n)), n);
  }
}

/** y[i] += part · (x[i] − y[i]): a running mean y takes in x. Where part is 1, y is x; where they are equal, y stays. */
export function move_towards(y: usize, x: usize, part: real, begin: usize, end: usize): void {
  if (part == 1) {
    memory.copy(at(y, begin), at(x, begin), (end - begin) * SIZE);
    return;
  }
  const by = v128.splat<real>(part);
  let i = begin;
  for (; i + LANES <= end; i += LANES) {
    const old = v128.load(at(y, i));
    v128.store(at(y, i), madd(by, v128.sub<real>(v128.load(at(x, i)), old), old));
  }
  if (i < end) {
    const n = end - i;
    const old = loadTail(at(y, i), n);
    storeTail(at(y, i), madd(by, v128.sub<real>(loadTail(at(x, i), n), old), old), n);
  }
}
