import { type DType, newArray } from "./dtypes.js";
import { DTypeError } from "./errors.js";
import { fromBfloat16, fromFloat16, toBfloat16, toFloat16 } from "./half.js";
import { type HostArray, hostDType, later } from "./host-array.js";
import { type Shape, stridesOf } from "./shapes.js";

/** What a file's elements are: the types that frameworks write, of which a tensor has five. */
export type FileDType = DType | "float16" | "bfloat16" | "int8" | "int16" | "int64" | "uint16" | "uint32" | "uint64";

/** An array as a file holds it, not yet converted: elements in C order, little-endian. `bytes` may be part of the file. */
export interface FileArray {
  readonly dtype: FileDType;
  readonly shape: Shape;
  readonly bytes: Uint8Array;
}

interface Kind {
  readonly bytes: number;
  /** The tensor's type that holds it with the least loss. */
  readonly host: DType;
  readonly get: (view: DataView, at: number) => number;
  readonly set: (view: DataView, at: number, value: number) => void;
  /** The bounds of an integer type. */
  readonly range?: readonly [min: number, max: number];
}

const kinds: Readonly<Record<FileDType, Kind>> = {
  float16: {
    bytes: 2,
    host: "float32",
    get: (view, at) => fromFloat16(view.getUint16(at, true)),
    set: (view, at, value) => view.setUint16(at, toFloat16(value), true),
  },
  bfloat16: {
    bytes: 2,
    host: "float32",
    get: (view, at) => fromBfloat16(view.getUint16(at, true)),
    set: (view, at, value) => view.setUint16(at, toBfloat16(value), true),
  },
  float32: {
    bytes: 4,
    host: "float32",
    get: (view, at) => view.getFloat32(at, true),
    set: (view, at, value) => view.setFloat32(at, value, true),
  },
  float64: {
    bytes: 8,
    host: "float64",
    get: (view, at) => view.getFloat64(at, true),
    set: (view, at, value) => view.setFloat64(at, value, true),
  },
  int8: {
    bytes: 1,
    host: "int32",
    range: [-(2 ** 7), 2 ** 7 - 1],
    get: (view, at) => view.getInt8(at),
    set: (view, at, value) => view.setInt8(at, value),
  },
  int16: {
    bytes: 2,
    host: "int32",
    range: [-(2 ** 15), 2 ** 15 - 1],
    get: (view, at) => view.getInt16(at, true),
    set: (view, at, value) => view.setInt16(at, value, true),
  },
  int32: {
    bytes: 4,
    host: "int32",
    range: [-(2 ** 31), 2 ** 31 - 1],
    get: (view, at) => view.getInt32(at, true),
    set: (view, at, value) => view.setInt32(at, value, true),
  },
  int64: {
    bytes: 8,
    host: "int32",
    range: [-(2 ** 63), 2 ** 63 - 1024],
    get: (view, at) => Number(view.getBigInt64(at, true)),
    set: (view, at, value) => view.setBigInt64(at, BigInt(value), true),
  },
  uint8: {
    bytes: 1,
    host: "uint8",
    range: [0, 2 ** 8 - 1],
    get: (view, at) => view.getUint8(at),
    set: (view, at, value) => view.setUint8(at, value),
  },
  uint16: {
    bytes: 2,
    host: "int32",
    range: [0, 2 ** 16 - 1],
    get: (view, at) => view.getUint16(at, true),
    set: (view, at, value) => view.setUint16(at, value, true),
  },
  uint32: {
    bytes: 4,
    host: "int32",
    range: [0, 2 ** 32 - 1],
    get: (view, at) => view.getUint32(at, true),
    set: (view, at, value) => view.setUint32(at, value, true),
  },
  uint64: {
    bytes: 8,
    host: "int32",
    range: [0, 2 ** 64 - 2048],
    get: (view, at) => Number(view.getBigUint64(at, true)),
    set: (view, at, value) => view.setBigUint64(at, BigInt(value), true),
  },
  bool: {
    bytes: 1,
    host: "bool",
    get: (view, at) => Number(view.getUint8(at) !== 0),
    set: (view, at, value) => view.setUint8(at, Number(value !== 0)),
  },
};

/** Bytes of one element. */
export function fileItemBytes(dtype: FileDType): number {
  return kinds[dtype].bytes;
}

export function isFileDType(name: string): name is FileDType {
  return Object.hasOwn(kinds, name);
}

const hostIsLittleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/**
 * A copy in one of a tensor's types: by default floats as float32, doubles as float64, bytes and booleans as such, all other integers as
 * int32.
 *
 * @param what begins the error's text: operation, file and array
 * @throws DTypeError where an integer type is to hold a number that it does not have
 */
export function toHost(what: string, array: FileArray, dtype?: DType): HostArray & { readonly dtype: DType } {
  const { bytes, shape } = array;
  const kind = kinds[array.dtype];
  const to = dtype ?? kind.host;
  const count = bytes.length / kind.bytes;
  const data = newArray(to, count);
  if (array.dtype === to && to !== "bool" && hostIsLittleEndian) {
    new Uint8Array(data.buffer).set(bytes);
    return { data, shape, dtype: to };
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const range = to === "bool" ? undefined : kinds[to].range;
  for (let i = 0; i < count; i++) {
    const value = kind.get(view, i * kind.bytes);
    if (range && !isWithin(value, range)) throw misfit(what, array.dtype, value, i, to);
    data[i] = to === "bool" ? Number(value !== 0) : value;
  }
  return { data, shape, dtype: to };
}

/** Whether numbers of a type become floats: those that any float type holds. */
export const isFileFloat = (dtype: FileDType): boolean => kinds[dtype].host.startsWith("float");

/** The same in a float type, each time that its numbers are asked for. */
export const toHostLater = (
  what: string,
  array: FileArray,
  dtype: "float32" | "float64",
): HostArray & { readonly dtype: DType } =>
  later<HostArray & { readonly dtype: DType }>({ dtype }, array.shape, () => toHost(what, array, dtype).data);

/**
 * An array as a file is to hold it, by default in its own type.
 *
 * @param what begins the error's text: operation, file and array
 * @throws DTypeError where an integer type is to hold a number that it does not have
 */
export function fromHost(what: string, array: HostArray, dtype?: FileDType): FileArray {
  const from = hostDType(array);
  const to = dtype ?? from;
  const { data, shape } = array;
  if (from === to && hostIsLittleEndian) {
    return { dtype: to, shape, bytes: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) };
  }
  const { bytes: item, set, range } = kinds[to];
  const bytes = new Uint8Array(data.length * item);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < data.length; i++) {
    const value = data[i] as number;
    if (range && !isWithin(value, range)) throw misfit(what, from, value, i, to);
    set(view, i * item, value);
  }
  return { dtype: to, shape, bytes };
}

function isWithin(value: number, [min, max]: readonly [number, number]): boolean {
  return Number.isInteger(value) && value >= min && value <= max;
}

function misfit(what: string, from: FileDType, value: number, index: number, to: FileDType): DTypeError {
  return new DTypeError(
    `${what}: element ${index} expected a whole number that ${to} holds, got ${value} of ${from}; read or save it as float64`,
  );
}

/** How the elements of an array lie in bytes: `strides` and `offset` in elements. */
export interface Layout {
  readonly shape: Shape;
  readonly strides: readonly number[];
  readonly offset: number;
  readonly littleEndian: boolean;
}

/** Elements of `item` bytes in C order and little-endian; the bytes themselves where they lie so. The caller has checked the bounds. */
export function inOrder(bytes: Uint8Array, item: number, { shape, strides, offset, littleEndian }: Layout): Uint8Array {
  const own = stridesOf(shape);
  const count = shape.reduce((a, b) => a * b, 1);
  const dense = shape.every((size, axis) => size === 1 || strides[axis] === own[axis]);
  const swap = !littleEndian && item > 1;
  if (count === 0) return new Uint8Array(0);
  if (dense && !swap) return bytes.subarray(offset * item, (offset + count) * item);
  const out = new Uint8Array(count * item);
  const index = new Array<number>(shape.length).fill(0);
  let from = offset;
  for (let i = 0; i < count; i++) {
    for (let b = 0; b < item; b++) out[i * item + b] = bytes[from * item + (swap ? item - 1 - b : b)] as number;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += strides[axis] as number;
      if (++(index[axis] as number) < (shape[axis] as number)) break;
      from -= (index[axis] as number) * (strides[axis] as number);
      index[axis] = 0;
    }
  }
  return out;
}

/** Strides of an array whose first axis is the fastest, as Fortran has it. */
export function fortranStrides(shape: Shape): number[] {
  return stridesOf([...shape].reverse()).reverse();
}
