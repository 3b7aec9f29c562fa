// Rows of x [rows, channels] taken together, channel by channel: what batch and group normalization share.

import { loadSome, storeSome } from "./row";
import { LANES, SIZE, at } from "./vector";

/** Rows that share one load of what belongs to the channel. */
export const GROUP: usize = 4;

/** The vector at `p`, or `value` in every lane where the argument is left out (address 0). */
@inline
export function optional(p: usize, i: usize, count: usize, value: real): v128 {
  return p ? loadSome(at(p, i), count) : v128.splat<real>(value);
}

export class Value {
  @inline of(x: v128, mean: v128): v128 {
    return x;
  }
}

export class SquaredDeviation {
  @inline of(x: v128, mean: v128): v128 {
    const d = v128.sub<real>(x, mean);
    return v128.mul<real>(d, d);
  }
}

/** partial[c] += F(x[row, c], mean[c]) for GROUP rows, or for one. */
@inline
function addSome<F>(partial: usize, x: usize, mean: usize, stride: usize, group: bool, i: usize, count: usize): void {
  const m = mean ? loadSome(at(mean, i), count) : v128.splat<real>(0);
  const p = at(x, i);
  let sum = changetype<F>(0).of(loadSome(p, count), m);
  if (group) {
    const pair = v128.add<real>(
      changetype<F>(0).of(loadSome(p + 2 * stride, count), m),
      changetype<F>(0).of(loadSome(p + 3 * stride, count), m),
    );
    sum = v128.add<real>(v128.add<real>(sum, changetype<F>(0).of(loadSome(p + stride, count), m)), pair);
  }
  storeSome(at(partial, i), v128.add<real>(loadSome(at(partial, i), count), sum), count);
}

/** sums[c] = Σ F(x[row, c], mean[c]) over all rows; mean may be 0 where F does not ask. */
@inline
export function sumRows<F>(sums: usize, x: usize, mean: usize, rows: usize, channels: usize): void {
  const stride = channels * SIZE;
  const whole = channels - (channels % LANES);
  memory.fill(sums, 0, stride);
  let row: usize = 0;
  while (row < rows) {
    const group = row + GROUP <= rows;
    const p = x + row * stride;
    for (let i: usize = 0; i < whole; i += LANES) addSome<F>(sums, p, mean, stride, group, i, LANES);
    if (whole < channels) addSome<F>(sums, p, mean, stride, group, whole, channels - whole);
    row += group ? GROUP : 1;
  }
}

@inline
function normalizeSome<F>(
  y: usize, x: usize, mean: usize, inverse: usize, gamma: usize, beta: usize, stride: usize, group: bool, i: usize, count: usize,
): void {
  const zero = v128.splat<real>(0);
  const m = loadSome(at(mean, i), count);
  const scale = v128.mul<real>(loadSome(at(inverse, i), count), optional(gamma, i, count, 1));
  const shift = optional(beta, i, count, 0);
  let p = at(x, i);
  let q = at(y, i);
  storeSome(q, changetype<F>(0).of(madd(v128.sub<real>(loadSome(p, count), m), scale, shift), zero), count);
  if (!group) return;
  p += stride;
  q += stride;
  storeSome(q, changetype<F>(0).of(madd(v128.sub<real>(loadSome(p, count), m), scale, shift), zero), count);
  p += stride;
  q += stride;
  storeSome(q, changetype<F>(0).of(madd(v128.sub<real>(loadSome(p, count), m), scale, shift), zero), count);
  p += stride;
  q += stride;
  storeSome(q, changetype<F>(0).of(madd(v128.sub<real>(loadSome(p, count), m), scale, shift), zero), count);
}

/** y = F((x − mean) · inverse · gamma + beta) for all rows; gamma and beta may be 0 (1 and 0 then). F is one of activate.ts without alpha. */
@inline
export function normalizeRows<F>(
  y: usize, x: usize, mean: usize, inverse: usize, gamma: usize, beta: usize, rows: usize, channels: usize,
): void {
  const stride = channels * SIZE;
  const whole = channels - (channels % LANES);
  let row: usize = 0;
  while (row < rows) {
    const group = row + GROUP <= rows;
    const p = x + row * stride;
    const q = y + row * stride;
    for (let i: usize = 0; i < whole; i += LANES) normalizeSome<F>(q, p, mean, inverse, gamma, beta, stride, group, i, LANES);
    if (whole < channels) normalizeSome<F>(q, p, mean, inverse, gamma, beta, stride, group, whole, channels - whole);
    row += group ? GROUP : 1;
  }
}

/** dy · F′ from y, or dy itself where `fused` is false and there is no F. */
@inline
export function before<F>(dy: usize, y: usize, alpha: v128, fused: bool, count: usize): v128 {
  const g = loadSome(dy, count);
  return fused ? changetype<F>(0).back(g, loadSome(y, count), alpha) : g;
}

@inline
function addGradientSome<F>(
  partial: usize, dy: usize, x: usize, mean: usize, y: usize, alpha: v128, fused: bool,
  stride: usize, group: bool, i: usize, count: usize,
): void {
  const m = loadSome(at(mean, i), count);
  const p = at(x, i);
  const q = at(dy, i);
  const s = at(y, i);
  let g = before<F>(q, s, alpha, fused, count);
  let sum = g;
  let product = v128.mul<real>(g, v128.sub<real>(loadSome(p, count), m));
  if (group) {
    for (let r: usize = 1; r < GROUP; r++) {
      g = before<F>(q + r * stride, s + r * stride, alpha, fused, count);
      sum = v128.add<real>(sum, g);
      product = madd(g, v128.sub<real>(loadSome(p + r * stride, count), m), product);
    }
  }
  const into = at(partial, i);
  storeSome(into, v128.add<real>(loadSome(into, count), sum), count);
  storeSome(into + stride, v128.add<real>(loadSome(into + stride, count), product), count);
}

/**
 * sums[0, c] = Σ dz[row, c], sums[1, c] = Σ dz[row, c] · (x[row, c] − mean[c]) over all rows. dz is dy, or where `fused` is true dy · F′
 * from y, F one of activate.ts.
 */
@inline
export function sumGradientRows<F>(
  sums: usize, dy: usize, x: usize, mean: usize, y: usize, alpha: real, fused: bool, rows: usize, channels: usize,
): void {
  const stride = channels * SIZE;
  const whole = channels - (channels % LANES);
  const a = v128.splat<real>(alpha);
  memory.fill(sums, 0, 2 * stride);
  let row: usize = 0;
  while (row < rows) {
    const group = row + GROUP <= rows;
    const t = row * stride;
    for (let i: usize = 0; i < whole; i += LANES) {
      addGradientSome<F>(sums, dy + t, x + t, mean, y + t, a, fused, stride, group, i, LANES);
    }
    if (whole < channels) {
      addGradientSome<F>(sums, dy + t, x + t, mean, y + t, a, fused, stride, group, whole, channels - whole);
    }
    row += group ? GROUP : 1;
  }
}
