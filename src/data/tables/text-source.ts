import { platform } from "#platform";
import { show } from "../../util/check.js";
import { FormatError, ValueError } from "../../util/errors.js";
import type { FileSource } from "../../util/file-source.js";
import { chunksOf } from "../../util/streams.js";
import { isGzip } from "../read.js";

/** A text that can be read from its start as often as need be, chunk by chunk. */
export interface TextSource {
  /** As errors call it: `file "x.csv"` or `text`. */
  readonly name: string;
  /** The text without its first lines, with line ends as "\n". */
  open(): AsyncGenerator<string>;
}

/** Bytes handed over at a time where they are in memory already. */
const CHUNK = 64 * 1024;

/**
 * Opens a path, a URL, bytes, a `Blob` or a string with a line end in it, which is the text itself. Gzip is unpacked.
 *
 * @param encoding a label that `TextDecoder` knows; by default what the byte order mark says, else UTF-8
 * @param skipLines lines to leave out at the start
 * @throws ValueError where it is no source or encoding; later PlatformError, FormatError where it cannot be read
 */
export function openText(
  operation: string,
  source: FileSource,
  encoding: string | undefined,
  skipLines: number,
): TextSource {
  if (encoding !== undefined) decoderFor(operation, encoding);
  if (typeof source === "string" && /[\r\n]/.test(source)) {
    return { name: "text", open: () => withoutLines(unixLines(pieces(source)), skipLines) };
  }
  const { name, bytes } = bytesOf(operation, source);
  const what = `${operation}: ${name}`;
  return {
    name,
    open: () => withoutLines(unixLines(decoded(what, unzipped(what, bytes()), encoding)), skipLines),
  };
}

async function* pieces(text: string): AsyncGenerator<string> {
  for (let at = 0; at < text.length; at += CHUNK) yield text.slice(at, at + CHUNK);
}

interface ByteSource {
  readonly name: string;
  bytes(): AsyncIterable<Uint8Array>;
}

function bytesOf(operation: string, source: FileSource): ByteSource {
  if (source instanceof Uint8Array || source instanceof ArrayBuffer) {
    const bytes = source instanceof Uint8Array ? source : new Uint8Array(source);
    return { name: `${bytes.length} bytes`, bytes: () => slices(bytes) };
  }
  if (typeof source === "string" && source !== "") {
    return { name: `file "${source}"`, bytes: () => streamed(source) };
  }
  if (source !== null && typeof source === "object") {
    if ("arrayBuffer" in source) {
      const { name = `a blob of ${source.size} bytes` } = source;
      return { name: `file "${name}"`, bytes: () => chunksOf((source as unknown as Blob).stream()) };
    }
    if ("href" in source) return bytesOf(operation, source.href);
  }
  throw new ValueError(
    `${operation}: source expected a path, a URL, a text with line ends, bytes or a Blob, got ${show(source)}`,
  );
}

async function* slices(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += CHUNK) yield bytes.subarray(at, at + CHUNK);
}

async function* streamed(path: string): AsyncGenerator<Uint8Array> {
  yield* (await platform.streamFile(path)).chunks;
}

/** Unpacks what begins as gzip, and hands on all else. */
async function* unzipped(what: string, chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const iterator = chunks[Symbol.asyncIterator]();
  try {
    const first = await iterator.next();
    if (first.done) return;
    const rest = { [Symbol.asyncIterator]: () => iterator };
    if (isGzip(first.value)) yield* gunzipped(what, first.value, rest);
    else {
      yield first.value;
      yield* rest;
    }
  } finally {
    await iterator.return?.();
  }
}

async function* gunzipped(
  what: string,
  first: Uint8Array,
  rest: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const decoder = new DecompressionStream("gzip");
  const writer = decoder.writable.getWriter();
  let fed = 0;
  let failure: unknown;
  const put = (chunk: Uint8Array) => {
    fed += chunk.length;
    return writer.write(chunk as Uint8Array<ArrayBuffer>);
  };
  const feeding = (async () => {
    await put(first);
    for await (const chunk of rest) await put(chunk);
    await writer.close();
  })().catch(async (cause) => {
    failure = cause;
    await writer.abort(cause).catch(() => undefined);
  });
  try {
    yield* chunksOf(decoder.readable as ReadableStream<Uint8Array>);
    await feeding;
    if (failure) throw failure;
  } catch (cause) {
    await feeding;
    const error = (failure ?? cause) as Error;
    if (error.name === "PlatformError") throw error;
    throw new FormatError(
      `${what} expected whole gzip data, got a fault at or before byte ${fed} (${error.message || "the end is missing"}); fetch it again`,
      { cause: error },
    );
  }
}

function decoderFor(operation: string, encoding: string): TextDecoder {
  try {
    return new TextDecoder(encoding, { fatal: true });
  } catch (cause) {
    throw new ValueError(
      `${operation}: encoding expected a label such as "utf-8" or "windows-1252", got ${show(encoding)}`,
      { cause },
    );
  }
}

/** The text of bytes, without a byte order mark. */
async function* decoded(
  what: string,
  chunks: AsyncIterable<Uint8Array>,
  encoding: string | undefined,
): AsyncGenerator<string> {
  let decoder: TextDecoder | undefined;
  let before = 0;
  const decode = (bytes?: Uint8Array): string => {
    try {
      return (decoder as TextDecoder).decode(bytes, { stream: bytes !== undefined });
    } catch (cause) {
      const { encoding: label } = decoder as TextDecoder;
      throw new FormatError(
        `${what} expected ${label}, got other bytes at or after byte ${before}; pass its encoding, such as { encoding: "windows-1252" }`,
        { cause },
      );
    }
  };
  for await (const bytes of chunks) {
    decoder ??= decoderFor(what, encoding ?? markedEncoding(bytes));
    yield decode(bytes);
    before += bytes.length;
  }
  if (decoder) yield decode();
}

/** What a byte order mark says. */
function markedEncoding(bytes: Uint8Array): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return "utf-16le";
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return "utf-16be";
  return "utf-8";
}

/** CRLF and CR become LF; a byte order mark of a string goes. */
async function* unixLines(chunks: AsyncIterable<string>): AsyncGenerator<string> {
  let held = "";
  let first = true;
  for await (const chunk of chunks) {
    let text = held + chunk;
    if (first && text !== "") {
      text = text.replace(/^\uFEFF/, "");
      first = false;
    }
    // The line feed of a CR at the end may be in the next chunk.
    held = text.endsWith("\r") ? "\r" : "";
    if (held) text = text.slice(0, -1);
    yield text.includes("\r") ? text.replace(/\r\n?/g, "\n") : text;
  }
  if (held) yield "\n";
}

async function* withoutLines(chunks: AsyncIterable<string>, count: number): AsyncGenerator<string> {
  let left = count;
  for await (let chunk of chunks) {
    while (left > 0) {
      const end = chunk.indexOf("\n");
      if (end < 0) {
        chunk = "";
        break;
      }
      chunk = chunk.slice(end + 1);
      left--;
    }
    if (chunk !== "") yield chunk;
  }
}
