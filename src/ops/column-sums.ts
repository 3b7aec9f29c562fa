import type { Kernels } from "#kernels/kernels";
import { empty, type Tensor } from "../tensor/tensor.js";

/** Rows that go into one sum. */
const BLOCK_ROWS = 64;

/** db += the column sums of dz [rows, columns], the gradient of a bias. Of many rows the sums of blocks are made first, on all threads. */
export function addColumnSums(k: Kernels, db: Tensor, dz: Tensor): void {
  const columns = db.size;
  const rows = columns > 0 ? dz.size / columns : 0;
  const blocks = Math.ceil(rows / BLOCK_ROWS);
  if (blocks <= 1) {
    k.bias_backward(db.at, dz.at, rows, columns, 0, columns);
    return;
  }
  const sums = empty([blocks, columns], dz.dtype);
  k.reduce_sum(sums.at, dz.at, rows, columns, BLOCK_ROWS, 0, sums.size);
  k.bias_backward(db.at, sums.at, blocks, columns, 0, columns);
}
