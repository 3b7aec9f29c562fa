// The inner loop of a convolution: a tile of C as in gemm/micro.ts, but each row of A has an address of its own and is read in place.
import { TILE_COLUMNS, WIDE } from "../gemm/micro";
import { SIZE } from "../vector";

/**
 * One row fewer than in gemm/micro.ts. V8 moves all loads of a step to its front: of five rows it spills two accumulators, and 5 × 8 does 24
 * GFLOP/s where 4 × 8 does 39 (Node 20 strict, k = 288; 3 × 12 does 21, and 36 with four pointers that move instead of one and its distances).
 */
@inline
export const ROWS: usize = 4;

/** A panel of B is TILE_COLUMNS elements a step. */
@inline
export const PANEL_STEP: usize = TILE_COLUMNS * SIZE;

/** The steps of k as three loops; A's addresses move by `step` in the innermost and by the gaps after it. In bytes. */
@unmanaged
export class Loop {
  step: usize;
  /** The panel's bytes of one innermost loop, ≥ 1 step. */
  run: usize;
  countX: isize;
  gapX: usize;
  countY: isize;
  gapY: usize;
  /** 1: C is max(C, 0) as it is stored. */
  relu: i32;
  /** A's bytes of one innermost loop, where its elements follow each other. */
  bytes: usize;
  /** 1: the panel is of few columns, as dots.ts has them. */
  isNarrow: i32;
}

/** C[rows, TILE_COLUMNS] = start + A·B, with the rows of `start` `startStep` apart; row r of A begins at p_r. */
@inline
function tile(rows: i32, c: usize, cStep: usize, start: usize, startStep: usize, b: usize, p0: usize, p1: usize, p2: usize, p3: usize, loop: Loop): void {
  let c00 = v128.load(start);
  let c01 = v128.load(start, 16);
  let c02 = WIDE ? v128.load(start, 32) : c00;
  let c03 = WIDE ? v128.load(start, 48) : c00;
  let r = start + startStep;
  let c10 = rows > 1 ? v128.load(r) : c00;
  let c11 = rows > 1 ? v128.load(r, 16) : c00;
  let c12 = rows > 1 && WIDE ? v128.load(r, 32) : c00;
  let c13 = rows > 1 && WIDE ? v128.load(r, 48) : c00;
  r += startStep;
  let c20 = rows > 2 ? v128.load(r) : c00;
  let c21 = rows > 2 ? v128.load(r, 16) : c00;
  let c22 = rows > 2 && WIDE ? v128.load(r, 32) : c00;
  let c23 = rows > 2 && WIDE ? v128.load(r, 48) : c00;
  r += startStep;
  let c30 = rows > 3 ? v128.load(r) : c00;
  let c31 = rows > 3 ? v128.load(r, 16) : c00;
  let c32 = rows > 3 && WIDE ? v128.load(r, 32) : c00;
  let c33 = rows > 3 && WIDE ? v128.load(r, 48) : c00;

  const d1 = p1 - p0;
  const d2 = p2 - p0;
  const d3 = p3 - p0;
  const step = loop.step;
  const run = loop.run;
  const gapX = loop.gapX;
  for (let y = loop.countY; y > 0; y--) {
    for (let x = loop.countX; x > 0; x--) {
      const end = b + run;
      do {
        const b0 = v128.load(b);
        const b1 = v128.load(b, 16);
        const b2 = WIDE ? v128.load(b, 32) : b0;
        const b3 = WIDE ? v128.load(b, 48) : b0;
        let s = v128.load_splat<real>(p0);
        c00 = madd(s, b0, c00);
        c01 = madd(s, b1, c01);
        if (WIDE) c02 = madd(s, b2, c02);
        if (WIDE) c03 = madd(s, b3, c03);
        if (rows > 1) {
          s = v128.load_splat<real>(p0 + d1);
          c10 = madd(s, b0, c10);
          c11 = madd(s, b1, c11);
          if (WIDE) c12 = madd(s, b2, c12);
          if (WIDE) c13 = madd(s, b3, c13);
        }
        if (rows > 2) {
          s = v128.load_splat<real>(p0 + d2);
          c20 = madd(s, b0, c20);
          c21 = madd(s, b1, c21);
          if (WIDE) c22 = madd(s, b2, c22);
          if (WIDE) c23 = madd(s, b3, c23);
        }
        if (rows > 3) {
          s = v128.load_splat<real>(p0 + d3);
          c30 = madd(s, b0, c30);
          c31 = madd(s, b1, c31);
          if (WIDE) c32 = madd(s, b2, c32);
          if (WIDE) c33 = madd(s, b3, c33);
        }
        p0 += step;
        b += PANEL_STEP;
      } while (b < end);
      p0 += gapX;
    }
    p0 += loop.gapY;
  }

  if (loop.relu) {
    // As in activate.ts: this way round NaN is kept.
    const zero = v128.splat<real>(0);
    c00 = v128.pmax<real>(c00, zero);
    c01 = v128.pmax<real>(c01, zero);
    if (WIDE) c02 = v128.pmax<real>(c02, zero);
    if (WIDE) c03 = v128.pmax<real>(c03, zero);
    if (rows > 1) {
      c10 = v128.pmax<real>(c10, zero);
      c11 = v128.pmax<real>(c11, zero);
      if (WIDE) c12 = v128.pmax<real>(c12, zero);
      if (WIDE) c13 = v128.pmax<real>(c13, zero);
    }
    if (rows > 2) {
      c20 = v128.pmax<real>(c20, zero);
      c21 = v128.pmax<real>(c21, zero);
      if (WIDE) c22 = v128.pmax<real>(c22, zero);
      if (WIDE) c23 = v128.pmax<real>(c23, zero);
    }
    if (rows > 3) {
      c30 = v128.pmax<real>(c30, zero);
      c31 = v128.pmax<real>(c31, zero);
      if (WIDE) c32 = v128.pmax<real>(c32, zero);
      if (WIDE) c33 = v128.pmax<real>(c33, zero);
    }
  }
  v128.store(c, c00);
  v128.store(c, c01, 16);
  if (WIDE) v128.store(c, c02, 32);
  if (WIDE) v128.store(c, c03, 48);
  if (rows > 1) {
    c += cStep;
    v128.store(c, c10);
    v128.store(c, c11, 16);
    if (WIDE) v128.store(c, c12, 32);
    if (WIDE) v128.store(c, c13, 48);
  }
  if (rows > 2) {
    c += cStep;
    v128.store(c, c20);
    v128.store(c, c21, 16);
    if (WIDE) v128.store(c, c22, 32);
    if (WIDE) v128.store(c, c23, 48);
  }
  if (rows > 3) {
    c += cStep;
    v128.store(c, c30);
    v128.store(c, c31, 16);
    if (WIDE) v128.store(c, c32, 32);
    if (WIDE) v128.store(c, c33, 48);
  }
}

