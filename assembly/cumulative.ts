// Running sums and products along the middle axis of [outer, n, inner], one element after another: `reverse` from the last to the first,
// `exclusive` without the element itself. The range is over the lines (outer, inner); those that lie side by side share a vector.

import { all, loadSome, storeSome } from "./lanes";
import { LANES, SIZE } from "./vector";

/** The offset of the element of a line that is taken first. */
@inline
function firstOf(line: usize, n: usize, inner: usize, reverse: bool): usize {
  const o = line / inner;
  return (o * n * inner + (line - o * inner) + (reverse ? (n - 1) * inner : 0)) * SIZE;
}

/** How many lines from this one on lie side by side. */
@inline
function beside(line: usize, end: usize, inner: usize): usize {
  return min(min(inner - (line % inner), end - line), LANES);
}

/** y = Σ x so far */
export function cumsum_forward(
  y: usize, x: usize, n: usize, inner: usize, exclusive: u32, reverse: u32, begin: usize, end: usize,
): void {
  const step = reverse ? <usize>0 - inner * SIZE : inner * SIZE;
  for (let line = begin, lines: usize = 0; line < end; line += lines) {
    lines = beside(line, end, inner);
    let p = firstOf(line, n, inner, reverse != 0);
    let sum = all(0);
    for (let k: usize = 0; k < n; k++, p += step) {
      const next = v128.add<real>(sum, loadSome(x + p, lines));
      storeSome(y + p, exclusive ? sum : next, lines);
      sum = next;
    }
  }
}

/** dx += Σ dy from the other end */
export function cumsum_backward(
  dx: usize, dy: usize, n: usize, inner: usize, exclusive: u32, reverse: u32, begin: usize, end: usize,
): void {
  const step = reverse ? inner * SIZE : <usize>0 - inner * SIZE;
  for (let line = begin, lines: usize = 0; line < end; line += lines) {
    lines = beside(line, end, inner);
    let p = firstOf(line, n, inner, reverse == 0);
    let sum = all(0);
    for (let k: usize = 0; k < n; k++, p += step) {
      const next = v128.add<real>(sum, loadSome(dy + p, lines));
      storeSome(dx + p, v128.add<real>(loadSome(dx + p, lines), exclusive ? sum : next), lines);
      sum = next;
    }
  }
}

/** y = Π x so far */
export function cumprod_forward(
  y: usize, x: usize, n: usize, inner: usize, exclusive: u32, reverse: u32, begin: usize, end: usize,
): void {
  const step = reverse ? <usize>0 - inner * SIZE : inner * SIZE;
  for (let line = begin, lines: usize = 0; line < end; line += lines) {
    lines = beside(line, end, inner);
    let p = firstOf(line, n, inner, reverse != 0);
    let product = all(1);
    for (let k: usize = 0; k < n; k++, p += step) {
      const next = v128.mul<real>(product, loadSome(x + p, lines));
      storeSome(y + p, exclusive ? product : next, lines);
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
  for (let line = begin, lines: usize = 0; line < end; line += lines) {
    lines = beside(line, end, inner);
    let p = firstOf(line, n, inner, reverse == 0);
    let behind = all(0);
    for (let k: usize = 0; k < n; k++, p += step) {
      const d = loadSome(dy + p, lines);
      const factor = loadSome(x + p, lines);
      let before = all(1);
      let share = behind;
      if (exclusive) {
        before = loadSome(y + p, lines);
        behind = v128.add<real>(d, v128.mul<real>(factor, behind));
      } else {
        if (k + 1 < n) before = loadSome(y + p + step, lines);
        share = v128.add<real>(d, behind);
        behind = v128.mul<real>(factor, share);
      }
      storeSome(dx + p, v128.add<real>(loadSome(dx + p, lines), v128.mul<real>(before, share)), lines);
    }
  }
}
