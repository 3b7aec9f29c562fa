import { ByteReader } from "../bytes.js";
import type { Hdf5Source } from "./source.js";
import type { ElementType } from "./types.js";

/** One text: of a fixed size, ended by a zero or padded with blanks; or of any, in a global heap: u32 length, address, u32 number. */
export function textOf(
  source: Hdf5Source,
  type: ElementType & { kind: "text" | "fixed text" },
  bytes: Uint8Array,
): string {
  const decoder = new TextDecoder();
  if (type.kind === "fixed text") {
    const zero = bytes.indexOf(0);
    const text = decoder.decode(zero < 0 ? bytes : bytes.subarray(0, zero));
    return type.padding === 2 ? text.replace(/ +$/, "") : text;
  }
  const reader = new ByteReader({ name: source.file.name, bytes }, "HDF5 text");
  const length = reader.u32("a text's length");
  const address = source.address(reader);
  const number = reader.u32("a text's number");
  if (length === 0 || address === undefined || address === 0) return "";
  let heap = source.heaps.get(address);
  if (!heap) source.heaps.set(address, (heap = readHeap(source, address)));
  const text = heap.get(number);
  if (text === undefined) throw source.bad(address, `text ${number} in a global heap`, `${heap.size} others`);
  return text;
}

/** "GCOL", u8 version, 3 bytes, size; objects: u16 number, u16 references, u32, length, bytes to a multiple of 8. Number 0 is the rest. */
function readHeap(source: Hdf5Source, address: number): Map<number, string> {
  const head = source.structure(address, "GCOL");
  head.bytes(4, "a version");
  const size = source.length(head);
  source.spend(size, address);
  const reader = source.at(address, size);
  reader.bytes(head.at - address, "a heap");
  const objects = new Map<number, string>();
  while (reader.left >= 16) {
    const number = reader.u16("an object's number");
    if (number === 0) break;
    reader.bytes(6, "an object");
    const length = source.length(reader);
    const bytes = reader.bytes(length, "an object");
    const zero = bytes.indexOf(0);
    objects.set(number, new TextDecoder().decode(zero < 0 ? bytes : bytes.subarray(0, zero)));
    reader.at = Math.min(reader.end, reader.at + ((8 - (length % 8)) % 8));
  }
  return objects;
}