function tile1(c: usize, cStep: usize, start: usize, startStep: usize, b: usize, p0: usize, loop: Loop): void {
  tile(1, c, cStep, start, startStep, b, p0, 0, 0, 0, loop);
}
function tile2(c: usize, cStep: usize, start: usize, startStep: usize, b: usize, p0: usize, p1: usize, loop: Loop): void {
  tile(2, c, cStep, start, startStep, b, p0, p1, 0, 0, loop);
}
function tile3(c: usize, cStep: usize, start: usize, startStep: usize, b: usize, p0: usize, p1: usize, p2: usize, loop: Loop): void {
  tile(3, c, cStep, start, startStep, b, p0, p1, p2, 0, loop);
}
function tile4(c: usize, cStep: usize, start: usize, startStep: usize, b: usize, p0: usize, p1: usize, p2: usize, p3: usize, loop: Loop): void {
  tile(4, c, cStep, start, startStep, b, p0, p1, p2, p3, loop);
}

/**
 * `count` tiles of ROWS rows, one after the other, with the rows of A `step` apart: short sums gain most of what a call costs. `start` is one
 * row for all, or 0: what C holds.
 */
export function tilesOfRow(count: isize, c: usize, cStep: usize, start: usize, b: usize, p: usize, step: usize, loop: Loop): void {
  const startStep: usize = start ? 0 : cStep;
  for (; count > 0; count--) {
    tile(4, c, cStep, start ? start : c, startStep, b, p, p + step, p + 2 * step, p + 3 * step, loop);
    c += ROWS * cStep;
    p += ROWS * step;
  }
}

/** C[rows, TILE_COLUMNS] = start + A·B for 1 ≤ rows ≤ ROWS. */
@inline
export function tileOf(rows: usize, c: usize, cStep: usize, start: usize, startStep: usize, b: usize, p0: usize, p1: usize, p2: usize, p3: usize, loop: Loop): void {
  if (rows == 4) tile4(c, cStep, start, startStep, b, p0, p1, p2, p3, loop);
  else if (rows == 3) tile3(c, cStep, start, startStep, b, p0, p1, p2, loop);
  else if (rows == 2) tile2(c, cStep, start, startStep, b, p0, p1, loop);
  else tile1(c, cStep, start, startStep, b, p0, loop);
}
