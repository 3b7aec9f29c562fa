import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";

/** The comparison is plain JavaScript, so that any Node runs it as it stands. */
const load = (name: string) => import(pathToFileURL(resolve("bench/compare", name)).href);

describe("rounds with toy libraries", () => {
  const host = resolve("bench/compare/harness/host.js");
  const entry = (name: string) => ({
    name,
    title: name,
    library: name,
    threads: 1,
    start: () => [process.execPath, [host, resolve(`test/fixtures/compare/${name}.js`), "1"]],
    request: (workload: string, dropout: boolean) => ({ prepare: workload, dropout }),
  });
  let runs: Record<string, Record<string, unknown>>;
  let order: string[];
  beforeAll(async () => {
    const { measure } = await load("harness/measure.js");
    const entries = ["unable", "right", "wrong", "silent", "broken"].map(entry);
    const measured = await measure("mlp-online", entries, { rounds: 2, limit: 8 });
    order = measured.map((run: { entry: { name: string } }) => run.entry.name);
    runs = Object.fromEntries(measured.map((run: { entry: { name: string } }) => [run.entry.name, run]));
  });

  test("a library with the reference's results is timed", () => {
    expect(runs.right).toMatchObject({ samples: 2, reference: "right", differences: { losses: 0, movement: 0 } });
    expect(runs.right?.milliseconds).toBeGreaterThan(0);
    expect(runs.right?.milliseconds).toBeLessThan(1000);
  });

  test("one with other results is not timed, and says by how much they differ", () => {
    expect(runs.wrong?.failed).toBe("another result than right: losses differ by 0.0e+0, movement differ by 1.0e-1");
    expect(runs.wrong?.milliseconds).toBeUndefined();
  });

  test("one that cannot says why", () => {
    expect(runs.unable).toMatchObject({ cannot: "draws pictures only" });
  });

  test("one that takes too long is left behind", () => {
    expect(runs.silent).toMatchObject({ cannot: "more than 8 s for one step" });
  });

  test("one whose process ends has failed, with its last words", () => {
    expect(runs.broken?.failed).toBe("ended with 3\nout of luck");
  });

  test("the table has the entries in their order, what they cannot below, and the bars", async () => {
    const { markdown } = await load("harness/markdown.js");
    const workload = { name: "mlp-online", title: "Toy", kind: "train", bars: [] };
    const about = { cpu: "C", system: "S", node: "v20", flags: "none", date: "D", load: 0, rounds: 2, threads: 1 };
    const text: string = markdown([{ workload, runs: order.map((name) => runs[name]) }], about);
    expect(text).toContain("|  | right | wrong | broken |");
    expect(text).toMatch(/\| Toy \| [\d.]+ [µm]s \| \*\*failed\*\* \(1\) \| \*\*failed\*\* \(2\) \|/);
    expect(text).toContain("1. wrong: another result than right: ");
    expect(text).toContain("None of these: unable (draws pictures only), silent (more than 8 s for one step).");
    expect(text).toContain("- right: 1\n");
  });
});

test("median and spread", async () => {
  const { summary } = await load("harness/measure.js");
  expect(summary([4, 1, 3, 2, 100])).toEqual({ milliseconds: 3, spread: (4 - 2) / 2 / 3, samples: 5 });
  expect(summary([1, 2])).toMatchObject({ milliseconds: 1.5 });
  expect(summary([])).toEqual({});
});

test("results agree to a tolerance, and a NaN never does", async () => {
  const { compareResults } = await load("harness/agreement.js");
  const predict = (own: number[]) => compareResults({ kind: "predict" }, { values: own }, { values: [1, -2] });
  expect(predict([1, -2])).toEqual({ differences: { outputs: 0 }, agrees: true });
  expect(predict([1.5, -2])).toEqual({ differences: { outputs: 0.25 }, agrees: false });
  expect(predict([Number.NaN, -2]).agrees).toBe(false);
  expect(predict([1]).agrees).toBe(false);

  // The weights moved by (3, 4), a way of 5; the other's end lies 0.001 beside it.
  const workload = { kind: "train", weights: [{ data: Float32Array.of(1) }, { data: Float32Array.of(1) }] };
  const own = { losses: [1, 0.5, 0.1], values: Float32Array.of(4, 5.001) };
  const { differences, agrees } = compareResults(workload, own, { losses: [1, 0.5], values: Float32Array.of(4, 5) });
  expect(differences.losses).toBe(0);
  expect(differences.movement).toBeCloseTo(0.001 / 5, 6);
  expect(agrees).toBe(true);
});

