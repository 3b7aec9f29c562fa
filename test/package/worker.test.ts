import { execFile } from "node:child_process";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { documentedIn } from "../support/documentation.js";

const dist = (file: string) => resolve("dist/node", file);
const url = (file: string) => JSON.stringify(pathToFileURL(dist(file)).href);

const imports = `
import { createHash } from "node:crypto";
import { Worker } from "node:worker_threads";
import * as wg from ${url("index.js")};
import { Dataset } from ${url("data.js")};
import { inWorker, serve } from ${url("worker.js")};
`;

/** A network, its data, and the hash of its weights. */
const setting = `
const x = new Float32Array(600).map((_, i) => Math.fround(((i * 7919) % 1000) / 500 - 1));
const y = new Int32Array(200).map((_, i) => (x[3 * i] > 0 ? 1 : 0));
function network() {
  wg.setSeed(3);
  const { dense, batchNormalization, dropout } = wg.layers;
  const layers = [dense({ units: 16, activation: "relu", inputShape: [3] }), batchNormalization(), dropout({ rate: 0.1 }), dense({ units: 2, activation: "softmax" })];
  return wg.sequential(layers).compile({ optimizer: "adam", loss: "sparseCategoricalCrossentropy" });
}
const bitsOf = (model) => {
  const hash = createHash("sha256");
  for (const weight of model.getWeights()) hash.update(weight.toTypedArray());
  return hash.digest("hex");
};
`;

/** What a program prints, as a module of its own. */
async function run(program: string, ...flags: string[]): Promise<string> {
  const args = [...flags, "--input-type=module", "--eval", program];
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 60_000 });
  return stdout.trim();
}

describe("a thread of Node", () => {
  test("trains the weights of the main thread, whatever init chose, and the program ends by itself", async () => {
    for (const init of ['{ numerics: "strict", threads: 1 }', '{ backend: "js" }']) {
      const printed = await run(`${imports}${setting}
        await wg.init(${init});
        const options = { epochs: 4, validation: { x, y }, callbacks: [wg.callbacks.earlyStopping()] };
        const here = network();
        await here.fit(x, y, options);
        const there = network();
        const remote = await inWorker(there);
        await remote.fit(x, y, { ...options, callbacks: [wg.callbacks.earlyStopping()] });
        const rows = network();
        await (await inWorker(rows)).fit(Dataset.fromArrays({ data: x, shape: [200, 3] }, y), options);
        console.log(new Set([here, there, rows].map(bitsOf)).size, bitsOf(here) !== bitsOf(network()));`);
      expect(printed).toBe("1 true");
    }
  });

  test("is waited for, and does not hold the program else", async () => {
    const printed = await run(`${imports}${setting}
      const remote = await inWorker(network());
      remote.fit(x, y, { epochs: 20 }).then(({ epoch }) => console.log(epoch.length));`);
    expect(printed).toBe("20");
  });

  test("that is killed, or runs out of memory, is told of, and the model trains on in another", async () => {
    const printed = await run(`${imports}${setting}
      const here = network();
      await here.fit(x, y, { epochs: 6 });
      const there = network();
      let worker;
      const start = () => (worker = new Worker(new URL(${url("worker-script.js")}), { execArgv: [] }));
      const remote = await inWorker(there, { worker: start });
      const kill = (epoch) => epoch === 2 && worker.terminate();
      const run = remote.fit(x, y, { epochs: 6, callbacks: [kill] });
      await run.catch(({ name, message }) => console.log(name, message));
      await (await inWorker(there)).fit(x, y, { epochs: 6, resume: true });
      console.log(bitsOf(there) === bitsOf(here));
      const small = () => new Worker(new URL(${url("worker-script.js")}), { execArgv: [], resourceLimits: { maxOldGenerationSizeMb: 24 } });
      const starved = await inWorker(network(), { worker: small });
      const rows = Array.from({ length: 1_000_000 }, (_, i) => [i, i, i]);
      await starved.predict(rows).catch(({ name, message }) => console.log(name, message));`);
    const [killed, same, starved] = printed.split("\n");
    expect(killed).toMatch(
      /^WorkerError fit: worker expected to answer, got its end: exit code 1; the page's model is as at step 21/,
    );
    expect(same).toBe("true");
    expect(starved).toMatch(/^WorkerError predict: .*memory/);
  });

  test("may run a script of its own that calls serve", async () => {
    const script = `${imports}serve();`;
    const printed = await run(`${imports}${setting}
      const worker = () => new Worker(new URL(${JSON.stringify(`data:text/javascript,${encodeURIComponent(script)}`)}));
      const remote = await inWorker(network(), { worker });
      console.log((await remote.predict([[1, 2, 3]])).shape.join());`);
    expect(printed).toBe("1,2");
  });

  test("starts from CommonJS too", async () => {
    const code = `const wg = require(${JSON.stringify(dist("index.cjs"))});
      const { inWorker } = require(${JSON.stringify(dist("worker.cjs"))});
      const model = wg.sequential([wg.layers.dense({ units: 2, inputShape: [3] })]);
      inWorker(model).then((remote) => remote.predict([[1, 2, 3]])).then(({ shape }) => console.log(shape.join()));`;
    const { stdout } = await promisify(execFile)(process.execPath, ["--eval", code], { timeout: 60_000 });
    expect(stdout.trim()).toBe("1,2");
  });

  test("does what the example says", async () => {
    const [example] = documentedIn({ "wasmgrad/worker": "src/worker/index.ts" })
      .filter(({ name }) => name === "inWorker")
      .flatMap(({ examples }) => examples);
    const printed = await run(`${imports}${example}`);
    expect(printed.split("\n")).toHaveLength(3);
    expect(example).toContain("=== model; // true");
  });
});
