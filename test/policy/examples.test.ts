import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { init } from "../../src/backend/engine.js";
import { setSeed } from "../../src/tensor/random.js";
import { entries } from "../../src/tools/entries.js";
import { compileErrors, documentedIn } from "../support/documentation.js";
import { expectComment, reasonNotToRun, toModule } from "../support/examples.js";
import { read } from "../support/sources.js";

const FOLDER = "build/examples";
const root = process.cwd();
const paths = Object.fromEntries(
  Object.entries(entries()).map(([name, source]) => [name === "index" ? "wasmgrad" : `wasmgrad/${name}`, source]),
);
const documented = documentedIn(paths);

const examples = [
  ...documented.flatMap(({ entry, name, examples }) =>
    examples.map((code, i) => ({ group: entry, entry, title: i === 0 ? name : `${name} (${i + 1})`, code })),
  ),
  ...["README.md", "docs/frameworks.md", "docs/browser.md", "docs/search.md", "docs/search-at-scale.md"].flatMap(
    (page) => blocksIn(page).map((code, i) => ({ group: page, entry: "wasmgrad", title: `block ${i + 1}`, code })),
  ),
].map((each) => ({ ...each, file: resolve(FOLDER, `${`${each.group} ${each.title}`.replace(/[^\w.]+/g, "-")}.ts`) }));

rmSync(FOLDER, { recursive: true, force: true });
mkdirSync(FOLDER, { recursive: true });
for (const { entry, code, file } of examples) {
  const own = documented.filter((each) => each.entry === entry).map(({ name }) => name.split(".")[0] as string);
  writeFileSync(file, toModule(code, entry, [...new Set(own)], "../../test/support/examples.js"));
}

test("everything that the entries export has a docstring", () => {
  expect(documented.filter(({ text }) => text === "").map(({ entry, name }) => `${entry}: ${name}`)).toEqual([]);
});

test("every exported function has an example", () => {
  const bare = documented.filter(({ kind, examples }) => kind === "function" && examples.length === 0);
  expect(bare.map(({ entry, name }) => `${entry}: ${name}`)).toEqual([]);
});

test("examples compile under strict", () => {
  const files = examples.map(({ file }) => file);
  expect(compileErrors(files, FOLDER)).toEqual([]);
});

describe("examples", () => {
  /** Where those that save files do so. */
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "wasmgrad-examples-"));
    process.chdir(folder);
    // A page on other frameworks' models reads one.
    copyFileSync(join(root, "test/fixtures/formats/networks/resnet.onnx"), "resnet.onnx");
  });
  afterAll(() => {
    process.chdir(root);
    rmSync(folder, { recursive: true, force: true });
  });
  // Each as in a program of its own.
  beforeEach(async () => {
    await init();
    setSeed(0);
  });

  for (const { group, title, code, file } of examples) {
    test(`${group}: ${title}`, async (context) => {
      const reason = reasonNotToRun(code);
      if (reason !== undefined) return context.skip(reason);
      await import(pathToFileURL(file).href);
    });
  }
});

describe("a comment behind an example", () => {
  const same = (value: unknown, comment: string) => expectComment(async () => value, comment);

  test("is held against the value", async () => {
    await same([2, 4], "[2, 4]");
    await same(Float32Array.of(0.1, 2), "[0.1, 2], as f32");
    await same([1, 2, 3, 4], "[1, 2, …]");
    await same(0.731058, "0.731");
    await same(0.731058, "≈ 0.73");
    await same({ loss: 0.5, more: 1 }, "{ loss: 0.5 } (and more)");
    await same([Number.NaN, -0], "[NaN, -0]");
    await same("a", '"a"');
    await same(3, "the third of them");
  });

  test("fails where it differs", async () => {
    for (const [value, comment] of [
      [[2, 5], "[2, 4]"],
      [[2, 4, 6], "[2, 4]"],
      [0.12, "0.1"],
      [0.7316, "0.731"],
      [0, "-0"],
      [{ a: 1 }, "{ b: 1 }"],
      [undefined, "[1]"],
    ] as const) {
      await expect(same(value, comment), comment).rejects.toThrow("expected");
    }
    await expect(same([2], "[2, x]")).rejects.toThrow("cannot be read");
    await expect(same(2, "2 of them")).rejects.toThrow("cannot be read");
    await expect(same(2, "throws ShapeError")).rejects.toThrow("ShapeError");
  });
});

function blocksIn(page: string): string[] {
  const blocks = read(page).matchAll(/^```ts\n([\s\S]*?)^```/gm);
  return [...blocks].map(([, code]) => code as string);
}
