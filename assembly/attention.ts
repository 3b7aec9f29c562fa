// The weights of attention: softmax over what a query may look at.

import { divideRow, exponentials, rowMax } from "./row";
import { SIZE, at } from "./vector";

/**
 * y = softmax(x) over the last axis of x [rows, columns], with 0 where the mask holds a byte 0 and, where `queries` is not 0, behind column
 * row mod queries; all 0 where nothing is left. The rows are walked over as d0 × d1 × d2 × d3; row (i0, i1, i2, i3) has its bytes, `step` apart, at
 * i0·m0 + i1·m1 + i2·m2 + i3·m3 of the mask. At address 0 there is none.
 */
export function attention_weights_forward(
  y: usize, x: usize, mask: usize, d1: usize, d2: usize, d3: usize, m0: usize, m1: usize, m2: usize, m3: usize, step: usize,
  queries: usize, columns: usize, begin: usize, end: usize,
): void {
  for (let row = begin; row < end; row++) {
    const to = at(y, row * columns);
    let from = at(x, row * columns);
    const n = queries ? min(columns, (row % queries) + 1) : columns;
    let looks = n > 0;
    if (mask) {
      let rest = row / d3;
      const i3 = row - rest * d3;
      const i2 = rest % d2;
      rest /= d2;
      const i1 = rest % d1;
      const p = mask + (rest / d1) * m0 + i1 * m1 + i2 * m2 + i3 * m3;
      looks = false;
      for (let j: usize = 0; j < n; j++) {
        const may = load<u8>(p + j * step) != 0;
        looks = looks || may;
        store<real>(at(to, j), may ? load<real>(at(from, j)) : <real>-Infinity);
      }
      from = to;
    }
    if (!looks) {
      memory.fill(to, 0, columns * SIZE);
      continue;
    }
    const m = v128.splat<real>(rowMax(from, n));
    divideRow(to, v128.splat<real>(exponentials(to, from, m, n)), n);
    memory.fill(at(to, n), 0, (columns - n) * SIZE);
  }
}
