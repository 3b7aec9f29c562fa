import { type FileArray, type FileDType, fileItemBytes, inOrder } from "../util/file-array.js";
import type { NamedBytes } from "../util/file-source.js";
import { sizeOfShape } from "../util/shapes.js";
import { ByteReader, checkedShape } from "./bytes.js";

// What ND4J's Nd4j.write writes (BaseDataBuffer.write), such as coefficients.bin in a DL4J model, big-endian: two buffers, each
//
//   u16 n, n bytes   how it was allocated: "HEAP", "JAVACPP", "DIRECT"; from 1.0 on "LONG_SHAPE", "MIXED_DATA_TYPES"
//   i32 or i64       number of elements: 64 bits in the latter two
//   u16 n, n bytes   type: "INT", "LONG", "FLOAT", "DOUBLE", …
//   elements
//
// The first, of INT or LONG, is the shape: rank, sizes, strides, an offset or flags, the stride between elements, and the order, 'c' or 'f'.

const dtypes: Readonly<Record<string, FileDType>> = {
  HALF: "float16",
  FLOAT16: "float16",
  BFLOAT16: "bfloat16",
  FLOAT: "float32",
  DOUBLE: "float64",
  BYTE: "int8",
  INT8: "int8",
  SHORT: "int16",
  INT16: "int16",
  INT: "int32",
  INT32: "int32",
  LONG: "int64",
  INT64: "int64",
  UBYTE: "uint8",
  UINT8: "uint8",
  UINT16: "uint16",
  UINT32: "uint32",
  UINT64: "uint64",
  BOOL: "bool",
};

const narrow = ["HEAP", "JAVACPP", "DIRECT"];
const wide = ["LONG_SHAPE", "MIXED_DATA_TYPES"];

/**
 * An array of ND4J 0.5 to 1.0, elements in C order whatever order the file has.
 *
 * @param file its name begins errors: "load: m.zip, entry "coefficients.bin""
 * @throws FormatError that names file and byte where it is damaged or compressed
 */
export function decodeNd4j(file: NamedBytes): FileArray {
  const reader = new ByteReader(file, "ND4J array", { littleEndian: false });
  const shapeAt = reader.at;
  const info = buffer(reader);
  const numbers = wholeNumbers(reader, info);
  const rank = numbers[0] ?? -1;
  if (rank < 0 || numbers.length !== 2 * rank + 4) {
    throw reader.bad("a shape's rank and 2 · rank + 3 numbers", `${numbers.length} numbers of rank ${rank}`, shapeAt);
  }
  const shape = checkedShape(reader, numbers.slice(1, 1 + rank), "a shape", shapeAt);
  const strides = checkedShape(reader, numbers.slice(1 + rank, 1 + 2 * rank), "strides", shapeAt);
  const dataAt = reader.at;
  const { dtype, count, bytes } = buffer(reader);
  const size = sizeOfShape(shape);
  const last = shape.reduce((sum, n, axis) => sum + (n - 1) * (strides[axis] as number), 0);
  if (size > count || (size > 0 && last >= count)) {
    throw reader.bad(`elements for shape [${shape.join(", ")}]`, `${count}`, dataAt);
  }
  if (reader.left > 0) throw reader.bad("the end of the array", `${reader.left} more bytes`);
  const layout = { shape, strides, offset: 0, littleEndian: false };
  return { dtype, shape, bytes: inOrder(bytes, fileItemBytes(dtype), layout) };
}

interface Buffer {
  readonly dtype: FileDType;
  readonly count: number;
  readonly bytes: Uint8Array;
}

function buffer(reader: ByteReader): Buffer {
  const at = reader.at;
  const mode = reader.text(reader.u16("a name's length"), "how a buffer was allocated");
  if (!narrow.includes(mode) && !wide.includes(mode)) {
    throw reader.bad([...narrow, ...wide].join(", "), JSON.stringify(mode.slice(0, 40)), at);
  }
  const count = wide.includes(mode) ? reader.i64("a number of elements") : reader.i32("a number of elements");
  const typeAt = reader.at;
  const type = reader.text(reader.u16("a type's length"), "a type");
  const dtype = Object.hasOwn(dtypes, type) ? dtypes[type] : undefined;
  if (!dtype) throw reader.bad(Object.keys(dtypes).join(", "), JSON.stringify(type.slice(0, 40)), typeAt);
  return { dtype, count, bytes: reader.bytes(count * fileItemBytes(dtype), "elements") };
}

/** The shape's numbers; of those of 64 bits none is beyond 2^53, but for flags. */
function wholeNumbers(reader: ByteReader, { dtype, count, bytes }: Buffer): number[] {
  if ((dtype !== "int32" && dtype !== "int64") || count > 2 * 64 + 4) {
    throw reader.bad("a shape of INT or LONG", `${count} elements of ${dtype}`, 0);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: count }, (_, i) =>
    dtype === "int32" ? view.getInt32(4 * i) : Number(view.getBigInt64(8 * i)),
  );
}
