// Times wasmgrad beside other libraries, in one run on this machine. node bench/compare/run.js --help

import { mkdirSync, writeFileSync } from "node:fs";
import os from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { charts } from "./harness/charts.js";
import { install } from "./harness/install.js";
import { machine } from "./harness/machine.js";
import { markdown } from "./harness/markdown.js";
import { measure } from "./harness/measure.js";
import { entries, findPython, names } from "./libraries/index.js";
import { workloads } from "./workloads/index.js";

const HELP = `npm run bench:compare -- [options]
  --only a,b        workloads: ${workloads.map(({ name }) => name).join(", ")}
  --libraries a,b   ${names.join(", ")}
  --rounds n        samples of each, default 15
  --threads n       also runs wasmgrad and PyTorch with n threads; default: all cores; 1: one thread only
  --limit s         seconds that an entry may take over a workload, default 60
  --node path       another Node to run the libraries under
  --flags="--a --b" V8 flags for the libraries' Node
  --python path     a Python with PyTorch; default: the first of python3, /usr/bin/python3, python that has it
  --out folder      where the table and the chart go; default: bench/compare/results after a run of everything, else nowhere`;

try {
  await main();
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}

async function main() {
  const { values: given } = parseArgs({
    options: Object.fromEntries(
      ["only", "libraries", "rounds", "threads", "limit", "node", "flags", "python", "out"]
        .map((name) => [name, { type: "string" }])
        .concat([["help", { type: "boolean" }]]),
    ),
  });
  if (given.help) return console.log(HELP);
  const wanted = listOf(
    "only",
    given.only,
    workloads.map(({ name }) => name),
  );
  const libraries = listOf("libraries", given.libraries, names);
  const rounds = whole("rounds", given.rounds, 15);
  const threads = whole("threads", given.threads, os.availableParallelism());
  const limit = whole("limit", given.limit, 60);
  const node = given.node ?? process.execPath;
  const flags = given.flags?.split(" ").filter(Boolean) ?? [];
  install();
  const python = findPython(given.python);
  if (!python && given.python) throw new Error(`compare: --python expected a Python with torch, got "${given.python}"`);
  if (!python && libraries.includes("pytorch")) console.error("no python3 with torch here: PyTorch is left out");

  const about = { ...machine({ node, flags, rounds }), threads };
  about.nodeMajor = Number(about.node.slice(1).split(".")[0]);
  const taking = entries({ only: libraries, threads, node, flags, python });
  const log = process.stderr.isTTY ? (text) => process.stderr.write(`\r\x1b[K${text}`) : () => {};
  const measured = [];
  for (const workload of workloads.filter(({ name }) => wanted.includes(name))) {
    measured.push({ workload, runs: await measure(workload.name, taking, { rounds, limit, log }) });
    log("");
    if (!process.stderr.isTTY) console.error(`${workload.name} done`);
  }

  const text = markdown(measured, about);
  console.log(text);
  const isWhole = wanted.length === workloads.length && libraries.length === names.length && python;
  const folder = given.out ?? (isWhole ? fileURLToPath(new URL("results", import.meta.url)) : undefined);
  if (folder) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(`${folder}/node${about.nodeMajor}.md`, text);
    writeFileSync(`${folder}/node${about.nodeMajor}.svg`, await charts(measured, about));
    console.log(`written: ${folder}/node${about.nodeMajor}.md and .svg`);
  }
  if (measured.some(({ runs }) => runs.some(({ failed }) => failed))) process.exitCode = 1;
}

function listOf(option, text, all) {
  if (text === undefined) return all;
  const list = text.split(",");
  const unknown = list.find((name) => !all.includes(name));
  if (unknown !== undefined)
    throw new Error(`compare: --${option} expected some of ${all.join(", ")}, got "${unknown}"`);
  return list;
}

function whole(option, text, otherwise) {
  const value = text === undefined ? otherwise : Number(text);
  if (Number.isInteger(value) && value >= 1) return value;
  throw new Error(`compare: --${option} expected a whole number ≥ 1, got "${text}"`);
}
