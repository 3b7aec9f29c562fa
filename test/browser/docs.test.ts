import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import puppeteer, { type Browser } from "puppeteer-core";
import ts from "typescript";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { reasonNotToRun } from "../support/examples.js";
import { read } from "../support/sources.js";
import { kinds, programOf } from "./support/browsers.js";
import { library } from "./support/library.js";
import { valueIn } from "./support/page.js";
import { type Server, serve } from "./support/server.js";

// docs/browser.md: what test/policy/examples.test.ts cannot run in Node.

const guide = read("docs/browser.md");
const blocks = (language: string) =>
  [...guide.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, "gm"))].map(([, code]) => code as string);
const modules = blocks("ts").filter((code) => reasonNotToRun(code) === "needs a browser");
const [page] = blocks("html");

const chromium = kinds.find(({ name }) => name === "Chromium") as (typeof kinds)[number];
const program = programOf(chromium);
let folder: string;
let server: Server;
let browser: Browser;

/** The modules under a strict policy; the page, whose scripts are inline, under none. */
beforeAll(async () => {
  if (program === undefined) return;
  folder = mkdtempSync(join(tmpdir(), "wasmgrad-docs-"));
  modules.forEach((code, i) => {
    const compilerOptions = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext };
    writeFileSync(join(folder, `${i}.js`), ts.transpileModule(code, { compilerOptions }).outputText);
  });
  writeFileSync(join(folder, "page.html"), `<!doctype html><link rel="icon" href="data:,">${page}`);
  copyFileSync("test/fixtures/formats/networks/resnet.onnx", join(folder, "resnet.onnx"));
  const folders = { ...library.folders, "/docs/": folder, "/models/": folder, "/kernels/": resolve("dist/kernels") };
  server = await serve({ ...library, folders, isolated: true, strict: true });
  const flags = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"];
  const args = ["--no-sandbox", "--disable-dev-shm-usage", ...flags];
  browser = await puppeteer.launch({ executablePath: program, args, headless: true, protocolTimeout: 100_000 });
});
beforeEach((context) => {
  if (program === undefined) context.skip(`no ${chromium.programs[0]} is installed`);
});
afterAll(async () => {
  await browser?.close();
  await server?.close();
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
});

describe("docs/browser.md", () => {
  test("has blocks that need a browser", () => {
    expect(modules.length).toBeGreaterThan(3);
    expect(page).toContain("importmap");
  });

  test.each(
    modules.map((code, i) => [i + 1, /^import .* from "(wasmgrad\/\w+)"/m.exec(code)?.[1] ?? "wasmgrad", code]),
  )("block %i, of %s, runs in a page under a strict policy", async (number) => {
    const ran = `import("/docs/${(number as number) - 1}.js").then(() => true)`;
    expect(await valueIn(browser, server, server.page(), ran)).toBe(true);
  });

  test("the page without a bundler tells a class", async () => {
    const open = await serve({ ...library, folders: { ...library.folders, "/docs/": folder, "/models/": folder } });
    try {
      const answer = `(async () => {
        const { answer, progress } = globalThis;
        while (answer.value === "") await new Promise((done) => setTimeout(done, 20));
        return [Number(answer.value), progress.value];
      })()`;
      const [found, progress] = await valueIn<number[]>(browser, open, open.at("/docs/page.html"), answer);
      expect(Number.isInteger(found)).toBe(true);
      expect(progress).toBe(1);
    } finally {
      await open.close();
    }
  });
});
