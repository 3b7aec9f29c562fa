import { DTypeError } from "./errors.js";

/** What a tensor's elements are. Arithmetic runs on the two float types. */
export type DType = "float32" | "float64" | "int32" | "uint8" | "bool";

/** The float types: those that have gradients. */
export type FloatDType = "float32" | "float64";

export type TypedArray = Float32Array | Float64Array | Int32Array | Uint8Array;

export const dtypes: readonly DType[] = ["float32", "float64", "int32", "uint8", "bool"];

const itemBytes: Record<DType, number> = { float32: 4, float64: 8, int32: 4, uint8: 1, bool: 1 };

/** Bytes of one element. */
export function sizeOf(dtype: DType): number {
  return itemBytes[dtype];
}

export function isFloat(dtype: DType): dtype is FloatDType {
  return dtype === "float32" || dtype === "float64";
}

/** A zero-filled array outside the WASM memory. */
export function newArray(dtype: DType, length: number): TypedArray {
  switch (dtype) {
    case "float32":
      return new Float32Array(length);
    case "float64":
      return new Float64Array(length);
    case "int32":
      return new Int32Array(length);
    default:
      return new Uint8Array(length);
  }
}

/** The dtype that a typed array's elements have as they are. */
export function dtypeOf(values: TypedArray): DType {
  if (values instanceof Float32Array) return "float32";
  if (values instanceof Float64Array) return "float64";
  if (values instanceof Int32Array) return "int32";
  return "uint8";
}

export function isTypedArray(value: unknown): value is TypedArray {
  return (
    value instanceof Float32Array ||
    value instanceof Float64Array ||
    value instanceof Int32Array ||
    value instanceof Uint8Array
  );
}

/** @throws DTypeError where `dtype` is not a float type. */
export function requireFloat(operation: string, argument: string, dtype: DType): FloatDType {
  if (isFloat(dtype)) return dtype;
  throw new DTypeError(
    `${operation}: ${argument} expected float32 or float64, got ${dtype}; convert it with cast(${argument}, "float32")`,
  );
}
