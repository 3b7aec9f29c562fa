import { deflateRawSync } from "node:zlib";
import { crc32 } from "../../src/util/crc32.js";

/** An entry of an archive, and in what it lies. */
export interface Entry {
  readonly name: string;
  readonly data: Uint8Array;
  readonly deflated?: boolean;
  /** The deflated data, where they are there. */
  readonly raw?: Uint8Array;
  /** What its directory says, where that is not so. */
  readonly size?: number;
  readonly packed?: number;
  readonly at?: number;
  readonly crc?: number;
  readonly flags?: number;
  /** Sizes of zip64, in an extra field. */
  readonly wide?: readonly [size: bigint, packed: bigint, at: bigint];
}

/** A ZIP archive that may lie. */
export function archiveOf(
  entries: readonly Entry[],
  end: { count?: number; size?: number; at?: number } = {},
): Uint8Array {
  const out: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const { name, data, deflated = false, wide, ...lies } of entries) {
    const packed = deflated ? Buffer.from(lies.raw ?? deflateRawSync(data)) : Buffer.from(data);
    const crc = lies.crc ?? crc32(data);
    const method = deflated ? 8 : 0;
    const path = Buffer.from(name);
    const fixed = (signature: number, versions: number, size: number) => {
      const head = Buffer.alloc(size);
      head.writeUInt32LE(signature, 0);
      const p = versions;
      head.writeUInt16LE(lies.flags ?? 0, p);
      head.writeUInt16LE(method, p + 2);
      head.writeUInt32LE(crc, p + 8);
      head.writeUInt32LE(wide ? 0xffffffff : (lies.packed ?? packed.length), p + 12);
      head.writeUInt32LE(wide ? 0xffffffff : (lies.size ?? data.length), p + 16);
      head.writeUInt16LE(path.length, p + 20);
      return head;
    };
    const extra = Buffer.alloc(wide ? 28 : 0);
    wide?.forEach((value, i) => extra.writeBigUInt64LE(value, 4 + 8 * i));
    if (wide) {
      extra.writeUInt16LE(1, 0);
      extra.writeUInt16LE(24, 2);
    }
    const central = fixed(0x02014b50, 8, 46);
    central.writeUInt16LE(extra.length, 30);
    central.writeUInt32LE(wide ? 0xffffffff : (lies.at ?? at), 42);
    directory.push(central, path, extra);
    const local = Buffer.concat([fixed(0x04034b50, 6, 30), path, packed]);
    out.push(local);
    at += local.length;
  }
  const central = Buffer.concat(directory);
  const tail = Buffer.alloc(22);
  tail.writeUInt32LE(0x06054b50, 0);
  tail.writeUInt16LE(end.count ?? entries.length, 8);
  tail.writeUInt16LE(end.count ?? entries.length, 10);
  tail.writeUInt32LE(end.size ?? central.length, 12);
  tail.writeUInt32LE(end.at ?? at, 16);
  return new Uint8Array(Buffer.concat([...out, central, tail]));
}
