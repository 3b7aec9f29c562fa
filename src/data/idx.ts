import type { TypedArray } from "../util/dtypes.js";
import { FormatError } from "../util/errors.js";
import { type FileSource, readSource } from "../util/file-source.js";
import type { HostArray } from "../util/host-array.js";
import { showShape, sizeOfShape } from "../util/shapes.js";
import { gunzip, isGzip } from "./read.js";

/** An element type of the format: its bytes, and how an array of it is read (all numbers are big-endian). */
interface ElementType {
  readonly bytes: number;
  read(view: DataView, start: number, count: number): TypedArray;
}

const elementTypes: Record<number, ElementType> = {
  8: { bytes: 1, read: (v, start, n) => new Uint8Array(v.buffer, v.byteOffset + start, n) },
  9: { bytes: 1, read: (v, start, n) => Int32Array.from({ length: n }, (_, i) => v.getInt8(start + i)) },
  11: { bytes: 2, read: (v, start, n) => Int32Array.from({ length: n }, (_, i) => v.getInt16(start + 2 * i)) },
  12: { bytes: 4, read: (v, start, n) => Int32Array.from({ length: n }, (_, i) => v.getInt32(start + 4 * i)) },
  13: { bytes: 4, read: (v, start, n) => Float32Array.from({ length: n }, (_, i) => v.getFloat32(start + 4 * i)) },
  14: { bytes: 8, read: (v, start, n) => Float64Array.from({ length: n }, (_, i) => v.getFloat64(start + 8 * i)) },
};

/**
 * Reads an IDX file (the format of MNIST), gzipped or not: `{ data, shape }`, as `Dataset.fromArrays` takes it.
 *
 * Unsigned bytes stay `Uint8Array`; signed bytes, shorts and ints become `Int32Array`; floats and doubles keep their width.
 *
 * @param source a path, a URL, the bytes, or a `Blob` such as a file from an input element
 * @throws FormatError that names the file and the byte where it is no whole IDX file, PlatformError where it cannot be read
 * @see http://yann.lecun.com/exdb/mnist, "the IDX file format"
 * @example
 * const { data, shape } = await idx(Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 3, 7, 8, 9));
 * Array.from(data); // [7, 8, 9]
 * shape; // [3]
 */
export async function idx(source: FileSource): Promise<HostArray> {
  const file = await readSource("idx", source);
  const bytes = isGzip(file.bytes) ? await gunzip("idx", file) : file.bytes;
  return parseIdx(file.name, bytes);
}

/** The array in the bytes of an unpacked IDX file. */
export function parseIdx(name: string, bytes: Uint8Array): HostArray {
  const fail = (text: string): never => {
    throw new FormatError(`idx: file "${name}" ${text}`);
  };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 4) return fail(`expected 4 bytes of magic number, ends at byte ${bytes.length}; fetch it again`);
  if (bytes[0] !== 0 || bytes[1] !== 0) {
    return fail(`expected two zeros at byte 0, got ${hex(view.getUint16(0), 4)}; it is no IDX file`);
  }
  const code = bytes[2] as number;
  const type = elementTypes[code];
  if (!type) {
    return fail(
      `expected an element type of ${Object.keys(elementTypes)
        .map((each) => hex(Number(each), 2))
        .join(", ")} at byte 2, got ${hex(code, 2)}`,
    );
  }
  const rank = bytes[3] as number;
  const header = 4 + 4 * rank;
  if (bytes.length < header) {
    return fail(`expected a header of ${header} bytes for ${rank} axes, ends at byte ${bytes.length}; fetch it again`);
  }
  const shape = Array.from({ length: rank }, (_, i) => view.getUint32(4 + 4 * i));
  const end = header + sizeOfShape(shape) * type.bytes;
  if (bytes.length < end) {
    return fail(`expected ${end} bytes for shape ${showShape(shape)}, ends at byte ${bytes.length}; fetch it again`);
  }
  if (bytes.length > end) {
    return fail(`expected its end at byte ${end} for shape ${showShape(shape)}, goes on to byte ${bytes.length}`);
  }
  return { data: type.read(view, header, sizeOfShape(shape)), shape };
}

function hex(value: number, digits: number): string {
  return `0x${value.toString(16).padStart(digits, "0")}`;
}
