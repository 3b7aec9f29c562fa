import { asTensor, type Tensor, type TensorLike } from "../tensor/tensor.js";
import { show } from "../util/check.js";
import { ShapeError } from "../util/errors.js";
import { normalizeAxis } from "../util/shapes.js";
import { squeeze } from "./shape.js";
import { slice } from "./slice.js";

/**
 * The slices of `x` along an axis (default 0), each without it: the inverse of `stack`.
 *
 * @throws ShapeError where the axis is out of range
 * @example
 * wg.unstack([[1, 2], [3, 4]]).map((t) => t.toArray()); // [[1, 2], [3, 4]]
 */
export function unstack(x: TensorLike, axis = 0): Tensor[] {
  const t = asTensor(x, undefined, "unstack", "x");
  const at = normalizeAxis("unstack", axis, t.rank);
  return split(t, new Array<number>(t.shape[at] as number).fill(1), at).map((each) => squeeze(each, at));
}

/**
 * `x` cut along an axis (default 0): into so many equal parts, or into parts of the given sizes. The inverse of `concat`.
 *
 * @throws ShapeError where the size does not divide or the sizes do not add up to it
 * @example
 * wg.split([1, 2, 3], [1, 2]).map((t) => t.toArray()); // [[1], [2, 3]]
 */
export function split(x: TensorLike, parts: number | readonly number[], axis = 0): Tensor[] {
  const t = asTensor(x, undefined, "split", "x");
  const at = normalizeAxis("split", axis, t.rank);
  const n = t.shape[at] as number;
  if (typeof parts === "number" && !(Number.isInteger(parts) && parts > 0 && n % parts === 0)) {
    throw new ShapeError(
      `split: parts expected a divisor of ${n}, the size of axis ${at}, got ${parts}; give the sizes as an array`,
    );
  }
  const sizes = typeof parts === "number" ? new Array<number>(parts).fill(n / parts) : parts;
  if (
    !Array.isArray(sizes) ||
    !sizes.every((size) => Number.isInteger(size) && size >= 0) ||
    sizes.reduce((p, q) => p + q, 0) !== n
  ) {
    throw new ShapeError(`split: parts expected sizes that add up to ${n}, the size of axis ${at}, got ${show(sizes)}`);
  }
  let start = 0;
  return sizes.map((size) => {
    const begin = t.shape.map((_, i) => (i === at ? start : 0));
    start += size;
    return slice(
      t,
      begin,
      t.shape.map((m, i) => (i === at ? size : m)),
    );
  });
}
