import { crc32 } from "../util/crc32.js";
import { FormatError } from "../util/errors.js";
import type { NamedBytes } from "../util/file-source.js";
import { leadsOut } from "../util/own-path.js";
import { ByteReader } from "./bytes.js";
import { loadFflate } from "./fflate.js";

// A ZIP archive (PKWARE's APPNOTE.TXT 6.3):
//
//   for each entry      local header 0x04034b50, name, extra field, data (stored: method 0, deflated: 8)
//   central directory   for each entry 0x02014b50 with sizes, CRC-32, name and where its local header is
//   zip64 only          record 0x06064b50 and locator 0x07064b50: the same as below in 64 bits
//   end                 0x06054b50, number of entries, size and place of the central directory, a comment
//
// A size or a place that 32 bits do not hold is 0xffffffff, and stands in an extra field of id 1.

const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;
const ZIP64_END = 0x06064b50;
const ZIP64_LOCATOR = 0x07064b50;
const FULL = 0xffffffff;

/** What deflate can gain at most (zlib's technical details), so that a declared size beyond it is a lie. */
const LARGEST_RATIO = 1032;
/** What all entries may unpack to, beside so many times the archive's own size; one that declares more is refused before anything is allocated. */
const LARGEST_TOTAL = 2 ** 28;
const LARGEST_GAIN = 32;

interface Entry {
  readonly name: string;
  readonly method: number;
  readonly crc: number;
  readonly packed: number;
  readonly size: number;
  /** Of its local header. */
  readonly at: number;
}

/** An archive whose entries are read one by one. */
export interface Zip {
  /** Names of the files in it, in the order of its directory; folders are left out. */
  readonly names: readonly string[];
  has(name: string): boolean;
  /** An entry unpacked, under its name within the archive's. @throws FormatError where it is missing or damaged */
  read(name: string): NamedBytes;
}

/**
 * Opens an archive: entries stored or deflated, zip64 or not.
 *
 * @param file its name begins errors: "load: m.zip"
 * @throws FormatError where it is damaged, encrypted, packed by another method, or made to unpack without end; PlatformError where an
 *   entry is deflated and fflate is not installed
 */
export async function openZip(operation: string, file: NamedBytes): Promise<Zip> {
  const entries = directoryOf(file);
  const deflated = [...entries.values()].some(({ method }) => method === 8);
  const inflate = deflated ? (await loadFflate(operation)).inflateSync : undefined;
  return {
    names: [...entries.keys()],
    has: (name) => entries.has(name),
    read(name) {
      const entry = entries.get(name);
      if (!entry) {
        const some = [...entries.keys()].slice(0, 8).join(", ");
        throw new FormatError(`${file.name}: entry "${name}" expected, got ${some || "none"}`);
      }
      return { name: `${file.name}, entry "${name}"`, bytes: unpacked(file, entry, inflate) };
    },
  };
}

type Inflate = (data: Uint8Array, options: { out: Uint8Array }) => Uint8Array;

function unpacked(file: NamedBytes, entry: Entry, inflate: Inflate | undefined): Uint8Array {
  const { name, packed, size, crc } = entry;
  const at = dataOf(file, entry);
  const raw = file.bytes.subarray(at, at + packed);
  const fault = (got: string) =>
    new FormatError(`${file.name}: byte ${at}: entry "${name}" whole expected, got ${got}; fetch it again`);
  let bytes = raw;
  if (entry.method === 8 && inflate) {
    try {
      bytes = inflate(raw, { out: new Uint8Array(size) });
    } catch (cause) {
      throw fault(`a fault in its deflated data (${(cause as Error).message})`);
    }
    if (bytes.length !== size) throw fault(`${bytes.length} bytes instead of ${size}`);
  }
  if (crc32(bytes) !== crc) throw fault("other contents than its checksum says");
  return bytes;
}

/** Where an entry's data begins: behind its local header, whose lengths may differ from the directory's. */
function dataOf(file: NamedBytes, { name, at, packed }: Entry): number {
  const reader = new ByteReader(file, "ZIP archive", { at });
  const signature = reader.u32("a local header");
  if (signature !== LOCAL) throw reader.bad(`the local header of "${name}"`, hex(signature), at);
  reader.bytes(22, "a local header");
  const lengths = reader.u16("a name's length") + reader.u16("an extra field's length");
  reader.bytes(lengths, `name and extra field of "${name}"`);
  reader.need(packed, `entry "${name}"`);
  return reader.at;
}

function directoryOf(file: NamedBytes): Map<string, Entry> {
  const { count, size, at } = endOf(file);
  const reader = new ByteReader(file, "ZIP archive", { at, end: at + size });
  const entries = new Map<string, Entry>();
  const places: Entry[] = [];
  const most = LARGEST_TOTAL + LARGEST_GAIN * file.bytes.length;
  let total = 0;
  for (let i = 0; i < count; i++) {
    const begin = reader.at;
    const entry = centralEntry(reader);
    places.push(entry);
    total += entry.size;
    if (total > most) throw reader.bad(`at most ${most} bytes unpacked`, `${total} declared`, begin);
    if (entry.name.endsWith("/") && entry.size === 0) continue;
    if (entries.has(entry.name)) throw reader.bad("each name once", `"${entry.name}" again`, begin);
    entries.set(entry.name, entry);
  }
  // Entries that share their data multiply what a small archive unpacks to.
  places.sort((a, b) => a.at - b.at);
  places.forEach((entry, i) => {
    const next = places[i + 1]?.at ?? at;
    if (entry.at + 30 + entry.packed <= next) return;
    throw reader.bad(`entry "${entry.name}" to end before byte ${next}`, `${entry.packed} bytes`, entry.at);
  });
  return entries;
}

