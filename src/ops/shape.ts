import { currentTape } from "../tensor/current-tape.js";
import { asTensor, type Tensor, type TensorLike, viewAs } from "../tensor/tensor.js";
import { show } from "../util/check.js";
import { isFloat } from "../util/dtypes.js";
import { ShapeError } from "../util/errors.js";
import { normalizeAxes, type Shape, sameShape, showShape, sizeOfShape } from "../util/shapes.js";

/** The same elements under another shape; its gradient is that of `x`. */
function view(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x;
  const y = viewAs(x, shape);
  const tape = currentTape();
  if (tape?.tracks(x) && isFloat(x.dtype)) tape.addView(x, y);
  return y;
}

/**
 * The same elements, row-major, under another shape of the same size. One size may be −1: it follows from the others. Nothing is copied.
 *
 * @throws ShapeError where the sizes do not fit
 * @example
 * wg.reshape([1, 2, 3, 4, 5, 6], [2, -1]).toArray(); // [[1, 2, 3], [4, 5, 6]]
 */
export function reshape(x: TensorLike, shape: Shape): Tensor {
  const t = asTensor(x, undefined, "reshape", "x");
  if (!Array.isArray(shape) || !shape.every((n) => Number.isInteger(n) && n >= -1)) {
    throw new ShapeError(`reshape: shape expected an array of whole numbers ≥ 0, or one −1, got ${show(shape)}`);
  }
  const open = shape.indexOf(-1);
  if (open !== shape.lastIndexOf(-1)) {
    throw new ShapeError(`reshape: shape expected at most one −1, got ${showShape(shape)}; give the other sizes`);
  }
  const known = sizeOfShape(shape.filter((n) => n !== -1));
  const inferred = shape.map((n) => (n === -1 ? (known === 0 ? 0 : t.size / known) : n));
  if (sizeOfShape(inferred) !== t.size || !inferred.every(Number.isInteger)) {
    throw new ShapeError(
      `reshape: shape expected ${t.size} elements as in ${showShape(t.shape)}, got ${showShape(shape)}`,
    );
  }
  return view(t, inferred);
}

/**
 * All elements along one axis. Nothing is copied.
 *
 * @throws ValueError, ShapeError where `x` is no tensor and makes none
 * @example
 * wg.flatten([[1, 2], [3, 4]]).toArray(); // [1, 2, 3, 4]
 */
export function flatten(x: TensorLike): Tensor {
  const t = asTensor(x, undefined, "flatten", "x");
  return view(t, [t.size]);
}

/**
 * Without axes of size 1: all of them, or only `axis`. Nothing is copied.
 *
 * @throws ShapeError where a named axis is out of range or not of size 1
 * @example
 * wg.squeeze([[[1], [2]]]).shape; // [2]
 */
export function squeeze(x: TensorLike, axis?: number | readonly number[]): Tensor {
  const t = asTensor(x, undefined, "squeeze", "x");
  if (axis === undefined)
    return view(
      t,
      t.shape.filter((n) => n !== 1),
    );
  const axes = normalizeAxes("squeeze", axis, t.rank);
  for (const each of axes) {
    if (t.shape[each] === 1) continue;
    throw new ShapeError(`squeeze: axis expected one of size 1, got axis ${each} of ${showShape(t.shape)}`);
  }
  return view(
    t,
    t.shape.filter((_, i) => !axes.includes(i)),
  );
}

/**
 * With a new axis of size 1 at `axis` (default 0; −1 puts it last). Nothing is copied.
 *
 * @throws ShapeError where the axis is out of range
 * @example
 * wg.expandDims([1, 2], -1).shape; // [2, 1]
 */
export function expandDims(x: TensorLike, axis = 0): Tensor {
  const t = asTensor(x, undefined, "expandDims", "x");
  const [at] = normalizeAxes("expandDims", axis, t.rank + 1) as [number];
  return view(t, t.shape.toSpliced(at, 0, 1));
}
