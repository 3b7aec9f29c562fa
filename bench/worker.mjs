// Training in a worker by `wasmgrad/worker`, in Chromium: how long the page is held up, and what the messages cost. Needs dist/ and Chromium.
//
//   node bench/worker.mjs [rounds]
//
// Per kind of data and of callback: steps per second of `fit` in the page and in a worker, in turns, and while each trains the page's longest task, by
// the clock (as the browser tells, from 50 ms on) and in processor time (as it traces), and its longest time between two frames.

import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import puppeteer from "puppeteer-core";
import { serveDist } from "./serve.mjs";

const SECONDS = 2;
const rounds = Number(process.argv[2] ?? 5);
const program = process.env.WASMGRAD_CHROMIUM ?? spawnSync("which", ["chromium"], { encoding: "utf8" }).stdout.trim();
if (!Number.isInteger(rounds) || rounds < 1) fail(`rounds expected a whole number ≥ 1, got "${process.argv[2]}"`);
if (!existsSync(fileURLToPath(new URL("../dist/browser/worker.js", import.meta.url)))) {
  fail("dist/ is not built; run npm run build first");
}
if (!program) fail("no chromium is installed; install one, or name its program in WASMGRAD_CHROMIUM");

const code = `
import * as wg from "/dist/browser/index.js";
import { Dataset } from "/dist/browser/data.js";
import { inWorker } from "/dist/browser/worker.js";

await wg.init({ numerics: "strict", threads: 1 });
const { dense } = wg.layers;
const rows = 6400;
const x = { data: new Float32Array(rows * 784).map((_, i) => (i % 97) / 97), shape: [rows, 784] };
const y = new Int32Array(rows).map((_, i) => i % 10);
const make = () => wg.sequential([
  dense({ units: 256, activation: "relu", inputShape: [784] }),
  dense({ units: 128, activation: "relu" }),
  dense({ units: 10, activation: "softmax" }),
]).compile({ optimizer: "adam", loss: "sparseCategoricalCrossentropy" });
const shown = { loss: 0 };
const kinds = {
  "arrays": [[x, y], []],
  "a dataset of the page": [[Dataset.fromArrays(x, y)], []],
  "arrays, onBatchEnd(batch, logs)": [[x, y], [{ onBatchEnd: (batch, logs) => { shown.loss = logs.loss; } }]],
  "arrays, onBatchEnd(batch, logs, context)": [[x, y], [{ onBatchEnd: (batch, logs, context) => { shown.loss = logs.loss; } }]],
};
const here = make();
const there = make();
const remote = await inWorker(there);

/** Trains for so long, and says how the page fared. */
async function measure(kind, place, seconds) {
  const [data, callbacks] = kinds[kind];
  const trainer = place === "page" ? here : remote;
  const longest = { task: 0, frame: 0 };
  const observer = new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) longest.task = Math.max(longest.task, duration);
  });
  observer.observe({ type: "longtask" });
  let last = performance.now();
  let frames = requestAnimationFrame(function frame(now) {
    longest.frame = Math.max(longest.frame, now - last);
    last = now;
    frames = requestAnimationFrame(frame);
  });
  const timer = setTimeout(() => { trainer.stopTraining = true; }, seconds * 1000);
  const model = place === "page" ? here : there;
  const before = place === "page" ? here.position.step : (await remote.model()).position.step;
  const from = performance.now();
  await trainer.fit(...data, { epochs: 1e6, batchSize: 64, callbacks });
  const time = performance.now() - from;
  const after = place === "page" ? here.position.step : (await remote.model()).position.step;
  clearTimeout(timer);
  await new Promise((done) => setTimeout(done, 100));
  observer.disconnect();
  cancelAnimationFrame(frames);
  return { rate: (after - before) / time * 1000, ...longest };
}
globalThis.bench = { measure, kinds: Object.keys(kinds) };
`;

const server = await serveDist({ "/bench.js": code }, "/bench.js");
const browser = await puppeteer.launch({ executablePath: program, args: ["--no-sandbox"] });
const page = await browser.newPage();
await page.goto(server.origin);
await page.waitForFunction("globalThis.bench", { timeout: 120_000 });
const kinds = await page.evaluate("bench.kinds");
const found = new Map();
for (let round = -1; round < rounds; round++) {
  for (const kind of kinds) {
    for (const place of ["page", "worker"]) {
      const seconds = round < 0 ? 0.5 : SECONDS;
      await page.tracing.start({ categories: ["toplevel", "devtools.timeline", "__metadata"] });
      const one = await page.evaluate(`bench.measure(${JSON.stringify(kind)}, ${JSON.stringify(place)}, ${seconds})`);
      const processor = longestTask(await page.tracing.stop());
      const key = `${kind} ${place}`;
      if (round >= 0) found.set(key, [...(found.get(key) ?? []), { ...one, processor }]);
    }
  }
}
await browser.close();
server.close();

console.log(
  `${program}; MLP 784-256-128-10, batch 64, one thread, ${rounds} × ${SECONDS} s; medians of rates, the longest of the rest\n`,
);
const columns = ["page", "worker", "longest task", "its processor", "longest frame"];
console.log("".padEnd(42) + columns.map((column, i) => column.padStart(i < 2 ? 12 : 16)).join(""));
for (const kind of kinds) {
  const [inPage, inWorker] = ["page", "worker"].map((place) => found.get(`${kind} ${place}`));
  const rate = (all) => all.map((one) => one.rate).sort((p, q) => p - q)[all.length >> 1];
  const longest = (all, what) => Math.round(Math.max(...all.map((one) => one[what])));
  const both = (what) => `${longest(inPage, what)} / ${longest(inWorker, what)} ms`.padStart(16);
  const ratio = (rate(inWorker) / rate(inPage)).toFixed(2);
  const rates = [rate(inPage).toFixed(0), `${rate(inWorker).toFixed(0)} (${ratio})`];
  console.log(
    kind.padEnd(42) +
      rates.map((each) => each.padStart(12)).join("") +
      ["task", "processor", "frame"].map(both).join(""),
  );
}

/** Of the page's main thread, in milliseconds of processor time. */
function longestTask(trace) {
  const { traceEvents } = JSON.parse(Buffer.from(trace).toString("utf8"));
  const mains = traceEvents.filter(({ name, args }) => name === "thread_name" && args.name === "CrRendererMain");
  const isMain = ({ pid, tid }) => mains.some((main) => main.pid === pid && main.tid === tid);
  const tasks = traceEvents.filter((event) => event.tdur !== undefined && /RunTask/.test(event.name) && isMain(event));
  return tasks.reduce((most, { tdur }) => Math.max(most, tdur / 1000), 0);
}

function fail(text) {
  console.error(`worker: ${text}`);
  process.exit(1);
}
