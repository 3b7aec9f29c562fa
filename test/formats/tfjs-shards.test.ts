import { describe, expect, test } from "vitest";
import {
  checkManifest,
  decodeShards,
  encodeShards,
  type TfjsGroup,
  type TfjsWeight,
} from "../../src/formats/tfjs/shards.js";
import { FormatError } from "../../src/util/errors.js";
import { fromHost, toHost } from "../../src/util/file-array.js";
import { toFloat16 } from "../../src/util/half.js";

const group = (...weights: TfjsWeight[]): TfjsGroup => ({ paths: ["a", "b"], weights });
const shard = (name: string, ...bytes: number[]) => ({ name, bytes: Uint8Array.from(bytes) });
const floats = (...values: number[]) => [...new Uint8Array(Float32Array.from(values).buffer)];
const values = (array: unknown) => [...toHost("test", array as never).data];

describe("reads", () => {
  test("weights of every type, over the ends of shards", () => {
    const bytes = [...floats(1.5, -2), ...new Uint8Array(Int32Array.of(-7).buffer), 1, 0, 3, 0, 0, 0, 97, 195, 159];
    const specs = group(
      { name: "w", shape: [2, 1], dtype: "float32" },
      { name: "i", shape: [], dtype: "int32" },
      { name: "b", shape: [2], dtype: "bool" },
      { name: "s", shape: [1], dtype: "string" },
    );
    for (let cut = 0; cut <= bytes.length; cut++) {
      const read = decodeShards(specs, [shard("a", ...bytes.slice(0, cut)), shard("b", ...bytes.slice(cut))]);
      expect(values(read.get("w"))).toEqual([1.5, -2]);
      expect(values(read.get("i"))).toEqual([-7]);
      expect(read.get("b")).toMatchObject({ dtype: "bool" });
      expect(read.get("s")).toEqual({ dtype: "string", shape: [1], texts: ["aß"] });
    }
  });

  test("quantized weights: scale · q + min, and float16", () => {
    const half = [1.5, -0.25].flatMap((value) => [toFloat16(value) & 255, toFloat16(value) >> 8]);
    const linear = (dtype: string) => ({ dtype, scale: 0.1, min: -1 });
    const read = decodeShards(
      group(
        { name: "u8", shape: [2], dtype: "float32", quantization: linear("uint8") },
        { name: "u16", shape: [1], dtype: "float32", quantization: linear("uint16") },
        { name: "half", shape: [2], dtype: "float32", quantization: { dtype: "float16" } },
        { name: "whole", shape: [2], dtype: "int32", quantization: linear("uint8") },
      ),
      [shard("a", 0, 255, 0, 1, ...half, 12, 255)],
    );
    expect(values(read.get("u8"))).toEqual([-1, Math.fround(255 * 0.1 - 1)]);
    expect(values(read.get("u16"))).toEqual([Math.fround(256 * 0.1 - 1)]);
    expect(values(read.get("half"))).toEqual([1.5, -0.25]);
    expect(values(read.get("whole"))).toEqual([0, 25]);
    expect(read.get("whole")).toMatchObject({ dtype: "int32" });
  });
});

describe("refuses", () => {
  const w = { name: "w", shape: [2], dtype: "float32" };
  test.each([
    [
      "too few bytes",
      group(w),
      [shard("a", 1, 2), shard("b", 3)],
      /a: byte 0: 8 bytes of weight "w" expected, got 3 to the end/,
    ],
    [
      "too many",
      group(w),
      [shard("a", ...floats(1)), shard("b", ...floats(1), 9)],
      /b: byte 4: the end of the weights expected, got 1 more bytes/,
    ],
    [
      "another type",
      group({ ...w, dtype: "complex64" }),
      [shard("a")],
      /of float32, int32, bool, uint8 or string expected, got "complex64"/,
    ],
    ["a name twice", group(w, w), [shard("a", ...floats(1, 2, 3, 4))], /weight "w" once/],
    [
      "a long text",
      group({ ...w, dtype: "string", shape: [1] }),
      [shard("a", 255, 255, 255, 255, 1)],
      /text 0 of weight "w"/,
    ],
    ["many texts", group({ ...w, dtype: "string", shape: [2 ** 50] }), [shard("a", 0)], /texts of weight "w"/],
  ])("%s: an error that names shard and byte", (_, specs, shards, message) => {
    expect(() => decodeShards(specs, shards)).toThrow(FormatError);
    expect(() => decodeShards(specs, shards)).toThrow(message);
  });

  test.each([
    ["nothing", undefined, /an array of groups/],
    ["no paths", [{ weights: [] }], /an array of groups/],
    ["a shard elsewhere", [{ paths: ["../x.bin"], weights: [] }], /in the model's own folder, not "..\/x.bin"/],
    ["a shard on another host", [{ paths: ["https://x/y.bin"], weights: [] }], /own folder/],
    ["a shape that is none", [{ paths: [], weights: [{ ...w, shape: [-1] }] }], /weights \{ name, shape, dtype \}/],
    ["no scale", [{ paths: [], weights: [{ ...w, quantization: { dtype: "uint8" } }] }], /with scale and min/],
  ])("a manifest with %s", (_, manifest, message) => {
    expect(() => checkManifest("load: model.json", manifest)).toThrow(FormatError);
    expect(() => checkManifest("load: model.json", manifest)).toThrow(message);
  });
});

test("writes shards that it reads", () => {
  const weights = new Map([
    ["a", fromHost("test", { data: Float32Array.from({ length: 10 }, (_, i) => i), shape: [5, 2] })],
    ["b", fromHost("test", { data: Int32Array.of(1), shape: [] })],
  ]);
  const { group, shards } = encodeShards(weights, { shardBytes: 16 });
  expect(group.paths).toEqual(["group1-shard1of3.bin", "group1-shard2of3.bin", "group1-shard3of3.bin"]);
  expect(checkManifest("m", JSON.parse(JSON.stringify([group])))).toEqual([group]);
  const read = decodeShards(
    group,
    shards.map((bytes, i) => ({ name: group.paths[i] as string, bytes })),
  );
  expect([...read].map(([name, array]) => [name, values(array)])).toEqual(
    [...weights].map(([name, array]) => [name, values(array)]),
  );
  const wide = fromHost("test", { data: Float64Array.of(1), shape: [] });
  expect(() => encodeShards(new Map([["w", wide]]))).toThrow(/weight "w" expected of float32, .* got float64/);
});
