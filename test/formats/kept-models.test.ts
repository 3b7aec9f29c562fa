import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { csv } from "../../src/data/index.js";
import { inspect, listModels, load, removeModel, save } from "../../src/formats/index.js";
import * as wg from "../../src/index.js";
import { platform } from "../../src/util/platform/node.js";

const network = () => wg.sequential([wg.layers.dense({ units: 2, inputShape: [3] })]);

test.each(["indexeddb://m.onnx", "opfs://folder/m.onnx", "downloads://m.onnx"])(
  "%s: Node says that it is a browser's",
  async (path) => {
    const text = (verb: string) => `${verb} "${path}": a browser expected, which has such storage, got Node`;
    await expect(save(network(), path)).rejects.toThrow(text("write"));
    await expect(load(path)).rejects.toThrow(text("read"));
    await expect(load(path, { onProgress: () => undefined })).rejects.toThrow(text("read"));
    await expect(inspect(path)).rejects.toThrow(text("read"));
    await expect(csv(path)).rejects.toThrow(text("read"));
    await expect(removeModel(path)).rejects.toThrow("removeModel: ");
  },
);

test("Node has no list of models", async () => {
  await expect(listModels()).rejects.toThrow(
    'listModels: storage: a browser expected, which keeps models under "indexeddb://" and "opfs://", got Node',
  );
});

test("a File's name says its format, as a path does", async () => {
  const parts: BlobPart[] = [];
  const stream = new WritableStream({ write: (part) => void parts.push(part) });
  await save(network(), stream, { format: "onnx" });
  const model = await load(new File(parts, "net.onnx"));
  expect(model.getWeights().map(({ shape }) => shape)).toEqual([[3, 2], [2]]);
  await expect(load(new File(parts, "net.bin"))).rejects.toThrow("safetensors");
});

test("of several files none is replaced where one cannot be written", async () => {
  const folder = mkdtempSync(join(tmpdir(), "wasmgrad-several-"));
  try {
    const path = (name: string) => join(folder, name);
    const bytes = (text: string) => [new TextEncoder().encode(text)];
    await platform.writeFiles([{ path: path("a"), parts: bytes("old") }]);
    const broken = [bytes("b")[0], 3] as Uint8Array[];
    const files = [
      { path: path("a"), parts: bytes("new") },
      { path: path("b"), parts: broken },
    ];
    await expect(platform.writeFiles(files)).rejects.toThrow(
      /^write ".*b": .*an earlier file of that name is untouched$/,
    );
    expect(readdirSync(folder)).toEqual(["a"]);
    expect(readFileSync(path("a"), "utf8")).toBe("old");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
