import { show } from "./check.js";
import { type DType, dtypeOf, isTypedArray, newArray, type TypedArray } from "./dtypes.js";
import { ShapeError, ValueError } from "./errors.js";
import { checkShape, type Shape, showShape, sizeOfShape } from "./shapes.js";

/** Numbers outside the WASM memory, row-major. In a batch the first axis is the rows. */
export interface HostArray {
  readonly data: TypedArray;
  readonly shape: Shape;
  /** Default: that of `data`. Only booleans, which lie in a `Uint8Array`, need to say so. */
  readonly dtype?: DType;
}

/** Arrays below so many elements are made at once. */
const SMALL = 1024;

/**
 * An array of a type whose numbers are made when they are asked for, each time anew: of a large file's weights no copies are held beside the model's
 * own.
 */
export function later<A extends HostArray>(
  { dtype }: Pick<A, "dtype">,
  shape: Shape,
  make: () => HostArray["data"],
): A {
  const head = { shape: [...shape], ...(dtype ? { dtype } : {}) };
  if (sizeOfShape(shape) < SMALL) return { ...head, data: make() } as HostArray as A;
  return {
    ...head,
    get data() {
      return make();
    },
  } as HostArray as A;
}

/** The same numbers under another shape. */
export const shapedAs = <A extends HostArray>(array: A, shape: Shape): A => later(array, shape, () => array.data);

export function isHostArray(value: unknown): value is HostArray {
  return value !== null && typeof value === "object" && "data" in value && "shape" in value;
}

export function hostDType(array: HostArray): DType {
  return array.dtype ?? dtypeOf(array.data);
}

/** Rows of a batch: the size of the first axis. */
export function rowsOf(array: HostArray): number {
  return array.shape[0] ?? 0;
}

/** The shape of one row. */
export function rowShapeOf(array: HostArray): Shape {
  return array.shape.slice(1);
}

/** @throws ShapeError, ValueError where `data` and `shape` are no pair. */
export function checkHostArray(operation: string, argument: string, array: HostArray): HostArray {
  const { data, shape } = array;
  if (!isTypedArray(data)) {
    throw new ValueError(
      `${operation}: ${argument}.data expected a Float32Array, Float64Array, Int32Array or Uint8Array, got ${show(data)}; ` +
        "nested arrays go in as they are, without a shape",
    );
  }
  checkShape(operation, shape);
  if (sizeOfShape(shape) !== data.length) {
    throw new ShapeError(
      `${operation}: ${argument}.shape expected ${data.length} elements as data has, got ${showShape(shape)} of ${sizeOfShape(shape)}`,
    );
  }
  return array;
}

/**
 * Nested arrays as float32, or as bool where all are booleans.
 *
 * @throws ShapeError where they are ragged, ValueError for an element that is no number.
 */
export function nestedToHost(operation: string, argument: string, values: unknown): HostArray {
  const shape: number[] = [];
  for (let v = values; Array.isArray(v); v = v[0]) {
    shape.push(v.length);
    if (v.length === 0) break;
  }
  const data = newArray("float32", sizeOfShape(shape));
  let next = 0;
  let booleans = 0;
  const visit = (v: unknown, axis: number, row: number): void => {
    if (axis < shape.length) {
      if (!Array.isArray(v) || v.length !== shape[axis]) throw ragged(operation, argument, shape, axis, row, v);
      v.forEach((entry, i) => {
        visit(entry, axis + 1, axis === 0 ? i : row);
      });
      return;
    }
    if (typeof v === "boolean") booleans++;
    else if (typeof v !== "number") {
      if (Array.isArray(v)) throw ragged(operation, argument, shape, axis, row, v);
      throw new ValueError(
        `${operation}: ${argument} expected numbers, got ${show(v)} in row ${row}; convert it first`,
      );
    }
    data[next++] = Number(v);
  };
  visit(values, 0, 0);
  if (booleans > 0 && booleans === data.length) return { data: Uint8Array.from(data), shape, dtype: "bool" };
  return { data, shape };
}

function ragged(
  operation: string,
  argument: string,
  shape: Shape,
  axis: number,
  row: number,
  got: unknown,
): ShapeError {
  const expected = axis < shape.length ? `an array of ${shape[axis]}` : "a number";
  return new ShapeError(
    `${operation}: ${argument} expected every row shaped like the first, ${showShape(shape.slice(1))}, got ` +
      `${Array.isArray(got) ? `an array of ${got.length}` : show(got)} where ${expected} belongs in row ${row}; pad or drop ragged rows`,
  );
}
