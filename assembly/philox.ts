// Philox 4×32-10 (Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011), four blocks at once: lane j of
// the vectors is block j. Not re-exported: its templates take vectors.
//
//   counter  block index, step, redraw, 0     key  the stream's two words
import { LANES } from "./vector";

@inline
const M0: u32 = 0xd2511f53;
@inline
const M1: u32 = 0xcd9e8d57;
@inline
const W0: u32 = 0x9e3779b9;
@inline
const W1: u32 = 0xbb67ae85;

/** Elements that four blocks give when an element takes one word (f32) or two (f64): four vectors. */
@inline
export const GROUP: usize = 4 * LANES;

/** The upper halves of four 64-bit products. */
@inline
function mulHigh(a: v128, m: v128): v128 {
  const low = v128.extmul_low<u32>(a, m);
  const high = v128.extmul_high<u32>(a, m);
  return v128.shuffle<u32>(low, high, 1, 3, 5, 7);
}

/**
 * Gives `F` the words of every group of `group` elements that meets [begin, end): `of(y, a, b, i, begin, end, pending, w0, w1, w2, w3)`
 * gets the group's first element `i` and writes those of its elements that lie in the range. It returns which of them (as bits) it wants
 * drawn again, 0 when done; `pending` is what it returned before. An element's words depend on key, step and its index alone.
 */
@inline
export function draw<F, A>(
  y: usize,
  a: A,
  b: A,
  group: usize,
  key0: u32,
  key1: u32,
  step: usize,
  begin: usize,
  end: usize,
): void {
  const stepWords = i32x4.splat(load<u32>(step));
  const m0 = i32x4.splat(M0);
  const m1 = i32x4.splat(M1);
  for (let i = begin - (begin % group); i < end; i += group) {
    const blocks = v128.add<u32>(i32x4.splat(u32((i / group) * 4)), i32x4(0, 1, 2, 3));
    let pending: u32 = 0xffff;
    let redraw: u32 = 0;
    do {
      let w0 = blocks;
      let w1 = stepWords;
      let w2 = i32x4.splat(redraw);
      let w3 = i32x4.splat(0);
      let k0 = i32x4.splat(key0);
      let k1 = i32x4.splat(key1);
      for (let round = 0; round < 10; round++) {
        const high0 = mulHigh(w0, m0);
        const low0 = v128.mul<u32>(w0, m0);
        const high1 = mulHigh(w2, m1);
        const low1 = v128.mul<u32>(w2, m1);
        w0 = v128.xor(v128.xor(high1, w1), k0);
        w1 = low1;
        w2 = v128.xor(v128.xor(high0, w3), k1);
        w3 = low0;
        k0 = v128.add<u32>(k0, i32x4.splat(W0));
        k1 = v128.add<u32>(k1, i32x4.splat(W1));
      }
      pending = changetype<F>(0).of(y, a, b, i, begin, end, pending, w0, w1, w2, w3);
      redraw++;
    } while (pending != 0);
  }
}
