import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "puppeteer-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { load } from "../../src/formats/index.js";
import * as wg from "../../src/index.js";
import { kinds, started } from "./support/browsers.js";
import { library, pages } from "./support/library.js";
import { callInNode } from "./support/node.js";
import { callInPage, callInWorker } from "./support/page.js";
import { type Project, project, withEsbuild } from "./support/project.js";
import { type Server, serve } from "./support/server.js";

/** Every format that `save` writes: with an architecture, or weights alone. */
const models = [
  "m.safetensors",
  "m.onnx",
  "m.keras",
  "m.h5",
  "tfjs/model.json",
  "caffe/net.prototxt",
  "net.caffemodel",
];
const weights = ["w.pt", "w.npz"];
const schemes = ["indexeddb://", "opfs://"];

const downloads = mkdtempSync(join(tmpdir(), "wasmgrad-downloads-"));
const preferences = {
  "browser.download.folderList": 2,
  "browser.download.dir": downloads,
  "browser.download.always_ask_before_handling_new_types": false,
  "browser.helperApps.neverAsk.saveToDisk": "application/octet-stream",
};

let user: Project;
let server: Server;
beforeAll(async () => {
  user = project(["fflate", "@bufbuild/protobuf"]);
  const folders = { ...library.folders, "/bundle/": await withEsbuild(user, ["storage.js"]) };
  server = await serve({ ...library, folders, strict: true });
});
afterAll(async () => {
  await server.close();
  user.remove();
  rmSync(downloads, { recursive: true, force: true });
});

const inNode = () => callInNode<number[]>({ module: `${pages}/storage.js`, name: "unkept" });

describe.each(kinds)("$name", (kind) => {
  const browser = started(kind, { preferences });
  const call = <T>(name: string, ...args: unknown[]) =>
    callInPage<T>(browser(), server, { module: "/pages/storage.js", name, args });
  const inWorker = <T>(name: string, ...args: unknown[]) =>
    callInWorker<T>(browser(), server, { module: "/bundle/storage.js", name, args });

  describe.each(schemes)("%s", (scheme) => {
    test("another page loads what one saved, in every format", async () => {
      const paths = models.map((name) => `${scheme}kept/${name}`);
      const expected = await inNode();
      expect(await call("saved", ...paths, ...weights.map((name) => scheme + name))).toEqual(expected);
      const found = await call<{ outputs: number[]; told: unknown[][]; tensors: number }[]>("loaded", ...paths);
      expect(found.length).toBe(models.length);
      for (const { outputs, told, tensors } of found) {
        expect(outputs).toEqual(expected);
        expect(tensors).toBeGreaterThanOrEqual(4);
        const [done, total, file] = told.at(-1) as [number, number, string];
        expect(done).toBe(total);
        expect(file.startsWith(`${scheme}kept/`)).toBe(true);
      }
      expect(await call("weightsOf", ...weights.map((name) => scheme + name))).toEqual(weights.map(() => expected));
    });

    test("lists the models with all that belongs to them, and removes them with it", async () => {
      const found = (await call<{ path: string; format: string; bytes: number; isNew: boolean }[]>("listed")).filter(
        ({ path }) => path.startsWith(scheme),
      );
      expect(found.map(({ path }) => path)).toEqual(
        [...models.map((name) => `kept/${name}`), ...weights].map((name) => scheme + name).sort(),
      );
      expect(found.every(({ isNew }) => isNew)).toBe(true);
      // 2 · 3 · 3 + 2 + 32 · 3 + 3 weights of four bytes, and JSON of some hundreds.
      const tfjs = found.find(({ format }) => format === "tfjs");
      expect(tfjs?.bytes).toBeGreaterThan(4 * 119 + 500);
      const left = await call<string[]>("removed", ...found.map(({ path }) => path));
      expect(left.filter((path) => path.startsWith(scheme))).toEqual([]);
      expect(await call("refused", "load", `${scheme}kept/m.onnx`)).toEqual({
        name: "PlatformError",
        message: `read "${scheme}kept/m.onnx": no such file; listModels() tells what is there`,
      });
    });

    test("a worker keeps and loads them too", async () => {
      const outputs = await inWorker<number[]>("saved", `${scheme}worker.safetensors`);
      expect(await call("loaded", `${scheme}worker.safetensors`)).toMatchObject([{ outputs }]);
      expect(await inWorker("loaded", `${scheme}worker.safetensors`)).toMatchObject([{ outputs }]);
    });

    test("a training run goes on from its checkpoint", async () => {
      const [whole, rest] = await call<[number[], number[]]>("resumed", `${scheme}run.safetensors`);
      expect(rest).toEqual(whole);
    });

    test.each([
      ["m.safetensors", 1],
      ["tfjs/model.json", 1],
      ["tfjs/model.json", 2],
    ])("%s: a write that fails at its part %i leaves all as it was", async (name, part) => {
      const found = await call<Record<string, unknown>>("interrupted", `${scheme}fire/${name}`, part);
      const error = (folder: string) => ({
        name: "PlatformError",
        message: `write "${scheme}${folder}fire/${name}": the disk is on fire; an earlier file of that name is untouched`,
      });
      expect(found).toEqual({
        error: error(""),
        fresh: error("fresh/"),
        isUntouched: true,
        outputs: await inNode(),
      });
    });

    test("what is no name, or not there", async () => {
      const paths = ["", "../m.onnx", "folder/", "/m.onnx", "a/../m.onnx"].map((name) => scheme + name);
      expect(await call("allRefused", "load", paths, { format: "onnx" })).toEqual(
        paths.map((path) => ({
          name: "PlatformError",
          message: `read "${path}": a file's name such as "${scheme}folder/model.safetensors" expected`,
        })),
      );
      const found = await call<{ name: string; message: string }>("refused", "removeModel", `${scheme}none.onnx`);
      expect(found.name).toBe("PlatformError");
      expect(found.message).toContain("removeModel: path expected one of ");
    });
  });

  test("downloads:// gives the user every file of a model, which Node loads", async () => {
    await allowDownloads(browser(), kind.driver);
    const paths = ["d.safetensors", "d.keras", "d.onnx", "d.pt", "folder/model.json"];
    await call("downloaded", ...paths.map((name) => `downloads://${name}`));
    const names = ["d.keras", "d.onnx", "d.pt", "d.safetensors", "group1-shard1of1.bin", "model.json"];
    await expect.poll(() => readdirSync(downloads).sort(), { timeout: 20_000 }).toEqual(names);
    await wg.init({ numerics: "strict" });
    const data = Float32Array.from({ length: 72 }, (_, i) => ((i * 31) % 97) / 64 - 0.75);
    const expected = await inNode();
    for (const name of ["d.safetensors", "d.keras", "d.onnx", "model.json"]) {
      const model = await load(join(downloads, name));
      expectClose(Array.from(model.predict({ data, shape: [2, 6, 6, 1] }).toTypedArray()), expected);
    }
    for (const name of names) rmSync(join(downloads, name));
  });

  test("a worker has no downloads, and a download is not read", async () => {
    expect(await inWorker("refused", "save", "downloads://m.onnx")).toMatchObject({
      name: "PlatformError",
      message: expect.stringContaining("only a page has downloads, and this is a worker"),
    });
    expect(await call("refused", "load", "downloads://m.onnx")).toMatchObject({
      name: "PlatformError",
      message: expect.stringContaining("take it as the File of an <input type=file>"),
    });
  });

  test("other paths say where a page can save", async () => {
    expect(await call("refused", "save", "m.onnx")).toEqual({
      name: "PlatformError",
      message:
        'write "m.onnx": a page has no file system: a name behind "indexeddb://", "opfs://" or "downloads://" expected',
    });
  });
});