function centralEntry(reader: ByteReader): Entry {
  const begin = reader.at;
  const signature = reader.u32("an entry of the central directory");
  if (signature !== CENTRAL) throw reader.bad("an entry of the central directory", hex(signature), begin);
  reader.u32("versions");
  const flags = reader.u16("flags");
  const method = reader.u16("a method");
  reader.u32("a date");
  const crc = reader.u32("a checksum");
  let packed = reader.u32("a packed size");
  let size = reader.u32("a size");
  const nameLength = reader.u16("a name's length");
  const extraLength = reader.u16("an extra field's length");
  const commentLength = reader.u16("a comment's length");
  reader.bytes(8, "attributes");
  let at = reader.u32("a local header's place");
  const name = checkedName(reader, nameLength);
  const extraEnd = reader.at + extraLength;
  reader.need(extraLength, "an extra field");
  while (reader.at + 4 <= extraEnd) {
    const id = reader.u16("an extra field's id");
    const length = reader.u16("an extra field's length");
    const end = reader.at + length;
    if (end > extraEnd) throw reader.bad(`an extra field up to byte ${extraEnd}`, `${length} bytes`);
    if (id === 1) {
      if (size === FULL) size = reader.u64("a size of zip64");
      if (packed === FULL) packed = reader.u64("a packed size of zip64");
      if (at === FULL) at = reader.u64("a place of zip64");
    }
    reader.at = end;
  }
  reader.at = extraEnd;
  reader.bytes(commentLength, "a comment");
  if (flags & 1) throw reader.bad(`entry "${name}" without a password`, "an encrypted one", begin);
  if (method !== 0 && method !== 8) throw reader.bad(`entry "${name}" stored or deflated`, `method ${method}`, begin);
  const most = method === 0 ? packed : packed * LARGEST_RATIO;
  if (size > most || (method === 0 && size !== packed)) {
    throw reader.bad(`entry "${name}" of at most ${most} bytes`, `${size} declared`, begin);
  }
  return { name, method, crc, packed, size, at };
}

/** @throws FormatError for a name that leads out of the archive's folder */
function checkedName(reader: ByteReader, length: number): string {
  const at = reader.at;
  const name = reader.text(length, "a name");
  if (leadsOut(name)) {
    throw reader.bad("a name within the archive's own folder", JSON.stringify(name.slice(0, 200)), at);
  }
  return name;
}

/** The central directory by the record at the end, which a comment of up to 65,535 bytes may follow. */
function endOf(file: NamedBytes): { count: number; size: number; at: number } {
  const { bytes } = file;
  const whole = new ByteReader(file, "ZIP archive");
  if (bytes.length < 22) throw whole.bad("an archive of at least 22 bytes", `${bytes.length}`, 0);
  for (let p = bytes.length - 22; p >= 0 && p >= bytes.length - 22 - 65535; p--) {
    if (bytes[p] !== 0x50 || bytes[p + 1] !== 0x4b || bytes[p + 2] !== 5 || bytes[p + 3] !== 6) continue;
    const reader = new ByteReader(file, "ZIP archive", { at: p + 4 });
    const disks = reader.u32("disks");
    reader.u16("a number of entries");
    let count = reader.u16("a number of entries");
    let size = reader.u32("the directory's size");
    let at = reader.u32("the directory's place");
    if (reader.u16("a comment's length") !== bytes.length - p - 22) continue;
    if (disks !== 0 && disks !== FULL) throw reader.bad("an archive in one file", "one of several", p);
    if (count === 0xffff || size === FULL || at === FULL) ({ count, size, at } = zip64End(file, p));
    if (at + size > p) throw reader.bad(`a central directory before byte ${p}`, `${size} bytes from ${at} on`, p);
    if (count * 46 > size) throw reader.bad(`a directory for ${count} entries`, `${size} bytes`, p);
    return { count, size, at };
  }
  throw whole.bad("the record at an archive's end", "none", bytes.length);
}

function zip64End(file: NamedBytes, end: number): { count: number; size: number; at: number } {
  const locator = new ByteReader(file, "ZIP archive", { at: Math.max(end - 20, 0), end });
  const signature = locator.u32("a zip64 locator");
  if (signature !== ZIP64_LOCATOR) throw locator.bad("a zip64 locator", hex(signature), end - 20);
  locator.u32("a disk");
  const at = locator.u64("a record's place");
  const reader = new ByteReader(file, "ZIP archive", { at: Math.min(at, end), end });
  const record = reader.u32("a zip64 record");
  if (record !== ZIP64_END) throw reader.bad("a zip64 record", hex(record), at);
  reader.bytes(28, "a zip64 record");
  return {
    count: reader.u64("a number of entries"),
    size: reader.u64("the directory's size"),
    at: reader.u64("the directory's place"),
  };
}

