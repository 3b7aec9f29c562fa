// Tiles of LANES columns or fewer: in micro.ts they would leave most of a panel empty. Here lanes go along k, and an element of C is the sum
// of LANES sums in one order. The panel has one column of B behind the other.
import { highHalves, highPairs, lowHalves, lowPairs } from "../gemm/pack";
import { LANES, SIZE } from "../vector";
import { Loop, PANEL_STEP } from "./micro";

/** 1 where sums of so many columns go this way, over runs of so many bytes: by whole vectors, and not only one. */
@inline
export function isNarrow(columns: usize, bytes: usize): i32 {
  return columns <= LANES && bytes >= 32 && (bytes & 15) == 0 ? 1 : 0;
}

/** The panel: `width` columns of `steps` elements, from rows of B at `x` that are `xStep` apart. */
export function packColumns(y: usize, x: usize, xStep: usize, width: usize, steps: usize): void {
  for (let j: usize = 0; j < width; j++, x += SIZE) {
    let from = x;
    for (const end = y + steps * SIZE; y < end; y += SIZE, from += xStep) store<real>(y, load<real>(from));
  }
}

/** The first element; the other lanes are 0. */
@inline
function first(p: usize): v128 {
  return sizeof<real>() == 8 ? v128.load64_zero(p) : v128.load32_zero(p);
}

/** The sums of the lanes of four vectors of f32, or of the first two of f64. */
@inline
function sums(a: v128, b: v128, c: v128, d: v128): v128 {
  if (sizeof<real>() == 8) return v128.add<real>(lowHalves(a, b), highHalves(a, b));
  const p = v128.add<real>(lowPairs(a, b), highPairs(a, b));
  const q = v128.add<real>(lowPairs(c, d), highPairs(c, d));
  return v128.add<real>(v128.shuffle<f32>(p, q, 0, 1, 4, 5), v128.shuffle<f32>(p, q, 2, 3, 6, 7));
}

/** As in activate.ts: this way round NaN is kept. */
@inline
function finish(v: v128, loop: Loop): v128 {
  return loop.relu ? v128.pmax<real>(v, v128.splat<real>(0)) : v;
}

/** C[rows, columns] = start + A·B, 4 × 1, 4 × 2, 2 × 3 or 2 × 4, with the rows of C PANEL_STEP apart: eight sums at most fill the registers. */
@inline
function tile(rows: i32, columns: i32, c: usize, start: usize, startStep: usize, b: usize, p0: usize, p1: usize, p2: usize, p3: usize, loop: Loop): void {
  let c00 = first(start);
  let c01 = columns > 1 ? first(start + SIZE) : c00;
  let c02 = columns > 2 ? first(start + 2 * SIZE) : c00;
  let c03 = columns > 3 ? first(start + 3 * SIZE) : c00;
  start += startStep;
  let c10 = first(start);
  let c11 = columns > 1 ? first(start + SIZE) : c10;
  let c12 = columns > 2 ? first(start + 2 * SIZE) : c10;
  let c13 = columns > 3 ? first(start + 3 * SIZE) : c10;
  start += startStep;
  let c20 = rows > 2 ? first(start) : c00;
  let c21 = rows > 2 && columns > 1 ? first(start + SIZE) : c00;
  start += startStep;
  let c30 = rows > 2 ? first(start) : c00;
  let c31 = rows > 2 && columns > 1 ? first(start + SIZE) : c00;

  const d1 = p1 - p0;
  const d2 = p2 - p0;
  const d3 = p3 - p0;
  const bytes = loop.bytes;
  const b1 = bytes * loop.countX * loop.countY;
  const b2 = 2 * b1;
  const b3 = 3 * b1;
  const gapX = loop.gapX;
  for (let y = loop.countY; y > 0; y--) {
    for (let x = loop.countX; x > 0; x--) {
      const end = p0 + bytes;
      do {
        const k0 = v128.load(b);
        const k1 = columns > 1 ? v128.load(b + b1) : k0;
        const k2 = columns > 2 ? v128.load(b + b2) : k0;
        const k3 = columns > 3 ? v128.load(b + b3) : k0;
        let a = v128.load(p0);
        c00 = madd(a, k0, c00);
        if (columns > 1) c01 = madd(a, k1, c01);
        if (columns > 2) c02 = madd(a, k2, c02);
        if (columns > 3) c03 = madd(a, k3, c03);
        a = v128.load(p0 + d1);
        c10 = madd(a, k0, c10);
        if (columns > 1) c11 = madd(a, k1, c11);
        if (columns > 2) c12 = madd(a, k2, c12);
        if (columns > 3) c13 = madd(a, k3, c13);
        if (rows > 2) {
          a = v128.load(p0 + d2);
          c20 = madd(a, k0, c20);
          if (columns > 1) c21 = madd(a, k1, c21);
          a = v128.load(p0 + d3);
          c30 = madd(a, k0, c30);
          if (columns > 1) c31 = madd(a, k1, c31);
        }
        b += 16;
        p0 += 16;
      } while (p0 < end);
      p0 += gapX;
    }
    p0 += loop.gapY;
  }

  if (columns > 2) {
    v128.store(c, finish(sums(c00, c01, c02, c03), loop));
    v128.store(c + PANEL_STEP, finish(sums(c10, c11, c12, c13), loop));
  } else if (columns > 1) {
    putPairs(c, c00, c01, c10, c11, loop);
    putPairs(c + 2 * PANEL_STEP, c20, c21, c30, c31, loop);
  } else {
    const v = finish(sums(c00, c10, c20, c30), loop);
    put(c, v, 0);
    put(c + PANEL_STEP, v, 1);
    const w = sizeof<real>() == 8 ? finish(sums(c20, c30, c20, c30), loop) : v;
    put(c + 2 * PANEL_STEP, w, sizeof<real>() == 8 ? 0 : 2);
    put(c + 3 * PANEL_STEP, w, sizeof<real>() == 8 ? 1 : 3);
  }
}

