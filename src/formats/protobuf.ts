import type { BinaryReader } from "@bufbuild/protobuf/wire";
import { FormatError } from "../util/errors.js";
import type { NamedBytes } from "../util/file-source.js";
import { absent } from "../util/peer.js";

// Protocol Buffers' wire format (protobuf.dev/programming-guides/encoding): fields as a tag (number × 8 + wire type) and a value: 0 a varint,
// 1 eight bytes, 2 a length and as many bytes (texts, messages, packed numbers), 5 four bytes. A schema here is a table of fields by number.

/**
 * What a field holds. `int64` is a number, beyond 2^53 the next one; `bigint` is exact. `floats` and `doubles` are repeated numbers as their
 * bytes, little-endian, since models have millions of them.
 */
export type Kind =
  | "int32"
  | "uint32"
  | "int64"
  | "bigint"
  | "ubigint"
  | "bool"
  | "float"
  | "double"
  | "string"
  | "bytes"
  | "floats"
  | "doubles"
  | Enumeration
  | Schema;

export interface Field {
  readonly name: string;
  readonly kind: Kind;
  readonly repeated: boolean;
}

/** Names by number; a number without one is read as it is. */
export interface Enumeration {
  readonly values: Readonly<Record<number, string>>;
}

/** A kind of message. `fields` is a function, as messages may hold one another. */
export interface Schema {
  readonly name: string;
  readonly fields: () => Readonly<Record<number, Field>>;
}

export const one = (name: string, kind: Kind): Field => ({ name, kind, repeated: false });
export const many = (name: string, kind: Kind): Field => ({ name, kind, repeated: true });

/** A message: its fields by name. Repeated ones are arrays, empty where there are none; others are undefined where they are not set. */
export type Fields = Record<string, unknown>;

/** What is not a message. */
export type Scalar = Exclude<Kind, Schema>;

export function isMessage(kind: Kind): kind is Schema {
  return typeof kind === "object" && "fields" in kind;
}

const VARINT = 0;
const BIT64 = 1;
export const DELIMITED = 2;
const BIT32 = 5;
/** Of messages in one another; protobuf's own readers stop at 100. */
const DEEPEST = 100;

export type Wire = typeof import("@bufbuild/protobuf/wire");

export async function loadWire(operation: string): Promise<Wire> {
  try {
    return await import("@bufbuild/protobuf/wire");
  } catch (cause) {
    throw absent(operation, "@bufbuild/protobuf", cause);
  }
}

/**
 * The message in a file, unknown fields left out.
 *
 * @param kind what the file is taken for, in errors
 * @throws FormatError that names file and byte
 */
export function decodeMessage(wire: Wire, schema: Schema, file: NamedBytes, kind: string): Fields {
  const reader = new wire.BinaryReader(file.bytes);
  return new Decoder(reader, file, kind).message(schema, file.bytes.length, 0);
}

class Decoder {
  constructor(
    private readonly reader: BinaryReader,
    private readonly file: NamedBytes,
    private readonly kind: string,
  ) {}

  private bad(expected: string, got: string, at = this.reader.pos): FormatError {
    return new FormatError(
      `${this.file.name}: byte ${at}: ${expected} expected, got ${got}; the file is damaged or no ${this.kind}`,
    );
  }

  message(schema: Schema, end: number, depth: number): Fields {
    const { reader } = this;
    if (depth > DEEPEST) throw this.bad(`messages at most ${DEEPEST} deep`, "more");
    const fields = schema.fields();
    const out: Fields = {};
    for (const { name, kind, repeated } of Object.values(fields)) if (repeated && !isRaw(kind)) out[name] = [];
    while (reader.pos < end) {
      const at = reader.pos;
      const [number, wireType] = this.guard(at, () => reader.tag());
      const field = fields[number];
      if (!field) this.guard(at, () => reader.skip(wireType, number));
      else this.field(out, field, wireType, end, depth, `${schema.name}.${field.name}`);
      if (reader.pos > end) throw this.bad(`field ${number} of ${schema.name} up to byte ${end}`, "a longer one", at);
    }
    return finished(out);
  }

