// Times wasmgrad beside TensorFlow.js wasm, both in one page of Chromium, and both in Node, all in turns; TensorFlow.js has one thread.
//
// node bench/compare/page.js [--only a,b] [--rounds N] [--threads N] [--chromium PATH]

import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import os from "node:os";
import { parseArgs } from "node:util";
import { install } from "./harness/install.js";
import { measure } from "./harness/measure.js";
import { entries } from "./libraries/index.js";
import { workloads } from "./workloads/index.js";

const string = { type: "string" };
const { values } = parseArgs({
  options: {
    only: {
      ...string,
      default: "mlp,mlp-batchnorm,mlp-small,mlp-predict-1,cnn-predict-1,mlp-predict-32,cnn-predict-32",
    },
    rounds: { ...string, default: "15" },
    threads: { ...string, default: "1" },
    chromium: string,
  },
});
const program = values.chromium ?? spawnSync("which", ["chromium"], { encoding: "utf8" }).stdout.trim();
if (!program) throw new Error("page: no chromium is installed; install one, or name its program by --chromium");

const threads = Number(values.threads);
install();
const { openPage } = await import("./harness/page.js");
const page = await openPage(
  program,
  { wasmgrad: "wasmgrad.js", "tfjs-wasm": "tfjs-wasm.js" },
  ["@tensorflow/tfjs-backend-wasm"],
  threads,
);
const inNode = entries({ only: ["wasmgrad", "tfjs-wasm"], threads, node: process.execPath }).filter(
  (entry) => entry.library === "tfjs-wasm" || entry.threads === threads,
);
const inPage = inNode.map((entry) => ({ ...entry, name: `${entry.name}-page`, open: () => opened(entry.library) }));
const wanted = values.only.split(",");

const places = [`Node ${process.version}`, page.version];
console.log(
  `${os.cpus()[0]?.model}, load before: ${os.loadavg()[0].toFixed(1)}; medians of ${values.rounds} rounds, threads of wasmgrad: ${threads}\n`,
);
console.log(`| | ${places.map((place) => `wasmgrad, ${place} | TensorFlow.js wasm, ${place} | ratio`).join(" | ")} |`);
console.log("|---|---:|---:|---:|---:|---:|---:|");
for (const { name, title } of workloads.filter((each) => wanted.includes(each.name))) {
  const runs = await measure(name, [...inNode, ...inPage], { rounds: Number(values.rounds), limit: 60 });
  const bad = runs.find(({ milliseconds }) => milliseconds === undefined);
  if (bad) throw new Error(`page: ${bad.entry.name}: ${bad.failed ?? bad.cannot}`);
  const [ours, theirs, oursInPage, theirsInPage] = runs.map(({ milliseconds }) => milliseconds);
  const cells = [ours, theirs, theirs / ours, oursInPage, theirsInPage, theirsInPage / oursInPage];
  console.log(`| ${title} | ${cells.map((cell) => cell.toPrecision(3)).join(" | ")} |`);
}
await page.close();

/** A library in the page, which writes its results where `measure` looks for them. */
function opened(library) {
  const { ask, end } = page.open(library);
  return {
    end,
    async ask(request) {
      const { saved, ...answer } = await ask(request);
      if (saved) {
        writeFileSync(request.file, Buffer.concat(saved.map((each) => Buffer.from(Float32Array.from(each).buffer))));
      }
      return answer;
    },
  };
}
