import { FormatError } from "../util/errors.js";
import type { NamedBytes } from "../util/file-source.js";

export interface RangeOptions {
  /** Where to begin and end. Default: the whole file. */
  readonly at?: number;
  readonly end?: number;
  /** Default true. */
  readonly littleEndian?: boolean;
}

/** Reads numbers from a range of a file, one after the other; whatever the file says, nothing is read beyond the end. */
export class ByteReader {
  /** Of the next byte, counted from the file's start. */
  at: number;
  readonly end: number;
  littleEndian: boolean;
  private readonly view: DataView;

  /** @param kind what the file is taken for, in errors: "ZIP archive" */
  constructor(
    readonly file: NamedBytes,
    readonly kind: string,
    { at = 0, end = file.bytes.length, littleEndian = true }: RangeOptions = {},
  ) {
    const { bytes } = file;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.at = at;
    this.end = end;
    this.littleEndian = littleEndian;
  }

  get left(): number {
    return this.end - this.at;
  }

  /** The error for what the file holds at a byte. */
  bad(expected: string, got: string, at = this.at): FormatError {
    return new FormatError(
      `${this.file.name}: byte ${at}: ${expected} expected, got ${got}; the file is damaged or no ${this.kind}`,
    );
  }

  /** @throws FormatError where fewer than `count` bytes are left, or `count` is no count */
  need(count: number, what: string): void {
    if (count >= 0 && count <= this.left) return;
    throw this.bad(`${what} of ${count} bytes`, `${this.left} bytes to the end`);
  }

  private take(count: number, what: string): number {
    this.need(count, what);
    const { at } = this;
    this.at += count;
    return at;
  }

  u8(what: string): number {
    return this.view.getUint8(this.take(1, what));
  }

  u16(what: string): number {
    return this.view.getUint16(this.take(2, what), this.littleEndian);
  }

  u32(what: string): number {
    return this.view.getUint32(this.take(4, what), this.littleEndian);
  }

  i32(what: string): number {
    return this.view.getInt32(this.take(4, what), this.littleEndian);
  }

  /** A whole number of 64 bits, with sign. @throws FormatError beyond ±2^53, where a number is not exact */
  i64(what: string): number {
    return this.exact(this.view.getBigInt64(this.take(8, what), this.littleEndian), what);
  }

  /** @throws FormatError from 2^53 on */
  u64(what: string): number {
    return this.exact(this.view.getBigUint64(this.take(8, what), this.littleEndian), what);
  }

  private exact(value: bigint, what: string): number {
    const number = Number(value);
    if (Number.isSafeInteger(number)) return number;
    throw this.bad(`${what} below 2^53`, `${value}`, this.at - 8);
  }

  f64(what: string): number {
    return this.view.getFloat64(this.take(8, what), this.littleEndian);
  }

  /** A part of the file, not copied. */
  bytes(count: number, what: string): Uint8Array {
    const at = this.take(count, what);
    return this.file.bytes.subarray(at, at + count);
  }

  /** UTF-8. @throws FormatError where it is none */
  text(count: number, what: string): string {
    const { at } = this;
    const bytes = this.bytes(count, what);
    try {
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch {
      throw this.bad(`${what} in UTF-8`, "other bytes", at);
    }
  }
}

/** Counts of axes beyond this are taken for damage; NumPy has at most 64, ONNX and PyTorch no more in practice. */
const MOST_AXES = 64;

/** A shape as a file states it. @throws FormatError where it is none, at byte `at` */
export function checkedShape(reader: ByteReader, shape: readonly unknown[], what: string, at = reader.at): number[] {
  const ok = shape.length <= MOST_AXES && shape.every((n) => Number.isSafeInteger(n) && (n as number) >= 0);
  if (ok) return shape as number[];
  throw reader.bad(`${what} with at most ${MOST_AXES} axes ≥ 0`, `[${shape.slice(0, 8).map(String).join(", ")}]`, at);
}
