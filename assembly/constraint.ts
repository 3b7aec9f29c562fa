import { LANES, at, loadTail, storeTail } from "./vector";

/** The vector at `p`, of which `n` elements count. */
@inline
function get(p: usize, n: usize): v128 {
  return n == LANES ? v128.load(p) : loadTail(p, n);
}

@inline
function put(p: usize, v: v128, n: usize): void {
  if (n == LANES) v128.store(p, v);
  else storeTail(p, v, n);
}

/** `n` columns from `j` on, each a lane: their norms first, then every element by its column's factor. */
@inline
function boundColumns(w: usize, j: usize, n: usize, low: v128, high: v128, rows: usize, columns: usize): void {
  let squares = v128.splat<real>(0);
  for (let i: usize = 0; i < rows; i++) {
    const v = get(at(w, i * columns + j), n);
    squares = madd(v, v, squares);
  }
  const norm = v128.sqrt<real>(squares);
  const short = v128.lt<real>(norm, low);
  const long = v128.gt<real>(norm, high);
  // A column of zeros has no direction to grow in.
  const outside = v128.and(v128.or(short, long), v128.gt<real>(norm, v128.splat<real>(0)));
  if (!v128.any_true(outside)) return;
  const factor = v128.div<real>(v128.bitselect(low, high, short), norm);
  for (let i: usize = 0; i < rows; i++) {
    const p = at(w, i * columns + j);
    const v = get(p, n);
    put(p, v128.bitselect(v128.mul<real>(v, factor), v, outside), n);
  }
}

/**
 * Scales each column j of w [rows, columns] with begin ≤ j < end to a norm ‖w[:, j]‖₂ of at least `low` and at most `high`. A column
 * within keeps its bits; so does one of zeros or with a NaN.
 */
export function bound_norms(
  w: usize,
  low: real,
  high: real,
  rows: usize,
  columns: usize,
  begin: usize,
  end: usize,
): void {
  const least = v128.splat<real>(low);
  const most = v128.splat<real>(high);
  let j = begin;
  for (; j + LANES <= end; j += LANES) boundColumns(w, j, LANES, least, most, rows, columns);
  if (j < end) boundColumns(w, j, end - j, least, most, rows, columns);
}
