import { type DType, newArray, sizeOf, type TypedArray } from "../util/dtypes.js";
import { FormatError } from "../util/errors.js";
import { type HostArray, later } from "../util/host-array.js";
import { parseJson } from "../util/json.js";
import { type Shape, sizeOfShape } from "../util/shapes.js";

// The safetensors format (huggingface.co/docs/safetensors):
//
//   8 bytes   length N of the header, little-endian
//   N bytes   header, JSON: { "__metadata__": { key: text }, "name": { "dtype", "shape", "data_offsets": [begin, end] }, … }
//   the rest  elements, little-endian, offsets counted from here

/** What the format calls the types of this library. */
export const codes: Record<DType, string> = { float32: "F32", float64: "F64", int32: "I32", uint8: "U8", bool: "BOOL" };
const dtypeOfCode = new Map(Object.entries(codes).map(([dtype, code]) => [code, dtype as DType]));

/** Headers larger than this are refused by the format's own reader. */
const LARGEST_HEADER = 100_000_000;

type Entry = HostArray & { readonly dtype: DType };

export interface SafetensorsFile {
  readonly tensors: ReadonlyMap<string, Entry>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** A tensor as the file has it: the name of its type, and its elements, little-endian. */
export interface RawTensor {
  readonly code: string;
  readonly shape: Shape;
  readonly bytes: Uint8Array;
}

export interface RawSafetensors {
  readonly tensors: ReadonlyMap<string, RawTensor>;
  readonly metadata: Readonly<Record<string, string>>;
}

const ownSizes = new Map([...dtypeOfCode].map(([code, dtype]) => [code, sizeOf(dtype)]));

/**
 * Reads a safetensors file.
 *
 * @param file names it in errors
 * @throws FormatError that names the file and the byte
 */
export function decodeSafetensors(bytes: Uint8Array, file: string): SafetensorsFile {
  const { tensors, metadata } = decodeRawSafetensors(bytes, file, ownSizes);
  const converted = Array.from(tensors, ([name, { code, shape, bytes: raw }]) => {
    const dtype = dtypeOfCode.get(code) as DType;
    return [name, later<Entry>({ dtype }, shape, () => fromLittleEndian(raw, dtype))] as const;
  });
  return { tensors: new Map(converted), metadata };
}

/**
 * The same, not yet converted.
 *
 * @param sizes the types that the reader knows, and the bytes of an element of each
 */
export function decodeRawSafetensors(
  bytes: Uint8Array,
  file: string,
  sizes: ReadonlyMap<string, number>,
): RawSafetensors {
  const bad = (at: number, what: string) =>
    new FormatError(`${file}: byte ${at}: ${what}; the file is damaged or no safetensors file`);
  if (bytes.length < 8) throw bad(0, `a header length of 8 bytes expected, got ${bytes.length} bytes in all`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = Number(view.getBigUint64(0, true));
  if (length > LARGEST_HEADER || 8 + length > bytes.length) {
    throw bad(0, `a header of ${length} bytes expected, got ${bytes.length - 8} bytes after its length`);
  }
  const header = parseHeader(file, bytes.subarray(8, 8 + length), (what) => bad(8, what));
  const start = 8 + length;
  const tensors = new Map<string, RawTensor>();
  let metadata: Record<string, string> = {};
  const places: { name: string; begin: number; end: number }[] = [];
  for (const [name, entry] of Object.entries(header)) {
    if (name === "__metadata__") {
      metadata = entry as Record<string, string>;
      continue;
    }
    const {
      dtype: code,
      shape,
      data_offsets: offsets,
    } = entry as { dtype: string; shape: Shape; data_offsets: unknown };
    const item = sizes.get(code);
    if (item === undefined)
      throw bad(8, `tensor "${name}": dtype expected one of ${[...sizes.keys()].join(", ")}, got ${code}`);
    const [begin, end] = (Array.isArray(offsets) ? offsets : []) as number[];
    const valid =
      Array.isArray(shape) && [begin, end, ...shape].every((n) => Number.isSafeInteger(n) && (n as number) >= 0);
    if (!valid || begin === undefined || end === undefined || begin > end) {
      throw bad(8, `tensor "${name}": shape and data_offsets expected, got ${JSON.stringify(entry)}`);
    }
    const need = sizeOfShape(shape) * item;
    if (end - begin !== need)
      throw bad(start + begin, `tensor "${name}": ${need} bytes expected by its shape, got ${end - begin}`);
    if (start + end > bytes.length) {
      throw bad(
        bytes.length,
        `tensor "${name}": its ${need} bytes expected to end at byte ${start + end}, got the end of the file`,
      );
    }
    tensors.set(name, { code, shape, bytes: bytes.subarray(start + begin, start + end) });
    places.push({ name, begin, end });
  }
  let covered = 0;
  for (const { name, begin, end } of places.sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== covered) {
      throw bad(
        start + begin,
        `tensor "${name}": elements from byte ${start + covered} on expected, got byte ${start + begin}`,
      );
    }
    covered = end;
  }
  if (start + covered !== bytes.length) {
    throw bad(start + covered, `the end of the file expected, got ${bytes.length - start - covered} more bytes`);
  }
  return { tensors, metadata };
}

function parseHeader(file: string, bytes: Uint8Array, bad: (what: string) => FormatError): Record<string, unknown> {
  const header = parseJson({ name: file, bytes }, 8);
  if (header === null || typeof header !== "object" || Array.isArray(header))
    throw bad("a JSON object expected as header");
  for (const entry of Object.values(header)) {
    if (entry === null || typeof entry !== "object") throw bad("an object expected for every entry of the header");
  }
  return header as Record<string, unknown>;
}

export const hostIsLittleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

function fromLittleEndian(raw: Uint8Array, dtype: DType): TypedArray {
  const out = newArray(dtype, raw.length / sizeOf(dtype));
  new Uint8Array(out.buffer).set(hostIsLittleEndian ? raw : swapped(raw, sizeOf(dtype)));
  return out;
}

/** Elements of `item` bytes with their bytes the other way round. */
export function swapped(bytes: Uint8Array, item: number): Uint8Array {
  const out = new Uint8Array(bytes.length);
  for (let i = 0; i < bytes.length; i++) out[i] = bytes[i - (i % item) + item - 1 - (i % item)] as number;
  return out;
}
