import { type NestedArray, Tensor } from "../tensor/tensor.js";
import { show } from "../util/check.js";
import { isTypedArray, type TypedArray } from "../util/dtypes.js";
import { ValueError } from "../util/errors.js";
import { checkHostArray, type HostArray, isHostArray, nestedToHost } from "../util/host-array.js";

/** What a dataset takes as one array: a tensor, a typed array, `{ data, shape }`, or nested arrays of numbers. */
export type DataArray = Tensor | TypedArray | HostArray | NestedArray;

/** One value, several by position, or several by name (as a model has one input or several). */
export type Several<T> = T | readonly T[] | { readonly [name: string]: T };

/** How `x` or `y` is put together: one array, a list of so many, or names. */
export type Arrangement = "one" | number | readonly string[];

/** Takes `x` or `y` apart. */
export function unpack(operation: string, argument: string, value: unknown): [Arrangement, unknown[]] {
  if (isOne(value)) return ["one", [value]];
  if (Array.isArray(value)) return [value.length, value];
  if (value !== null && typeof value === "object" && Object.getPrototypeOf(value) === Object.prototype) {
    const names = Object.keys(value);
    if (names.length > 0) return [names, Object.values(value)];
  }
  throw new ValueError(
    `${operation}: ${argument} expected a tensor, a typed array, { data, shape }, nested arrays of numbers, ` +
      `or an array or record of those, got ${show(value)}`,
  );
}

function isOne(value: unknown): boolean {
  if (Array.isArray(value)) return !value.some(isArrayLike);
  return isArrayLike(value) || typeof value === "number" || typeof value === "boolean";
}

/** What makes the array around it several arrays, rather than a nested one. */
function isArrayLike(value: unknown): boolean {
  return value instanceof Tensor || isTypedArray(value) || isHostArray(value);
}

/** Any `DataArray` as numbers outside the WASM memory; typed arrays are not copied. */
export function toHost(operation: string, argument: string, value: unknown): HostArray {
  if (value instanceof Tensor) return { data: value.toTypedArray(), shape: value.shape, dtype: value.dtype };
  if (isTypedArray(value)) return { data: value, shape: [value.length] };
  if (isHostArray(value)) return checkHostArray(operation, argument, value);
  if (Array.isArray(value) || typeof value === "number" || typeof value === "boolean") {
    return nestedToHost(operation, argument, value);
  }
  throw new ValueError(
    `${operation}: ${argument} expected a tensor, a typed array, { data, shape } or nested arrays of numbers, got ${show(value)}`,
  );
}
