import type { FileStream } from "./platform/platform.js";

/** What a server sends. What it packed on the way has another size than what arrives. */
export function streamed({ body, headers }: Response): FileStream {
  const length = headers.get("content-encoding") ? null : headers.get("content-length");
  return { chunks: chunksOf(body ?? new Blob([]).stream()), size: length === null ? undefined : Number(length) };
}

/** A stream's chunks; not every browser iterates streams by itself. */
export async function* chunksOf<T>(stream: ReadableStream<T>): AsyncGenerator<T> {
  const reader = stream.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
