import { describe, expect, test } from "vitest";
import { decodeSafetensors, encodeSafetensors } from "../../src/model/safetensors.js";
import { FormatError } from "../../src/util/errors.js";

const join = (parts: Uint8Array[]): Uint8Array => Uint8Array.from(parts.flatMap((part) => [...part]));

/** A file put together by hand: header length, header, elements. */
function file(header: unknown, data: number[] = []): Uint8Array {
  const json = new TextEncoder().encode(typeof header === "string" ? header : JSON.stringify(header));
  const length = new Uint8Array(8);
  length[0] = json.length & 255;
  length[1] = json.length >> 8;
  return Uint8Array.from([...length, ...json, ...data]);
}

describe("safetensors", () => {
  test("a file written by hand is read", () => {
    const header = {
      __metadata__: { who: "me" },
      b: { dtype: "U8", shape: [2], data_offsets: [4, 6] },
      a: { dtype: "F32", shape: [1, 1], data_offsets: [0, 4] },
    };
    const { tensors, metadata } = decodeSafetensors(file(header, [0, 0, 0xc0, 0x3f, 7, 255]), "x");
    expect(metadata).toEqual({ who: "me" });
    expect(tensors.get("a")).toEqual({ data: Float32Array.of(1.5), shape: [1, 1], dtype: "float32" });
    expect(tensors.get("b")).toEqual({ data: Uint8Array.of(7, 255), shape: [2], dtype: "uint8" });
  });

  test("every dtype, scalars and empty tensors come back as they went", () => {
    const tensors = new Map([
      ["scalar", { data: Float64Array.of(Math.PI), shape: [], dtype: "float64" as const }],
      ["empty", { data: new Float32Array(0), shape: [0, 3], dtype: "float32" as const }],
      ["ints", { data: Int32Array.of(-1, 2 ** 31 - 1), shape: [2], dtype: "int32" as const }],
      ["flags", { data: Uint8Array.of(1, 0), shape: [2], dtype: "bool" as const }],
    ]);
    const bytes = join(encodeSafetensors({ tensors, metadata: { k: "v" } }));
    const read = decodeSafetensors(bytes, "x");
    expect([...read.tensors]).toEqual([...tensors]);
    expect(Number(new DataView(bytes.buffer).getBigUint64(0, true)) % 8).toBe(0);
  });

  const good = { a: { dtype: "F32", shape: [2], data_offsets: [0, 8] } };
  test.each([
    [
      "shorter than its length",
      Uint8Array.of(1, 2, 3),
      /m\.safetensors: byte 0: a header length of 8 bytes expected, got 3/,
    ],
    ["a header that ends beyond the file", file(good).subarray(0, 20), /byte 0: a header of 54 bytes expected, got 12/],
    ["no JSON", file("hello, wo"), /byte 8: a header in JSON expected/],
    [
      "truncated elements",
      file(good, [1, 2, 3]),
      /tensor "a": its 8 bytes expected to end at byte 70, got the end of the file/,
    ],
    ["more bytes than named", file(good, new Array(9).fill(0)), /byte 70: the end of the file expected, got 1 more/],
    [
      "an unknown dtype",
      file({ a: { dtype: "F8", shape: [1], data_offsets: [0, 1] } }, [0]),
      /dtype expected one of F32.*got F8/,
    ],
    [
      "a shape of another size",
      file({ a: { dtype: "F32", shape: [3], data_offsets: [0, 8] } }, new Array(8).fill(0)),
      /12 bytes expected by its shape, got 8/,
    ],
    [
      "offsets that go back",
      file({ a: { dtype: "U8", shape: [0], data_offsets: [4, 0] } }),
      /shape and data_offsets expected/,
    ],
  ])("%s: an error that names file and byte", (_, bytes, message) => {
    expect(() => decodeSafetensors(bytes, "m.safetensors")).toThrow(FormatError);
    expect(() => decodeSafetensors(bytes, "m.safetensors")).toThrow(message);
  });
});
