// The tile of a matrix product for registers of 128 bits. The compiler makes the exports of this folder global (`--lib`), as those of real/.

/** Its size is how many pairs of vectors a row of a tile has: a type, since a constant of here would come too late for others. */
export type TilePairs = u8;

/**
 * C[rows, TILE_COLUMNS] += A·B, where step k finds `rows` values of A at `a + k · aStep` and TILE_COLUMNS of B at `b + k · bStep`.
 *
 * The first step stands before the loop: V8 folds an offset into the address of a plain load, but not of a splatting one; used outside
 * the loop too, the offset addresses stay in registers (measured on Node 20: about 0.65 of the peak without, 0.82 with, at k = 256). Unrolling further
 * costs: V8 moves the loads of both steps to the front and spills.
 */
@inline
export function tile(rows: i32, c: usize, cStep: usize, a: usize, aStep: usize, b: usize, bStep: usize, k: usize): void {
  const r0 = c;
  const r1 = c + cStep;
  const r2 = c + 2 * cStep;
  const r3 = c + 3 * cStep;
  const r4 = c + 4 * cStep;
  let c00 = v128.load(r0);
  let c01 = v128.load(r0, 16);
  let c10 = rows > 1 ? v128.load(r1) : c00;
  let c11 = rows > 1 ? v128.load(r1, 16) : c00;
  let c20 = rows > 2 ? v128.load(r2) : c00;
  let c21 = rows > 2 ? v128.load(r2, 16) : c00;
  let c30 = rows > 3 ? v128.load(r3) : c00;
  let c31 = rows > 3 ? v128.load(r3, 16) : c00;
  let c40 = rows > 4 ? v128.load(r4) : c00;
  let c41 = rows > 4 ? v128.load(r4, 16) : c00;

  const end = b + k * bStep;
  let b0 = v128.load(b);
  let b1 = v128.load(b, 16);
  let s = v128.load_splat<real>(a);
  c00 = madd(s, b0, c00);
  c01 = madd(s, b1, c01);
  if (rows > 1) {
    s = v128.load_splat<real>(a, sizeof<real>());
    c10 = madd(s, b0, c10);
    c11 = madd(s, b1, c11);
  }
  if (rows > 2) {
    s = v128.load_splat<real>(a, 2 * sizeof<real>());
    c20 = madd(s, b0, c20);
    c21 = madd(s, b1, c21);
  }
  if (rows > 3) {
    s = v128.load_splat<real>(a, 3 * sizeof<real>());
    c30 = madd(s, b0, c30);
    c31 = madd(s, b1, c31);
  }
  if (rows > 4) {
    s = v128.load_splat<real>(a, 4 * sizeof<real>());
    c40 = madd(s, b0, c40);
    c41 = madd(s, b1, c41);
  }
  a += aStep;
  b += bStep;
  while (b < end) {
    b0 = v128.load(b);
    b1 = v128.load(b, 16);
    s = v128.load_splat<real>(a);
    c00 = madd(s, b0, c00);
    c01 = madd(s, b1, c01);
    if (rows > 1) {
      s = v128.load_splat<real>(a, sizeof<real>());
      c10 = madd(s, b0, c10);
      c11 = madd(s, b1, c11);
    }
    if (rows > 2) {
      s = v128.load_splat<real>(a, 2 * sizeof<real>());
      c20 = madd(s, b0, c20);
      c21 = madd(s, b1, c21);
    }
    if (rows > 3) {
      s = v128.load_splat<real>(a, 3 * sizeof<real>());
      c30 = madd(s, b0, c30);
      c31 = madd(s, b1, c31);
    }
    if (rows > 4) {
      s = v128.load_splat<real>(a, 4 * sizeof<real>());
      c40 = madd(s, b0, c40);
      c41 = madd(s, b1, c41);
    }
    a += aStep;
    b += bStep;
  }

  v128.store(r0, c00);
  v128.store(r0, c01, 16);
  if (rows > 1) {
    v128.store(r1, c10);
    v128.store(r1, c11, 16);
  }
  if (rows > 2) {
    v128.store(r2, c20);
    v128.store(r2, c21, 16);
  }
  if (rows > 3) {
    v128.store(r3, c30);
    v128.store(r3, c31, 16);
  }
  if (rows > 4) {
    v128.store(r4, c40);
    v128.store(r4, c41, 16);
  }
}
