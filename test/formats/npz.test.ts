import { execFileSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { decodeNpz, encodeNpz } from "../../src/formats/npz.js";
import { encodeZip, openZip } from "../../src/formats/zip.js";
import { DTypeError, FormatError } from "../../src/util/errors.js";
import type { FileArray } from "../../src/util/file-array.js";
import { formatFixtures, joined, pythonWith, unpacked } from "../support/format-fixtures.js";
import { plain } from "../support/plain.js";

/** By numpy.savez: test/fixtures/formats/npz.py. */
const fixtures = formatFixtures<Record<string, unknown>>("npz");
const decode = (bytes: Uint8Array) => decodeNpz("test", { name: "m.npz", bytes });
const text = (content: string) => new TextEncoder().encode(content);

describe("reads what numpy writes", () => {
  for (const [name, written] of Object.entries(fixtures)) {
    test(name, async () => {
      expect(plain(await decode(unpacked(written)))).toEqual(written.content);
    });
  }

  test("the other byte order and Fortran's are turned", async () => {
    const arrays = await decode(unpacked(fixtures.savez as (typeof fixtures)[string]));
    expect([...new Int32Array(arrays.get("big")?.bytes.slice().buffer as ArrayBuffer)]).toEqual([-2, -1, 0, 1, 2]);
  });
});

describe("writes what numpy reads", () => {
  test("and decodeNpz; elements begin at multiples of 64", async () => {
    const arrays = await decode(unpacked(fixtures.savez as (typeof fixtures)[string]));
    const bytes = joined(encodeNpz(arrays));
    const again = await decode(bytes);
    expect(plain(again)).toEqual(plain(arrays));
    expect([...again.values()].filter(({ bytes }) => bytes.length && bytes.byteOffset % 64)).toEqual([]);
    expect(joined(encodeNpz(arrays))).toEqual(bytes);
  });

  test("judged by numpy", async (context) => {
    const python = pythonWith(context, "numpy");
    const arrays = await decode(unpacked(fixtures.savez as (typeof fixtures)[string]));
    const script = new URL("../fixtures/formats/npz.py", import.meta.url).pathname;
    const read = execFileSync(python, [script, "check"], { input: joined(encodeNpz(arrays)), encoding: "utf8" });
    expect(JSON.parse(read)).toEqual(plain(arrays));
  });

  test("a type that NumPy lacks is refused", () => {
    const array: FileArray = { dtype: "bfloat16", shape: [0], bytes: new Uint8Array(0) };
    expect(() => encodeNpz(new Map([["a", array]]))).toThrow(DTypeError);
  });
});

describe("archives", () => {
  const open = (bytes: Uint8Array) => openZip("test", { name: "a.zip", bytes });
  const archive = (...files: [string, string][]) =>
    joined(encodeZip(files.map(([name, content]) => ({ name, parts: [text(content)] }))));
  /** A copy with the bytes behind the n-th signature changed at an offset. */
  const changed = (bytes: Uint8Array, signature: number, offset: number, ...values: number[]) => {
    const out = bytes.slice();
    const view = new DataView(out.buffer);
    for (let at = 0; at < out.length - 4; at++) {
      if (view.getUint32(at, true) !== signature) continue;
      out.set(values, at + offset);
      return out;
    }
    throw new Error("no such signature");
  };

  test("more entries than 16 bits count need zip64", async () => {
    const files = Array.from({ length: 66000 }, (_, i) => ({ name: `${i}`, parts: [Uint8Array.of(i & 255)] }));
    const zip = await open(joined(encodeZip(files)));
    expect(zip.names.length).toBe(66000);
    expect([...zip.read("65999").bytes]).toEqual([65999 & 255]);
  });

  test("an entry is aligned, parts are joined, a missing one is named", async () => {
    const bytes = joined(
      encodeZip(
        [
          { name: "a", parts: [text("x"), text("y")] },
          { name: "bc", parts: [] },
        ],
        { align: 4096 },
      ),
    );
    const zip = await open(bytes);
    expect(zip.read("a").bytes.byteOffset).toBe(4096);
    expect(zip.read("a")).toEqual({ name: 'a.zip, entry "a"', bytes: text("xy") });
    expect(() => zip.read("d")).toThrow('a.zip: entry "d" expected, got a, bc');
  });

  test.each([
    ["../x", /name within the archive's own folder expected, got "\.\.\/x"/],
    ["/etc/passwd", /own folder/],
    ["a/../../b", /own folder/],
    ["C:\\x", /own folder/],
    ["a\\..\\b", /own folder/],
  ])("a name that leads elsewhere: %s", async (name, message) => {
    await expect(open(archive([name, "x"]))).rejects.toThrow(message);
  });

  const CENTRAL = 0x02014b50;
  test.each([
    ["the same name twice", () => archive(["a", "x"], ["a", "y"]), /each name once expected, got "a" again/],
    ["a password", () => changed(archive(["a", "x"]), CENTRAL, 8, 1), /without a password/],
    [
      "another method",
      () => changed(archive(["a", "x"]), CENTRAL, 10, 12),
      /stored or deflated expected, got method 12/,
    ],
    [
      "a size beyond deflate's ratio",
      () => changed(archive(["a", "x"]), CENTRAL, 24, 0, 0, 0, 1),
      /at most 1 bytes expected, got 16777216/,
    ],
    [
      "a directory elsewhere",
      () => changed(archive(["a", "x"]), 0x06054b50, 16, 255),
      /byte \d+: a central directory before/,
    ],
    [
      "more entries than the directory has room for",
      () => changed(archive(["a", "x"]), 0x06054b50, 10, 9),
      /a directory for 9 entries/,
    ],
    [
      "two entries with the same data",
      () => changed(archive(["a", "xxxx"], ["b", "xxxx"]), CENTRAL, 20, 99, 0, 0, 0, 99),
      /to end before byte/,
    ],
    ["nothing", () => new Uint8Array(0), /byte 0: an archive of at least 22 bytes expected, got 0/],
    ["no archive", () => new Uint8Array(100), /the record at an archive's end expected, got none/],
  ] as const)("%s", async (_, make, message) => {
    await expect(open(make())).rejects.toThrow(FormatError);
    await expect(open(make())).rejects.toThrow(message);
  });

  test("contents that differ from their checksum", async () => {
    const bytes = archive(["a", "hello"]);
    bytes[31] = 0;
    const zip = await open(bytes);
    expect(() => zip.read("a")).toThrow(/byte 31: entry "a" whole expected, got other contents than its checksum says/);
  });

  test("deflated data that is damaged or unpacks to another size", async () => {
    const good = unpacked(fixtures.savez_compressed as (typeof fixtures)[string]);
    for (let at = 60; at < 120; at++) {
      const bytes = good.slice();
      bytes[at] = (bytes[at] as number) ^ 0x55;
      await expect(decode(bytes), `byte ${at}`).rejects.toThrow(FormatError);
    }
  });
});
