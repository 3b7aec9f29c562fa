import type { ByteReader } from "../bytes.js";

/** Undoes zlib; writes into `out`. */
export type Inflate = (data: Uint8Array, options: { out: Uint8Array }) => Uint8Array;

/** A step that chunks went through as they were written, by number: 1 deflate, 2 shuffle, 3 fletcher32. */
export interface Filter {
  readonly id: number;
  readonly values: readonly number[];
}

const DEFLATE = 1;
const SHUFFLE = 2;
const FLETCHER32 = 3;

/** A filter pipeline message: u8 version, u8 number of filters, in version 1 six bytes; each: u16 id, u16 name, u16 flags, u16 values. */
export function filtersOf(reader: ByteReader): Filter[] {
  const begin = reader.at;
  const version = reader.u8("a pipeline's version");
  if (version !== 1 && version !== 2) throw reader.bad("a filter pipeline of version 1 or 2", `${version}`, begin);
  const count = reader.u8("a number of filters");
  if (version === 1) reader.bytes(6, "reserved bytes");
  return Array.from({ length: count }, () => {
    const at = reader.at;
    const id = reader.u16("a filter");
    if (id !== DEFLATE && id !== SHUFFLE && id !== FLETCHER32) {
      throw reader.bad(
        "the filters gzip, shuffle and fletcher32",
        `number ${id}; write it with compression="gzip"`,
        at,
      );
    }
    const named = version === 1 || id >= 256;
    const nameLength = named ? reader.u16("a name's length") : 0;
    reader.u16("flags");
    const values = reader.u16("a number of values");
    reader.bytes(nameLength, "a name");
    const list = Array.from({ length: values }, () => reader.u32("a value"));
    if (version === 1 && values % 2 === 1) reader.bytes(4, "padding");
    return { id, values: list };
  });
}

/** A chunk as it was before it was written: `size` bytes. @throws Error where it cannot be */
export function unfiltered(
  raw: Uint8Array,
  filters: readonly Filter[],
  mask: number,
  size: number,
  inflate: Inflate | undefined,
): Uint8Array {
  let bytes = raw;
  for (let i = filters.length - 1; i >= 0; i--) {
    const { id, values } = filters[i] as Filter;
    if (mask & (1 << i)) continue;
    if (id === FLETCHER32) bytes = bytes.subarray(0, Math.max(0, bytes.length - 4));
    else if (id === SHUFFLE) bytes = unshuffled(bytes, values[0] ?? 1);
    else if (inflate) bytes = inflate(bytes, { out: new Uint8Array(size + 4) });
  }
  if (bytes.length !== size) throw new Error(`${bytes.length} bytes instead of ${size}`);
  return bytes;
}

/** Puts the bytes of each element together: first lie the first bytes of all, then the second ones, …; what is left over stays. */
function unshuffled(bytes: Uint8Array, item: number): Uint8Array {
  if (item <= 1) return bytes;
  const count = Math.floor(bytes.length / item);
  const out = bytes.slice();
  for (let b = 0; b < item; b++) {
    for (let i = 0; i < count; i++) out[i * item + b] = bytes[b * count + i] as number;
  }
  return out;
}
