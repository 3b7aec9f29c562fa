// The tile of a matrix product for an engine that runs neighbouring vectors as one of 256 bits (V8's `--experimental-wasm-revectorize`): twice
// the columns of width/128/tile.ts, with the same sums. Where the engine does not join them, twenty accumulators spill.

/** Its size is how many pairs of vectors a row of a tile has: a type, since a constant of here would come too late for others. */
export type TilePairs = u16;

/** See width/128/tile.ts. Of 3, 4, 5 and 6 rows five are the best for multiply-then-add and for fma together (bench/README.md). */
@inline
export function tile(rows: i32, c: usize, cStep: usize, a: usize, aStep: usize, b: usize, bStep: usize, k: usize): void {
  const r0 = c;
  const r1 = c + cStep;
  const r2 = c + 2 * cStep;
  const r3 = c + 3 * cStep;
  const r4 = c + 4 * cStep;
  let c00 = v128.load(r0);
  let c01 = v128.load(r0, 16);
  let c02 = v128.load(r0, 32);
  let c03 = v128.load(r0, 48);
  let c10 = rows > 1 ? v128.load(r1) : c00;
  let c11 = rows > 1 ? v128.load(r1, 16) : c00;
  let c12 = rows > 1 ? v128.load(r1, 32) : c00;
  let c13 = rows > 1 ? v128.load(r1, 48) : c00;
  let c20 = rows > 2 ? v128.load(r2) : c00;
  let c21 = rows > 2 ? v128.load(r2, 16) : c00;
  let c22 = rows > 2 ? v128.load(r2, 32) : c00;
  let c23 = rows > 2 ? v128.load(r2, 48) : c00;
  let c30 = rows > 3 ? v128.load(r3) : c00;
  let c31 = rows > 3 ? v128.load(r3, 16) : c00;
  let c32 = rows > 3 ? v128.load(r3, 32) : c00;
  let c33 = rows > 3 ? v128.load(r3, 48) : c00;
  let c40 = rows > 4 ? v128.load(r4) : c00;
  let c41 = rows > 4 ? v128.load(r4, 16) : c00;
  let c42 = rows > 4 ? v128.load(r4, 32) : c00;
  let c43 = rows > 4 ? v128.load(r4, 48) : c00;

  const end = b + k * bStep;
  let b0 = v128.load(b);
  let b1 = v128.load(b, 16);
  let b2 = v128.load(b, 32);
  let b3 = v128.load(b, 48);
  let s = v128.load_splat<real>(a);
  c00 = madd(s, b0, c00);
  c01 = madd(s, b1, c01);
  c02 = madd(s, b2, c02);
  c03 = madd(s, b3, c03);
  if (rows > 1) {
    s = v128.load_splat<real>(a, sizeof<real>());
    c10 = madd(s, b0, c10);
    c11 = madd(s, b1, c11);
    c12 = madd(s, b2, c12);
    c13 = madd(s, b3, c13);
  }
  if (rows > 2) {
    s = v128.load_splat<real>(a, 2 * sizeof<real>());
    c20 = madd(s, b0, c20);
    c21 = madd(s, b1, c21);
    c22 = madd(s, b2, c22);
    c23 = madd(s, b3, c23);
  }
  if (rows > 3) {
    s = v128.load_splat<real>(a, 3 * sizeof<real>());
    c30 = madd(s, b0, c30);
    c31 = madd(s, b1, c31);
    c32 = madd(s, b2, c32);
    c33 = madd(s, b3, c33);
  }
  if (rows > 4) {
    s = v128.load_splat<real>(a, 4 * sizeof<real>());
    c40 = madd(s, b0, c40);
    c41 = madd(s, b1, c41);
    c42 = madd(s, b2, c42);
    c43 = madd(s, b3, c43);
  }
  a += aStep;
  b += bStep;
  while (b < end) {
    b0 = v128.load(b);
    b1 = v128.load(b, 16);
    b2 = v128.load(b, 32);
    b3 = v128.load(b, 48);
    s = v128.load_splat<real>(a);
    c00 = madd(s, b0, c00);
    c01 = madd(s, b1, c01);
    c02 = madd(s, b2, c02);
    c03 = madd(s, b3, c03);
    if (rows > 1) {
      s = v128.load_splat<real>(a, sizeof<real>());
      c10 = madd(s, b0, c10);
      c11 = madd(s, b1, c11);
      c12 = madd(s, b2, c12);
      c13 = madd(s, b3, c13);
    }
    if (rows > 2) {
      s = v128.load_splat<real>(a, 2 * sizeof<real>());
      c20 = madd(s, b0, c20);
      c21 = madd(s, b1, c21);
      c22 = madd(s, b2, c22);
      c23 = madd(s, b3, c23);
    }
    if (rows > 3) {
      s = v128.load_splat<real>(a, 3 * sizeof<real>());
      c30 = madd(s, b0, c30);
      c31 = madd(s, b1, c31);
      c32 = madd(s, b2, c32);
      c33 = madd(s, b3, c33);
    }
    if (rows > 4) {
      s = v128.load_splat<real>(a, 4 * sizeof<real>());
      c40 = madd(s, b0, c40);
      c41 = madd(s, b1, c41);
      c42 = madd(s, b2, c42);
      c43 = madd(s, b3, c43);
    }
    a += aStep;
    b += bStep;
  }

  v128.store(r0, c00);
  v128.store(r0, c01, 16);
  v128.store(r0, c02, 32);
  v128.store(r0, c03, 48);
  if (rows > 1) {
    v128.store(r1, c10);
    v128.store(r1, c11, 16);
    v128.store(r1, c12, 32);
    v128.store(r1, c13, 48);
  }
  if (rows > 2) {
    v128.store(r2, c20);
    v128.store(r2, c21, 16);
    v128.store(r2, c22, 32);
    v128.store(r2, c23, 48);
  }
  if (rows > 3) {
    v128.store(r3, c30);
    v128.store(r3, c31, 16);
    v128.store(r3, c32, 32);
    v128.store(r3, c33, 48);
  }
  if (rows > 4) {
    v128.store(r4, c40);
    v128.store(r4, c41, 16);
    v128.store(r4, c42, 32);
    v128.store(r4, c43, 48);
  }
}
