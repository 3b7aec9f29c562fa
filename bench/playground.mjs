// The longest task of the playground's page while its worker trains, in Chromium: of the thread's own time, and by the clock, which other
// programs of the machine lengthen. Needs dist/ and Chromium.
//
//   node bench/playground.mjs

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { loadavg, tmpdir } from "node:os";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import puppeteer from "puppeteer-core";
import { build } from "vite";

const SECONDS = 5;
const views = {
  "all of the page": ["", { width: 1280, height: 2100 }],
  "a race": ["#d=spirals~d=spirals&opt=sgd", { width: 1280, height: 800 }],
  digits: ["#d=digits&n=1000&net=32&act=relu", { width: 1280, height: 800 }],
  "a phone": ["#d=peaks", { width: 390, height: 844, isMobile: true, hasTouch: true }],
};
const types = { ".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css" };

const program = process.env.WASMGRAD_CHROMIUM ?? spawnSync("which", ["chromium"], { encoding: "utf8" }).stdout.trim();
if (!program) {
  console.error("playground: no chromium is installed; install one, or name its program in WASMGRAD_CHROMIUM");
  process.exit(1);
}
const folder = mkdtempSync(join(tmpdir(), "wasmgrad-playground-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
const configFile = fileURLToPath(new URL("../examples/playground/vite.config.ts", import.meta.url));
await build({ configFile, logLevel: "error", build: { outDir: folder, emptyOutDir: true } });
const server = createServer(async ({ url }, response) => {
  const name = url === "/" ? "index.html" : url;
  const body = await readFile(join(folder, name)).catch(() => undefined);
  response
    .writeHead(body ? 200 : 404, { "Content-Type": types[extname(name)] ?? "application/octet-stream" })
    .end(body);
});
await new Promise((done) => server.listen(0, "127.0.0.1", done));
const browser = await puppeteer.launch({ executablePath: program, args: ["--no-sandbox"] });

console.log(
  `${await browser.version()}, load ${loadavg()[0].toFixed(1)}; the longest task in ${SECONDS} s of training\n`,
);
console.log(`${"".padEnd(18)}${"its own time".padStart(14)}${"by the clock".padStart(14)}`);
for (const [name, [hash, view]] of Object.entries(views)) {
  const [own, clock] = (await longest(hash, view)).map((ms) => `${ms.toFixed(0)} ms`.padStart(14));
  console.log(`${name.padEnd(18)}${own}${clock}`);
}
await browser.close();
server.close();

async function longest(hash, view) {
  const page = await (await browser.createBrowserContext()).newPage();
  await page.setViewport(view);
  await page.goto(`http://127.0.0.1:${server.address().port}/${hash}`);
  await page.waitForSelector('[role=img][aria-label*="train "]');
  await page.tracing.start({ categories: ["toplevel", "devtools.timeline"] });
  await (await page.waitForSelector('::-p-aria([name="Play"][role="button"])')).click();
  await new Promise((done) => setTimeout(done, 1000 * SECONDS));
  const { traceEvents } = JSON.parse(Buffer.from(await page.tracing.stop()).toString());
  await page.browserContext().close();
  const threads = traceEvents.filter(({ name, args }) => name === "thread_name" && args?.name === "CrRendererMain");
  const main = new Set(threads.map(({ pid, tid }) => `${pid} ${tid}`));
  const tasks = traceEvents.filter(({ name, pid, tid }) => name.endsWith("RunTask") && main.has(`${pid} ${tid}`));
  return ["tdur", "dur"].map((key) => tasks.reduce((most, task) => Math.max(most, task[key] ?? 0), 0) / 1000);
}