  private field(out: Fields, field: Field, wireType: number, end: number, depth: number, what: string): void {
    const { name, kind, repeated } = field;
    const { reader } = this;
    const at = reader.pos;
    const wanted = wireTypeOf(kind);
    if (wireType === wanted && !isRaw(kind)) {
      const value = isMessage(kind) ? this.nested(kind, end, depth, what) : this.scalar(kind, end, what);
      if (repeated) (out[name] as unknown[]).push(value);
      else out[name] = value;
      return;
    }
    if (isRaw(kind) && wireType === wanted) {
      const item = kind === "floats" ? 4 : 8;
      this.room(item, end, what);
      this.append(out, name, item);
      return;
    }
    if (wireType !== DELIMITED || !repeated || wanted === DELIMITED) {
      throw this.bad(`wire type ${wanted} for ${what}`, `${wireType}`, at);
    }
    const length = this.length(end, what);
    if (isRaw(kind)) {
      if (length % (kind === "floats" ? 4 : 8)) throw this.bad(`whole numbers of ${what}`, `${length} bytes`, at);
      this.append(out, name, length);
      return;
    }
    const last = reader.pos + length;
    const list = out[name] as unknown[];
    while (reader.pos < last) list.push(this.scalar(kind as Scalar, last, what));
  }

  private append(out: Fields, name: string, count: number): void {
    const part = this.take(count);
    const sofar = out[name];
    if (sofar instanceof Growing) sofar.append(part);
    else out[name] = new Growing(part);
  }

  private nested(schema: Schema, end: number, depth: number, what: string): Fields {
    const length = this.length(end, what);
    return this.message(schema, this.reader.pos + length, depth + 1);
  }

  private scalar(kind: Scalar, end: number, what: string): unknown {
    const { reader } = this;
    const at = reader.pos;
    switch (kind) {
      case "float":
        this.room(4, end, what);
        return reader.float();
      case "double":
        this.room(8, end, what);
        return reader.double();
      case "string":
        return new TextDecoder().decode(this.take(this.length(end, what)));
      case "bytes":
        return this.take(this.length(end, what));
      default: {
        const value = this.guard(at, () => varint(reader, kind));
        if (reader.pos > end) throw this.bad(`${what} up to byte ${end}`, "a longer number", at);
        return value;
      }
    }
  }

  /** A length that is there. */
  private length(end: number, what: string): number {
    const at = this.reader.pos;
    const length = this.guard(at, () => this.reader.uint32());
    if (length > end - this.reader.pos) throw this.bad(`${what} up to byte ${end}`, `a length of ${length}`, at);
    return length;
  }

  private room(count: number, end: number, what: string): void {
    if (count > end - this.reader.pos) throw this.bad(`${what} up to byte ${end}`, "a longer one");
  }

  private take(count: number): Uint8Array {
    const { reader } = this;
    reader.pos += count;
    return this.file.bytes.subarray(reader.pos - count, reader.pos);
  }

  private guard<T>(at: number, read: () => T): T {
    try {
      return read();
    } catch (cause) {
      throw this.bad("a field", `a fault (${(cause as Error).message})`, at);
    }
  }
}

function varint(reader: BinaryReader, kind: Scalar): unknown {
  if (typeof kind === "object") {
    const number = reader.int32();
    return kind.values[number] ?? number;
  }
  if (kind === "int32") return reader.int32();
  if (kind === "uint32") return reader.uint32();
  if (kind === "bool") return reader.bool();
  if (kind === "ubigint") return BigInt(reader.uint64());
  const value = BigInt(reader.int64());
  return kind === "bigint" ? value : Number(value);
}

export function isRaw(kind: Kind): kind is "floats" | "doubles" {
  return kind === "floats" || kind === "doubles";
}

export function wireTypeOf(kind: Kind): number {
  if (kind === "float" || kind === "floats") return BIT32;
  if (kind === "double" || kind === "doubles") return BIT64;
  return kind === "string" || kind === "bytes" || isMessage(kind) ? DELIMITED : VARINT;
}

/** Bytes that come in pieces: one as it is, several in a buffer that doubles. */
class Growing {
  length: number;

  constructor(public bytes: Uint8Array) {
    this.length = bytes.length;
  }

  append(part: Uint8Array): void {
    const length = this.length + part.length;
    // The first piece is part of the file and has no room behind it, so that it is never written to.
    if (length > this.bytes.length) {
      const larger = new Uint8Array(2 * length);
      larger.set(this.bytes.subarray(0, this.length));
      this.bytes = larger;
    }
    this.bytes.set(part, this.length);
    this.length = length;
  }
}

/** A message with its pieces of numbers as bytes. */
function finished(message: Fields): Fields {
  for (const [name, value] of Object.entries(message)) {
    if (value instanceof Growing) message[name] = value.bytes.subarray(0, value.length);
  }
  return message;
}
