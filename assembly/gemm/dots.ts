// The rows of a matrix times one vector. A lane is a row, so that each sum runs through k in order.
import { LANES, SIZE, at, loadTail, storeTail } from "../vector";
import { highHalves, highPairs, lowHalves, lowPairs } from "./pack";

/** One element from each of LANES addresses. */
@inline
function gather(p0: usize, p1: usize, p2: usize, p3: usize): v128 {
  let v = v128.load_splat<real>(p0);
  v = v128.load_lane<real>(p1, v, 1);
  if (sizeof<real>() == 8) return v;
  v = v128.load_lane<real>(p2, v, 2);
  return v128.load_lane<real>(p3, v, 3);
}

/** Element i of y += the sum over k of x[i, k] · v[k], for `rows` rows. */
export function dots(y: usize, x: usize, xStep: usize, v: usize, rows: usize, k: usize): void {
  for (let i: usize = 0; i < rows; i += 2 * LANES) {
    const last = rows - 1 - i;
    const r0 = x + i * xStep;
    // Rows past the end repeat the last one and are not stored.
    let x0 = r0;
    let x1 = r0 + min<usize>(1, last) * xStep;
    let x2 = r0 + min<usize>(2, last) * xStep;
    let x3 = r0 + min<usize>(3, last) * xStep;
    let x4 = r0 + min<usize>(4, last) * xStep;
    let x5 = r0 + min<usize>(5, last) * xStep;
    let x6 = r0 + min<usize>(6, last) * xStep;
    let x7 = r0 + min<usize>(7, last) * xStep;
    const first = min<usize>(rows - i, LANES);
    const second = min<usize>(rows - i - first, LANES);
    let low = first == LANES ? v128.load(at(y, i)) : loadTail(at(y, i), first);
    let high = low;
    if (second) high = second == LANES ? v128.load(at(y, i + LANES)) : loadTail(at(y, i + LANES), second);
    let s = v;
    const end = at(v, k);
    if (sizeof<real>() == 4) {
      for (; s + 16 <= end; s += 16) {
        const s0 = v128.load_splat<real>(s);
        const s1 = v128.load_splat<real>(s, sizeof<real>());
        const s2 = v128.load_splat<real>(s, 2 * sizeof<real>());
        const s3 = v128.load_splat<real>(s, 3 * sizeof<real>());
        let a = v128.load(x0);
        let b = v128.load(x1);
        let c = v128.load(x2);
        let d = v128.load(x3);
        let p = lowPairs(a, b);
        let q = lowPairs(c, d);
        low = madd(lowHalves(p, q), s0, low);
        low = madd(highHalves(p, q), s1, low);
        p = highPairs(a, b);
        q = highPairs(c, d);
        low = madd(lowHalves(p, q), s2, low);
        low = madd(highHalves(p, q), s3, low);
        a = v128.load(x4);
        b = v128.load(x5);
        c = v128.load(x6);
        d = v128.load(x7);
        p = lowPairs(a, b);
        q = lowPairs(c, d);
        high = madd(lowHalves(p, q), s0, high);
        high = madd(highHalves(p, q), s1, high);
        p = highPairs(a, b);
        q = highPairs(c, d);
        high = madd(lowHalves(p, q), s2, high);
        high = madd(highHalves(p, q), s3, high);
        x0 += 16;
        x1 += 16;
        x2 += 16;
        x3 += 16;
        x4 += 16;
        x5 += 16;
        x6 += 16;
        x7 += 16;
      }
    }
    for (; s < end; s += SIZE) {
      const value = v128.load_splat<real>(s);
      low = madd(gather(x0, x1, x2, x3), value, low);
      high = madd(sizeof<real>() == 8 ? gather(x2, x3, x2, x3) : gather(x4, x5, x6, x7), value, high);
      x0 += SIZE;
      x1 += SIZE;
      x2 += SIZE;
      x3 += SIZE;
      x4 += SIZE;
      x5 += SIZE;
      x6 += SIZE;
      x7 += SIZE;
    }
    if (first == LANES) v128.store(at(y, i), low);
    else storeTail(at(y, i), low, first);
    if (second == LANES) v128.store(at(y, i + LANES), high);
    else if (second) storeTail(at(y, i + LANES), high, second);
  }
}