describe.each(kinds)("$name with little room", (kind) => {
  // In kilobytes; one origin gets 10 MB of it.
  const browser = started(kind, { preferences: { "dom.quotaManager.temporaryStorage.fixedLimit": 51_200 } });

  test.each(schemes)("%s: says what is needed, and what there is", async (scheme) => {
    if (kind.driver === "chrome") await limitQuota(browser(), server, 8 * 2 ** 20);
    const found = await callInPage<{ name: string; message: string }>(browser(), server, {
      module: "/pages/storage.js",
      name: "refused",
      args: ["large", `${scheme}large.safetensors`],
    });
    expect(found.name).toBe("PlatformError");
    expect(found.message).toMatch(
      /^write "\w+:\/\/large\.safetensors": 16 MiB needed, but the browser (grants |has less left than it states \()[\d.]+ [MG]iB for this page, of which .* are in use\)?; remove what is not needed by removeModel/,
    );
    const left = await callInPage<unknown[]>(browser(), server, { module: "/pages/storage.js", name: "listed" });
    expect(left).toEqual([]);
  });
});

function expectClose(got: readonly number[], expected: readonly number[]): void {
  expect(got.length).toBe(expected.length);
  got.forEach((value, i) => {
    expect(Math.abs(value - (expected[i] as number))).toBeLessThan(1e-6);
  });
}

async function allowDownloads(browser: Browser, driver: string): Promise<void> {
  if (driver !== "chrome") return;
  const session = await browser.target().createCDPSession();
  await session.send("Browser.setDownloadBehavior", { behavior: "allow", downloadPath: downloads });
}

async function limitQuota(browser: Browser, { at }: Server, quotaSize: number): Promise<void> {
  const page = await browser.newPage();
  const session = await page.createCDPSession();
  await session.send("Storage.overrideQuotaForOrigin", { origin: at(""), quotaSize });
}
