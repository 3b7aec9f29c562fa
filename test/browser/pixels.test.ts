import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encode } from "fast-png";
import type { ElementHandle } from "puppeteer-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { npyBytes } from "../../src/data/index.js";
import { kinds, started } from "./support/browsers.js";
import { library, pages } from "./support/library.js";
import { callInNode } from "./support/node.js";
import { callInPage } from "./support/page.js";
import { type Server, serve } from "./support/server.js";

interface Found {
  shape: number[];
  dtype: string;
  values: number[];
}

const grey = (value: number) => encode({ width: 2, height: 1, channels: 1, data: Uint8Array.of(value, value) });
let folder: string;
let server: Server;
let other: Server;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "wasmgrad-pixels-"));
  const files = {
    "people.csv": "name,age\nAnn,31\nCid,40\n",
    "array.npy": npyBytes([[1, 2, 3]]),
    "digits.idx": Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 2, 7, 8),
    "dog_1.png": grey(200),
    "cat_1.png": grey(10),
    "cat_0.png": grey(20),
  };
  for (const [name, contents] of Object.entries(files)) writeFileSync(join(folder, name), contents);
  const imports = {
    ...library.imports,
    "fast-png": "/node_modules/fast-png/lib/index.js",
    iobuffer: "/node_modules/iobuffer/lib/iobuffer.js",
    "csv-parse/browser/esm": "/node_modules/csv-parse/dist/esm/index.js",
  };
  server = await serve({ ...library, imports, strict: true });
  other = await serve({ folders: { "/": folder } });
});
afterAll(async () => {
  await Promise.all([server.close(), other.close()]);
  rmSync(folder, { recursive: true, force: true });
});

describe.each(kinds)("$name", (kind) => {
  const browser = started(kind, {
    flags: ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"],
    preferences: { "media.navigator.streams.fake": true, "media.navigator.permission.disabled": true },
  });
  const call = <T>(name: string, ...args: unknown[]) =>
    callInPage<T>(browser(), server, { module: "/pages/pixels.js", name, args });

  test("the same picture from every kind of source", async () => {
    const { ImageData, ...others } = await call<Record<string, Found>>("everySource");
    expect(ImageData).toMatchObject({ shape: [3, 4, 3], dtype: "int32" });
    expect(Object.keys(others)).toEqual(expect.arrayContaining(["canvas", "OffscreenCanvas", "ImageBitmap", "image"]));
    for (const [name, found] of Object.entries(others)) expect(found, name).toEqual(ImageData);
  });

  test("cropped, resized and scaled: Node's bits", async () => {
    const expected = await callInNode<Found[]>({ module: `${pages}/pixels.js`, name: "arrangedInNode" });
    expect(await call("arranged")).toEqual(expected);
  });

  test("and back, onto a canvas", async () => {
    const [again, drawn, bytes, size] = await call<number[][]>("wayBack");
    expect(again).toEqual(bytes);
    expect(drawn).toEqual(bytes);
    expect(size).toEqual([3, 4]);
  });

  test("a model learns from frames of the camera", async () => {
    const { shape, accuracy } = await call<{ shape: number[]; accuracy: number }>("learnedFromCamera");
    // Firefox's has a size of its own.
    expect(shape).toEqual([expect.any(Number), expect.any(Number), 3]);
    expect(Math.min(...shape)).toBe(3);
    expect(accuracy).toBe(1);
  });

  test("what cannot be read says why", async () => {
    const found = await call<Record<string, string>>("refused", other.at("/dog_1.png"));
    const foreign = (what: string) =>
      `PlatformError: fromPixels: pixels expected ${what} that the page may read, got SecurityError`;
    expect(found.tainted).toContain(foreign("an image"));
    expect(found.taintedCanvas).toContain(foreign("a canvas"));
    expect(found.tainted).toContain('crossOrigin = "anonymous"');
    expect(found).toMatchObject({
      noFrame:
        'StateError: fromPixels: pixels expected a video that has arrived, got none yet; await its "loadeddata" event after play()',
      noImage:
        "ShapeError: fromPixels: pixels expected an image of at least one pixel, got 0 × 0; await image.decode(), which also tells whether it can be had",
      noPixel:
        "ShapeError: fromPixels: pixels expected a canvas of at least one pixel, got 150 × 0; set its width and height, and draw on it",
      closed:
        "ShapeError: fromPixels: pixels expected an ImageBitmap of at least one pixel, got 0 × 0; one that was closed has none",
      element: expect.stringMatching(
        /^ValueError: fromPixels: pixels expected an ImageData, a canvas, .* got HTMLBodyElement$/,
      ),
      inUse:
        "PlatformError: toPixels: canvas expected one to draw on in 2d, got one that is in use otherwise; take a new one",
    });
  });

  test("files that the user chose: a table, arrays, labelled images", async () => {
    const page = await browser().newPage();
    try {
      await page.goto(server.page());
      await page.evaluate('import("/pages/pixels.js").then(({ showInput }) => showInput())');
      const input = (await page.$("input")) as ElementHandle<HTMLInputElement>;
      const names = ["people.csv", "array.npy", "digits.idx", "dog_1.png", "cat_1.png", "cat_0.png"];
      await input.uploadFile(...names.map((name) => join(folder, name)));
      const found = await page.evaluate('import("/pages/pixels.js").then(({ chosen }) => chosen())');
      expect(found).toEqual({
        columns: [
          ["name", "Ann", "Cid"],
          ["age", 31, 40],
        ],
        array: [[1, 3], 1, 2, 3],
        digits: [7, 8],
        classes: ["cat", "dog"],
        ignored: ["array.npy", "digits.idx", "people.csv"],
        rows: [
          [[1, 2, 1], 20, 0],
          [[1, 2, 1], 10, 0],
          [[1, 2, 1], 200, 1],
        ],
        bytes: 136,
      });
    } finally {
      await page.close();
    }
  });
});
