// Losses over the rows of a matrix that compare two values: `loss` [rows] gets one number a row; begin, end count rows.

import { addToRow, loadSome, rowSum, shareOf, storeSome, writeToRow } from "./row";
import { LANES, at } from "./vector";

class Difference {
  @inline of(a: v128, b: v128, p: v128, q: v128): v128 {
    return v128.sub<real>(a, b);
  }
}

class SquaredDifference {
  @inline of(a: v128, b: v128, p: v128, q: v128): v128 {
    const d = v128.sub<real>(a, b);
    return v128.mul<real>(d, d);
  }
}

/** The same for rows of one element, LANES of them at once. */
@inline
function squaredErrors(
  loss: usize, da: usize, a: usize, b: usize, weights: usize, share: real, divisor: real, begin: usize, end: usize,
): void {
  const zero = v128.splat<real>(0);
  const each = v128.splat<real>(share);
  const twice = v128.splat<real>(2 / divisor);
  for (let i = begin; i < end; i += LANES) {
    const n = end - i;
    const d = v128.sub<real>(loadSome(at(a, i), n), loadSome(at(b, i), n));
    storeSome(at(loss, i), v128.div<real>(v128.mul<real>(d, d), v128.splat<real>(divisor)), n);
    if (da) {
      const counts = weights ? v128.mul<real>(loadSome(at(weights, i), n), each) : each;
      storeSome(at(da, i), madd(d, v128.mul<real>(counts, twice), zero), n);
    }
  }
}

/**
 * loss = Σ (a − b)² / divisor; where `da` is not 0, also da = (a − b) · (2 / divisor) · share, times the row's weight where `weights` is
 * not 0: the gradient of rows that count so much each in the whole loss
 */
export function squared_error_forward(
  loss: usize, da: usize, a: usize, b: usize, weights: usize, share: real, divisor: real, columns: usize, begin: usize, end: usize,
): void {
  if (columns == 1) return squaredErrors(loss, da, a, b, weights, share, divisor, begin, end);
  const zero = v128.splat<real>(0);
  for (let row = begin; row < end; row++) {
    const i = row * columns;
    store<real>(at(loss, row), rowSum<SquaredDifference>(at(a, i), at(b, i), zero, zero, columns) / divisor);
    if (da) {
      const g = v128.splat<real>(shareOf(row, weights, share) * (2 / divisor));
      writeToRow<Difference>(at(da, i), at(a, i), at(b, i), zero, zero, g, columns);
    }
  }
}

/** da += (a − b) · dloss · (2 / divisor); with a and b exchanged, the gradient of b */
export function squared_error_backward(
  da: usize, dloss: usize, a: usize, b: usize, divisor: real, columns: usize, begin: usize, end: usize,
): void {
  const zero = v128.splat<real>(0);
  for (let row = begin; row < end; row++) {
    const i = row * columns;
    const g = v128.splat<real>(load<real>(at(dloss, row)) * (2 / divisor));
    addToRow<Difference>(at(da, i), at(a, i), at(b, i), zero, zero, g, columns);
  }
}

class AbsoluteDifference {
  @inline of(a: v128, b: v128, p: v128, q: v128): v128 {
    return v128.abs<real>(v128.sub<real>(a, b));
  }
}

/** The sign of a − b: 0 where they are equal, NaN where one is NaN. */
class SignOfDifference {
  @inline of(a: v128, b: v128, p: v128, q: v128): v128 {
    const d = v128.sub<real>(a, b);
    const one = v128.splat<real>(1);
    const sign = v128.sub<real>(v128.and(one, v128.gt<real>(a, b)), v128.and(one, v128.lt<real>(a, b)));
    return v128.bitselect(d, sign, v128.ne<real>(d, d));
  }
}

/** loss = mean of |a − b| */
export function absolute_error_forward(loss: usize, a: usize, b: usize, columns: usize, begin: usize, end: usize): void {
  const zero = v128.splat<real>(0);
  for (let row = begin; row < end; row++) {
    const i = row * columns;
    store<real>(at(loss, row), rowSum<AbsoluteDifference>(at(a, i), at(b, i), zero, zero, columns) / <real>columns);
  }
}

/** da += sign(a − b) · dloss / columns; with a and b exchanged, the gradient of b */
export function absolute_error_backward(
  da: usize, dloss: usize, a: usize, b: usize, columns: usize, begin: usize, end: usize,
): void {
  const zero = v128.splat<real>(0);
  for (let row = begin; row < end; row++) {
    const i = row * columns;
    const g = v128.splat<real>(load<real>(at(dloss, row)) / <real>columns);
    addToRow<SignOfDifference>(at(da, i), at(a, i), at(b, i), zero, zero, g, columns);
  }
}

/** a − b held to ±delta; NaN stays. */
@inline
function heldDifference(d: v128, delta: v128): v128 {
  return v128.pmin<real>(v128.pmax<real>(d, v128.neg<real>(delta)), delta);
}

/** c · (d − c / 2) with c = d held to ±delta: d² / 2 within, delta · |d| − delta² / 2 beyond. */
class Huber {
  @inline of(a: v128, b: v128, delta: v128, q: v128): v128 {
    const d = v128.sub<real>(a, b);
    const c = heldDifference(d, delta);
    return v128.mul<real>(c, v128.sub<real>(d, v128.mul<real>(c, v128.splat<real>(0.5))));
  }
}

class HuberGradient {
  @inline of(a: v128, b: v128, delta: v128, q: v128): v128 {
    return heldDifference(v128.sub<real>(a, b), delta);
  }
}

/** loss = mean of d² / 2 where |d| ≤ delta, else delta · (|d| − delta / 2), d = a − b */
export function huber_forward(
  loss: usize, a: usize, b: usize, delta: real, columns: usize, begin: usize, end: usize,
): void {
  const zero = v128.splat<real>(0);
  const limit = v128.splat<real>(delta);
  for (let row = begin; row < end; row++) {
    const i = row * columns;
    store<real>(at(loss, row), rowSum<Huber>(at(a, i), at(b, i), limit, zero, columns) / <real>columns);
  }
}

/** da += (a − b held to ±delta) · dloss / columns; with a and b exchanged, the gradient of b */
export function huber_backward(
  da: usize, dloss: usize, a: usize, b: usize, delta: real, columns: usize, begin: usize, end: usize,
): void {
  const zero = v128.splat<real>(0);
  const limit = v128.splat<real>(delta);
  for (let row = begin; row < end; row++) {
    const i = row * columns;
    const g = v128.splat<real>(load<real>(at(dloss, row)) / <real>columns);
    addToRow<HuberGradient>(at(da, i), at(a, i), at(b, i), limit, zero, g, columns);
  }
}
