// The inner loops of the matrix product. Strides are in bytes, k ≥ 1. Every one of them takes each element of C through k in ascending
// order, C = madd(a, b, C), so that an element's bits do not depend on which of them computed it.
import { LANES, SIZE, at, loadTail, storeTail } from "../vector";

/**
 * A tile of C is up to TILE_ROWS × TILE_COLUMNS: ten accumulators, two of B, one of A and a product fill 14 of V8's 15 registers, of 256 bits
 * where it joins pairs of vectors.
 */
@inline
export const TILE_ROWS: usize = 5;
@inline
export const TILE_COLUMNS: usize = 2 * LANES * sizeof<TilePairs>();

// `tile` comes from width/; with its number of rows known, nothing is left to decide inside.
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
