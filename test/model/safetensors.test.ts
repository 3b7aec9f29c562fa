import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join as joinPath } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { inspect, save } from "../../src/formats/index.js";
import * as wg from "../../src/index.js";
import { encodeSafetensors } from "../../src/model/encode-safetensors.js";
import { decodeSafetensors } from "../../src/model/safetensors.js";
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
    ["no JSON", file("hello, wo"), /byte 8: JSON expected, got/],
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

describe("beside the format's own library", () => {
  const fixture = (name: string) => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));

  test("a file that Python wrote is read", async () => {
    const path = fixture("safetensors-python.safetensors");
    const { tensors, metadata } = decodeSafetensors(readFileSync(path), path);
    expect(metadata).toEqual({ format: "np", note: "made by Python" });
    const int32 = (shape: number[], ...values: number[]) => ({ data: Int32Array.from(values), shape, dtype: "int32" });
    expect(Object.fromEntries(tensors)).toEqual({
      "layer/float32": { data: Float32Array.of(-0.5, -0.25, 0, 0.25, 0.5, 0.75), shape: [2, 3], dtype: "float32" },
      special: {
        data: Float32Array.of(-0, Number.NaN, Infinity, -Infinity, 2 ** -149, (2 - 2 ** -23) * 2 ** 127),
        shape: [6],
        dtype: "float32",
      },
      float64: { data: Float64Array.of(Math.PI, -Number.MIN_VALUE, 1 / 3), shape: [3, 1], dtype: "float64" },
      int32: int32([2, 2], -(2 ** 31), -1, 0, 2 ** 31 - 1),
      uint8: { data: Uint8Array.of(0, 1, 255), shape: [3], dtype: "uint8" },
      bool: { data: Uint8Array.of(1, 0, 1), shape: [1, 3], dtype: "bool" },
      scalar: { data: Float32Array.of(2.5), shape: [], dtype: "float32" },
      empty: { data: new Float64Array(0), shape: [0, 3], dtype: "float64" },
      "größe ∑": int32([1], 7),
    });
    const inspected = await inspect(path);
    expect(inspected.tensors.find(({ name }) => name === "bool")).toEqual({
      name: "bool",
      dtype: "bool",
      shape: [1, 3],
    });
  });

  test("a file that save wrote is read by Python", async (context) => {
    try {
      execFileSync("python3", ["-c", "import safetensors, numpy"], { stdio: "ignore" });
    } catch {
      return context.skip("python3 has no safetensors and numpy; pip install them");
    }
    const folder = mkdtempSync(joinPath(tmpdir(), "wasmgrad-"));
    try {
      for (const dtype of ["float32", "float64"] as const) {
        const layers = [
          wg.layers.dense({ units: 5, inputShape: [3] }),
          wg.layers.batchNormalization(),
          wg.layers.dense({ units: 1 }),
        ];
        const model = wg.sequential(layers, { dtype }).compile({ loss: "mse", optimizer: "adam" });
        await model.fit(wg.randomNormal([8, 3]), wg.randomNormal([8, 1]));
        const path = joinPath(folder, `${dtype}.safetensors`);
        await save(model, path);
        const read = JSON.parse(
          execFileSync("python3", [fixture("safetensors-python.py"), path], { encoding: "utf8" }),
        ) as {
          metadata: Record<string, string>;
          tensors: Record<string, { dtype: string; shape: number[]; bytes: string }>;
        };
        for (const variable of model.variables) {
          const { buffer } = variable.toTypedArray();
          const bytes = Buffer.from(buffer).toString("hex");
          expect(read.tensors[variable.name]).toEqual({ dtype, shape: variable.shape, bytes });
        }
        const moments = Object.keys(read.tensors).filter((name) => name.startsWith("optimizer/"));
        expect(moments.length).toBe(2 * 6);
        expect(JSON.parse(read.metadata.wasmgrad as string).kind).toBe("sequential");
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
