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

/** @throws PlatformError where it cannot be read, ValueError where it is no source. */
export async function readSource(operation: string, source: FileSource): Promise<NamedBytes> {
  const name = nameOf(source);
  if (source instanceof Uint8Array) return { name, bytes: source };
  if (source instanceof ArrayBuffer) return { name, bytes: new Uint8Array(source) };
  if (typeof source === "string") return { name, bytes: await platform.readFile(source) };
  if (source !== null && typeof source === "object") {
    if ("arrayBuffer" in source) return { name, bytes: new Uint8Array(await source.arrayBuffer()) };
    if ("href" in source) return { name, bytes: await platform.readFile(source.href) };
  }
  throw new ValueError(`${operation}: source expected a path, a URL, bytes or a Blob, got ${show(source)}`);
}

function nameOf(source: FileSource): string {
  if (typeof source === "string") return source;
  if (source instanceof Uint8Array || source instanceof ArrayBuffer) return `${source.byteLength} bytes`;
  if (source === null || typeof source !== "object") return show(source);
  return "href" in source ? source.href : (source.name ?? `a blob of ${source.size} bytes`);
}
