// The inner loops of the matrix product. Strides are in bytes, k ≥ 1. Every one of them takes each element of C through k in ascending
// order, C = madd(a, b, C), so that an element's bits do not depend on which of them computed it.
import { LANES, SIZE, at, loadTail, storeTail } from "../vector";

/** Whether the engine joins pairs of vectors to one of 256 bits; see width/. */
@inline
export const WIDE: bool = sizeof<Width>() > 1;

/**
 * A tile of C is up to TILE_ROWS × TILE_COLUMNS: ten accumulators, two of B, one of A and a product fill 14 of V8's 15 registers, of 128 bits
 * or 256. Of 3, 4, 5 and 6 rows of 16 columns five are the best for multiply-then-add and for fma together (bench/README.md).
 */
@inline
export const TILE_ROWS: usize = 5;
@inline
export const TILE_COLUMNS: usize = 2 * LANES * sizeof<Width>();

/**
 * C[rows, TILE_COLUMNS] += A·B, where step k finds `rows` values of A at `a + k · aStep` and TILE_COLUMNS of B at `b + k · bStep`.
 *
 * The first step stands before the loop: V8 folds an offset into the address of a plain load, but not of a splatting one; used outside
 * the loop too, the offset addresses stay in registers (measured on Node 20: about 0.65 of the peak without, 0.82 with, at k = 256). Unrolling further
 * costs: V8 moves the loads of both steps to the front and spills.
 */
