import { platform } from "#platform";
import { show } from "./check.js";
import { ValueError } from "./errors.js";

/** A `URL`, named by its shape so that the types need no platform's. */
export interface UrlLike {
  readonly href: string;
  readonly protocol: string;
}

/** A `Blob` or a `File`. */
export interface BlobLike {
  readonly size: number;
  readonly name?: string;
  arrayBuffer(): Promise<ArrayBuffer>;
}

/** Where a file's bytes come from: a path, a URL, or the bytes themselves. */
export type FileSource = string | UrlLike | Uint8Array | ArrayBuffer | BlobLike;

/** A file in memory, and what errors call it. */
export interface NamedBytes {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Told of each piece of a file that is read: bytes so far, bytes in all where they are known, the file. */
export type OnProgress = (done: number, total: number | undefined, file: string) => void;

/**
 * @param onProgress is told of a file that arrives in pieces
 * @throws PlatformError where it cannot be read, ValueError where it is no source
 */
export async function readSource(operation: string, source: FileSource, onProgress?: OnProgress): Promise<NamedBytes> {
  const name = nameOf(source);
  if (source instanceof Uint8Array) return { name, bytes: source };
  if (source instanceof ArrayBuffer) return { name, bytes: new Uint8Array(source) };
  if (typeof source === "string") return { name, bytes: await read(source, onProgress) };
  if (source !== null && typeof source === "object") {
    if ("arrayBuffer" in source) return { name, bytes: new Uint8Array(await source.arrayBuffer()) };
    if ("href" in source) return { name, bytes: await read(source.href, onProgress) };
  }
  throw new ValueError(`${operation}: source expected a path, a URL, bytes or a Blob, got ${show(source)}`);
}

const LARGEST_HINT = 2 ** 32;

async function read(path: string, onProgress: OnProgress | undefined): Promise<Uint8Array> {
  if (!onProgress) return platform.readFile(path);
  const { chunks, size } = await platform.streamFile(path);
  // The size that a server states is a hint, and may be any number.
  let bytes = new Uint8Array(size !== undefined && size < LARGEST_HINT ? size : 0);
  let done = 0;
  for await (const chunk of chunks) {
    if (done + chunk.length > bytes.length) {
      const larger = new Uint8Array(2 * (done + chunk.length));
      larger.set(bytes.subarray(0, done));
      bytes = larger;
    }
    bytes.set(chunk, done);
    done += chunk.length;
    onProgress(done, size, path);
  }
  return bytes.subarray(0, done);
}

function nameOf(source: FileSource): string {
  if (typeof source === "string") return source;
  if (source instanceof Uint8Array || source instanceof ArrayBuffer) return `${source.byteLength} bytes`;
  if (source === null || typeof source !== "object") return show(source);
  return "href" in source ? source.href : (source.name ?? `a blob of ${source.size} bytes`);
}
