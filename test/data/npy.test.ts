import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { npy, npyBytes } from "../../src/data/index.js";
import * as wg from "../../src/index.js";
import { DTypeError, FormatError } from "../../src/util/errors.js";

interface Written {
  file: string;
  shape: number[];
  values: string[];
}
/** By numpy.save: test/fixtures/npy.py. */
const { good, bad }: { good: Record<string, Written>; bad: Record<string, string> } = JSON.parse(
  readFileSync(new URL("../fixtures/npy.json", import.meta.url), "utf8"),
);
const unpacked = (file: string) => new Uint8Array(gunzipSync(Buffer.from(file, "base64")));
const numbers = (values: string[]) =>
  values.map((v) => (v.endsWith("inf") ? Number(v.replace("inf", "Infinity")) : Number(v)));

describe("reads what numpy writes", () => {
  for (const [name, { file, shape, values }] of Object.entries(good)) {
    test(name, async () => {
      const read = await npy(unpacked(file));
      expect([...read.data]).toEqual(numbers(values));
      expect(read.shape).toEqual(shape);
    });
  }

  test("types: as narrow as they come, booleans as such, gzip unpacked", async () => {
    const kinds = { u1: Uint8Array, "<i8": Int32Array, "<f2": Float32Array, "<f4": Float32Array, ">f8": Float64Array };
    for (const [name, kind] of Object.entries(kinds)) {
      expect((await npy(Buffer.from((good[name] as Written).file, "base64"))).data, name).toBeInstanceOf(kind);
    }
    expect((await npy(unpacked((good.bool as Written).file))).dtype).toBe("bool");
  });
});

describe("writes what numpy reads", () => {
  test("the bytes of numpy.save", () => {
    const { file, shape, values } = good["<f4"] as Written;
    expect(npyBytes({ data: Float32Array.from(numbers(values)), shape })).toEqual(unpacked(file));
    const flags = good.bool as Written;
    expect(npyBytes({ data: Uint8Array.from(numbers(flags.values)), shape: flags.shape, dtype: "bool" })).toEqual(
      unpacked(flags.file),
    );
    expect(npyBytes(wg.tensor(2.5, [], "float64"))).toEqual(unpacked((good.scalar as Written).file));
  });
});

describe("errors", () => {
  for (const [name, text] of Object.entries({
    complex: /expected elements of b1, u1.*got "<c8"/,
    text: /got "<U1"/,
    records: /got records of several fields/,
    wide: /element 1 expected a whole number that int32 holds, got 1099511627776 of int64/,
    "negative wide": /element 1 .* got -1099511627776 of int64/,
    unsigned: /element 0 .* got 4294967295 of uint32/,
  })) {
    test(name, async () => {
      const failed = npy(unpacked(bad[name] as string));
      await expect(failed).rejects.toBeInstanceOf(DTypeError);
      await expect(failed).rejects.toThrow(text);
    });
  }

  test("damaged files", async () => {
    const whole = unpacked((good["<f4"] as Written).file);
    const changed = (at: number, value: number) => Uint8Array.from(whole, (byte, i) => (i === at ? value : byte));
    for (const [bytes, text] of [
      [whole.slice(0, 5), /at least 12 bytes, ends at byte 5/],
      [whole.slice(0, 50), /header up to byte 128, ends at byte 50/],
      [whole.slice(0, 200), /expected its end at byte 224 for shape \[2, 3, 4\] of f4, ends at byte 200/],
      [changed(0, 1), /"\\x93NUMPY" at byte 0/],
      [changed(6, 4), /version 1, 2 or 3 at byte 6, got 4/],
      [changed(12, 120), /expected 'descr' in its header/],
    ] as const) {
      await expect(npy(bytes)).rejects.toThrow(FormatError);
      await expect(npy(bytes)).rejects.toThrow(text);
    }
  });
});
