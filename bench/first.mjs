// First prediction in Chromium: a bundled page (esbuild, minified, in pieces) that loads a model which lies beside it and predicts, with
// nothing in the cache, from when its script arrives to the numbers. Needs dist/ and Chromium.
//
//   node bench/first.mjs [loads] [model.safetensors]
//
// Without a model: one of MNIST's size, 784-128-10, made here. Each load is a browser context of its own, and a page that runs an empty module
// takes turns with it: what that takes is the browser and what else the machine does.

import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { loadavg, tmpdir } from "node:os";
import { extname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import puppeteer from "puppeteer-core";

const BAR_MS = 100;
const loads = Number(process.argv[2] ?? 15);
const program = process.env.WASMGRAD_CHROMIUM ?? spawnSync("which", ["chromium"], { encoding: "utf8" }).stdout.trim();
const { peerDependencies } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
const dist = fileURLToPath(new URL("../dist", import.meta.url));
if (!Number.isInteger(loads) || loads < 1) fail(`loads expected a whole number ≥ 1, got "${process.argv[2]}"`);
if (!existsSync(join(dist, "browser/bare.js"))) fail("dist/ is not built; run npm run build first");
if (!program) fail("no chromium is installed; install one, or name its program in WASMGRAD_CHROMIUM");

const folder = mkdtempSync(join(tmpdir(), "wasmgrad-first-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
const model = process.argv[3] === undefined ? await made() : resolve(process.argv[3]);

/** The script's first statement runs behind the imports of its pieces: when it arrived, the browser says. */
const page = `
import { load } from "wasmgrad/formats";
const at = { evaluated: performance.now() };
const model = await load("/model.safetensors");
at.loaded = performance.now();
const x = { data: new Float32Array(model.inputShape.reduce((p, q) => p * q)).fill(0.5), shape: [1, ...model.inputShape] };
const y = model.predict(x).toTypedArray();
at.predicted = performance.now();
const resources = performance.getEntriesByType("resource");
const script = resources.find(({ name }) => name.endsWith("/stdin.js"));
const marks = performance.getEntriesByType("measure").map(({ name, startTime, duration }) => [name, startTime, duration]);
globalThis.found = {
  at: { script: script.responseEnd, ...at },
  pieces: resources.filter(({ name }) => name.endsWith(".js")).map(({ name, startTime, responseEnd, decodedBodySize }) => ({
    name: name.slice(name.lastIndexOf("/") + 1), startTime, responseEnd, decodedBodySize,
  })),
  file: resources.filter(({ name }) => name.endsWith(".safetensors")).map(({ startTime, responseEnd }) => ({ startTime, responseEnd }))[0],
  marks, sum: y.reduce((p, q) => p + q, 0),
};`;
await build({
  stdin: { contents: page, resolveDir: folder },
  outdir: join(folder, "pieces"),
  bundle: true,
  minify: true,
  splitting: true,
  format: "esm",
  platform: "browser",
  alias: { wasmgrad: join(dist, "browser/index.js"), "wasmgrad/formats": join(dist, "browser/formats.js") },
  external: Object.keys(peerDependencies).flatMap((name) => [name, `${name}/*`]),
  logLevel: "error",
});

const types = { ".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8" };
const html = (script) =>
  `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><script type="module" src="${script}"></script>`;
const texts = {
  "/": html("/stdin.js"),
  "/empty": html("/empty.js"),
  "/empty.js": `const { responseEnd } = performance.getEntriesByType("resource").find(({ name }) => name.endsWith("/empty.js"));
globalThis.found = { at: { script: responseEnd, predicted: performance.now() } };`,
};
const files = new Map(Object.entries(texts));
for (const name of readdirSync(join(folder, "pieces")))
  files.set(`/${name}`, readFileSync(join(folder, "pieces", name)));
files.set("/model.safetensors", readFileSync(model));
const server = createServer(({ url }, response) => {
  const body = files.get(url);
  const type = types[extname(url) || ".html"] ?? "application/octet-stream";
  response.writeHead(body === undefined ? 404 : 200, { "Content-Type": type, "Cache-Control": "no-store" }).end(body);
});
await new Promise((done) => server.listen(0, "127.0.0.1", done));
const origin = `http://127.0.0.1:${server.address().port}`;

const browser = await puppeteer.launch({ executablePath: program, args: ["--no-sandbox", "--disable-dev-shm-usage"] });
const found = [];
const empty = [];
for (let i = -1; i < loads; i++) {
  for (const [path, list] of [
    ["/", found],
    ["/empty", empty],
  ]) {
    const context = await browser.createBrowserContext();
    const tab = await context.newPage();
    const session = await tab.createCDPSession();
    await session.send("Performance.enable", { timeDomain: "threadTicks" });
    await tab.goto(`${origin}${path}`);
    await tab.waitForFunction("globalThis.found");
    const said = await tab.evaluate("globalThis.found");
    const { metrics } = await session.send("Performance.getMetrics");
    said.busy = 1000 * metrics.find(({ name }) => name === "TaskDuration").value;
    if (i >= 0) list.push(said);
    await context.close();
  }
}
await browser.close();
server.close();

const since = (list, name) => list.map(({ at }) => at[name] - at.script).sort((p, q) => p - q);
const line = (name, values) => {
  const [low, middle, high] = [values[0], values[values.length >> 1], values.at(-1)].map((each) =>
    each.toFixed(1).padStart(7),
  );
  console.log(`${name.padEnd(44)}${middle} ms  (${low} to ${high})`);
};
console.log(
  `${program}, ${loads} loads, cold cache, load of the machine ${loadavg()[0].toFixed(1)}; median (least to most) since the script arrived\n`,
);
line("an empty module runs", since(empty, "predicted"));
line("the code is there", since(found, "evaluated"));
line("the model is loaded", since(found, "loaded"));
line("the first prediction is there", since(found, "predicted"));
const busy = (list) => list.map((each) => each.busy).sort((p, q) => p - q);
console.log("\nprocessor time of the page's thread, from its beginning");
line("the empty module", busy(empty));
line("the first prediction", busy(found));
const median = since(found, "predicted")[loads >> 1];
console.log(`\nbar ≤ ${BAR_MS} ms: ${median <= BAR_MS ? "met" : "missed"}`);
if (process.env.DETAILS) {
  const { at, pieces, file, marks } = found.sort((p, q) => p.at.predicted - p.at.script - q.at.predicted + q.at.script)[
    loads >> 1
  ];
  const t = (time) => (time - at.script).toFixed(1).padStart(7);
  for (const each of pieces)
    console.log(t(each.startTime), t(each.responseEnd), String(each.decodedBodySize).padStart(8), each.name);
  console.log(t(file.startTime), t(file.responseEnd), "model");
  for (const [name, start, duration] of marks) console.log(t(start), duration.toFixed(1), name);
}

async function made() {
  const [wg, { save }] = await Promise.all(
    ["index", "formats"].map((name) => import(pathToFileURL(join(dist, `node/${name}.js`)).href)),
  );
  wg.setSeed(1);
  const made = wg.sequential([
    wg.layers.dense({ units: 128, activation: "relu", inputShape: [784] }),
    wg.layers.dense({ units: 10, activation: "softmax" }),
  ]);
  const file = join(folder, "made.safetensors");
  await save(made, file);
  return file;
}

function fail(text) {
  console.error(`first: ${text}`);
  process.exit(1);
}
