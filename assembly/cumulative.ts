// Running sums and products along the middle axis of [outer, n, inner], one element after another: `reverse` from the last to the first,
// `exclusive` without the element itself. The range is over the lines (outer, inner).

import { SIZE } from "./vector";

/** The offset of the element of a line that is taken first. */
@inline
function firstOf(line: usize, n: usize, inner: usize, reverse: bool): usize {
  const o = line / inner;
  return (o * n * inner + (line - o * inner) + (reverse ? (n - 1) * inner : 0)) * SIZE;
}

/** y = Σ x so far */
export function cumsum_forward(
  y: usize, x: usize, n: usize, inner: usize, exclusive: u32, reverse: u32, begin: usize, end: usize,
): void {
  const step = reverse ? <usize>0 - inner * SIZE : inner * SIZE;
  for (let line = begin; line < end; line++) {
    let p = firstOf(line, n, inner, reverse != 0);
    let sum: real = 0;
    for (let k: usize = 0; k < n; k++, p += step) {
      const next = sum + load<real>(x + p);
      store<real>(y + p, exclusive ? sum : next);
      sum = next;
    }
  }
}

/** dx += Σ dy from the other end */
export function cumsum_backward(
  dx: usize, dy: usize, n: usize, inner: usize, exclusive: u32, reverse: u32, begin: usize, end: usize,
): void {
  const step = reverse ? inner * SIZE : <usize>0 - inner * SIZE;
  for (let line = begin; line < end; line++) {
    let p = firstOf(line, n, inner, reverse == 0);
    let sum: real = 0;
    for (let k: usize = 0; k < n; k++, p += step) {
      const next = sum + load<real>(dy + p);
      store<real>(dx + p, load<real>(dx + p) + (exclusive ? sum : next));
      sum = next;
    }
  }
}

/** y = Π x so far */
export function cumprod_forward(
  y: usize, x: usize, n: usize, inner: usize, exclusive: u32, reverse: u32, begin: usize, end: usize,
): void {
  const step = reverse ? <usize>0 - inner * SIZE : inner * SIZE;
  for (let line = begin; line < end; line++) {
    let p = firstOf(line, n, inner, reverse != 0);
    let product: real = 1;
    for (let k: usize = 0; k < n; k++, p += step) {
      const next = product * load<real>(x + p);
      store<real>(y + p, exclusive ? product : next);
      product = next;
    }
  }
}

/**
 * dx += (Π x before it) · (Σ dy · Π x between it and that dy), the sum collected from the other end: nothing is divided, so that a factor
 * may be 0
 */
export function cumprod_backward(
  dx: usize, dy: usize, x: usize, y: usize, n: usize, inner: usize, exclusive: u32, reverse: u32, begin: usize, end: usize,
): void {
  const step = reverse ? inner * SIZE : <usize>0 - inner * SIZE;
  for (let line = begin; line < end; line++) {
    let p = firstOf(line, n, inner, reverse == 0);
    let behind: real = 0;
    for (let k: usize = 0; k < n; k++, p += step) {
      const d = load<real>(dy + p);
      const factor = load<real>(x + p);
      let before: real;
      let share: real;
      if (exclusive) {
        before = load<real>(y + p);
        share = behind;
        behind = d + factor * behind;
      } else {
        before = k + 1 < n ? load<real>(y + p + step) : 1;
        share = d + behind;
        behind = factor * share;
      }
      store<real>(dx + p, load<real>(dx + p) + before * share);
    }
  }
}
