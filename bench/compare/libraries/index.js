import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { channelsFirst } from "../harness/layout.js";
import { makeWorkload } from "../workloads/index.js";

const path = (name) => fileURLToPath(new URL(name, import.meta.url));
const host = fileURLToPath(new URL("../harness/host.js", import.meta.url));

/** The libraries, with the numbers of threads that they can run with in Node: one, or `many` as well. */
const libraries = [
  { name: "wasmgrad", title: "wasmgrad", adapter: "wasmgrad.js", many: true },
  { name: "tfjs-wasm", title: "TensorFlow.js wasm", adapter: "tfjs-wasm.js" },
  { name: "tfjs-cpu", title: "TensorFlow.js cpu", adapter: "tfjs-cpu.js" },
  { name: "jax-js", title: "jax-js", adapter: "jax-js.js" },
  { name: "brain.js", title: "brain.js", adapter: "brain.js" },
  { name: "onnxruntime-web", title: "onnxruntime-web", adapter: "onnxruntime.js" },
  { name: "pytorch", title: "PyTorch", adapter: "pytorch.py", many: true },
];
export const names = libraries.map(({ name }) => name);

/**
 * What takes part in a run: each library with one thread, and those that can with `threads`. An entry has `start()`, the command of its
 * process (or `open()`, which answers what `Child` is otherwise), and `request(workload, dropout)`, the request that has it prepare.
 */
export function entries({ only = names, threads = 1, node, flags = [], python }) {
  return libraries
    .filter(({ name }) => only.includes(name))
    .filter(({ name }) => name !== "pytorch" || python)
    .flatMap(({ many, ...library }) => [1, ...(many && threads > 1 ? [threads] : [])].map((n) => ({ ...library, n })))
    .map(({ name, title, adapter, n }) => {
      const isPython = adapter.endsWith(".py");
      return {
        library: name,
        threads: n,
        name: n === 1 ? name : `${name}-${n}`,
        title: n === 1 ? title : `${title}, ${n} threads`,
        start: () => (isPython ? [python, [path(adapter), `${n}`]] : [node, [...flags, host, path(adapter), `${n}`]]),
        request: (workload, dropout) => ({ prepare: isPython ? workloadFile(workload, dropout) : workload, dropout }),
        back: isPython ? (workload, arrays) => channelsFirst(makeWorkload(workload)).back(arrays) : undefined,
      };
    });
}

/** The first Python that has PyTorch, or undefined. */
export function findPython(given) {
  const candidates = given ? [given] : ["python3", "/usr/bin/python3", "python"];
  return candidates.find((each) => spawnSync(each, ["-c", "import torch"], { stdio: "ignore" }).status === 0);
}

const folder = mkdtempSync(join(tmpdir(), "wasmgrad-compare-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));

/** A file for results. */
export const resultFile = (name) => join(folder, `${name}.f32`);

/** Writes a workload as `libraries/pytorch.py` reads it: a description in JSON, and its arrays one after the other as float32. */
function workloadFile(name, dropout) {
  const workload = makeWorkload(name);
  const { x, y, weights = [], a, b, back: _, ...rest } = workload.layers ? channelsFirst(workload) : workload;
  const { batch, inputShape, outputShape, n } = rest;
  const arrays = workload.layers
    ? [
        { data: x, shape: [batch, ...inputShape] },
        ...(y ? [{ data: y, shape: [batch, ...outputShape] }] : []),
        ...weights,
      ]
    : [a, b].map((data) => ({ data, shape: [n, n] }));
  if (rest.layers && !dropout) rest.layers = rest.layers.filter(({ type }) => type !== "dropout");
  const file = join(folder, name);
  writeFileSync(file, JSON.stringify({ ...rest, arrays: arrays.map(({ shape }) => shape) }));
  writeFileSync(`${file}.f32`, Buffer.concat(arrays.map(({ data }) => Buffer.from(data.buffer))));
  return file;
}
