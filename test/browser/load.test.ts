import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { save } from "../../src/formats/index.js";
import * as wg from "../../src/index.js";
import { kinds, started } from "./support/browsers.js";
import { library, pages } from "./support/library.js";
import { callInNode } from "./support/node.js";
import { callInPage } from "./support/page.js";
import { type Server, serve } from "./support/server.js";

interface Predicted {
  shape: number[];
  outputs: number[];
  told?: { done: number; total: number; file: string }[];
}

const files = [
  { format: "ONNX", path: "/fixtures/networks/lenet.onnx" },
  { format: "safetensors", path: "/models/small.safetensors" },
];
let folder: string;
let server: Server;
const fileOf = (path: string) =>
  path.startsWith("/models/")
    ? join(folder, path.slice("/models/".length))
    : path.replace("/fixtures/", "test/fixtures/formats/");

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "wasmgrad-load-"));
  wg.setSeed(3);
  const model = wg.sequential([
    wg.layers.conv2d({ filters: 4, kernelSize: 3, activation: "relu", inputShape: [8, 8, 1] }),
    wg.layers.batchNormalization(),
    wg.layers.flatten(),
    wg.layers.dense({ units: 5, activation: "softmax" }),
  ]);
  await save(model, join(folder, "small.safetensors"));
  server = await serve({ ...library, folders: { ...library.folders, "/models/": folder }, strict: true });
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

describe.each(kinds)("load in $name", (kind) => {
  const browser = started(kind);
  const inPage = (name: string, url: string) =>
    callInPage<Predicted>(browser(), server, { module: "/pages/load.js", name, args: [url] });

  describe.each(files)("of $format", ({ path }) => {
    const inNode = () =>
      callInNode<Predicted>({ module: `${pages}/load.js`, name: "fromUrl", args: [server.at(path)] });

    test("from a URL: what Node predicts, bit for bit, and progress to the last byte", async () => {
      const { told = [], ...found } = await inPage("fromUrl", path);
      const { told: _, ...expected } = await inNode();
      expect(found).toEqual(expected);
      expect(found.outputs.every(Number.isFinite)).toBe(true);
      const size = statSync(fileOf(path)).size;
      expect(told.at(-1)).toEqual({ done: size, total: size, file: path });
      expect(told.map(({ done }) => done)).toEqual(told.map(({ done }) => done).sort((a, b) => a - b));
    });

    test.each(["fromFile", "fromBlob"])("%s: the same", async (name) => {
      const { told: _, ...expected } = await inNode();
      expect(await inPage(name, path)).toEqual(expected);
    });
  });
});
