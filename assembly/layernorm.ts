// Layer normalization of x [rows, columns]: each row by its own mean and deviation. Without the address of a mean, the root mean square
// takes the deviation's place and nothing is subtracted.

import { optional, SquaredDeviation, Value } from "./channels";
import { all } from "./lanes";
import { addLanes, loadSome, storeSome, tailMask } from "./row";
import { LANES, SIZE, at } from "./vector";

/** Columns that one turn of a sum takes, into four accumulators, and those that share them: bounds how rounding grows. */
const TURN: usize = 4 * LANES;
const BLOCK: usize = 64 * TURN;

/** Rows that one partial sum of the parameters' gradients holds. */
const CHUNK: usize = 64;

/** Σ F(x[j], mean) over a row, in an order that its length alone decides. */
@inline
function sumRow<F>(x: usize, mean: v128, columns: usize): real {
  const turns = columns - (columns % TURN);
  let total = all(0);
  let j: usize = 0;
  while (j < turns) {
    const stop = min(turns, j + BLOCK);
    let s0 = all(0);
    let s1 = s0;
    let s2 = s0;
    let s3 = s0;
    for (; j < stop; j += TURN) {
      const p = at(x, j);
      s0 = v128.add<real>(s0, changetype<F>(0).of(v128.load(p), mean));
      s1 = v128.add<real>(s1, changetype<F>(0).of(v128.load(p, 16), mean));
      s2 = v128.add<real>(s2, changetype<F>(0).of(v128.load(p, 32), mean));
      s3 = v128.add<real>(s3, changetype<F>(0).of(v128.load(p, 48), mean));
    }
    total = v128.add<real>(total, v128.add<real>(v128.add<real>(s0, s1), v128.add<real>(s2, s3)));
  }
  for (; j < columns; j += LANES) {
    const n = columns - j;
    const term = changetype<F>(0).of(loadSome(at(x, j), n), mean);
    total = v128.add<real>(total, n < LANES ? v128.and(tailMask(n), term) : term);
  }
  return addLanes(total);
}

@inline
function normalizeSome(y: usize, x: usize, m: v128, v: v128, gamma: usize, beta: usize, j: usize, count: usize): void {
  const normal = v128.mul<real>(v128.sub<real>(loadSome(at(x, j), count), m), v);
  storeSome(at(y, j), madd(normal, optional(gamma, j, count, 1), optional(beta, j, count, 0)), count);
}

/**
 * y = (x − mean) · inverse · gamma + beta, inverse = 1 / √(mean of (x − mean)² + epsilon); mean, gamma and beta may be 0 (0, 1 and 0 then);
 * mean and inverse are [rows]; begin, end count rows
 */
export function layernorm_forward(
  y: usize, mean: usize, inverse: usize, x: usize, gamma: usize, beta: usize, epsilon: real, columns: usize, begin: usize, end: usize,
): void {
  const n = <real>columns;
  const whole = columns - (columns % LANES);
  for (let row = begin; row < end; row++) {
    const p = at(x, row * columns);
    const q = at(y, row * columns);
    const average = mean ? sumRow<Value>(p, all(0), columns) / n : <real>0;
    const m = all(average);
    const deviation = <real>1 / sqrt<real>(sumRow<SquaredDeviation>(p, m, columns) / n + epsilon);
    if (mean) store<real>(at(mean, row), average);
    store<real>(at(inverse, row), deviation);
    const v = all(deviation);
    for (let j: usize = 0; j < whole; j += LANES) normalizeSome(q, p, m, v, gamma, beta, j, LANES);
    if (whole < columns) normalizeSome(q, p, m, v, gamma, beta, whole, columns - whole);
  }
}

@inline
function addGradient(
  dx: usize, dy: usize, x: usize, m: v128, v: v128, gamma: usize, average: v128, slope: v128, j: usize, count: usize,
): void {
  const g = v128.mul<real>(loadSome(at(dy, j), count), optional(gamma, j, count, 1));
  const normal = v128.mul<real>(v128.sub<real>(loadSome(at(x, j), count), m), v);
  const own = v128.sub<real>(v128.sub<real>(g, average), v128.mul<real>(normal, slope));
  storeSome(at(dx, j), madd(own, v, loadSome(at(dx, j), count)), count);
}

