// Training steps in Chromium, in a page and in a worker, beside Node: one thread, strict numerics. Needs dist/ and Chromium.
//
//   node bench/browser.mjs [rounds]
//
// The places take turns, so that a busy moment of the machine meets all of them. Times are on the clock of each. Chromium raises its own
// priority where it may, as root: only a machine that does nothing else compares it fairly.

import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import puppeteer from "puppeteer-core";
import { serveDist } from "./serve.mjs";

const STEPS = 20;
const rounds = Number(process.argv[2] ?? 15);
const program = process.env.WASMGRAD_CHROMIUM ?? spawnSync("which", ["chromium"], { encoding: "utf8" }).stdout.trim();
if (!Number.isInteger(rounds) || rounds < 1) fail(`rounds expected a whole number ≥ 1, got "${process.argv[2]}"`);
if (!existsSync(fileURLToPath(new URL("../dist/browser/index.js", import.meta.url)))) {
  fail("dist/ is not built; run npm run build first");
}
if (!program) fail("no chromium is installed; install one, or name its program in WASMGRAD_CHROMIUM");

/** What every place runs: models, and the milliseconds of one step of each. Answers `{ name, steps }`. */
const code = (library) => `
const begun = performance.now();
const wg = await import(${JSON.stringify(library)});
await wg.init({ numerics: "strict", threads: 1 });
wg.setSeed(1);
const { dense, conv2d, maxPooling2D, flatten } = wg.layers;
const models = {
  "MLP 784-256-128-10, batch 64": [[784], [
    dense({ units: 256, activation: "relu", inputShape: [784] }),
    dense({ units: 128, activation: "relu" }),
    dense({ units: 10, activation: "softmax" }),
  ]],
  "CNN 8-16 on 28 × 28, batch 64": [[28, 28, 1], [
    conv2d({ filters: 8, kernelSize: 3, activation: "relu", inputShape: [28, 28, 1] }),
    maxPooling2D({ poolSize: 2 }),
    conv2d({ filters: 16, kernelSize: 3, activation: "relu" }),
    maxPooling2D({ poolSize: 2 }),
    flatten(),
    dense({ units: 10, activation: "softmax" }),
  ]],
};
const made = {};
for (const [name, [shape, layers]] of Object.entries(models)) {
  const model = wg.sequential(layers).compile({ optimizer: "adam", loss: "sparseCategoricalCrossentropy" });
  made[name] = { model, x: wg.randomNormal([64, ...shape]), y: new Int32Array(64).map((_, i) => i % 10) };
}
const [first] = Object.values(made);
first.model.predict(first.x).toTypedArray();
const start = performance.now() - begun;
async function time(name, steps) {
  const { model, x, y } = made[name];
  const from = performance.now();
  for (let step = 0; step < steps; step++) await model.trainOnBatch(x, y);
  return (performance.now() - from) / steps;
}`;
const inWorker = `${code("/dist/browser/index.js")}
onmessage = async ({ data: { name, steps } }) => postMessage(name === undefined ? start : await time(name, steps));
postMessage("ready");`;
const inPage = `${code("/dist/browser/index.js")}
globalThis.place = { start, time, names: Object.keys(made) };`;
const inNode = `${code(new URL("../dist/node/index.js", import.meta.url).href)}
for await (const line of (await import("node:readline")).createInterface({ input: process.stdin })) {
  const { name, steps } = JSON.parse(line);
  console.log(name === undefined ? start : await time(name, steps));
}`;

const server = await serveDist({ "/page.js": inPage, "/worker.js": inWorker }, "/page.js");
const { origin } = server;

const browser = await puppeteer.launch({ executablePath: program, args: ["--no-sandbox"] });
const page = await browser.newPage();
await page.goto(`${origin}/`);
await page.waitForFunction("globalThis.place");
const empty = await browser.newPage();
await empty.goto(`${origin}/empty`);
await empty.evaluate(`new Promise((done, failed) => {
  globalThis.worker = new Worker("/worker.js", { type: "module" });
  worker.onerror = ({ message }) => failed(new Error(message));
  worker.onmessage = () => done(true);
  globalThis.ask = (message) => new Promise((told) => {
    worker.onmessage = ({ data }) => told(data);
    worker.postMessage(message);
  });
})`);
const node = spawn(process.execPath, ["--input-type=module", "--eval", inNode], { stdio: ["pipe", "pipe", "inherit"] });
const lines = createInterface({ input: node.stdout })[Symbol.asyncIterator]();
async function askNode(message) {
  node.stdin.write(`${JSON.stringify(message)}\n`);
  return Number((await lines.next()).value);
}

const names = await page.evaluate("place.names");
const places = {
  Node: (name, steps) => askNode({ name, steps }),
  page: (name, steps) => page.evaluate(`place.time(${JSON.stringify(name)}, ${steps})`),
  worker: (name, steps) => empty.evaluate(`ask(${JSON.stringify({ name, steps })})`),
};
const times = new Map();
for (let round = -2; round < rounds; round++) {
  for (const name of names) {
    for (const [place, time] of Object.entries(places)) {
      if (place !== "Node") await (place === "page" ? page : empty).bringToFront();
      const found = await time(name, STEPS);
      const key = `${name} ${place}`;
      if (round >= 0) times.set(key, [...(times.get(key) ?? []), found]);
    }
  }
}
const starts = [await askNode({}), await page.evaluate("place.start"), await empty.evaluate("ask({})")];
node.stdin.end();
await browser.close();
server.close();

const { version } = process;
console.log(
  `Node ${version}, ${program}; steps per second, median of ${rounds} × ${STEPS}; in brackets: against Node\n`,
);
console.log(["".padEnd(34), ...Object.keys(places).map((place) => place.padStart(16))].join(""));
for (const name of names) {
  const [reference, ...others] = Object.keys(places).map((place) => 1000 / median(times.get(`${name} ${place}`)));
  const cells = [
    reference.toFixed(0),
    ...others.map((each) => `${each.toFixed(0)} (${(each / reference).toFixed(2)})`),
  ];
  console.log([name.padEnd(34), ...cells.map((cell) => cell.padStart(16))].join(""));
}
const cells = starts.map((ms) => `${ms.toFixed(0)} ms`.padStart(16));
console.log(["import and first prediction, once".padEnd(34), ...cells].join(""));

function median(values) {
  return values.sort((p, q) => p - q)[values.length >> 1];
}

function fail(text) {
  console.error(`browser: ${text}`);
  process.exit(1);
}
