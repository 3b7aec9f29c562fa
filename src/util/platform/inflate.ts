import { inflateSync } from "#inflate";

/** Raw deflate, where the browser cannot undo it or not at once. In a module of its own, since an `import()` of a library fetches all of that. */
export function inflate(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  return inflateSync(bytes) as Uint8Array<ArrayBuffer>;
}