/**
 * dx += inverse · (gamma · dy − mean of gamma · dy − x̂ · mean of gamma · dy · x̂), without the first mean where the address of mean is 0;
 * gamma may be 0; begin, end count rows
 */
export function layernorm_backward(
  dx: usize, dy: usize, x: usize, mean: usize, inverse: usize, gamma: usize, columns: usize, begin: usize, end: usize,
): void {
  const n = <real>columns;
  const whole = columns - (columns % LANES);
  const pairs = columns - (columns % (2 * LANES));
  for (let row = begin; row < end; row++) {
    const p = at(x, row * columns);
    const q = at(dy, row * columns);
    const into = at(dx, row * columns);
    const m = all(mean ? load<real>(at(mean, row)) : <real>0);
    const v = all(load<real>(at(inverse, row)));
    let s0 = all(0);
    let s1 = s0;
    let t0 = s0;
    let t1 = s0;
    let j: usize = 0;
    for (; j < pairs; j += 2 * LANES) {
      const g = v128.mul<real>(v128.load(at(q, j)), optional(gamma, j, LANES, 1));
      const h = v128.mul<real>(v128.load(at(q, j), 16), optional(gamma, j + LANES, LANES, 1));
      s0 = v128.add<real>(s0, g);
      s1 = v128.add<real>(s1, h);
      t0 = madd(g, v128.sub<real>(v128.load(at(p, j)), m), t0);
      t1 = madd(h, v128.sub<real>(v128.load(at(p, j), 16), m), t1);
    }
    // Behind the row's end dy reads as 0.
    for (; j < columns; j += LANES) {
      const count = columns - j;
      const g = v128.mul<real>(loadSome(at(q, j), count), optional(gamma, j, count, 1));
      s0 = v128.add<real>(s0, g);
      t0 = madd(g, v128.sub<real>(loadSome(at(p, j), count), m), t0);
    }
    const average = all(mean ? addLanes(v128.add<real>(s0, s1)) / n : <real>0);
    const slope = v128.mul<real>(all(addLanes(v128.add<real>(t0, t1)) / n), v);
    for (j = 0; j < whole; j += LANES) addGradient(into, q, p, m, v, gamma, average, slope, j, LANES);
    if (whole < columns) addGradient(into, q, p, m, v, gamma, average, slope, whole, columns - whole);
  }
}

@inline
function addProducts(partial: usize, half: usize, dy: usize, x: usize, m: v128, v: v128, j: usize, count: usize): void {
  const g = loadSome(at(dy, j), count);
  const normal = v128.mul<real>(v128.sub<real>(loadSome(at(x, j), count), m), v);
  const into = at(partial, j);
  storeSome(into, v128.add<real>(loadSome(into, count), g), count);
  storeSome(into + half, madd(g, normal, loadSome(into + half, count)), count);
}

/** partials[chunk] = Σ dy, then Σ dy · x̂, each [columns], over the rows of the chunk; mean may be 0; begin, end count chunks of 64 rows */
export function layernorm_backward_parameters(
  partials: usize, dy: usize, x: usize, mean: usize, inverse: usize, rows: usize, columns: usize, begin: usize, end: usize,
): void {
  const half = columns * SIZE;
  const whole = columns - (columns % LANES);
  for (let chunk = begin; chunk < end; chunk++) {
    const partial = partials + 2 * chunk * half;
    memory.fill(partial, 0, 2 * half);
    for (let row = chunk * CHUNK, last = min(rows, row + CHUNK); row < last; row++) {
      const p = at(x, row * columns);
      const q = at(dy, row * columns);
      const m = all(mean ? load<real>(at(mean, row)) : <real>0);
      const v = all(load<real>(at(inverse, row)));
      for (let j: usize = 0; j < whole; j += LANES) addProducts(partial, half, q, p, m, v, j, LANES);
      if (whole < columns) addProducts(partial, half, q, p, m, v, whole, columns - whole);
    }
  }
}
