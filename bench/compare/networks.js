// Times well-known networks of ONNX files beside onnxruntime-web, one thread each, one row at a time, interleaved.
//
// node bench/compare/networks.js [--python PATH] [--only a,b] [--rounds N]: PATH has torch and onnx, which make the files.

import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { npy } from "../../dist/node/data.js";
import { load } from "../../dist/node/formats.js";
import * as wg from "../../dist/node/index.js";
import { install } from "./harness/install.js";
import { findPython } from "./libraries/index.js";

const string = { type: "string" };
const { values } = parseArgs({
  options: { python: string, only: string, rounds: { ...string, default: "15" }, folder: string },
});

install();
const ort = await import("onnxruntime-web");
ort.env.wasm.numThreads = 1;
ort.env.logLevel = "error";
await wg.init({ threads: 1 });

const folder = values.folder ?? made();
const names = readdirSync(folder).flatMap((file) => (file.endsWith(".onnx") ? [file.replace(/\.onnx$/, "")] : []));
console.log(
  "| network | onnxruntime-web, ms | wasmgrad, ms | its time over onnxruntime-web's | outputs differ by, relative |",
);
console.log("|---|---:|---:|---:|---:|");
for (const name of names.filter((each) => !values.only || values.only.split(",").includes(each))) {
  console.log(await row(name));
}

/** The files, by PyTorch. */
function made() {
  const python = findPython(values.python);
  if (!python) throw new Error("networks: --python expected a Python with torch and onnx, which make the files");
  const target = mkdtempSync(join(tmpdir(), "wasmgrad-networks-"));
  process.on("exit", () => rmSync(target, { recursive: true, force: true }));
  const script = fileURLToPath(new URL("networks.py", import.meta.url));
  const { status, stderr } = spawnSync(python, [script, target], { encoding: "utf8" });
  if (status !== 0) throw new Error(`networks: ${python} failed: ${stderr}`);
  return target;
}

async function row(name) {
  const [x, y] = await Promise.all([npy(`${folder}/${name}.input.npy`), npy(`${folder}/${name}.output.npy`)]);
  const session = await ort.InferenceSession.create(readFileSync(`${folder}/${name}.onnx`), {
    executionProviders: ["wasm"],
  });
  const fed = { [session.inputNames[0]]: new ort.Tensor("float32", x.data, x.shape) };
  const model = await load(`${folder}/${name}.onnx`);
  const rows = x.shape.length === 4 ? channelsLast(x) : x;
  const ours = () => wg.scope(() => model.predict(rows).toTypedArray());
  const theirs = () => session.run(fed);

  const got = ours();
  const wanted = y.shape.length === 4 ? channelsLast(y).data : y.data;
  const largest = wanted.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const error = wanted.reduce((most, value, i) => Math.max(most, Math.abs(value - got[i])), 0) / largest;

  const times = { ours: [], theirs: [] };
  for (let round = 0; round < Number(values.rounds); round++) {
    times.theirs.push(await timed(theirs));
    times.ours.push(await timed(ours));
  }
  await session.release();
  const [a, b] = [median(times.theirs), median(times.ours)];
  const ratio = median(times.ours.map((time, i) => time / times.theirs[i]));
  return `| ${name} | ${a.toFixed(2)} | ${b.toFixed(2)} | ${ratio.toFixed(2)} | ${error.toExponential(1)} |`;
}

/** Milliseconds of one run, over as many as take 20 ms. */
async function timed(run) {
  let count = 0;
  const begin = performance.now();
  do {
    await run();
    count++;
  } while (performance.now() - begin < 20);
  return (performance.now() - begin) / count;
}

function median(list) {
  const sorted = [...list].sort((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
}

function channelsLast({ data, shape: [batch, channels, height, width] }) {
  const pixels = height * width;
  const out = new Float32Array(data.length);
  for (let b = 0; b < batch; b++) {
    for (let c = 0; c < channels; c++) {
      for (let p = 0; p < pixels; p++) out[(b * pixels + p) * channels + c] = data[(b * channels + c) * pixels + p];
    }
  }
  return { data: out, shape: [batch, height, width, channels] };
}