/** Two rows of two columns. */
@inline
function putPairs(c: usize, c00: v128, c01: v128, c10: v128, c11: v128, loop: Loop): void {
  const v = finish(sums(c00, c01, c10, c11), loop);
  if (sizeof<real>() == 8) {
    v128.store(c, v);
    v128.store(c + PANEL_STEP, finish(sums(c10, c11, c10, c11), loop));
    return;
  }
  v128.store_lane<f64>(c, v, 0);
  v128.store_lane<f64>(c + PANEL_STEP, v, 1);
}

@inline
function put(c: usize, v: v128, lane: i32): void {
  store<real>(c, sizeof<real>() == 8 ? <real>lane64(v, lane) : <real>lane32(v, lane));
}
@inline
function lane32(v: v128, lane: i32): f32 {
  return lane == 0 ? f32x4.extract_lane(v, 0) : lane == 1 ? f32x4.extract_lane(v, 1) : lane == 2 ? f32x4.extract_lane(v, 2) : f32x4.extract_lane(v, 3);
}
@inline
function lane64(v: v128, lane: i32): f64 {
  return lane == 0 ? f64x2.extract_lane(v, 0) : f64x2.extract_lane(v, 1);
}

function one(c: usize, start: usize, startStep: usize, b: usize, p0: usize, p1: usize, p2: usize, p3: usize, loop: Loop): void {
  tile(4, 1, c, start, startStep, b, p0, p1, p2, p3, loop);
}
function two(c: usize, start: usize, startStep: usize, b: usize, p0: usize, p1: usize, p2: usize, p3: usize, loop: Loop): void {
  tile(4, 2, c, start, startStep, b, p0, p1, p2, p3, loop);
}
function three(c: usize, start: usize, startStep: usize, b: usize, p0: usize, p1: usize, loop: Loop): void {
  tile(2, 3, c, start, startStep, b, p0, p1, p0, p1, loop);
}
function four(c: usize, start: usize, startStep: usize, b: usize, p0: usize, p1: usize, loop: Loop): void {
  tile(2, 4, c, start, startStep, b, p0, p1, p0, p1, loop);
}

/** C[4, width] = start + A·B for 1 ≤ width ≤ LANES, of which `rows` are wanted; `c` and `start` have room for four. */
export function dotsOf(rows: usize, width: usize, c: usize, start: usize, startStep: usize, b: usize, p0: usize, p1: usize, p2: usize, p3: usize, loop: Loop): void {
  if (rows < 2) p1 = p0;
  if (rows < 3) p2 = p0;
  if (rows < 4) p3 = p0;
  if (width == 1) return one(c, start, startStep, b, p0, p1, p2, p3, loop);
  if (width == 2) return two(c, start, startStep, b, p0, p1, p2, p3, loop);
  const c2 = c + 2 * PANEL_STEP;
  const start2 = start + 2 * startStep;
  if (width == 3) {
    three(c, start, startStep, b, p0, p1, loop);
    if (rows > 2) three(c2, start2, startStep, b, p2, p3, loop);
  } else {
    four(c, start, startStep, b, p0, p1, loop);
    if (rows > 2) four(c2, start2, startStep, b, p2, p3, loop);
  }
}