@inline
function tile(rows: i32, c: usize, cStep: usize, a: usize, aStep: usize, b: usize, bStep: usize, k: usize): void {
  const r0 = c;
  const r1 = c + cStep;
  const r2 = c + 2 * cStep;
  const r3 = c + 3 * cStep;
  const r4 = c + 4 * cStep;
  let c00 = v128.load(r0);
  let c01 = v128.load(r0, 16);
  let c02 = WIDE ? v128.load(r0, 32) : c00;
  let c03 = WIDE ? v128.load(r0, 48) : c00;
  let c10 = rows > 1 ? v128.load(r1) : c00;
  let c11 = rows > 1 ? v128.load(r1, 16) : c00;
  let c12 = rows > 1 && WIDE ? v128.load(r1, 32) : c00;
  let c13 = rows > 1 && WIDE ? v128.load(r1, 48) : c00;
  let c20 = rows > 2 ? v128.load(r2) : c00;
  let c21 = rows > 2 ? v128.load(r2, 16) : c00;
  let c22 = rows > 2 && WIDE ? v128.load(r2, 32) : c00;
  let c23 = rows > 2 && WIDE ? v128.load(r2, 48) : c00;
  let c30 = rows > 3 ? v128.load(r3) : c00;
  let c31 = rows > 3 ? v128.load(r3, 16) : c00;
  let c32 = rows > 3 && WIDE ? v128.load(r3, 32) : c00;
  let c33 = rows > 3 && WIDE ? v128.load(r3, 48) : c00;
  let c40 = rows > 4 ? v128.load(r4) : c00;
  let c41 = rows > 4 ? v128.load(r4, 16) : c00;
  let c42 = rows > 4 && WIDE ? v128.load(r4, 32) : c00;
  let c43 = rows > 4 && WIDE ? v128.load(r4, 48) : c00;

  const end = b + k * bStep;
  let b0 = v128.load(b);
  let b1 = v128.load(b, 16);
  let b2 = WIDE ? v128.load(b, 32) : b0;
  let b3 = WIDE ? v128.load(b, 48) : b0;
  let s = v128.load_splat<real>(a);
  c00 = madd(s, b0, c00);
  c01 = madd(s, b1, c01);
  if (WIDE) c02 = madd(s, b2, c02);
  if (WIDE) c03 = madd(s, b3, c03);
  if (rows > 1) {
    s = v128.load_splat<real>(a, sizeof<real>());
    c10 = madd(s, b0, c10);
    c11 = madd(s, b1, c11);
    if (WIDE) c12 = madd(s, b2, c12);
    if (WIDE) c13 = madd(s, b3, c13);
  }
  if (rows > 2) {
    s = v128.load_splat<real>(a, 2 * sizeof<real>());
    c20 = madd(s, b0, c20);
    c21 = madd(s, b1, c21);
    if (WIDE) c22 = madd(s, b2, c22);
    if (WIDE) c23 = madd(s, b3, c23);
  }
  if (rows > 3) {
    s = v128.load_splat<real>(a, 3 * sizeof<real>());
    c30 = madd(s, b0, c30);
    c31 = madd(s, b1, c31);
    if (WIDE) c32 = madd(s, b2, c32);
    if (WIDE) c33 = madd(s, b3, c33);
  }
  if (rows > 4) {
    s = v128.load_splat<real>(a, 4 * sizeof<real>());
    c40 = madd(s, b0, c40);
    c41 = madd(s, b1, c41);
    if (WIDE) c42 = madd(s, b2, c42);
    if (WIDE) c43 = madd(s, b3, c43);
  }
  a += aStep;
  b += bStep;
  while (b < end) {
    b0 = v128.load(b);
    b1 = v128.load(b, 16);
    b2 = WIDE ? v128.load(b, 32) : b0;
    b3 = WIDE ? v128.load(b, 48) : b0;
    s = v128.load_splat<real>(a);
    c00 = madd(s, b0, c00);
    c01 = madd(s, b1, c01);
    if (WIDE) c02 = madd(s, b2, c02);
    if (WIDE) c03 = madd(s, b3, c03);
    if (rows > 1) {
      s = v128.load_splat<real>(a, sizeof<real>());
      c10 = madd(s, b0, c10);
      c11 = madd(s, b1, c11);
      if (WIDE) c12 = madd(s, b2, c12);
      if (WIDE) c13 = madd(s, b3, c13);
    }
    if (rows > 2) {
      s = v128.load_splat<real>(a, 2 * sizeof<real>());
      c20 = madd(s, b0, c20);
      c21 = madd(s, b1, c21);
      if (WIDE) c22 = madd(s, b2, c22);
      if (WIDE) c23 = madd(s, b3, c23);
    }
    if (rows > 3) {
      s = v128.load_splat<real>(a, 3 * sizeof<real>());
      c30 = madd(s, b0, c30);
      c31 = madd(s, b1, c31);
      if (WIDE) c32 = madd(s, b2, c32);
      if (WIDE) c33 = madd(s, b3, c33);
    }
    if (rows > 4) {
      s = v128.load_splat<real>(a, 4 * sizeof<real>());
      c40 = madd(s, b0, c40);
      c41 = madd(s, b1, c41);
      if (WIDE) c42 = madd(s, b2, c42);
      if (WIDE) c43 = madd(s, b3, c43);
    }
    a += aStep;
    b += bStep;
  }

  v128.store(r0, c00);
  v128.store(r0, c01, 16);
  if (WIDE) v128.store(r0, c02, 32);
  if (WIDE) v128.store(r0, c03, 48);
  if (rows > 1) {
    v128.store(r1, c10);
    v128.store(r1, c11, 16);
    if (WIDE) v128.store(r1, c12, 32);
    if (WIDE) v128.store(r1, c13, 48);
  }
  if (rows > 2) {
    v128.store(r2, c20);
    v128.store(r2, c21, 16);
    if (WIDE) v128.store(r2, c22, 32);
    if (WIDE) v128.store(r2, c23, 48);
  }
  if (rows > 3) {
    v128.store(r3, c30);
    v128.store(r3, c31, 16);
    if (WIDE) v128.store(r3, c32, 32);
    if (WIDE) v128.store(r3, c33, 48);
  }
  if (rows > 4) {
    v128.store(r4, c40);
    v128.store(r4, c41, 16);
    if (WIDE) v128.store(r4, c42, 32);
    if (WIDE) v128.store(r4, c43, 48);
  }
}

