import { type FileArray, type FileDType, fileItemBytes } from "../../util/file-array.js";
import type { NamedBytes } from "../../util/file-source.js";
import { sizeOfShape } from "../../util/shapes.js";
import { ByteReader, checkedShape } from "../bytes.js";

// What MXNet's mx.nd.save writes (src/ndarray/ndarray.cc), a .params file, little-endian:
//
//   u64 0x112, u64 0      the kind of file
//   u64 n, arrays         each: u32 version, …, shape, context (i32 device, i32 number), i32 type, elements
//   u64 n, names          each: u64 length, UTF-8; none where a plain list was saved
//
// Versions of an array: 0xf993fac9 and 0xf993faca (V2, V3: i32 storage type, then a shape of i32 n and n i64), 0xf993fac8 (V1: a shape of
// i64), or none (V0: the number of axes itself, then as many u32). An array without axes has nothing behind its shape, but in V3.

const FILE = 0x112;
const V1 = 0xf993fac8;
const V2 = 0xf993fac9;
const V3 = 0xf993faca;

const dtypes: readonly FileDType[] = [
  "float32",
  "float64",
  "float16",
  "uint8",
  "int32",
  "int8",
  "int64",
  "bool",
  "int16",
  "uint16",
  "uint32",
  "uint64",
  "bfloat16",
];

/**
 * The arrays of a `.params` file by name, "arg:fc1_weight" or "aux:bn_moving_mean"; those of a list by number, "0", "1", …
 *
 * @param file its name begins errors: "load: m.params"
 * @throws FormatError that names file and byte where it is damaged or an array is sparse
 */
export function decodeMxnet(file: NamedBytes): Map<string, FileArray> {
  const reader = new ByteReader(file, "MXNet array file");
  const kind = reader.u64("the kind of file");
  if (kind !== FILE) throw reader.bad(`0x${FILE.toString(16)}`, `0x${kind.toString(16)}`, 0);
  reader.bytes(8, "a reserved number");
  const count = reader.u64("a number of arrays");
  // An array has four bytes at least.
  if (count * 4 > reader.left) throw reader.bad(`${count} arrays`, `${reader.left} bytes`);
  const arrays: (FileArray | undefined)[] = [];
  for (let i = 0; i < count; i++) arrays.push(decodeArray(reader));
  const names = reader.u64("a number of names");
  if (names !== 0 && names !== count) throw reader.bad(`${count} names`, `${names}`, reader.at - 8);
  const found = new Map<string, FileArray>();
  arrays.forEach((array, i) => {
    const at = reader.at;
    const name = names === 0 ? `${i}` : reader.text(reader.u64("a name's length"), "a name");
    if (found.has(name)) throw reader.bad("each name once", JSON.stringify(name.slice(0, 80)), at);
    if (array) found.set(name, array);
  });
  if (reader.left > 0) throw reader.bad("the end of the file", `${reader.left} more bytes`);
  return found;
}

/** Undefined for an array that was never given a shape. */
function decodeArray(reader: ByteReader): FileArray | undefined {
  const begin = reader.at;
  const version = reader.u32("an array's version");
  if (version === V2 || version === V3) {
    const storage = reader.i32("a storage type");
    if (storage !== 0)
      throw reader.bad("a dense array", `storage type ${storage}; save it with tostype("default")`, begin + 4);
  }
  const versioned = version === V1 || version === V2 || version === V3;
  const axes = versioned ? reader.i32("a number of axes") : version;
  if (axes === (version === V3 ? -1 : 0)) return undefined;
  if (axes < 0 || axes > 64) throw reader.bad("an array's version or number of axes", `0x${axes.toString(16)}`, begin);
  const sizes = Array.from({ length: axes }, () => (versioned ? reader.i64("a size") : reader.u32("a size")));
  const shape = checkedShape(reader, sizes, "a shape");
  reader.bytes(8, "a context");
  const code = reader.i32("a type");
  const dtype = dtypes[code];
  if (!dtype) throw reader.bad(`a type from 0 to ${dtypes.length - 1}`, `${code}`, reader.at - 4);
  return { dtype, shape, bytes: reader.bytes(sizeOfShape(shape) * fileItemBytes(dtype), "elements") };
}
