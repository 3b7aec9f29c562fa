import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { afterAll, beforeAll, expect, test } from "vitest";
import { importModule } from "../../../src/search/parallel/import-module.js";

const folder = mkdtempSync(join(tmpdir(), "wasmgrad-import-"));
/** Beside node_modules, where the package that reads TypeScript is found. */
const PROGRAM = "build/import-module/program.mjs";
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const written = (name: string, text: string): string => {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
};
const definition = "{ space: { x: { type: 'float', low: 0, high: 1, scale: 'linear' } }, objective: () => 0 }";

// In a process of Node's own: here modules would be vitest's.
beforeAll(async () => {
  await build({
    stdin: {
      contents: `import { importModule } from "./src/search/parallel/import-module.ts";
        const found = await importModule(process.argv[2]).catch(({ name, message }) => ({ error: name + ": " + message }));
        console.log(JSON.stringify(found));`,
      resolveDir: process.cwd(),
    },
    outfile: PROGRAM,
    bundle: true,
    platform: "node",
    format: "esm",
    packages: "external",
    logLevel: "error",
  });
});
const inNode = (file: string, node = process.execPath): { space?: object; error?: string } =>
  JSON.parse(execFileSync(node, [PROGRAM, file], { encoding: "utf8" }));

test("is the default export, of a path or a URL, in every kind of module", async () => {
  const file = written("study.mjs", `export default ${definition};`);
  const found = await importModule(file);
  expect(found).toMatchObject({ space: { x: { high: 1 } } });
  expect(await importModule(pathToFileURL(file))).toBe(found);
  for (const [name, text] of [
    ["study.cjs", `module.exports = ${definition};`],
    ["compiled.cjs", `exports.__esModule = true; exports.default = ${definition};`],
    ["study.mts", `const low: number = 0; export default ${definition};`],
    ["study.ts", `type A = number; await (0 as unknown as Promise<A>); export default ${definition};`],
  ] as const) {
    expect(inNode(written(name, text)), name).toMatchObject({ space: { x: { high: 1 } } });
  }
});

test("TypeScript is Node's own matter where Node reads it", (context) => {
  const node = process.env.WASMGRAD_NODE;
  if (node === undefined) return context.skip("name the program of another Node in WASMGRAD_NODE");
  // What Node does not take, and jiti would.
  const file = written("enum.ts", `enum A { a } export default ${definition};`);
  expect(inNode(file, node).error).toMatch(/got SyntaxError: TypeScript enum is not supported .*enum\.ts:1\)$/);
  expect(inNode(written("native.ts", `const a: number = 1; export default ${definition};`), node).error).toBe(
    undefined,
  );
});

test("without jiti, Node 20 says what to install", () => {
  const file = written("alone.ts", `export default ${definition};`);
  const program = join(folder, "program.mjs");
  copyFileSync(PROGRAM, program);
  const said = execFileSync(process.execPath, [program, file], { encoding: "utf8" });
  if ((process.features as { typescript?: unknown }).typescript) expect(JSON.parse(said)).not.toHaveProperty("error");
  else {
    expect(JSON.parse(said).error).toBe(
      `PlatformError: study module "${file}", in Node before 22.18: package "jiti" expected to be installed beside wasmgrad, got none that loads; npm install jiti`,
    );
  }
});

test.each([
  ["none.mjs", undefined, /^study module ".*none\.mjs": a file expected, got none of that name; check the path$/],
  ["study.py", "", /^study module ".*study\.py": a file that ends in \.js, .* expected, got "\.py"$/],
  [
    "bare.mjs",
    "export const space = {};",
    /: a default export expected, got space alone; write export default defineStudy\(\{ space, objective \}\)$/,
  ],
  ["empty.mjs", "", /: a default export expected, got none; write export default defineStudy/],
  [
    "number.mjs",
    "export default 4;",
    /: a default export expected that defines a study, with space and objective, got 4; write/,
  ],
  ["null.mjs", "export default null;", /: a default export expected that defines a study, .*, got null; write/],
  ["aimless.mjs", "export default { space: {} };", /: objective expected a function of a trial, got undefined; write/],
  [
    "opened.mjs",
    "export default Promise.resolve({});",
    /: a default export expected that defines a study, got one that is open already, by study\(\{ … \}\); write .*, which is opened for you$/,
  ],
] as const)("%s: an error that says what to do", async (name, text, message) => {
  const file = text === undefined ? join(folder, name) : written(name, text);
  await expect(importModule(file)).rejects.toThrow(message);
});

test("a folder is none", async () => {
  mkdirSync(join(folder, "folder.js"));
  await expect(importModule(join(folder, "folder.js"))).rejects.toThrow(
    /a file expected, got a folder; check the path$/,
  );
});

test.each([
  ["throws.mjs", "const a = 1;\n\nthrow new TypeError('no');", /got TypeError: no \(.*throws\.mjs:3:7\)$/],
  ["text.mjs", "throw 'no';", /got "no"$/],
  ["syntax.mjs", "export default {{;", /got SyntaxError: .*; node --check .*syntax\.mjs shows where$/],
  [
    "lacks.mjs",
    "import 'no-such-package';",
    /got Error: Cannot find package 'no-such-package' imported from .*lacks\.mjs$/,
  ],
  [
    "name.mjs",
    "import { no } from 'node:path';",
    /got SyntaxError: .*'node:path' does not provide .* \(.*name\.mjs:1\)$/,
  ],
  ["syntax.ts", "const a: number = 1;\nexport default {{;", /got .*syntax\.ts:2/],
] as const)("%s: what its code does wrong is told, with the place", (name, text, message) => {
  const file = written(name, text);
  expect(inNode(file).error).toMatch(`PlatformError: study module "${file}": expected to load, `);
  expect(inNode(file).error).toMatch(message);
});