function tile1(c: usize, cStep: usize, a: usize, aStep: usize, b: usize, bStep: usize, k: usize): void {
  tile(1, c, cStep, a, aStep, b, bStep, k);
}
function tile2(c: usize, cStep: usize, a: usize, aStep: usize, b: usize, bStep: usize, k: usize): void {
  tile(2, c, cStep, a, aStep, b, bStep, k);
}
function tile3(c: usize, cStep: usize, a: usize, aStep: usize, b: usize, bStep: usize, k: usize): void {
  tile(3, c, cStep, a, aStep, b, bStep, k);
}
function tile4(c: usize, cStep: usize, a: usize, aStep: usize, b: usize, bStep: usize, k: usize): void {
  tile(4, c, cStep, a, aStep, b, bStep, k);
}
function tile5(c: usize, cStep: usize, a: usize, aStep: usize, b: usize, bStep: usize, k: usize): void {
  tile(5, c, cStep, a, aStep, b, bStep, k);
}

/** C[rows, TILE_COLUMNS] += A·B for 1 ≤ rows ≤ TILE_ROWS. */
@inline
export function tileOf(rows: usize, c: usize, cStep: usize, a: usize, aStep: usize, b: usize, bStep: usize, k: usize): void {
  if (rows == 5) tile5(c, cStep, a, aStep, b, bStep, k);
  else if (rows == 4) tile4(c, cStep, a, aStep, b, bStep, k);
  else if (rows == 3) tile3(c, cStep, a, aStep, b, bStep, k);
  else if (rows == 2) tile2(c, cStep, a, aStep, b, bStep, k);
  else tile1(c, cStep, a, aStep, b, bStep, k);
}

/**
 * c[columns] += a·B: one row. B is read once, row after row, four of them at a time; C stays in the first-level cache.
 */
export function rowTimes(c: usize, a: usize, aStep: usize, b: usize, bStep: usize, columns: usize, k: usize): void {
  const whole = columns & ~(LANES - 1);
  const rest = columns - whole;
  let p: usize = 0;
  for (; p + 4 <= k; p += 4) {
    const s0 = v128.load_splat<real>(a);
    const s1 = v128.load_splat<real>(a + aStep);
    const s2 = v128.load_splat<real>(a + 2 * aStep);
    const s3 = v128.load_splat<real>(a + 3 * aStep);
    a += 4 * aStep;
    const b1 = b + bStep;
    const b2 = b1 + bStep;
    const b3 = b2 + bStep;
    for (let j: usize = 0; j < whole; j += LANES) {
      let y = madd(s0, v128.load(at(b, j)), v128.load(at(c, j)));
      y = madd(s1, v128.load(at(b1, j)), y);
      y = madd(s2, v128.load(at(b2, j)), y);
      v128.store(at(c, j), madd(s3, v128.load(at(b3, j)), y));
    }
    if (rest) {
      let y = madd(s0, loadTail(at(b, whole), rest), loadTail(at(c, whole), rest));
      y = madd(s1, loadTail(at(b1, whole), rest), y);
      y = madd(s2, loadTail(at(b2, whole), rest), y);
      storeTail(at(c, whole), madd(s3, loadTail(at(b3, whole), rest), y), rest);
    }
    b = b3 + bStep;
  }
  for (; p < k; p++) {
    const s = v128.load_splat<real>(a);
    for (let j: usize = 0; j < whole; j += LANES) {
      v128.store(at(c, j), madd(s, v128.load(at(b, j)), v128.load(at(c, j))));
    }
    if (rest) storeTail(at(c, whole), madd(s, loadTail(at(b, whole), rest), loadTail(at(c, whole), rest)), rest);
    a += aStep;
    b += bStep;
  }
}
