import { asTensor, type Tensor, type TensorLike, table, zerosLike } from "../tensor/tensor.js";
import { checkNumber } from "../util/check.js";
import { ShapeError } from "../util/errors.js";
import { showShape } from "../util/shapes.js";
import { where } from "./compare.js";

/** x where `keeps` its last two indices, else 0. */
function masked(
  operation: string,
  x: TensorLike,
  k: number,
  keeps: (column: number, diagonal: number) => boolean,
): Tensor {
  const t = asTensor(x, undefined, operation, "x");
  checkNumber(operation, "k", k, { whole: true });
  if (t.rank < 2) {
    throw new ShapeError(`${operation}: x expected at least two axes, got ${showShape(t.shape)}; reshape it`);
  }
  const [rows, columns] = t.shape.slice(-2) as [number, number];
  const kept = (_: unknown, i: number) => {
    const row = Math.floor(i / columns);
    return Number(keeps(i - row * columns, row + k));
  };
  const mask = table([rows, columns], "bool", () => Uint8Array.from({ length: rows * columns }, kept));
  return where(mask, t, zerosLike(t));
}

/**
 * The upper triangle of the matrices of the last two axes: 0 below diagonal `k`, which is the main one (0, default), one above it (1), below
 * it (−1) and so on. Of any dtype.
 *
 * @throws ShapeError where x has fewer than two axes, ValueError where `k` is not whole
 * @example
 * wg.triu([[1, 2], [3, 4]]).toArray(); // [[1, 2], [0, 4]]
 */
export function triu(x: TensorLike, k = 0): Tensor {
  return masked("triu", x, k, (column, diagonal) => column >= diagonal);
}

/**
 * The lower triangle of the matrices of the last two axes: 0 above diagonal `k`, counted as in `triu`. Of any dtype.
 *
 * @throws as `triu`
 * @example
 * wg.tril([[1, 2], [3, 4]]).toArray(); // [[1, 0], [3, 4]]
 */
export function tril(x: TensorLike, k = 0): Tensor {
  return masked("tril", x, k, (column, diagonal) => column <= diagonal);
}
