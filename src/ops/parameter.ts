import { asTensor, type Tensor, type TensorLike } from "../tensor/tensor.js";
import { DTypeError, ShapeError } from "../util/errors.js";
import { type Shape, sameShape, showShape } from "../util/shapes.js";

/**
 * An optional parameter beside x, such as a scale, of the given shape and x's dtype; null where it is left out.
 *
 * @param what the shape stands for, in errors
 * @throws ShapeError, DTypeError
 */
export function parameter(
  operation: string,
  name: string,
  value: TensorLike | null | undefined,
  shape: Shape,
  x: Tensor,
  what: string,
): Tensor | null {
  if (value === undefined || value === null) return null;
  const t = asTensor(value, x.dtype, operation, name);
  if (!sameShape(t.shape, shape)) {
    throw new ShapeError(
      `${operation}: ${name} expected shape ${showShape(shape)}, ${what} of x ${showShape(x.shape)}, got ${showShape(t.shape)}`,
    );
  }
  if (t.dtype !== x.dtype) {
    throw new DTypeError(`${operation}: ${name} expected ${x.dtype} as x, got ${t.dtype}; convert it with cast`);
  }
  return t;
}

/** As `parameter`, one number for each channel, the last axis of x. */
export function channelParameter(
  operation: string,
  name: string,
  value: TensorLike | null | undefined,
  x: Tensor,
): Tensor | null {
  const channels = x.shape[x.rank - 1] as number;
  return parameter(operation, name, value, [channels], x, "one for each channel");
}