test("bars", async () => {
  const { checkBars } = await load("harness/bars.js");
  const run = (library: string, threads: number, result: object) => ({
    entry: { library, threads, title: library },
    ...result,
  });
  const runs = [
    run("wasmgrad", 1, { milliseconds: 4 }),
    run("wasmgrad", 2, { milliseconds: 2 }),
    run("other", 1, { milliseconds: 12 }),
  ];
  const bars = (list: object[], nodeMajor = 20) =>
    checkBars({ title: "T", bars: list }, runs, { threads: 2, nodeMajor });
  expect(bars([{ threads: "one", against: "other", atLeast: 3.5 }])).toEqual([
    { goal: "T: one thread, ≥ 3.5 × other", measured: "3.00 ×", met: false },
  ]);
  expect(bars([{ threads: "many", against: "other", atLeast: 5 }])).toMatchObject([{ measured: "6.00 ×", met: true }]);
  expect(bars([{ threads: "many", against: "wasmgrad", atLeast: 1.8 }])).toMatchObject([
    { measured: "2.00 ×", met: true },
  ]);
  expect(bars([{ threads: "one", against: "absent", atLeast: 1 }])).toEqual([]);
  const later = [{ threads: "one", against: "other", atLeast: 1, node: 26 }];
  expect(bars(later)).toEqual([]);
  expect(bars(later, 26)).toHaveLength(1);
});

test("channels first and back", async () => {
  const { channelsFirst } = await load("harness/layout.js");
  const ramp = (length: number) => Float32Array.from({ length }, (_, i) => i);
  const workload = {
    batch: 1,
    inputShape: [1, 2, 3],
    layers: [{ type: "conv2d", filters: 2, kernelSize: 1 }, { type: "flatten" }, { type: "dense", units: 1 }],
    x: ramp(6),
    weights: [
      { shape: [1, 1, 3, 2], data: ramp(6) },
      { shape: [2], data: ramp(2) },
      { shape: [4, 1], data: ramp(4) },
      { shape: [1], data: ramp(1) },
    ],
  };
  const { x, inputShape, weights, back } = channelsFirst(workload);
  expect(inputShape).toEqual([3, 1, 2]);
  // Two pixels of three channels: 0 1 2 | 3 4 5.
  expect([...x]).toEqual([0, 3, 1, 4, 2, 5]);
  expect(weights[0].shape).toEqual([2, 3, 1, 1]);
  expect([...weights[0].data]).toEqual([0, 2, 4, 1, 3, 5]);
  // The rows of the dense kernel: pixel 0 channel 0, pixel 0 channel 1, pixel 1 channel 0, pixel 1 channel 1.
  expect([...weights[2].data]).toEqual([0, 2, 1, 3]);
  const restored = back(weights.map(({ data }: { data: Float32Array }) => data));
  expect(restored).toEqual(workload.weights.map(({ data }) => data));
});

test("the other libraries are pinned, locked, and none of them is a native add-on", () => {
  const manifest = JSON.parse(readFileSync("bench/compare/package.json", "utf8"));
  const { packages } = JSON.parse(readFileSync("bench/compare/package-lock.json", "utf8"));
  for (const [name, version] of Object.entries(manifest.dependencies)) {
    expect(packages[`node_modules/${name}`]?.version, name).toBe(version);
  }
  expect(packages["node_modules/gl"]).toBeUndefined();
  // Its script compares version numbers and fetches nothing; it is not run here.
  const scripted = Object.keys(packages).filter((path) => packages[path].hasInstallScript);
  expect(scripted).toEqual(["node_modules/protobufjs"]);
});

describe("the libraries", () => {
  beforeAll(() => {
    if (installed()) execFileSync(process.execPath, ["src/tools/prepare.mjs"], { stdio: "inherit" });
  });

  test("agree on what they all can do", async (context) => {
    if (!installed()) return context.skip("bench/compare has no packages; npm run bench:compare installs them");
    const { measure } = await load("harness/measure.js");
    const { entries } = await load("libraries/index.js");
    const taking = entries({ node: process.execPath, only: ["wasmgrad", "tfjs-wasm", "jax-js", "brain.js"] });
    const runs: { entry: { name: string }; failed?: string; samples?: number }[] = await measure("mlp-online", taking, {
      rounds: 1,
      limit: 60,
    });
    expect(runs.map(({ entry, failed, samples }) => [entry.name, failed, samples])).toEqual(
      taking.map(({ name }: { name: string }) => [name, undefined, 1]),
    );
  });

  test("onnxruntime-web reads the ONNX that is written for it", async (context) => {
    if (!installed()) return context.skip("bench/compare has no packages; npm run bench:compare installs them");
    const { measure } = await load("harness/measure.js");
    const { entries } = await load("libraries/index.js");
    const taking = entries({ node: process.execPath, only: ["tfjs-wasm", "onnxruntime-web"] });
    const runs: { failed?: string; samples?: number }[] = await measure("cnn-predict-1", taking, {
      rounds: 1,
      limit: 60,
    });
    expect(runs.map(({ failed, samples }) => [failed, samples])).toEqual([
      [undefined, 1],
      [undefined, 1],
    ]);
  });
});

function installed(): boolean {
  return existsSync("bench/compare/node_modules/.package-lock.json");
}
