import { kernels, memory } from "../backend/engine.js";
import { isTypedArray } from "../util/dtypes.js";
import { DTypeError, ValueError } from "../util/errors.js";
import { asTensor, empty, inspect, Tensor, type TensorLike, tensor } from "./tensor.js";

/**
 * Indices as an int32 tensor, each checked to lie in 0 ≤ index < `limit`.
 *
 * @throws DTypeError where they are of a float type or bool, ValueError for one that is not whole or out of range
 */
export function checkIndices(operation: string, indices: TensorLike, limit: number): Tensor {
  const list = asIndices(operation, indices);
  const { size } = list;
  inspect(list, (at) => {
    const bad = kernels("float32").first_bad_index(at, limit, 0, size);
    if (bad < 0) return;
    const value = memory().view(at, size, "int32")[bad];
    throw new ValueError(
      `${operation}: indices expected whole numbers from 0 to ${limit - 1}, got ${value} at position ${bad}`,
    );
  });
  return list;
}

/** Whole numbers as an int32 tensor, whatever they point at. @throws DTypeError, ValueError as `checkIndices` */
export function asIndices(operation: string, indices: TensorLike): Tensor {
  if (!(indices instanceof Tensor) && !isTypedArray(indices)) {
    const exact = asTensor(indices, "float64", operation, "indices");
    const values = memory().view(exact.at, exact.size, "float64");
    const bad = values.findIndex((v) => !Number.isInteger(v));
    if (bad < 0) return tensor(values, exact.shape, "int32");
    throw new ValueError(`${operation}: indices expected whole numbers, got ${values[bad]} at position ${bad}`);
  }
  const list = asTensor(indices);
  if (list.dtype === "int32") return list;
  if (list.dtype !== "uint8") {
    throw new DTypeError(
      `${operation}: indices expected int32 or uint8, got ${list.dtype}; convert them with cast(indices, "int32")`,
    );
  }
  const k = kernels("float32");
  const wide = empty(list.shape, "float32");
  k.cast_from_uint8(wide.at, list.at, 0, list.size);
  const out = empty(list.shape, "int32");
  k.cast_to_int32(out.at, wide.at, 0, list.size);
  return out;
}
