// Cold start: from starting Node to the first result of a small model, less what Node alone takes. Needs dist/.
//
//   node bench/cold.mjs [rounds]
//
// The bar is on the clock; processor time, over all threads of the process, shows less of what else the machine does.

import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const BAR_MS = 60;
const rounds = Number(process.argv[2] ?? 25);
const entry = fileURLToPath(new URL("../dist/node/index.js", import.meta.url));
if (!Number.isInteger(rounds) || rounds < 1) fail(`rounds expected a whole number ≥ 1, got "${process.argv[2]}"`);
if (!existsSync(entry)) fail("dist/ is not built; run npm run build first");

const model = `
import * as wg from ${JSON.stringify(pathToFileURL(entry).href)};
const model = wg.sequential([
  wg.layers.dense({ units: 128, activation: "relu", inputShape: [784] }),
  wg.layers.dense({ units: 10, activation: "softmax" }),
]);
`;
const predict = `const result = model.predict(new Float32Array(784).fill(0.5)).toTypedArray()[0];`;
const train = `
model.compile({ optimizer: "adam", loss: "sparseCategoricalCrossentropy" });
const { loss: result } = await model.trainOnBatch(new Float32Array(32 * 784).fill(0.5), new Int32Array(32));`;
const report = `
if (!(result > 0)) throw new Error("no result");
`;
const usage = `
const { user, system } = process.cpuUsage();
console.log((user + system) / 1000);`;

const folder = mkdtempSync(join(tmpdir(), "wasmgrad-cold-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
const programs = [
  ["Node alone", usage],
  ["import and a prediction", model + predict + report + usage],
  ["import and a training step", model + train + report + usage],
].map(([name, text], i) => {
  const file = join(folder, `${i}.mjs`);
  writeFileSync(file, text);
  return { name, file, clock: [], processor: [] };
});

for (let round = -1; round < rounds; round++) {
  for (const { file, clock, processor } of programs) {
    const start = performance.now();
    const { status, stdout, stderr } = spawnSync(process.execPath, [...process.execArgv, file], { encoding: "utf8" });
    const time = performance.now() - start;
    if (status !== 0) fail(stderr);
    if (round < 0) continue; // brings the files into the system's cache
    clock.push(time);
    processor.push(Number(stdout));
  }
}

const [alone, ...others] = programs.map(({ name, ...times }) => ({
  name,
  clock: median(times.clock),
  processor: median(times.processor),
}));
const ms = (value) => `${value.toFixed(1)} ms`.padStart(9);
console.log(`Node ${process.version}, median of ${rounds} starts                clock  processor`);
console.log(`${alone.name.padEnd(42)}${ms(alone.clock)}  ${ms(alone.processor)}`);
for (const { name, clock, processor } of others) {
  const beyond = clock - alone.clock;
  const verdict = `bar ≤ ${BAR_MS} ms: ${beyond <= BAR_MS ? "met" : "missed"}`;
  console.log(`${`${name}, beyond that`.padEnd(42)}${ms(beyond)}  ${ms(processor - alone.processor)}  ${verdict}`);
}

function median(values) {
  return values.sort((p, q) => p - q)[values.length >> 1];
}

function fail(text) {
  console.error(`cold: ${text}`);
  process.exit(1);
}
