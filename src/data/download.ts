import { PlatformError } from "../util/errors.js";
import { joined } from "./read.js";

/** A published file that never changes. */
export interface KnownFile {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** Called as bytes arrive: so many of so many, and the file that they belong to. */
export type Progress = (received: number, total: number, file: string) => void;

/** How long a server may take to answer, and to go on after a pause, in milliseconds. */
const PATIENCE = 15_000;

/**
 * Fetches a file from the first mirror that gives it whole, and moves that mirror to the front.
 *
 * @param mirrors folders as URLs that end in "/"
 * @throws PlatformError that says what each mirror answered
 */
export async function download(
  operation: string,
  file: KnownFile,
  mirrors: string[],
  progress: (received: number) => void,
): Promise<Uint8Array> {
  const failures: string[] = [];
  for (const mirror of [...mirrors]) {
    const url = mirror + file.name;
    try {
      const bytes = await fetchBytes(url, progress);
      await checkWhole(bytes, file);
      mirrors.splice(mirrors.indexOf(mirror), 1);
      mirrors.unshift(mirror);
      return bytes;
    } catch (cause) {
      failures.push(`${url}: ${messageOf(cause)}`);
    }
  }
  throw new PlatformError(`${operation}: download of ${file.name} failed (${failures.join("; ")})`);
}

/** @throws PlatformError where the bytes are not those of the file. */
async function checkWhole(bytes: Uint8Array, file: KnownFile): Promise<void> {
  if (bytes.length !== file.bytes) throw new PlatformError(`expected ${file.bytes} bytes, got ${bytes.length}`);
  const sum = await sha256(bytes);
  if (sum !== file.sha256) throw new PlatformError(`expected SHA-256 ${file.sha256}, got ${sum}`);
}

/** Whether bytes are those of a known file. */
export async function isWhole(bytes: Uint8Array, file: KnownFile): Promise<boolean> {
  return bytes.length === file.bytes && (await sha256(bytes)) === file.sha256;
}

async function sha256(bytes: Uint8Array): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function fetchBytes(url: string, progress: (received: number) => void): Promise<Uint8Array> {
  const stop = new AbortController();
  let timer = setTimeout(() => stop.abort(), PATIENCE);
  try {
    const response = await fetch(url, { signal: stop.signal });
    if (!response.ok || !response.body) {
      throw new PlatformError(`the server answered ${response.status} ${response.statusText}`);
    }
    const parts: Uint8Array[] = [];
    let received = 0;
    const reader = response.body.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      clearTimeout(timer);
      timer = setTimeout(() => stop.abort(), PATIENCE);
      parts.push(value);
      received += value.length;
      progress(received);
    }
    return joined(parts, received);
  } catch (cause) {
    if (stop.signal.aborted) throw new PlatformError(`no answer for ${PATIENCE / 1000} seconds`, { cause });
    throw cause;
  } finally {
    clearTimeout(timer);
  }
}

function messageOf(cause: unknown): string {
  const inner = (cause as Error).cause as { code?: string; message?: string } | undefined;
  return inner?.code ?? inner?.message ?? (cause as Error).message;
}
