import type { FileDType } from "../../util/file-array.js";
import type { ByteReader } from "../bytes.js";
import { checkedShape } from "../bytes.js";
import type { Hdf5Source } from "./source.js";

/** What an element is. `other` is one that is listed but cannot be read, by its name. */
export type ElementType =
  | { readonly kind: "number"; readonly size: number; readonly dtype: FileDType; readonly littleEndian: boolean }
  | { readonly kind: "fixed text"; readonly size: number; readonly padding: number }
  | { readonly kind: "text"; readonly size: number }
  | { readonly kind: "other"; readonly size: number; readonly name: string };

const classes = [
  "whole numbers",
  "floats",
  "times",
  "texts",
  "bit fields",
  "opaque bytes",
  "compounds",
  "references",
  "enumerations",
  "sequences of any length",
  "arrays",
];

/** By the bytes of a float and the bits of its exponent. */
const floats: ReadonlyMap<string, FileDType> = new Map([
  ["2 5", "float16"],
  ["2 8", "bfloat16"],
  ["4 8", "float32"],
  ["8 11", "float64"],
]);

/** A datatype message: u8 class and version, 3 bytes of flags, u32 size, properties. */
export function datatypeOf(reader: ByteReader): ElementType {
  const { at } = reader;
  const head = reader.u8("a datatype");
  const flags = reader.u8("flags") | (reader.u8("flags") << 8) | (reader.u8("flags") << 16);
  const size = reader.u32("an element's size");
  const other: ElementType = { kind: "other", size, name: classes[head & 15] ?? `class ${head & 15}` };
  if (size === 0 || size > 2 ** 24) throw reader.bad("elements of 1 to 2^24 bytes", `${size}`, at + 4);
  switch (head & 15) {
    case 0: {
      reader.bytes(4, "a number's layout");
      const sign = flags & 8 ? "int" : "uint";
      if (![1, 2, 4, 8].includes(size)) return other;
      const dtype = `${sign}${8 * size}` as FileDType;
      return { kind: "number", size, dtype, littleEndian: (flags & 1) === 0 };
    }
    case 1: {
      reader.bytes(5, "a float's layout");
      const exponent = reader.u8("a float's exponent");
      const dtype = floats.get(`${size} ${exponent}`);
      if (!dtype || flags & 0x40) return other;
      return { kind: "number", size, dtype, littleEndian: (flags & 1) === 0 };
    }
    case 3:
      return { kind: "fixed text", size, padding: flags & 15 };
    case 8: {
      const base = datatypeOf(reader);
      if (base.kind !== "number") return other;
      // What h5py writes for booleans: an enumeration of FALSE and TRUE in bytes.
      const rest = String.fromCharCode(...reader.bytes(Math.min(reader.left, 24), "names"));
      const isBool = base.size === 1 && (flags & 0xffff) === 2 && /^FALSE\0+TRUE\0/.test(rest);
      return isBool ? { ...base, dtype: "bool" } : base;
    }
    case 9:
      return (flags & 15) === 1 ? { kind: "text", size } : other;
    default:
      return other;
  }
}

/** A dataspace message: the shape; null where there is no element at all. */
export function dataspaceOf(source: Hdf5Source, reader: ByteReader): number[] | null {
  const { at } = reader;
  const version = reader.u8("a dataspace's version");
  const rank = reader.u8("a number of axes");
  reader.u8("flags");
  const type = reader.u8("a dataspace's type");
  if (version === 1) reader.bytes(4, "reserved bytes");
  else if (version !== 2) throw reader.bad("a dataspace of version 1 or 2", `${version}`, at);
  if (version === 2 && type === 2) return null;
  return checkedShape(
    reader,
    Array.from({ length: rank }, () => source.length(reader)),
    "a shape",
    at,
  );
}
