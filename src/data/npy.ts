import { show } from "../util/check.js";
import { dtypeOf } from "../util/dtypes.js";
import { DTypeError, FormatError } from "../util/errors.js";
import { type FileSource, readSource } from "../util/file-source.js";
import type { HostArray } from "../util/host-array.js";
import { type Shape, showShape, sizeOfShape, stridesOf } from "../util/shapes.js";
import { type DataArray, toHost } from "./fields.js";
import { gunzip, isGzip } from "./read.js";

// NumPy's .npy format (NEP 1, numpy.lib.format):
//
//   6 bytes   "\x93NUMPY"
//   2 bytes   version: 1.0, 2.0 or 3.0
//   2 bytes   length of the header, little-endian; 4 bytes from version 2 on
//   header    a Python dict: {'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }, Latin-1, UTF-8 from version 3 on
//   the rest  elements, the last axis fastest, or the first one in Fortran order

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

interface Reader {
  readonly bytes: number;
  readonly make: (length: number) => Float32Array | Float64Array | Int32Array | Uint8Array;
  /** One element; NaN where it does not fit into what `make` makes. */
  readonly get: (view: DataView, at: number, little: boolean) => number;
}

const float32 = (length: number) => new Float32Array(length);
const float64 = (length: number) => new Float64Array(length);
const int32 = (length: number) => new Int32Array(length);
const uint8 = (length: number) => new Uint8Array(length);

const fitted = (value: number | bigint): number => {
  const n = Number(value);
  return n === (n | 0) ? n : Number.NaN;
};

const readers: Readonly<Record<string, Reader>> = {
  b1: { bytes: 1, make: uint8, get: (view, at) => Number(view.getUint8(at) !== 0) },
  u1: { bytes: 1, make: uint8, get: (view, at) => view.getUint8(at) },
  u2: { bytes: 2, make: int32, get: (view, at, little) => view.getUint16(at, little) },
  u4: { bytes: 4, make: int32, get: (view, at, little) => fitted(view.getUint32(at, little)) },
  u8: { bytes: 8, make: int32, get: (view, at, little) => fitted(view.getBigUint64(at, little)) },
  i1: { bytes: 1, make: int32, get: (view, at) => view.getInt8(at) },
  i2: { bytes: 2, make: int32, get: (view, at, little) => view.getInt16(at, little) },
  i4: { bytes: 4, make: int32, get: (view, at, little) => view.getInt32(at, little) },
  i8: { bytes: 8, make: int32, get: (view, at, little) => fitted(view.getBigInt64(at, little)) },
  f2: { bytes: 2, make: float32, get: (view, at, little) => half(view.getUint16(at, little)) },
  f4: { bytes: 4, make: float32, get: (view, at, little) => view.getFloat32(at, little) },
  f8: { bytes: 8, make: float64, get: (view, at, little) => view.getFloat64(at, little) },
};

/** Half precision: 1 bit of sign, 5 of exponent, 10 of fraction. */
function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25);
}

/**
 * Reads an array of NumPy's `.npy` format, versions 1 to 3, gzipped or not: `{ data, shape }`, as `Dataset.fromArrays` takes it.
 *
 * Unsigned bytes and booleans become `Uint8Array`, all other integers `Int32Array`, half and single floats `Float32Array`, doubles
 * `Float64Array`. Either byte order; Fortran order is turned into that of C.
 *
 * @param source a path, a URL, the bytes, or a `Blob` such as a file from an input element
 * @throws FormatError that names the file and the byte where it is no whole .npy file, DTypeError for another element type or an integer
 *   that does not fit into 32 bits, PlatformError where it cannot be read
 * @see https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 * @example
 * const { data, shape } = await npy(npyBytes([[1, 2], [3, 4]]));
 * Array.from(data); // [1, 2, 3, 4]
 * shape; // [2, 2]
 */
export async function npy(source: FileSource): Promise<HostArray> {
  const file = await readSource("npy", source);
  const bytes = isGzip(file.bytes) ? await gunzip("npy", file) : file.bytes;
  return parseNpy(file.name, bytes);
}

