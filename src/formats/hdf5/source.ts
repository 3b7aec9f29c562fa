import type { FormatError } from "../../util/errors.js";
import type { NamedBytes } from "../../util/file-source.js";
import { ByteReader } from "../bytes.js";

const SIGNATURE = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];
const KIND = "HDF5 file";

/** A file's bytes, with what its superblock says: how wide addresses and lengths are, and where the root group is. */
export class Hdf5Source {
  readonly root: number;
  /** The global heaps that were read, by address: their texts by number. */
  readonly heaps = new Map<number, ReadonlyMap<number, string>>();
  private offsetSize = 8;
  private lengthSize = 8;
  private base = 0;
  /** Bytes of structure still to be read. Structures that overlap could otherwise make a small file a long read. */
  private budget: number;

  /** @throws FormatError where it is no HDF5 file */
  constructor(readonly file: NamedBytes) {
    this.budget = 8 * file.bytes.length + 65536;
    this.root = this.superblock();
  }

  /**
   * The superblock, at byte 0 or 512, 1024, 2048, …: versions 0 and 1 hold the root group's entry in a symbol table, 2 and 3 its address.
   */
  private superblock(): number {
    const { bytes } = this.file;
    let at = 0;
    while (!SIGNATURE.every((byte, i) => bytes[at + i] === byte)) {
      at = at === 0 ? 512 : 2 * at;
      if (at + 8 > bytes.length) throw new ByteReader(this.file, KIND).bad("the signature of HDF5", "none");
    }
    const reader = new ByteReader(this.file, KIND, { at: at + 8 });
    const version = reader.u8("a superblock's version");
    if (version > 3) throw reader.bad("a superblock of version 0 to 3", `${version}`, at + 8);
    if (version < 2) reader.bytes(4, "versions");
    const sizesAt = reader.at;
    this.offsetSize = reader.u8("the size of addresses");
    this.lengthSize = reader.u8("the size of lengths");
    if (![4, 8].includes(this.offsetSize) || ![4, 8].includes(this.lengthSize)) {
      throw reader.bad("addresses and lengths of 4 or 8 bytes", `${this.offsetSize} and ${this.lengthSize}`, sizesAt);
    }
    if (version < 2) reader.bytes(version === 0 ? 9 : 13, "a superblock");
    else reader.u8("flags");
    this.base = this.address(reader) ?? 0;
    this.address(reader);
    this.address(reader);
    if (version < 2) {
      this.address(reader);
      this.address(reader);
    }
    const root = this.address(reader);
    if (root === undefined) throw reader.bad("the root group's address", "none");
    return root;
  }

  /** An address, or undefined where all its bits are set. It is checked where it is used. */
  address(reader: ByteReader): number | undefined {
    const { at } = reader;
    const bytes = reader.bytes(this.offsetSize, "an address");
    if (bytes.every((byte) => byte === 255)) return undefined;
    reader.at = at;
    return this.base + (this.offsetSize === 8 ? reader.u64("an address") : reader.u32("an address"));
  }

  length(reader: ByteReader): number {
    return this.lengthSize === 8 ? reader.u64("a length") : reader.u32("a length");
  }

  /** Reads from an address on, at most `size` bytes. @throws FormatError where it is outside the file */
  at(address: number, size = this.file.bytes.length - address): ByteReader {
    const { length } = this.file.bytes;
    if (address > length || size > length - address) {
      throw this.bad(0, `an address within the file's ${length} bytes`, `${size} bytes from ${address} on`);
    }
    return new ByteReader(this.file, KIND, { at: address, end: address + size });
  }

  /** As `at`, behind a signature of four letters. */
  structure(address: number, signature: string, size?: number): ByteReader {
    this.spend(24, address);
    const reader = this.at(address, size);
    const got = String.fromCharCode(...reader.bytes(Math.min(4, reader.left), "a signature"));
    if (got !== signature) throw reader.bad(`"${signature}"`, JSON.stringify(got), address);
    return reader;
  }

  /** Takes bytes off the budget. */
  spend(bytes: number, at: number): void {
    this.budget -= bytes;
    if (this.budget < 0) throw this.bad(at, "structures about as large as the file", "many times that");
  }

  bad(at: number, expected: string, got: string): FormatError {
    return new ByteReader(this.file, KIND).bad(expected, got, at);
  }
}
