import { platform } from "#platform";
import { show } from "../util/check.js";
import { FormatError, ValueError } from "../util/errors.js";

/** Where a file's bytes come from: a path, a URL, or the bytes themselves. */
export type FileSource = string | URL | Uint8Array | Blob;

/** A file in memory, and what errors call it. */
export interface NamedBytes {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** @throws PlatformError where it cannot be read, ValueError where it is no source. */
export async function readSource(operation: string, source: FileSource): Promise<NamedBytes> {
  if (source instanceof Uint8Array) return { name: `${source.length} bytes`, bytes: source };
  if (source instanceof Blob) {
    const name = source instanceof File ? source.name : `a blob of ${source.size} bytes`;
    return { name, bytes: new Uint8Array(await source.arrayBuffer()) };
  }
  if (typeof source === "string" || source instanceof URL) {
    const name = String(source);
    return { name, bytes: await platform.readFile(name) };
  }
  throw new ValueError(`${operation}: source expected a path, a URL, a Uint8Array or a Blob, got ${show(source)}`);
}

/** Whether bytes begin as gzip does. */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/** Bytes handed over at a time, so that an error can tell where it was met. */
const CHUNK = 16 * 1024;

/** Unpacks gzip by the platform's own decoder. @throws FormatError where it is corrupt, cut off or followed by something else. */
export async function gunzip(operation: string, { name, bytes }: NamedBytes): Promise<Uint8Array> {
  let fed = 0;
  const input = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull(controller) {
      if (fed >= bytes.length) return controller.close();
      controller.enqueue(bytes.slice(fed, fed + CHUNK));
      fed = Math.min(bytes.length, fed + CHUNK);
    },
  });
  const parts: Uint8Array[] = [];
  let length = 0;
  try {
    const reader = input.pipeThrough(new DecompressionStream("gzip")).getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      parts.push(value);
      length += value.length;
    }
  } catch (cause) {
    throw new FormatError(
      `${operation}: file "${name}" expected whole gzip data, got a fault at or before byte ${fed} of ${bytes.length} ` +
        `(${length} bytes unpacked: ${(cause as Error).message}); fetch it again`,
      { cause },
    );
  }
  const out = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
