// Memory that training takes, beside the sum of what it must hold: rows, outputs of all layers, weights, their gradients and Adam's two
// moments. The gradients of outputs do not count as needed, nor does scratch. A second ratio, which has no bar, leaves out the outputs that
// are views of the one before (flatten). The workloads are those of bench/compare, each in a process of its own. Needs dist/.
//
//   node bench/memory.mjs [workload …]

import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { makeWorkload, workloads } from "./compare/workloads/index.js";

const BAR = { cnn: 1.3 };
const [flag, name] = process.argv.slice(2);
if (!existsSync(new URL("../dist/node/index.js", import.meta.url))) {
  console.error("memory: dist/ is not built; run npm run build first");
  process.exit(1);
}
if (flag === "--measure")
  console.log(JSON.stringify(await measure(name).catch(({ message }) => ({ cannot: message }))));
else compareAll(process.argv.slice(2));

function compareAll(given) {
  const names = workloads.filter(({ kind }) => kind === "train").map((each) => each.name);
  const unknown = given.find((each) => !names.includes(each));
  if (unknown) {
    console.error(`memory: no workload "${unknown}"; there are ${names.join(", ")}`);
    process.exit(1);
  }
  for (const each of given.length ? given : names) {
    const program = fileURLToPath(import.meta.url);
    const args = ["--expose-gc", program, "--measure", each];
    const { stdout, stderr, status } = spawnSync(process.execPath, args, { encoding: "utf8" });
    if (status !== 0) throw new Error(stderr);
    const { cannot, parts, views, needed, taken } = JSON.parse(stdout);
    if (cannot) {
      console.log(`${each.padEnd(14)} cannot: ${cannot}`);
      continue;
    }
    const ratio = taken / needed;
    const strict = views ? `, ${(taken / (needed - views)).toFixed(2)} × without views` : "";
    const verdict = BAR[each] ? `, bar ≤ ${BAR[each]}: ${ratio <= BAR[each] ? "met" : "missed"}` : "";
    const detail = Object.entries(parts).map(([part, bytes]) => `${part} ${mib(bytes)}`);
    console.log(
      `${each.padEnd(14)} ${mib(taken)} MiB of ${mib(needed)}: ${ratio.toFixed(2)} ×${strict}${verdict} (${detail.join(", ")})`,
    );
  }
}

/** What the engine holds after five steps, once what was only for their preparation is collected; less what it holds before. */
async function measure(workloadName) {
  const wg = await import("../dist/node/index.js");
  const { open } = await import("./compare/libraries/wasmgrad.js");
  const library = await open({ threads: 1 });
  wg.zeros([1]);
  const before = await held(wg);
  const workload = makeWorkload(workloadName);
  const task = await library.train(workload);
  for (let step = 0; step < 5; step++) await task.step();
  const { batch, weights, x, y } = workload;
  const trained = weights.reduce((sum, { data }) => sum + data.byteLength, 0);
  const outputs = task.model.network.graph.placed.map(({ outputShape, layer }) => ({
    bytes: 4 * batch * outputShape.reduce((a, b) => a * b, 1),
    isView: layer.kind === "flatten" || layer.kind === "reshape",
  }));
  const bytesOf = (list) => list.reduce((sum, { bytes }) => sum + bytes, 0);
  const parts = {
    rows: x.byteLength + y.byteLength,
    activations: bytesOf(outputs),
    weights: task.model.variables.reduce((sum, { size }) => sum + 4 * size, 0),
    gradients: trained,
    moments: 2 * trained,
  };
  const needed = Object.values(parts).reduce((sum, bytes) => sum + bytes, 0);
  const views = bytesOf(outputs.filter(({ isView }) => isView));
  return { parts, views, needed, taken: (await held(wg)) - before };
}

async function held(wg) {
  for (let pass = 0; pass < 3; pass++) {
    globalThis.gc();
    await new Promise((resolve) => setTimeout(resolve, 20)); // finalizers run between tasks
  }
  const { live, arena } = wg.memory();
  return live + arena;
}

function mib(bytes) {
  return (bytes / 2 ** 20).toPrecision(3);
}
