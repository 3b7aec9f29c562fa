import { LANES, SIZE, at, loadTail, storeTail } from "./vector";

/** Rows that are added into one partial sum: the rounding error grows with this and with rows / this, not with rows. */
@inline
const GROUP: usize = 128;

/**
 * db[j] += Σ over i of dz[i, j], for the columns begin ≤ j < end of dz, which is [rows, columns]. The sum is that of groups of rows, each
 * taken from above.
 */
export function bias_backward(
  db: usize,
  dz: usize,
  rows: usize,
  columns: usize,
  begin: usize,
  end: usize,
): void {
  const step = columns * SIZE;
  let j = begin;
  for (; j + 4 * LANES <= end; j += 4 * LANES) {
    let s0 = v128.splat<real>(0);
    let s1 = s0;
    let s2 = s0;
    let s3 = s0;
    for (let i: usize = 0; i < rows; i += GROUP) {
      const last = at(dz, min<usize>(i + GROUP, rows) * columns + j);
      let p = at(dz, i * columns + j);
      let t0 = v128.load(p);
      let t1 = v128.load(p, 16);
      let t2 = v128.load(p, 32);
      let t3 = v128.load(p, 48);
      for (p += step; p < last; p += step) {
        t0 = v128.add<real>(t0, v128.load(p));
        t1 = v128.add<real>(t1, v128.load(p, 16));
        t2 = v128.add<real>(t2, v128.load(p, 32));
        t3 = v128.add<real>(t3, v128.load(p, 48));
      }
      s0 = v128.add<real>(s0, t0);
      s1 = v128.add<real>(s1, t1);
      s2 = v128.add<real>(s2, t2);
      s3 = v128.add<real>(s3, t3);
    }
    const y = at(db, j);
    v128.store(y, v128.add<real>(v128.load(y), s0));
    v128.store(y, v128.add<real>(v128.load(y, 16), s1), 16);
    v128.store(y, v128.add<real>(v128.load(y, 32), s2), 32);
    v128.store(y, v128.add<real>(v128.load(y, 48), s3), 48);
  }
  for (; j < end; j += LANES) {
    const count = min<usize>(LANES, end - j);
    let s = v128.splat<real>(0);
    for (let i: usize = 0; i < rows; i += GROUP) {
      const last = at(dz, min<usize>(i + GROUP, rows) * columns + j);
      let t = v128.splat<real>(0);
      for (let p = at(dz, i * columns + j); p < last; p += step) {
        t = v128.add<real>(t, count == LANES ? v128.load(p) : loadTail(p, count));
      }
      s = v128.add<real>(s, t);
    }
    const y = at(db, j);
    if (count == LANES) v128.store(y, v128.add<real>(v128.load(y), s));
    else storeTail(y, v128.add<real>(loadTail(y, count), s), count);
  }
}
