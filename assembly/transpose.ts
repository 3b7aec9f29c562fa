// Permuting axes, as moves of planes. A plane is [rows, columns]; number p · n1 + q of them begins p · x0 + q · x1 elements into x and
// p · y0 + q · y1 into y. With `accumulate` 1 the elements are added to what y holds.
//
// The unit of a range is a band: 16 rows of one plane, so that two threads do not write to one cache line.
import { transposeBlock } from "./gemm/pack";
import { LANES, SIZE, at, loadTail, storeTail } from "./vector";

@inline
const BAND: usize = 16;

@inline
function put(y: usize, value: real, accumulate: i32): void {
  store<real>(y, accumulate ? load<real>(y) + value : value);
}

/** y[j · yStep + i] = x[i · xStep + j], i < rows, j < columns: a row of y takes a column of x. */
export function transpose_planes(
  y: usize,
  x: usize,
  x0: usize,
  y0: usize,
  n1: usize,
  x1: usize,
  y1: usize,
  rows: usize,
  columns: usize,
  xStep: usize,
  yStep: usize,
  accumulate: i32,
  begin: usize,
  end: usize,
): void {
  const bands = (rows + BAND - 1) / BAND;
  for (let band = begin; band < end; band++) {
    const plane = band / bands;
    const first = (band - plane * bands) * BAND;
    const last = min<usize>(first + BAND, rows);
    const source = at(x, (plane / n1) * x0 + (plane % n1) * x1);
    const target = at(y, (plane / n1) * y0 + (plane % n1) * y1);
    const whole = accumulate ? first : first + ((last - first) & ~(LANES - 1));
    const wide = columns & ~(LANES - 1);
    for (let j: usize = 0; j < wide; j += LANES) {
      for (let i = first; i < whole; i += LANES) {
        transposeBlock(at(target, j * yStep + i), yStep * SIZE, at(source, i * xStep + j), xStep * SIZE);
      }
    }
    for (let j: usize = 0; j < columns; j++) {
      for (let i = j < wide ? whole : first; i < last; i++) {
        put(at(target, j * yStep + i), load<real>(at(source, i * xStep + j)), accumulate);
      }
    }
  }
}

/** y[i · yStep + j] = x[i · xStep + j], i < rows, j < columns. */
export function copy_planes(
  y: usize,
  x: usize,
  x0: usize,
  y0: usize,
  n1: usize,
  x1: usize,
  y1: usize,
  rows: usize,
  columns: usize,
  xStep: usize,
  yStep: usize,
  accumulate: i32,
  begin: usize,
  end: usize,
): void {
  const bands = (rows + BAND - 1) / BAND;
  for (let band = begin; band < end; band++) {
    const plane = band / bands;
    const first = (band - plane * bands) * BAND;
    const last = min<usize>(first + BAND, rows);
    const source = at(x, (plane / n1) * x0 + (plane % n1) * x1);
    const target = at(y, (plane / n1) * y0 + (plane % n1) * y1);
    for (let i = first; i < last; i++) copyRow(at(target, i * yStep), at(source, i * xStep), columns, accumulate);
  }
}

@inline
function copyRow(y: usize, x: usize, count: usize, accumulate: i32): void {
  let j: usize = 0;
  for (; j + LANES <= count; j += LANES) {
    const v = v128.load(at(x, j));
    v128.store(at(y, j), accumulate ? v128.add<real>(v128.load(at(y, j)), v) : v);
  }
  if (j < count) {
    const v = loadTail(at(x, j), count - j);
    storeTail(at(y, j), accumulate ? v128.add<real>(loadTail(at(y, j), count - j), v) : v, count - j);
  }
}
