import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { afterAll, describe, expect, test } from "vitest";
import { idx } from "../../src/data/index.js";
import { generator } from "../support/random.js";
import { noSharedData, sharedData } from "../support/shared-data.js";

const folder = mkdtempSync(join(tmpdir(), "wasmgrad-idx-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** An IDX file by hand: type code, shape, then the numbers written by `put`. */
function file(code: number, shape: number[], size: number, put: (view: DataView, at: number) => void): Uint8Array {
  const bytes = new Uint8Array(4 + 4 * shape.length + size);
  const view = new DataView(bytes.buffer);
  bytes.set([0, 0, code, shape.length]);
  shape.forEach((n, i) => {
    view.setUint32(4 + 4 * i, n);
  });
  put(view, 4 + 4 * shape.length);
  return bytes;
}

const bytes = file(0x08, [2, 3], 6, (view, at) => {
  for (let i = 0; i < 6; i++) view.setUint8(at + i, 250 + i);
});
const whole = { data: Uint8Array.of(250, 251, 252, 253, 254, 255), shape: [2, 3] };

describe("element types", () => {
  const numbers = [0, -1, 100, -128];
  const typed = (code: number, size: number, set: (view: DataView, at: number, v: number) => void) =>
    file(code, [numbers.length], size * numbers.length, (view, at) => {
      numbers.forEach((v, i) => {
        set(view, at + size * i, v);
      });
    });
  test.each([
    ["signed bytes", typed(0x09, 1, (v, at, n) => v.setInt8(at, n)), Int32Array],
    ["shorts", typed(0x0b, 2, (v, at, n) => v.setInt16(at, n)), Int32Array],
    ["ints", typed(0x0c, 4, (v, at, n) => v.setInt32(at, n)), Int32Array],
    ["floats", typed(0x0d, 4, (v, at, n) => v.setFloat32(at, n)), Float32Array],
    ["doubles", typed(0x0e, 8, (v, at, n) => v.setFloat64(at, n)), Float64Array],
  ])("%s", async (_, source, type) => {
    const { data, shape } = await idx(source);
    expect(data).toBeInstanceOf(type);
    expect([Array.from(data), shape]).toEqual([numbers, [4]]);
  });

  test("unsigned bytes, empty and scalar files", async () => {
    expect(await idx(bytes)).toEqual(whole);
    expect(await idx(file(0x08, [0, 28], 0, () => undefined))).toEqual({ data: new Uint8Array(0), shape: [0, 28] });
    expect(await idx(Uint8Array.of(0, 0, 8, 0, 7))).toEqual({ data: Uint8Array.of(7), shape: [] });
  });
});

test("reads paths, URLs and blobs, packed or not", async () => {
  const packed = gzipSync(bytes);
  writeFileSync(join(folder, "a.idx"), bytes);
  writeFileSync(join(folder, "a.gz"), packed);
  const file = pathToFileURL(join(folder, "a.gz"));
  const data = `data:;base64,${packed.toString("base64")}`;
  const sources = [join(folder, "a.idx"), join(folder, "a.gz"), file, file.href, data, new Uint8Array(packed)];
  for (const source of [...sources, new Blob([packed]), new File([bytes as Uint8Array<ArrayBuffer>], "b.idx")]) {
    expect(await idx(source)).toEqual(whole);
  }
});

describe("what is no whole IDX file is named with its byte", () => {
  const with_ = (at: number, value: number) => Uint8Array.from(bytes, (v, i) => (i === at ? value : v));
  const packed = new Uint8Array(gzipSync(bytes));
  const next = generator(1);
  const noise = file(0x08, [100000], 100000, (view, at) => {
    for (let i = 0; i < 100000; i++) view.setUint8(at + i, next() * 256);
  });
  const large = new Uint8Array(gzipSync(noise));
  test.each<[string, Uint8Array, string | RegExp]>([
    [
      "nothing",
      new Uint8Array(0),
      'idx: file "bad.idx" expected 4 bytes of magic number, ends at byte 0; fetch it again',
    ],
    [
      "a wrong magic number",
      with_(0, 7),
      'idx: file "bad.idx" expected two zeros at byte 0, got 0x0700; it is no IDX file',
    ],
    [
      "an unknown type",
      with_(2, 0x0a),
      'idx: file "bad.idx" expected an element type of 0x08, 0x09, 0x0b, 0x0c, 0x0d, 0x0e at byte 2, got 0x0a',
    ],
    [
      "a header cut off",
      bytes.slice(0, 10),
      'idx: file "bad.idx" expected a header of 12 bytes for 2 axes, ends at byte 10; fetch it again',
    ],
    [
      "numbers cut off",
      bytes.slice(0, 17),
      'idx: file "bad.idx" expected 18 bytes for shape [2, 3], ends at byte 17; fetch it again',
    ],
    [
      "an absurd size",
      with_(4, 255),
      'idx: file "bad.idx" expected 12834570258 bytes for shape [4278190082, 3], ends at byte 18; fetch it again',
    ],
    [
      "bytes behind",
      Uint8Array.of(...bytes, 1),
      'idx: file "bad.idx" expected its end at byte 18 for shape [2, 3], goes on to byte 19',
    ],
    [
      "gzip cut off",
      packed.slice(0, -6),
      /^idx: file "bad.idx" expected whole gzip data, got a fault at or before byte \d+ of \d+ \(\d+ bytes unpacked: .+\); fetch it again$/,
    ],
    [
      "gzip with a flipped bit",
      packed.map((v, i) => (i === packed.length - 7 ? v ^ 1 : v)),
      /idx: file "bad.idx" expected whole gzip data, got a fault at or before byte/,
    ],
    [
      "gzip with a fault inside",
      large.map((v, i) => (i === 12 ? v ^ 64 : v)),
      /got a fault at or before byte \d{5} of 100061 \(0 bytes unpacked/,
    ],
    [
      "gzip followed by something",
      Uint8Array.of(...packed, 1, 2, 3),
      /idx: file "bad.idx" expected whole gzip data, got a fault/,
    ],
    [
      "a gzip header alone",
      packed.slice(0, 4),
      /idx: file "bad.idx" expected whole gzip data, got a fault at or before byte 4 of 4/,
    ],
  ])("%s", async (_, content, text) => {
    await expect(idx(new File([content as Uint8Array<ArrayBuffer>], "bad.idx"))).rejects.toThrow(text);
  });

  test("a missing file, and what is no source", async () => {
    await expect(idx(join(folder, "none"))).rejects.toThrow(/^read ".*none": no such file; check the path$/);
    await expect(idx("http://127.0.0.1:1/a.gz")).rejects.toThrow(
      /^read "http:\/\/127.0.0.1:1\/a.gz": the server was not reached/,
    );
    await expect(idx(5 as never)).rejects.toThrow("idx: source expected a path, a URL, bytes or a Blob, got 5");
  });
});

test.skipIf(noSharedData)("reads MNIST's own files", async () => {
  const { data: values, shape } = await idx(join(sharedData, "mnist", "t10k-images-idx3-ubyte.gz"));
  expect(shape).toEqual([10000, 28, 28]);
  const data = values as Uint8Array;
  expect(data.reduce((sum, v) => sum + v, 0) / data.length / 255).toBeCloseTo(0.1325, 4);
});
