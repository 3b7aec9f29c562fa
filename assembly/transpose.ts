// Permuting axes, as moves of planes. A plane is [rows, columns]; number p · n1 + q of them begins p · x0 + q · x1 elements into x and
// p · y0 + q · y1 into y.
//
// The unit of a range is a band: 16 rows of one plane, so that two threads do not write to one cache line.
import { transposeBlock } from "./gemm/pack";
import { LANES, SIZE, at, loadTail, storeTail } from "./vector";

@inline
const BAND: usize = 16;

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
    const whole = first + ((last - first) & ~(LANES - 1));
    const wide = columns & ~(LANES - 1);
    for (let j: usize = 0; j < wide; j += LANES) {
      for (let i = first; i < whole; i += LANES) {
        transposeBlock(at(target, j * yStep + i), yStep * SIZE, at(source, i * xStep + j), xStep * SIZE);
      }
    }
    for (let j: usize = 0; j < columns; j++) {
      for (let i = j < wide ? whole : first; i < last; i++) {
        store<real>(at(target, j * yStep + i), load<real>(at(source, i * xStep + j)));
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
    for (let i = first; i < last; i++) copyRow(at(target, i * yStep), at(source, i * xStep), columns);
  }
}

/** Not `memory.copy`, whose call takes as long as a row of a few elements. */
@inline
function copyRow(y: usize, x: usize, count: usize): void {
  let j: usize = 0;
  for (; j + LANES <= count; j += LANES) v128.store(at(y, j), v128.load(at(x, j)));
  if (j < count) storeTail(at(y, j), loadTail(at(x, j), count - j), count - j);
}
