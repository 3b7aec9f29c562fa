// Symmetric positive definite systems. A = Uᵀ·U is [n, n], of which only the upper half is read and written; U is upper triangular.
//
// Each element is one sum that takes its products in ascending order, one after the other, and multiplies, then subtracts, in both builds:
// the bits depend neither on blocks nor on whether the processor fuses the two.
import { all, loadSome, storeSome } from "./lanes";
import { LANES, SIZE, at } from "./vector";

/** Rows that are taken off others in one go. */
@inline
const PANEL: usize = 4;

/** Columns of a right side that are solved together: 200 rows of them stay in the second-level cache. */
@inline
const COLUMNS: usize = 64;

@inline
function minus(y: v128, w: v128, x: v128): v128 {
  return v128.sub<real>(y, v128.mul<real>(w, x));
}

/** y[j] −= w · x[j], from ≤ j < to. */
function takeOff(y: usize, w: real, x: usize, from: usize, to: usize): void {
  const factor = all(w);
  for (let j = from; j < to; j += LANES) {
    storeSome(at(y, j), minus(loadSome(at(y, j), to - j), factor, loadSome(at(x, j), to - j)), to - j);
  }
}

/** y[r, j] −= Σ w[p, r] · x[p, j] for two rows r and PANEL rows p, from ≤ j < to; steps are in bytes. */
function takeOffPanel(y: usize, yStep: usize, w: usize, wStep: usize, x: usize, xStep: usize, from: usize, to: usize): void {
  const a0 = all(load<real>(w));
  const b0 = all(load<real>(at(w, 1)));
  const a1 = all(load<real>(w + wStep));
  const b1 = all(load<real>(at(w + wStep, 1)));
  const a2 = all(load<real>(w + 2 * wStep));
  const b2 = all(load<real>(at(w + 2 * wStep, 1)));
  const a3 = all(load<real>(w + 3 * wStep));
  const b3 = all(load<real>(at(w + 3 * wStep, 1)));
  let p = at(y, from);
  let q = at(x, from);
  for (let j = from; j < to; j += LANES, p += 16, q += 16) {
    const n = to - j;
    let a = loadSome(p, n);
    let b = loadSome(p + yStep, n);
    let v = loadSome(q, n);
    a = minus(a, a0, v);
    b = minus(b, b0, v);
    v = loadSome(q + xStep, n);
    a = minus(a, a1, v);
    b = minus(b, b1, v);
    v = loadSome(q + 2 * xStep, n);
    a = minus(a, a2, v);
    b = minus(b, b2, v);
    v = loadSome(q + 3 * xStep, n);
    a = minus(a, a3, v);
    b = minus(b, b3, v);
    storeSome(p, a, n);
    storeSome(p + yStep, b, n);
  }
}

/** The same for rows p from `first` to `last`; w is the element of row 0, and `rows` is 1 or 2. */
function takeOffRows(
  y: usize,
  yStep: usize,
  rows: usize,
  w: usize,
  wStep: usize,
  x: usize,
  xStep: usize,
  first: usize,
  last: usize,
  from: usize,
  to: usize,
): void {
  let k = first;
  if (rows == 2) {
    for (; k + PANEL <= last; k += PANEL) takeOffPanel(y, yStep, w + k * wStep, wStep, x + k * xStep, xStep, from, to);
  }
  for (; k < last; k++) {
    const factor = w + k * wStep;
    takeOff(y, load<real>(factor), x + k * xStep, from, to);
    if (rows == 2) takeOff(y + yStep, load<real>(at(factor, 1)), x + k * xStep, from, to);
  }
}

function divide(y: usize, by: real, from: usize, to: usize): void {
  const divisor = all(by);
  for (let j = from; j < to; j += LANES) {
    storeSome(at(y, j), v128.div<real>(loadSome(at(y, j), to - j), divisor), to - j);
  }
}

/**
 * A becomes U with A = Uᵀ·U (Cholesky; Golub and Van Loan, Matrix Computations, 4.2, the form by outer products, PANEL rows at a time).
 * Returns 0, or one more than the row whose pivot is not above 0: A is not positive definite to the last bit, and is half done.
 */
