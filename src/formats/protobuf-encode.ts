import type { BinaryWriter } from "@bufbuild/protobuf/wire";
import {
  DELIMITED,
  type Enumeration,
  type Fields,
  isMessage,
  isRaw,
  type Scalar,
  type Schema,
  type Wire,
  wireTypeOf,
} from "./protobuf.js";

/** Bytes longer than this become a part of their own and are not copied. */
const LONG = 4096;

/** A message as parts. Fields are written by number, numbers packed; those that are undefined are left out. */
export function encodeMessage(wire: Wire, schema: Schema, message: object, packed = true): Uint8Array[] {
  const parts: Uint8Array[] = [];
  const writer = new wire.BinaryWriter();
  const flush = (): void => {
    const bytes = writer.finish();
    if (bytes.length) parts.push(bytes);
  };
  const delimited = (number: number, content: readonly Uint8Array[]): void => {
    const size = content.reduce((sum, { length }) => sum + length, 0);
    writer.tag(number, DELIMITED).uint32(size);
    if (size <= LONG) for (const part of content) writer.raw(part);
    else {
      flush();
      parts.push(...content);
    }
  };
  for (const [key, { name, kind, repeated }] of Object.entries(schema.fields())) {
    const number = Number(key);
    const value = (message as Fields)[name];
    if (value === undefined) continue;
    if (isRaw(kind)) {
      if ((value as Uint8Array).length) delimited(number, [value as Uint8Array]);
      continue;
    }
    const values = repeated ? (value as unknown[]) : [value];
    if (repeated && packed && wireTypeOf(kind) !== DELIMITED) {
      if (values.length === 0) continue;
      const inner = new wire.BinaryWriter();
      for (const each of values) writeScalar(inner, kind as Scalar, each);
      delimited(number, [inner.finish()]);
      continue;
    }
    for (const each of values) {
      if (isMessage(kind)) delimited(number, encodeMessage(wire, kind, each as object, packed));
      else if (kind === "bytes") delimited(number, [each as Uint8Array]);
      else if (kind === "string") delimited(number, [new TextEncoder().encode(each as string)]);
      else writeScalar(writer.tag(number, wireTypeOf(kind)), kind, each);
    }
  }
  flush();
  return parts;
}

function writeScalar(writer: BinaryWriter, kind: Scalar, value: unknown): void {
  if (typeof kind === "object") writer.int32(numberOf(kind, value));
  else if (kind === "float") writer.float(value as number);
  else if (kind === "double") writer.double(value as number);
  else if (kind === "bool") writer.bool(value as boolean);
  else if (kind === "int32") writer.int32(value as number);
  else if (kind === "uint32") writer.uint32(value as number);
  else if (kind === "ubigint") writer.uint64(value as bigint);
  else if (kind === "bigint") writer.int64(value as bigint);
  else writer.int64(saturated(value as number));
}

function numberOf({ values }: Enumeration, value: unknown): number {
  return typeof value === "number" ? value : Number(Object.keys(values).find((key) => values[Number(key)] === value));
}

/** The largest 64-bit number reads as 2^63, which is no 64-bit number. */
function saturated(value: number): bigint {
  return value >= 2 ** 63 ? 2n ** 63n - 1n : BigInt(value);
}
