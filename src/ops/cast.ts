import type { Kernels } from "#kernels/kernels";
import { asTensor, checkDType, type Tensor, type TensorLike } from "../tensor/tensor.js";
import { type DType, isFloat } from "../util/dtypes.js";
import { op } from "./op.js";

const fromFloat = {
  float32: (k: Kernels) => k.cast_to_float32,
  float64: (k: Kernels) => k.cast_to_float64,
  int32: (k: Kernels) => k.cast_to_int32,
  uint8: (k: Kernels) => k.cast_to_uint8,
  bool: (k: Kernels) => k.cast_to_bool,
} as const;

const castOp = op<[x: unknown], DType>("cast", {
  shape: ([x]) => x,
  dtype: (_, to) => to,
  forward: (k, y, [x]) => {
    if (isFloat(x.dtype)) fromFloat[y.dtype](k)(y.at, x.at, 0, y.size);
    else if (x.dtype === "int32") k.cast_from_int32(y.at, x.at, 0, y.size);
    else k.cast_from_uint8(y.at, x.at, 0, y.size);
  },
  backward: (k, [dx], dy) => {
    if (!dx) return;
    if (dy.dtype === "float32") k.cast_to_float32_backward(dx.at, dy.at, 0, dx.size);
    else k.cast_to_float64_backward(dx.at, dy.at, 0, dx.size);
  },
});

/**
 * `x` as another dtype. To int32 and uint8 it cuts toward zero, NaN becomes 0, and what is out of range becomes the nearest limit; to
 * bool it is x ≠ 0; from bool it is 0 and 1. The gradient flows between the two float types. `x` itself where it has the dtype already.
 *
 * @throws ValueError for an unknown dtype
 * @example
 * wg.cast([1.7, -1.7, NaN], "int32").toArray(); // [1, -1, 0]
 */
export function cast(x: TensorLike, dtype: DType): Tensor {
  const to = checkDType("cast", dtype);
  const from = asTensor(x, undefined, "cast", "x");
  if (from.dtype === to) return from;
  // Between integers by way of float32: it is exact for bytes, and to bytes an int32 need not be.
  if (!isFloat(from.dtype) && !isFloat(to)) return castOp([castOp([from], "float32")], to);
  return castOp([from], to);
}
