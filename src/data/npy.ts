import { show } from "../util/check.js";
import { DTypeError, FormatError } from "../util/errors.js";
import {
  type FileArray,
  type FileDType,
  fileItemBytes,
  fortranStrides,
  fromHost,
  inOrder,
  toHost,
} from "../util/file-array.js";
import { type FileSource, readSource } from "../util/file-source.js";
import type { HostArray } from "../util/host-array.js";
import { showShape, sizeOfShape, stridesOf } from "../util/shapes.js";
import { type DataArray, toHost as nestedOrHost } from "./arrays.js";
import { gunzip, isGzip, joined } from "./read.js";

// NumPy's .npy format (NEP 1, numpy.lib.format):
//
//   6 bytes   "\x93NUMPY"
//   2 bytes   version: 1.0, 2.0 or 3.0
//   2 bytes   length of the header, little-endian; 4 bytes from version 2 on
//   header    a Python dict: {'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }, Latin-1, UTF-8 from version 3 on
//   the rest  elements, the last axis fastest, or the first one in Fortran order

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

const dtypes: Readonly<Record<string, FileDType>> = {
  b1: "bool",
  u1: "uint8",
  u2: "uint16",
  u4: "uint32",
  u8: "uint64",
  i1: "int8",
  i2: "int16",
  i4: "int32",
  i8: "int64",
  f2: "float16",
  f4: "float32",
  f8: "float64",
};

/** A longer header is refused: that of an array of 64 axes has less than 2,000 bytes. */
const LONGEST_HEADER = 2 ** 20;

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
  const what = `npy: file "${name}"`;
  const array = parseNpyArray(what, bytes);
  const { dtype, ...host } = toHost(what, array);
  return dtype === "bool" ? { ...host, dtype } : host;
}

/** The same, not yet converted. @param what begins the error's text: operation and file */
export function parseNpyArray(what: string, bytes: Uint8Array): FileArray {
  const bad = (text: string) => new FormatError(`${what} ${text}`);
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
  if (end > LONGEST_HEADER) throw bad(`expected a header of at most ${LONGEST_HEADER} bytes, got ${end} at byte 8`);
  const header = new TextDecoder(version === 3 ? "utf-8" : "latin1").decode(bytes.subarray(start, end));
  const { descr, fortran, shape } = headerOf(what, header, (part) =>
    bad(`expected ${part} in its header at byte ${start}, got ${show(header.trim().slice(0, 200))}`),
  );
  const [, order, code] = /^([<>|=]?)([a-z]\d+)$/.exec(descr) ?? [];
  const dtype = code !== undefined && Object.hasOwn(dtypes, code) ? dtypes[code] : undefined;
  if (!dtype) {
    throw new DTypeError(
      `${what} expected elements of ${Object.keys(dtypes).join(", ")}, got ${show(descr)}; convert it by astype before np.save`,
    );
  }
  const item = fileItemBytes(dtype);
  const needed = end + sizeOfShape(shape) * item;
  if (bytes.length !== needed) {
    throw bad(
      `expected its end at byte ${needed} for shape ${showShape(shape)} of ${code}, ends at byte ${bytes.length}; fetch it again`,
    );
  }
  const strides = fortran ? fortranStrides(shape) : stridesOf(shape);
  const elements = inOrder(bytes.subarray(end), item, { shape, strides, offset: 0, littleEndian: order !== ">" });
  return { dtype, shape, bytes: elements };
}

/** The entries of a header as NumPy writes it: a Python dict of three. */
function headerOf(
  what: string,
  header: string,
  bad: (part: string) => FormatError,
): { descr: string; fortran: boolean; shape: number[] } {
  const found = (pattern: RegExp, part: string) => {
    const match = pattern.exec(header);
    if (!match) throw bad(part);
    return match[1] as string;
  };
  if (/['"]descr['"]\s*:\s*\[/.test(header)) {
    throw new DTypeError(
      `${what}: elements expected to be numbers, got records of several fields; save each field by itself`,
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

/**
 * An array as the bytes of a `.npy` file, version 1.0, which `numpy.load` reads.
 *
 * @param array a tensor, a typed array, `{ data, shape }`, or nested arrays of numbers (as float32)
 * @throws ShapeError, ValueError for what is no array
 * @example
 * npyBytes(new Float32Array(3)).length; // 140
 */
export function npyBytes(array: DataArray): Uint8Array {
  const [header, elements] = encodeNpy(fromHost("npyBytes", nestedOrHost("npyBytes", "array", array)));
  return joined([header, elements], header.length + elements.length);
}

const codeOf = new Map(Object.entries(dtypes).map(([code, dtype]) => [dtype, code]));

/** A .npy file as its header and its elements. @throws DTypeError for bfloat16, which NumPy lacks */
export function encodeNpy({ dtype, shape, bytes }: FileArray): [header: Uint8Array, elements: Uint8Array] {
  const code = codeOf.get(dtype);
  if (code === undefined)
    throw new DTypeError(`npy: elements expected of a type that NumPy has, got ${dtype}; convert it`);
  const tuple = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const order = fileItemBytes(dtype) === 1 ? "|" : "<";
  const dict = `{'descr': '${order}${code}', 'fortran_order': False, 'shape': (${tuple}), }`;
  // Blanks bring the elements to a multiple of 64, as NumPy has it, so that they can be mapped in place.
  const size = Math.ceil((10 + dict.length + 1) / 64) * 64;
  const header = new Uint8Array(size);
  header.set([...MAGIC, 1, 0, (size - 10) & 255, (size - 10) >> 8]);
  header.set(new TextEncoder().encode(`${dict.padEnd(size - 11)}\n`), 10);
  return [header, bytes];
}
