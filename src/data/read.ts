import { FormatError } from "../util/errors.js";
import type { NamedBytes } from "../util/file-source.js";

/** Whether bytes begin as gzip does. */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/** Bytes handed over at a time, so that an error can tell where it was met. */
const CHUNK = 16 * 1024;

/** Unpacks gzip by the platform's own decoder. @throws FormatError where it is corrupt, cut off or followed by something else. */
export async function gunzip(operation: string, { name, bytes }: NamedBytes): Promise<Uint8Array> {
  const decoder = new DecompressionStream("gzip");
  let fed = 0;
  const feed = async () => {
    const writer = decoder.writable.getWriter();
    while (fed < bytes.length) {
      const chunk = bytes.slice(fed, fed + CHUNK);
      fed += chunk.length;
      await writer.write(chunk);
    }
    await writer.close();
  };
  const parts: Uint8Array[] = [];
  let length = 0;
  const drain = async () => {
    const reader = decoder.readable.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      parts.push(value);
      length += value.length;
    }
  };
  try {
    await Promise.all([feed(), drain()]);
  } catch (cause) {
    throw new FormatError(
      `${operation}: file "${name}" expected whole gzip data, got a fault at or before byte ${fed} of ${bytes.length} ` +
        `(${length} bytes unpacked: ${(cause as Error).message || "the end is missing"}); fetch it again`,
      { cause },
    );
  }
  return joined(parts, length);
}

/** Parts one after the other, `length` bytes in all. */
export function joined(parts: readonly Uint8Array[], length: number): Uint8Array {
  const out = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