const hex = (value: number): string => `0x${value.toString(16).padStart(8, "0")}`;

/** A file for an archive; its contents are its parts, one after the other. */
export interface ZipInput {
  readonly name: string;
  readonly parts: readonly Uint8Array[];
}

/**
 * An archive of stored entries as parts, the contents not copied. The same files give the same bytes: the date is that of no file, 1980-01-01.
 *
 * @param options.align the contents of each entry begin at a multiple of it. Default 1
 */
export function encodeZip(files: readonly ZipInput[], { align = 1 }: { align?: number } = {}): Uint8Array[] {
  const out: Uint8Array[] = [];
  const central: Uint8Array[] = [];
  let at = 0;
  const put = (part: Uint8Array) => {
    out.push(part);
    at += part.length;
  };
  for (const { name, parts } of files) {
    const encoded = new TextEncoder().encode(name);
    const size = parts.reduce((sum, { length }) => sum + length, 0);
    const crc = crc32(...parts);
    const place = at;
    const zip64 = size >= FULL ? words([1, 2], [16, 2], [size, 8], [size, 8]) : new Uint8Array(0);
    put(localHeader(encoded, zip64, padding(at + 30 + encoded.length + zip64.length, align), crc, size));
    for (const part of parts) put(part);
    central.push(centralHeader(encoded, crc, size, place));
  }
  const begin = at;
  for (const part of central) put(part);
  const size = at - begin;
  const count = files.length;
  if (count >= 0xffff || begin >= FULL || size >= FULL) {
    const place = at;
    put(
      words([ZIP64_END, 4], [44, 8], [45, 2], [45, 2], [0, 4], [0, 4], [count, 8], [count, 8], [size, 8], [begin, 8]),
    );
    put(words([ZIP64_LOCATOR, 4], [0, 4], [place, 8], [1, 4]));
  }
  const short = Math.min(count, 0xffff);
  put(words([END, 4], [0, 4], [short, 2], [short, 2], [Math.min(size, FULL), 4], [Math.min(begin, FULL), 4], [0, 2]));
  return out;
}

/** Bytes of an extra field that bring what follows to a multiple of `align`: none, or 4 and more. */
function padding(at: number, align: number): number {
  const short = (align - (at % align)) % align;
  return short === 0 || short >= 4 ? short : short + Math.ceil((4 - short) / align) * align;
}

/** Names are in UTF-8 (flag 0x800); 0x21 is the date. The padding is PyTorch's extra field "FB". */
function localHeader(name: Uint8Array, zip64: Uint8Array, pad: number, crc: number, size: number): Uint8Array {
  const shown = Math.min(size, FULL);
  const head = words(
    [LOCAL, 4],
    [zip64.length ? 45 : 20, 2],
    [0x800, 2],
    [0, 2],
    [0, 2],
    [0x21, 2],
    [crc, 4],
    [shown, 4],
    [shown, 4],
    [name.length, 2],
    [zip64.length + pad, 2],
  );
  const out = new Uint8Array(head.length + name.length + zip64.length + pad);
  out.set(head);
  out.set(name, head.length);
  out.set(zip64, head.length + name.length);
  if (pad) out.set(words([0x4246, 2], [pad - 4, 2]), out.length - pad);
  return out;
}

function centralHeader(name: Uint8Array, crc: number, size: number, at: number): Uint8Array {
  const wide: [number, number][] = [];
  if (size >= FULL) wide.push([size, 8], [size, 8]);
  if (at >= FULL) wide.push([at, 8]);
  const zip64 = wide.length ? words([1, 2], [8 * wide.length, 2], ...wide) : new Uint8Array(0);
  const version = wide.length ? 45 : 20;
  const shown = Math.min(size, FULL);
  const head = words(
    [CENTRAL, 4],
    [version, 2],
    [version, 2],
    [0x800, 2],
    [0, 2],
    [0, 2],
    [0x21, 2],
    [crc, 4],
    [shown, 4],
    [shown, 4],
    [name.length, 2],
    [zip64.length, 2],
    [0, 2],
    [0, 2],
    [0, 2],
    [0, 4],
    [Math.min(at, FULL), 4],
  );
  const out = new Uint8Array(head.length + name.length + zip64.length);
  out.set(head);
  out.set(name, head.length);
  out.set(zip64, head.length + name.length);
  return out;
}

/** Whole numbers as 2, 4 or 8 bytes each, little-endian. */
function words(...values: readonly (readonly [value: number, bytes: number])[]): Uint8Array {
  const out = new Uint8Array(values.reduce((sum, [, bytes]) => sum + bytes, 0));
  let at = 0;
  for (const [value, bytes] of values) {
    for (let i = 0, rest = value; i < bytes; i++, rest = Math.floor(rest / 256)) out[at++] = rest % 256;
  }
  return out;
}
