import { copyFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import ts from "typescript";
import { describe, expect, test } from "vitest";
import { reasonNotToRun } from "../support/examples.js";
import { read } from "../support/sources.js";
import { inChromium } from "./support/in-chromium.js";
import { library } from "./support/library.js";
import { valueIn } from "./support/page.js";
import { serve } from "./support/server.js";

// docs/browser.md: what test/policy/examples.test.ts cannot run in Node.

const guide = read("docs/browser.md");
const blocks = (language: string) =>
  [...guide.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, "gm"))].map(([, code]) => code as string);
const modules = blocks("ts").filter((code) => reasonNotToRun(code) === "needs a browser");
const [page] = blocks("html");

/** The modules under a strict policy; the page, whose scripts are inline, under none. */
const running = inChromium(
  "docs",
  (folder) => {
    modules.forEach((code, i) => {
      const compilerOptions = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext };
      writeFileSync(join(folder, `${i}.js`), ts.transpileModule(code, { compilerOptions }).outputText);
    });
    writeFileSync(join(folder, "page.html"), `<!doctype html><link rel="icon" href="data:,">${page}`);
    copyFileSync("test/fixtures/formats/networks/resnet.onnx", join(folder, "resnet.onnx"));
    const folders = { ...library.folders, "/docs/": folder, "/models/": folder, "/kernels/": resolve("dist/kernels") };
    return serve({ ...library, folders, isolated: true, strict: true });
  },
  ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"],
);

describe("docs/browser.md", () => {
  test("has blocks that need a browser", () => {
    expect(modules.length).toBeGreaterThan(3);
    expect(page).toContain("importmap");
  });

  test.each(
    modules.map((code, i) => [i + 1, /^import .* from "(wasmgrad\/\w+)"/m.exec(code)?.[1] ?? "wasmgrad", code]),
  )("block %i, of %s, runs in a page under a strict policy", async (number) => {
    const ran = `import("/docs/${(number as number) - 1}.js").then(() => true)`;
    const server = running.server();
    expect(await valueIn(running.browser(), server, server.page(), ran)).toBe(true);
  });

  test("the page without a bundler tells a class", async () => {
    const folder = running.folder();
    const open = await serve({ ...library, folders: { ...library.folders, "/docs/": folder, "/models/": folder } });
    try {
      const answer = `(async () => {
        const { answer, progress } = globalThis;
        while (answer.value === "") await new Promise((done) => setTimeout(done, 20));
        return [Number(answer.value), progress.value];
      })()`;
      const [found, progress] = await valueIn<number[]>(running.browser(), open, open.at("/docs/page.html"), answer);
      expect(Number.isInteger(found)).toBe(true);
      expect(progress).toBe(1);
    } finally {
      await open.close();
    }
  });
});
