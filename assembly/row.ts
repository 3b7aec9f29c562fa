// What kernels over the rows of a matrix share. A row's sum is one vector accumulator per block and one over the blocks, then its
// lanes: an order that the row's length alone decides.

import { exp } from "./math";
import { LANES, at, loadTail, storeTail } from "./vector";

/** Elements that one accumulator takes: bounds how rounding grows in rows of any length. */
const BLOCK: usize = 256;

/** The elements from `p`: a whole vector, or the `count` < LANES that are left. */
@inline
export function loadSome(p: usize, count: usize): v128 {
  return count >= LANES ? v128.load(p) : loadTail(p, count);
}

/** Writes as many elements as `loadSome` reads. */
@inline
export function storeSome(p: usize, v: v128, count: usize): void {
  if (count >= LANES) v128.store(p, v);
  else storeTail(p, v, count);
}

/** 0, 1, … in the lanes. */
@inline
function laneNumbers(): v128 {
  return sizeof<real>() == 8 ? f64x2(0, 1) : f32x4(0, 1, 2, 3);
}

/** All ones in the first `count` lanes, zeros in the others. */
@inline
export function tailMask(count: usize): v128 {
  return v128.lt<real>(laneNumbers(), v128.splat<real>(<real>count));
}

/** 1 in the lane of `index` if the vector begins at element `j`, zeros in the others. */
@inline
export function oneHotAt(index: i32, j: usize): v128 {
  const lane = <real>(index - <i32>j);
  return v128.and(v128.eq<real>(laneNumbers(), v128.splat<real>(lane)), v128.splat<real>(1));
}

@inline
export function addLanes(v: v128): real {
  if (sizeof<real>() == 8) return v128.extract_lane<real>(v, 0) + v128.extract_lane<real>(v, 1);
  const even = v128.extract_lane<real>(v, 0) + v128.extract_lane<real>(v, 2);
  return even + (v128.extract_lane<real>(v, 1) + v128.extract_lane<real>(v, 3));
}

/** Σ F(a[j], b[j]) over one row; `F` is a class with an inline method `of(a, b, p, q)`, where p and q are the same for the whole row. */
@inline
export function rowSum<F>(a: usize, b: usize, p: v128, q: v128, columns: usize): real {
  let total = v128.splat<real>(0);
  let j: usize = 0;
  while (j < columns) {
    const stop = min(columns, j + BLOCK);
    let sum = v128.splat<real>(0);
    for (; j < stop; j += LANES) {
      const n = stop - j;
      const term = changetype<F>(0).of(loadSome(at(a, j), n), loadSome(at(b, j), n), p, q);
      sum = v128.add<real>(sum, n < LANES ? v128.and(tailMask(n), term) : term);
    }
    total = v128.add<real>(total, sum);
  }
  return addLanes(total);
}

/** dx[j] += F(a[j], b[j]) · g over one row; `F` as for `rowSum`. */
@inline
export function addToRow<F>(dx: usize, a: usize, b: usize, p: v128, q: v128, g: v128, columns: usize): void {
  for (let j: usize = 0; j < columns; j += LANES) {
    const n = columns - j;
    const d = changetype<F>(0).of(loadSome(at(a, j), n), loadSome(at(b, j), n), p, q);
    storeSome(at(dx, j), madd(d, g, loadSome(at(dx, j), n)), n);
  }
}

/** dx[j] = F(a[j], b[j]) · g over one row: `addToRow` where dx is not 0 before but undefined. */
@inline
export function writeToRow<F>(dx: usize, a: usize, b: usize, p: v128, q: v128, g: v128, columns: usize): void {
  const zero = v128.splat<real>(0);
  for (let j: usize = 0; j < columns; j += LANES) {
    const n = columns - j;
    const d = changetype<F>(0).of(loadSome(at(a, j), n), loadSome(at(b, j), n), p, q);
    storeSome(at(dx, j), madd(d, g, zero), n);
  }
}

/** What the loss of a row counts in the whole: `share`, times the row's weight where `weights` is not 0. */
@inline
export function shareOf(row: usize, weights: usize, share: real): real {
  return weights ? load<real>(at(weights, row)) * share : share;
}

/** y[j] = e^(x[j] − m) over one row; returns the sum. The tail has code of its own: 10 % faster at 10 classes. */
@inline
export function exponentials(y: usize, x: usize, m: v128, columns: usize): real {
  const tail = columns % LANES;
  const whole = columns - tail;
  let total = v128.splat<real>(0);
  let j: usize = 0;
  while (j < whole) {
    const stop = min(whole, j + BLOCK);
    let sum = v128.splat<real>(0);
    for (; j < stop; j += LANES) {
      const e = exp(v128.sub<real>(v128.load(at(x, j)), m));
      v128.store(at(y, j), e);
      sum = v128.add<real>(sum, e);
    }
    total = v128.add<real>(total, sum);
  }
  if (tail) {
    const e = exp(v128.sub<real>(loadTail(at(x, j), tail), m));
    storeTail(at(y, j), e, tail);
    total = v128.add<real>(total, v128.and(tailMask(tail), e));
  }
  return addLanes(total);
}

/** y[j] /= divisor over one row. */
@inline
export function divideRow(y: usize, divisor: v128, columns: usize): void {
  let j: usize = 0;
  for (; j + LANES <= columns; j += LANES) v128.store(at(y, j), v128.div<real>(v128.load(at(y, j)), divisor));
  if (j < columns) storeTail(at(y, j), v128.div<real>(loadTail(at(y, j), columns - j), divisor), columns - j);
}

/** Moves all lanes down by one; `x` becomes the last. After LANES times a vector holds what was pushed, in order. */
@inline
export function pushLane(v: v128, x: real): v128 {
  const last = v128.splat<real>(x);
  return sizeof<real>() == 8 ? v128.shuffle<f64>(v, last, 1, 2) : v128.shuffle<f32>(v, last, 1, 2, 3, 4);
}

/** The largest element of a row; −∞ for none. NaN does not count: what is computed from it is NaN anyway. */
@inline
export function rowMax(x: usize, columns: usize): real {
  const tail = columns % LANES;
  const whole = columns - tail;
  const lowest = v128.splat<real>(<real>-Infinity);
  let m = lowest;
  for (let j: usize = 0; j < whole; j += LANES) m = v128.pmax<real>(m, v128.load(at(x, j)));
  if (tail) m = v128.pmax<real>(m, v128.bitselect(loadTail(at(x, whole), tail), lowest, tailMask(tail)));
  if (sizeof<real>() == 8) return max<real>(v128.extract_lane<real>(m, 0), v128.extract_lane<real>(m, 1));
  const even = max<real>(v128.extract_lane<real>(m, 0), v128.extract_lane<real>(m, 2));
  return max<real>(even, max<real>(v128.extract_lane<real>(m, 1), v128.extract_lane<real>(m, 3)));
}