export function cholesky(a: usize, n: usize): usize {
  const step = n * SIZE;
  for (let k: usize = 0; k < n; k += PANEL) {
    const last = min<usize>(k + PANEL, n);
    for (let p = k; p < last; p++) {
      const row = at(a, p * n);
      takeOffRows(row, step, 1, at(a, p), step, a, step, k, p, p, n);
      const pivot = load<real>(at(row, p));
      if (!(pivot > 0)) return p + 1;
      const root = sqrt<real>(pivot);
      store<real>(at(row, p), root);
      divide(row, root, p + 1, n);
    }
    for (let i = last; i < n; i += 2) {
      const row = at(a, i * n);
      const w = at(a, i);
      if (i + 1 == n) {
        takeOffRows(row, step, 1, w, step, a, step, k, last, i, n);
        continue;
      }
      takeOffRows(row, step, 1, w, step, a, step, k, last, i, i + 1);
      takeOffRows(row, step, 2, w, step, a, step, k, last, i + 1, n);
    }
  }
  return 0;
}

/** Y = A⁻¹ of U, both halves, as VᵀV with the lower triangular V = U⁻ᵀ. scratch [n, n] becomes V. */
export function cholesky_inverse(y: usize, u: usize, scratch: usize, n: usize): void {
  const v = scratch;
  const step = n * SIZE;
  memory.fill(v, 0, n * step);
  memory.fill(y, 0, n * step);
  for (let i: usize = 0; i < n; i += 2) {
    const row = at(v, i * n);
    const rows = min<usize>(2, n - i);
    takeOffRows(row, step, rows, at(u, i), step, v, step, 0, i, 0, i);
    const pivot = load<real>(at(u, i * n + i));
    store<real>(at(row, i), 1);
    divide(row, pivot, 0, i + 1);
    if (rows == 1) break;
    const next = row + step;
    takeOff(next, load<real>(at(u, i * n + i + 1)), row, 0, i + 1);
    store<real>(at(next, i + 1), 1);
    divide(next, load<real>(at(u, (i + 1) * n + i + 1)), 0, i + 2);
  }
  for (let i: usize = 0; i < n; i += 2) {
    const rows = min<usize>(2, n - i);
    takeOffRows(at(y, i * n), step, rows, at(v, i), step, v, step, i, n, 0, i + rows);
  }
  for (let i: usize = 0; i < n; i++) {
    for (let j: usize = 0; j <= i; j++) {
      const value = -load<real>(at(y, i * n + j));
      store<real>(at(y, i * n + j), value);
      store<real>(at(y, j * n + i), value);
    }
  }
}

/** X = U⁻ᵀ·X for the columns begin … end of X [n, m]: forward substitution. */
export function solve_lower(x: usize, u: usize, n: usize, m: usize, begin: usize, end: usize): void {
  const step = m * SIZE;
  const uStep = n * SIZE;
  for (let from = begin; from < end; from += COLUMNS) {
    const to = min<usize>(from + COLUMNS, end);
    for (let i: usize = 0; i < n; i += 2) {
      const rows = min<usize>(2, n - i);
      const row = x + i * step;
      takeOffRows(row, step, rows, at(u, i), uStep, x, step, 0, i, from, to);
      divide(row, load<real>(at(u, i * n + i)), from, to);
      if (rows == 1) break;
      takeOff(row + step, load<real>(at(u, i * n + i + 1)), row, from, to);
      divide(row + step, load<real>(at(u, (i + 1) * n + i + 1)), from, to);
    }
  }
}

/** X = U⁻¹·X for the columns begin … end of X [n, m]: back substitution. */
export function solve_upper(x: usize, u: usize, n: usize, m: usize, begin: usize, end: usize): void {
  const step = m * SIZE;
  for (let i = n; i-- > 0; ) {
    const row = x + i * step;
    takeOffRows(row, step, 1, at(u, i * n), SIZE, x, step, i + 1, n, begin, end);
    divide(row, load<real>(at(u, i * n + i)), begin, end);
  }
}
