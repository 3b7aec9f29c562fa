// Over the last axis of x [rows, classes]; begin, end count rows.

import { exp, log } from "./math";
import { addToRow, divideRow, exponentials, rowMax, rowSum } from "./row";
import { LANES, at, loadTail, storeTail } from "./vector";

class First {
  @inline of(a: v128, b: v128, p: v128, q: v128): v128 {
    return a;
  }
}

class Product {
  @inline of(a: v128, b: v128, p: v128, q: v128): v128 {
    return v128.mul<real>(a, b);
  }
}

class ExpOfDifference {
  @inline of(a: v128, b: v128, p: v128, q: v128): v128 {
    return exp(v128.sub<real>(a, p));
  }
}

class SoftmaxGradient {
  @inline of(dy: v128, y: v128, mean: v128, q: v128): v128 {
    return v128.mul<real>(v128.sub<real>(dy, mean), y);
  }
}

class LogSoftmaxGradient {
  @inline of(dy: v128, y: v128, sum: v128, q: v128): v128 {
    return v128.sub<real>(dy, v128.mul<real>(exp(y), sum));
  }
}

/** y = e^(x − max) / Σ e^(x − max): nothing overflows. A row with NaN, with +∞ or of nothing but −∞ is NaN. */
export function softmax_forward(y: usize, x: usize, classes: usize, begin: usize, end: usize): void {
  for (let row = begin; row < end; row++) {
    const from = at(x, row * classes);
    const to = at(y, row * classes);
    const m = v128.splat<real>(rowMax(from, classes));
    divideRow(to, v128.splat<real>(exponentials(to, from, m, classes)), classes);
  }
}

/** dx += y · (dy − Σ dy · y) */
export function softmax_backward(dx: usize, dy: usize, y: usize, classes: usize, begin: usize, end: usize): void {
  const zero = v128.splat<real>(0);
  const one = v128.splat<real>(1);
  for (let row = begin; row < end; row++) {
    const g = at(dy, row * classes);
    const s = at(y, row * classes);
    const mean = v128.splat<real>(rowSum<Product>(g, s, zero, zero, classes));
    addToRow<SoftmaxGradient>(at(dx, row * classes), g, s, mean, zero, one, classes);
  }
}

/** y = (x − max) − ln Σ e^(x − max) */
export function log_softmax_forward(y: usize, x: usize, classes: usize, begin: usize, end: usize): void {
  const zero = v128.splat<real>(0);
  for (let row = begin; row < end; row++) {
    const from = at(x, row * classes);
    const to = at(y, row * classes);
    const m = v128.splat<real>(rowMax(from, classes));
    const logSum = log(v128.splat<real>(rowSum<ExpOfDifference>(from, from, m, zero, classes)));
    let j: usize = 0;
    for (; j + LANES <= classes; j += LANES) {
      v128.store(at(to, j), v128.sub<real>(v128.sub<real>(v128.load(at(from, j)), m), logSum));
    }
    if (j < classes) {
      const n = classes - j;
      storeTail(at(to, j), v128.sub<real>(v128.sub<real>(loadTail(at(from, j), n), m), logSum), n);
    }
  }
}

/** dx += dy − e^y · Σ dy */
export function log_softmax_backward(dx: usize, dy: usize, y: usize, classes: usize, begin: usize, end: usize): void {
  const zero = v128.splat<real>(0);
  const one = v128.splat<real>(1);
  for (let row = begin; row < end; row++) {
    const g = at(dy, row * classes);
    const s = at(y, row * classes);
    const sum = v128.splat<real>(rowSum<First>(g, g, zero, zero, classes));
    addToRow<LogSoftmaxGradient>(at(dx, row * classes), g, s, sum, zero, one, classes);
  }
}