/** The array in the bytes of an unpacked .npy file. */
export function parseNpy(name: string, bytes: Uint8Array): HostArray {
  const bad = (text: string) => new FormatError(`npy: file "${name}" ${text}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 12)
    throw bad(`expected a header of at least 12 bytes, ends at byte ${bytes.length}; fetch it again`);
  if (MAGIC.some((byte, i) => bytes[i] !== byte)) throw bad('expected "\\x93NUMPY" at byte 0; it is no .npy file');
  const version = bytes[6] as number;
  if (version < 1 || version > 3) throw bad(`expected version 1, 2 or 3 at byte 6, got ${version}`);
  const start = version === 1 ? 10 : 12;
  const end = start + (version === 1 ? view.getUint16(8, true) : view.getUint32(8, true));
  if (end > bytes.length)
    throw bad(`expected a header up to byte ${end}, ends at byte ${bytes.length}; fetch it again`);
  const header = new TextDecoder(version === 3 ? "utf-8" : "latin1").decode(bytes.subarray(start, end));
  const { descr, fortran, shape } = headerOf(header, (what) =>
    bad(`expected ${what} in its header at byte ${start}, got ${show(header.trim())}`),
  );
  const [, order, code] = /^([<>|=]?)([a-z]\d+)$/.exec(descr) ?? [];
  const reader = code === undefined ? undefined : readers[code];
  if (!reader) {
    throw new DTypeError(
      `npy: file "${name}" expected elements of ${Object.keys(readers).join(", ")}, got ${show(descr)}; convert it by astype before np.save`,
    );
  }
  const count = sizeOfShape(shape);
  const needed = end + count * reader.bytes;
  if (bytes.length !== needed) {
    throw bad(
      `expected its end at byte ${needed} for shape ${showShape(shape)} of ${code}, ends at byte ${bytes.length}; fetch it again`,
    );
  }
  const data = reader.make(count);
  const place = fortran ? fortranPlaces(shape) : undefined;
  for (let i = 0; i < count; i++) {
    const at = end + i * reader.bytes;
    const value = reader.get(view, at, order !== ">");
    if (Number.isNaN(value) && data instanceof Int32Array) {
      throw new DTypeError(
        `npy: file "${name}" expected integers of 32 bits with sign, got another of ${code} at byte ${at}; save it as float64`,
      );
    }
    data[place ? place(i) : i] = value;
  }
  return { data, shape, ...(code === "b1" ? { dtype: "bool" as const } : {}) };
}

/** The entries of a header as NumPy writes it: a Python dict of three. */
function headerOf(
  header: string,
  bad: (what: string) => FormatError,
): { descr: string; fortran: boolean; shape: number[] } {
  const found = (pattern: RegExp, what: string) => {
    const match = pattern.exec(header);
    if (!match) throw bad(what);
    return match[1] as string;
  };
  if (/['"]descr['"]\s*:\s*\[/.test(header)) {
    throw new DTypeError(
      "npy: elements expected to be numbers, got records of several fields; save each field by itself",
    );
  }
  const descr = found(/['"]descr['"]\s*:\s*['"]([^'"]*)['"]/, "'descr'");
  const fortran = found(/['"]fortran_order['"]\s*:\s*(True|False)/, "'fortran_order'") === "True";
  const shape = found(/['"]shape['"]\s*:\s*\(([\d\s,L]*)\)/, "'shape'");
  return {
    descr,
    fortran,
    shape: shape
      .split(",")
      .filter((n) => n.trim() !== "")
      .map((n) => Number.parseInt(n, 10)),
  };
}

/** Where the i-th element of Fortran order stands in that of C. */
function fortranPlaces(shape: Shape): (i: number) => number {
  const strides = stridesOf(shape);
  return (i) => {
    let left = i;
    let at = 0;
    shape.forEach((size, axis) => {
      at += (left % size) * (strides[axis] as number);
      left = Math.floor(left / size);
    });
    return at;
  };
}

const codes = { float32: "<f4", float64: "<f8", int32: "<i4", uint8: "|u1", bool: "|b1" } as const;

/**
 * An array as the bytes of a `.npy` file, version 1.0, which `numpy.load` reads.
 *
 * @param array a tensor, a typed array, `{ data, shape }`, or nested arrays of numbers (as float32)
 * @throws ShapeError, ValueError for what is no array
 * @example
 * npyBytes(new Float32Array(3)).length; // 140
 */
export function npyBytes(array: DataArray): Uint8Array {
  const { data, shape, dtype } = toHost("npyBytes", "array", array);
  const kind = dtype ?? dtypeOf(data);
  const tuple = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const dict = `{'descr': '${codes[kind]}', 'fortran_order': False, 'shape': (${tuple}), }`;
  // Blanks bring the elements to a multiple of 64, as NumPy has it, so that they can be mapped in place.
  const size = Math.ceil((10 + dict.length + 1) / 64) * 64;
  const bytes = new Uint8Array(size + data.byteLength);
  bytes.set([...MAGIC, 1, 0, (size - 10) & 255, (size - 10) >> 8]);
  bytes.set(new TextEncoder().encode(`${dict.padEnd(size - 11)}\n`), 10);
  const view = new DataView(bytes.buffer);
  data.forEach((value, i) => {
    const at = size + i * data.BYTES_PER_ELEMENT;
    if (data instanceof Float32Array) view.setFloat32(at, value, true);
    else if (data instanceof Float64Array) view.setFloat64(at, value, true);
    else if (data instanceof Int32Array) view.setInt32(at, value, true);
    else bytes[at] = value;
  });
  return bytes;
}
