import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { readSource } from "../../src/util/file-source.js";

const whole = Uint8Array.from({ length: 300_000 }, (_, i) => (i * 31) % 251);

afterEach(() => void vi.unstubAllGlobals());

test("a file that arrives in pieces is the file, and is told of up to its size", async () => {
  const folder = mkdtempSync(join(tmpdir(), "wasmgrad-source-"));
  const path = join(folder, "a.bin");
  writeFileSync(path, whole);
  const told: [number, number | undefined][] = [];
  const { bytes } = await readSource("test", path, (done, total) => void told.push([done, total]));
  rmSync(folder, { recursive: true });
  expect(Buffer.from(bytes).equals(whole)).toBe(true);
  expect(told.at(-1)).toEqual([whole.length, whole.length]);
  expect(told.length).toBeGreaterThan(1);
});

/** What a server says of its size, which may be anything. */
test.each([undefined, "10", "999999", String(2 ** 60)])("content-length %s", async (length) => {
  const body = () =>
    new ReadableStream({
      start(controller) {
        for (let at = 0; at < whole.length; at += 65_536) controller.enqueue(whole.slice(at, at + 65_536));
        controller.close();
      },
    });
  const headers = new Headers(length === undefined ? [] : [["content-length", length]]);
  vi.stubGlobal("fetch", async () => new Response(body(), { headers }));
  const { bytes } = await readSource("test", "https://example.com/a.bin", () => undefined);
  expect(Buffer.from(bytes).equals(whole)).toBe(true);
});
