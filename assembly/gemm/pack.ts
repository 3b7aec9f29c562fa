// Copies of A and B in the order in which the inner loop reads them:
//
//   A, a stripe of rows        | k=0: r0 r1 r2 r3 r4 | k=1: r0 r1 … |        rows elements a step
//   B, a panel of columns      | k=0: n0 … n7 | k=1: n0 … n7 | …             TILE_COLUMNS elements a step, the missing ones 0
//
// "Along" means that a row of the tile lies along k in memory, "across" that a step of k does.
import { LANES, SIZE, at, loadTail, storeTail } from "../vector";
import { TILE_COLUMNS, WIDE } from "./micro";

@inline
export function lowPairs(a: v128, b: v128): v128 {
  return v128.shuffle<f32>(a, b, 0, 4, 1, 5);
}
@inline
export function highPairs(a: v128, b: v128): v128 {
  return v128.shuffle<f32>(a, b, 2, 6, 3, 7);
}
@inline
export function lowHalves(a: v128, b: v128): v128 {
  return v128.shuffle<f64>(a, b, 0, 2);
}
@inline
export function highHalves(a: v128, b: v128): v128 {
  return v128.shuffle<f64>(a, b, 1, 3);
}

/**
 * Four vectors of f32 from four rows at `x`, transposed, to `y`, `y + yStep`, …; of f64 the same in 2 × 2 blocks.
 */
@inline
export function transposeBlock(y: usize, yStep: usize, x: usize, xStep: usize): void {
  if (sizeof<real>() == 8) {
    const p = v128.load(x);
    const q = v128.load(x + xStep);
    v128.store(y, lowHalves(p, q));
    v128.store(y + yStep, highHalves(p, q));
    return;
  }
  const x0 = v128.load(x);
  const x1 = v128.load(x + xStep);
  const x2 = v128.load(x + 2 * xStep);
  const x3 = v128.load(x + 3 * xStep);
  const p0 = lowPairs(x0, x1);
  const p1 = lowPairs(x2, x3);
  const q0 = highPairs(x0, x1);
  const q1 = highPairs(x2, x3);
  v128.store(y, lowHalves(p0, p1));
  v128.store(y + yStep, highHalves(p0, p1));
  v128.store(y + 2 * yStep, lowHalves(q0, q1));
  v128.store(y + 3 * yStep, highHalves(q0, q1));
}

/** y[p, i] = x[i, p] for `count` rows of x along k, steps of y `width` elements apart. */
export function packAlong(y: usize, width: usize, x: usize, xStep: usize, count: usize, k: usize): void {
  const yStep = width * SIZE;
  let i: usize = 0;
  for (; i + LANES <= count; i += LANES) {
    const source = x + i * xStep;
    let p: usize = 0;
    for (; p + LANES <= k; p += LANES) transposeBlock(at(y + p * yStep, i), yStep, at(source, p), xStep);
    for (; p < k; p++) {
      for (let r: usize = 0; r < LANES; r++) {
        store<real>(at(y + p * yStep, i + r), load<real>(at(source + r * xStep, p)));
      }
    }
  }
  for (; i < count; i++) {
    const source = x + i * xStep;
    let target = at(y, i);
    let p: usize = 0;
    for (; p + 4 <= k; p += 4) {
      const from = at(source, p);
      store<real>(target, load<real>(from));
      store<real>(target + yStep, load<real>(from, sizeof<real>()));
      store<real>(target + 2 * yStep, load<real>(from, 2 * sizeof<real>()));
      store<real>(target + 3 * yStep, load<real>(from, 3 * sizeof<real>()));
      target += 4 * yStep;
    }
    for (; p < k; p++) {
      store<real>(target, load<real>(at(source, p)));
      target += yStep;
    }
  }
}

/** y[p, i] = x[p, i] for `count` columns of x across k. */
export function packAcross(y: usize, x: usize, xStep: usize, count: usize, k: usize): void {
  const yStep = count * SIZE;
  const end = y + k * yStep;
  if (sizeof<real>() == 4 && count == LANES + 1) {
    for (; y < end; y += yStep) {
      v128.store(y, v128.load(x));
      store<real>(y, load<real>(x, 16), 16);
      x += xStep;
    }
    return;
  }
  for (; y < end; y += yStep) {
    for (let i: usize = 0; i < count; i++) store<real>(at(y, i), load<real>(at(x, i)));
    x += xStep;
  }
}

/** One panel of B that lies along k: TILE_COLUMNS rows of b, or `count` of them and zeros. */
export function panelAlong(y: usize, b: usize, bStep: usize, count: usize, k: usize): void {
  if (count < TILE_COLUMNS) memory.fill(y, 0, k * TILE_COLUMNS * SIZE);
  packAlong(y, TILE_COLUMNS, b, bStep, count, k);
}

/** One panel of B that lies across k. */
export function panelAcross(y: usize, b: usize, bStep: usize, count: usize, k: usize): void {
  const end = y + k * TILE_COLUMNS * SIZE;
  if (count == TILE_COLUMNS) {
    for (; y < end; y += TILE_COLUMNS * SIZE) {
      v128.store(y, v128.load(b));
      v128.store(y, v128.load(b, 16), 16);
      if (WIDE) {
        v128.store(y, v128.load(b, 32), 32);
        v128.store(y, v128.load(b, 48), 48);
      }
      b += bStep;
    }
    return;
  }
  const zero = v128.splat<real>(0);
  const whole = count & ~(LANES - 1);
  const rest = count - whole;
  for (; y < end; b += bStep) {
    const next = y + TILE_COLUMNS * SIZE;
    for (let j: usize = 0; j < whole; j += LANES, y += 16) v128.store(y, v128.load(at(b, j)));
    if (rest) {
      v128.store(y, loadTail(at(b, whole), rest));
      y += 16;
    }
    for (; y < next; y += 16) v128.store(y, zero);
  }
}

/** `count` ≤ TILE_COLUMNS elements from `x` to `y`. */
@inline
export function copyPart(y: usize, x: usize, count: usize): void {
  for (; count >= LANES; count -= LANES, x += 16, y += 16) v128.store(y, v128.load(x));
  if (count) storeTail(y, loadTail(x, count), count);
}
