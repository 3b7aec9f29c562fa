// Moving elements between layouts. The walk is over d0 × d1 × d2 × d3 elements in row-major order; element (i0, i1, i2, i3) of y lies at
// i0·y0 + i1·y1 + i2·y2 + i3·y3 elements, and likewise x. Strides may be 0 (a stretched axis of x) or negative (a reversed one).

import { LANES, at, loadTail, storeTail } from "./vector";

/** y[…] = x[…], elements of `item` bytes: 1, 4 or 8 */
export function strided_copy(
  y: usize, x: usize, item: usize, d1: usize, d2: usize, d3: usize,
  y0: usize, y1: usize, y2: usize, y3: usize, x0: usize, x1: usize, x2: usize, x3: usize, begin: usize, end: usize,
): void {
  if (begin >= end) return;
  let row = begin / d3;
  let i3 = begin - row * d3;
  let i2 = row % d2;
  row /= d2;
  let i1 = row % d1;
  let i0 = row / d1;
  let i = begin;
  while (i < end) {
    const n = min(d3 - i3, end - i);
    const py = y + (i0 * y0 + i1 * y1 + i2 * y2 + i3 * y3) * item;
    const px = x + (i0 * x0 + i1 * x1 + i2 * x2 + i3 * x3) * item;
    if (y3 == 1 && x3 == 1) memory.copy(py, px, n * item);
    else if (item == 1) copyRow<u8>(py, px, y3, x3, n);
    else if (item == 4) copyRow<u32>(py, px, y3, x3, n);
    else copyRow<u64>(py, px, y3, x3, n);
    i += n;
    i3 = 0;
    if (++i2 < d2) continue;
    i2 = 0;
    if (++i1 < d1) continue;
    i1 = 0;
    i0++;
  }
}

@inline
function copyRow<T>(y: usize, x: usize, sy: usize, sx: usize, n: usize): void {
  for (let i: usize = 0; i < n; i++) store<T>(y + i * sy * sizeof<T>(), load<T>(x + i * sx * sizeof<T>()));
}

/** y[…] += x[…]; no stride of y is 0 */
export function strided_accumulate(
  y: usize, x: usize, d1: usize, d2: usize, d3: usize,
  y0: usize, y1: usize, y2: usize, y3: usize, x0: usize, x1: usize, x2: usize, x3: usize, begin: usize, end: usize,
): void {
  if (begin >= end) return;
  let row = begin / d3;
  let i3 = begin - row * d3;
  let i2 = row % d2;
  row /= d2;
  let i1 = row % d1;
  let i0 = row / d1;
  let i = begin;
  while (i < end) {
    const n = min(d3 - i3, end - i);
    const py = at(y, i0 * y0 + i1 * y1 + i2 * y2 + i3 * y3);
    const px = at(x, i0 * x0 + i1 * x1 + i2 * x2 + i3 * x3);
    if (y3 == 1 && x3 == 1) accumulateRow(py, px, n);
    else if (y3 == 1 && x3 == 0) accumulateValue(py, load<real>(px), n);
    else {
      for (let j: usize = 0; j < n; j++) {
        store<real>(at(py, j * y3), load<real>(at(py, j * y3)) + load<real>(at(px, j * x3)));
      }
    }
    i += n;
    i3 = 0;
    if (++i2 < d2) continue;
    i2 = 0;
    if (++i1 < d1) continue;
    i1 = 0;
    i0++;
  }
}

@inline
function accumulateRow(y: usize, x: usize, n: usize): void {
  let i: usize = 0;
  for (; i + LANES <= n; i += LANES) {
    v128.store(at(y, i), v128.add<real>(v128.load(at(y, i)), v128.load(at(x, i))));
  }
  if (i < n) storeTail(at(y, i), v128.add<real>(loadTail(at(y, i), n - i), loadTail(at(x, i), n - i)), n - i);
}

@inline
function accumulateValue(y: usize, x: real, n: usize): void {
  const v = v128.splat<real>(x);
  let i: usize = 0;
  for (; i + LANES <= n; i += LANES) v128.store(at(y, i), v128.add<real>(v128.load(at(y, i)), v));
  if (i < n) storeTail(at(y, i), v128.add<real>(loadTail(at(y, i), n - i), v), n - i);
}

/** y[i] = value, for int32 */
export function fill_int32(y: usize, value: i32, begin: usize, end: usize): void {
  for (let i = begin; i < end; i++) store<i32>(y + (i << 2), value);
}

/** y[i] = value, for bytes */
export function fill_uint8(y: usize, value: u32, begin: usize, end: usize): void {
  memory.fill(y + begin, <u8>value, end - begin);
}

/** The first position whose int32 index is below 0 or not below `limit`, or −1 */
export function first_bad_index(indices: usize, limit: i32, begin: usize, end: usize): i32 {
  for (let i = begin; i < end; i++) {
    if (<u32>load<i32>(indices + (i << 2)) >= <u32>limit) return <i32>i;
  }
  return -1;
}

/**
 * y[o, j, :] = x[o, indices[j], :] for x [outer, n, inner], y [outer, count, inner] of `item` bytes each; the range is over the rows
 * (o, j) of y. A row with an index out of range becomes 0.
 */
export function gather_forward(
  y: usize, x: usize, indices: usize, n: usize, count: usize, inner: usize, item: usize, begin: usize, end: usize,
): void {
  const bytes = inner * item;
  for (let row = begin; row < end; row++) {
    const o = row / count;
    const index = <usize>load<i32>(indices + ((row - o * count) << 2));
    if (bytes == 4) store<u32>(y + (row << 2), index < n ? load<u32>(x + ((o * n + index) << 2)) : 0);
    else if (index < n) memory.copy(y + row * bytes, x + (o * n + index) * bytes, bytes);
    else memory.fill(y + row * bytes, 0, bytes);
  }
}

/**
 * dx[o, indices[j], :] += dy[o, j, :], j ascending; the range is over the rows (o, i) of dx, so that repeated indices never meet. Each call
 * reads all indices.
 */
export function gather_backward(
  dx: usize, dy: usize, indices: usize, n: usize, count: usize, inner: usize, begin: usize, end: usize,
): void {
  let row = begin;
  while (row < end) {
    const o = row / n;
    const first = row - o * n;
    const rows = min(n - first, end - row);
    for (let j: usize = 0; j < count; j++) {
      const i = <usize>load<i32>(indices + (j << 2)) - first;
      if (i < rows) accumulateRow(at(dx, (row + i) * inner), at(dy, (o * count + j) * inner), inner);
    }
    row += rows;
  }
}

/** y[i, c] = c is indices[i] ? on : off for y [rows, depth] */
export function one_hot(y: usize, indices: usize, depth: usize, on: real, off: real, begin: usize, end: usize): void {
  for (let row = begin; row < end; row++) {
    const index = <usize>load<i32>(indices + (row << 2));
    for (let c: usize = 0; c < depth; c++) store<real>(at(y, row * depth + c), c == index ? on : off);
  }
}
