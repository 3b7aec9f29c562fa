import { execFileSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { decodeOnnx, decodeOnnxTensor } from "../../src/formats/onnx/decode.js";
import { encodeOnnx } from "../../src/formats/onnx/encode.js";
import type { OnnxModel } from "../../src/formats/onnx/model.js";
import { FormatError } from "../../src/util/errors.js";
import { formatFixtures, joined, pythonWith, unpacked } from "../support/format-fixtures.js";
import { plain } from "../support/plain.js";

/** By the onnx package: test/fixtures/formats/onnx_models.py. */
const fixtures = formatFixtures<OnnxModel>("onnx_models");
const bytesOf = (name: string) => unpacked(fixtures[name] as (typeof fixtures)[string]);
const decode = (bytes: Uint8Array) => decodeOnnx("test", { name: "m.onnx", bytes });
const whole = ["mlp", "tensors", "kinds"];

describe("reads what onnx writes", () => {
  test.each(whole)("%s", async (name) => {
    expect(plain(await decode(bytesOf(name)))).toEqual(fixtures[name]?.content);
  });

  test("a tensor by itself", async () => {
    const tensor = await decodeOnnxTensor("test", { name: "input_0.pb", bytes: bytesOf("a tensor") });
    expect(plain(tensor)).toEqual(fixtures["a tensor"]?.content);
  });

  test("tensors in a file beside the model", async () => {
    const { data } = fixtures.external as unknown as { data: string };
    const bytes = bytesOf("external");
    const asked: string[] = [];
    const external = (location: string) => {
      asked.push(location);
      return { name: location, bytes: unpacked({ file: data, content: null }) };
    };
    const model = await decodeOnnx("test", { name: "m.onnx", bytes }, { external });
    expect(plain(model)).toEqual(fixtures.external?.content);
    expect(asked).toEqual(["m.onnx.data"]);
    await expect(decode(bytes)).rejects.toThrow(
      'm.onnx: tensor "w": its external file beside the model expected, got none named "m.onnx.data"',
    );
    const short = (location: string) => ({ name: location, bytes: new Uint8Array(8) });
    await expect(decodeOnnx("test", { name: "m.onnx", bytes }, { external: short })).rejects.toThrow(
      /tensor "w": 24 bytes in "m.onnx.data" of 8 expected, got 24 from byte 0 on/,
    );
    const outside = new TextDecoder("latin1").decode(bytes).replaceAll("m.onnx.data", "../nnx.data");
    await expect(decode(Uint8Array.from(outside, (c) => c.charCodeAt(0)))).rejects.toThrow(
      /in the model's own folder expected, got "..\/nnx.data"/,
    );
  });

  test("elements are not copied, the largest whole number is 2^63", async () => {
    const bytes = bytesOf("mlp");
    const model = await decode(bytes);
    const w = model.graph.initializers.get("w");
    expect(w && "bytes" in w && w.bytes.buffer).toBe(bytes.buffer);
  });
});

describe("refuses", () => {
  test("sparse tensors", async () => {
    await expect(decode(bytesOf("refused: sparse"))).rejects.toThrow(
      /graph "sparse": dense tensors expected, got sparse initializers/,
    );
  });

  test.each([
    ["no file", Uint8Array.of(), /byte 0: an ONNX model with a graph expected, got none/],
    [
      "a field of another kind",
      Uint8Array.of(0x0d, 0, 0, 0, 0),
      /byte 1: wire type 0 for ModelProto.irVersion expected, got 5/,
    ],
    [
      "a field that ends beyond the file",
      Uint8Array.of(0x3a, 9, 0),
      /byte 1: ModelProto.graph up to byte 3 expected, got a length of 9/,
    ],
    ["a field that ends beyond its message", Uint8Array.of(0x3a, 2, 0x12, 1, 0), /GraphProto.name up to byte 4/],
    ["no field", Uint8Array.of(0), /byte 0: a field expected, got a fault \(illegal tag/],
    ["a text", new TextEncoder().encode("<html>not a model</html>"), FormatError],
  ] as const)("%s", async (_, bytes, message) => {
    await expect(decode(bytes)).rejects.toThrow(FormatError);
    await expect(decode(bytes)).rejects.toThrow(message as RegExp);
  });

  test("graphs in graphs without end", async () => {
    let bytes = new Uint8Array(0);
    for (let depth = 0; depth < 60; depth++) {
      // node { attribute { g: … } }
      for (const tag of [0x32, 0x2a, 0x0a]) bytes = Uint8Array.from([tag, ...varint(bytes.length), ...bytes]);
    }
    await expect(decode(Uint8Array.from([0x3a, ...varint(bytes.length), ...bytes]))).rejects.toThrow(
      /at most 100 deep/,
    );
  });
});

const varint = (n: number): number[] => (n < 128 ? [n] : [(n & 127) | 128, ...varint(n >> 7)]);

describe("writes what onnx reads", () => {
  test.each(whole)("%s comes back as it went, in the same bytes each time", async (name) => {
    const model = await decode(bytesOf(name));
    const bytes = joined(await encodeOnnx("test", model));
    expect(plain(await decode(bytes))).toEqual(plain(model));
    expect(joined(await encodeOnnx("test", model))).toEqual(bytes);
  });

  test("whole numbers to the end of 64 bits", async () => {
    const model = await decode(bytesOf("kinds"));
    const node = model.graph.nodes[1] as OnnxModel["graph"]["nodes"][number];
    const ints = { kind: "ints" as const, value: [2 ** 63, -(2 ** 63), 2 ** 53] };
    const nodes = [{ ...node, attributes: new Map([["ends", ints]]) }];
    const again = await decode(joined(await encodeOnnx("test", { ...model, graph: { ...model.graph, nodes } })));
    expect(again.graph.nodes[0]?.attributes.get("ends")).toEqual(ints);
  });

  test("judged by onnx.checker", async (context) => {
    const python = pythonWith(context, "onnx");
    const script = new URL("../fixtures/formats/onnx_models.py", import.meta.url).pathname;
    for (const name of ["mlp", "tensors"]) {
      const input = joined(await encodeOnnx("test", await decode(bytesOf(name))));
      expect(JSON.parse(execFileSync(python, [script, "check"], { input, encoding: "utf8" }))).toEqual(
        fixtures[name]?.content,
      );
    }
  });
});
