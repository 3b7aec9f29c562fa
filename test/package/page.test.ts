import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { load, save } from "../../src/formats/index.js";
import * as wg from "../../src/index.js";

/**
 * Kilobytes of code, gzipped, that pages fetch, and in how many pieces; of kernels, those of dense and convolutional networks, and all.
 *
 * The bars are 30 for a page that loads a model and predicts, and 70 for all of `wasmgrad` with its kernels. They are missed by what the figures
 * say: of a dense network's 39, 17 run; error texts are 5, gradients 1, and the rest is what a loaded model can do besides (train, be copied,
 * shown, put together with others).
 */
const MOST = {
  onnx: 77,
  dense: 41,
  convolutional: 47.5,
  matmul: 26,
  worker: 20,
  core: 127,
  pieces: 17,
  kernels: 12,
  allKernels: 62,
};

const root = process.cwd();
const lenet = join(root, "test/fixtures/formats/networks/lenet.onnx");
const unet = join(root, "test/fixtures/formats/networks/unet.onnx");
let folder: string;

/** The browser's flavour, in pieces as a bundler makes them, which Node runs and counts. */
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "wasmgrad-page-"));
  mkdirSync(join(folder, "pieces"));
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"), "junction");
  writeFileSync(
    join(folder, "hooks.mjs"),
    `import { appendFileSync } from "node:fs";
export async function load(url, context, next) {
  if (url.includes("/pieces/")) appendFileSync(new URL("fetched.txt", import.meta.url), url.split("/pieces/")[1] + "\\n");
  return next(url, context);
}`,
  );
  writeFileSync(
    join(folder, "count.mjs"),
    'import { register } from "node:module"; register("./hooks.mjs", import.meta.url);',
  );
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("a page that loads and runs an ONNX model", () => {
  const program = (file: string, shape: readonly number[]) => `
    import { load } from "wasmgrad/formats";
    const model = await load(file(${JSON.stringify(file)}), { format: "onnx" });
    const x = { data: Float32Array.from({ length: ${shape.reduce((a, b) => a * b, 1)} }, (_, i) => Math.sin(i)), shape: ${JSON.stringify(shape)} };
    console.log(JSON.stringify(model.predict(x).toArray()));`;
  const expected = async (file: string, shape: readonly number[]) => {
    await wg.init({ numerics: "strict" });
    const model = await load(file);
    const length = shape.reduce((a, b) => a * b, 1);
    return model.predict({ data: Float32Array.from({ length }, (_, i) => Math.sin(i)), shape }).toArray();
  };
  const shapeOf = async (file: string) => [2, ...(await load(file)).inputShape];

  test("fetches little, and no kernel that it does not need", async () => {
    const shape = await shapeOf(lenet);
    const { printed, fetched } = await run(program(lenet, shape));
    expect(JSON.parse(printed)).toEqual(await expected(lenet, shape));
    expectSmall("a page with ONNX", fetched, MOST.onnx);
  });

  test("fetches the other kernels for a model that needs them", async () => {
    const shape = await shapeOf(unet);
    const { printed, fetched } = await run(program(unet, shape));
    expect(JSON.parse(printed)).toEqual(await expected(unet, shape));
    // Those of the first part, and of resized images.
    expect(kernelsOf(fetched)).toHaveLength(2);
  });

  test("fetches them for batches of the size that states have", async () => {
    const file = join(folder, "states.keras");
    const options = { units: 2, stateful: true, batchSize: 3, inputShape: [4, 2] };
    const model = wg.sequential([wg.layers.lstm(options)]);
    await save(model, file);
    const { printed } = await run(`
      import { load } from "wasmgrad/formats";
      const model = await load(file(${JSON.stringify(file)}), { format: "keras" });
      const x = { data: new Float32Array(24).fill(0.5), shape: [3, 4, 2] };
      console.log(JSON.stringify([model.predict(x).toArray(), model.predict(x).toArray()]));`);
    await wg.init({ numerics: "strict" });
    const x = { data: new Float32Array(24).fill(0.5), shape: [3, 4, 2] };
    expect(JSON.parse(printed)).toEqual([model.predict(x).toArray(), model.predict(x).toArray()]);
  });

  test("trains on with it", async () => {
    const { printed } = await run(`
      import { load } from "wasmgrad/formats";
      const model = await load(file(${JSON.stringify(lenet)}), { format: "onnx" });
      const [shape, units] = [[4, ...model.inputShape], model.outputShape[0]];
      const x = { data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(i)), shape };
      const y = { data: new Float32Array(4 * units), shape: [4, units] };
      model.compile({ optimizer: "adam", loss: "meanSquaredError" });
      const { loss } = (await model.fit(x, y, { epochs: 3 })).history;
      console.log(loss.at(-1) < loss[0]);`);
    expect(printed).toBe("true");
  });
});

describe("a page that loads a model of our own", () => {
  const { layers } = wg;
  const networks: readonly [kind: "dense" | "convolutional", model: wg.Sequential, inputShape: readonly number[]][] = [
    [
      "dense",
      wg.sequential([layers.dense({ units: 4, activation: "relu", inputShape: [3] }), layers.dense({ units: 2 })]),
      [3],
    ],
    [
      "convolutional",
      wg.sequential([
        layers.conv2d({ filters: 3, kernelSize: 3, activation: "relu", inputShape: [8, 8, 1] }),
        layers.maxPooling2D(),
        layers.flatten(),
        layers.dense({ units: 2, activation: "softmax" }),
      ]),
      [8, 8, 1],
    ],
  ];

  test.each(networks)("fetches little for a %s one, though it was trained", async (kind, model, inputShape) => {
    const file = join(folder, `${kind}.safetensors`);
    const shape = [2, ...inputShape];
    const data = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(i));
    model.compile({ optimizer: "adam", loss: "meanSquaredError" });
    await model.fit({ data, shape }, wg.zeros([2, 2]), { epochs: 1 });
    await save(model, file);
    const { printed, fetched } = await run(`
      import { load } from "wasmgrad/formats";
      const model = await load(file(${JSON.stringify(file)}));
      const x = { data: Float32Array.from({ length: ${data.length} }, (_, i) => Math.sin(i)), shape: ${JSON.stringify(shape)} };
      console.log(JSON.stringify([model.predict(x).toArray(), model.copy().predict(x).toArray()]));`);
    await wg.init({ numerics: "strict" });
    const own = model.predict({ data, shape }).toArray();
    expect(JSON.parse(printed)).toEqual([own, own]);
    expectSmall(`a page with a ${kind} network of our own`, fetched, MOST[kind]);
  });
});

describe("a page of `wasmgrad`", () => {
  test("brings little more than the operation that it uses", async () => {
    const { printed, fetched } = await run(`
      import { matmul } from "wasmgrad";
      console.log(matmul([[1, 2]], [[3], [4]]).item());`);
    expect(printed).toBe("11");
    expect(sizeOf(fetched)).toBeLessThan(MOST.matmul);
  });

  test("has all of it in little more than its own size", async () => {
    const { fetched } = await run('import * as wg from "wasmgrad"; console.log(Object.keys(wg).length);');
    const ofKernels = kernelSizeOf(fetched);
    const figures = `${Math.round(sizeOf(fetched))} KB of code, ${Math.round(ofKernels)} KB of kernels`;
    console.log(`a page with all of wasmgrad: ${figures}, gzipped`);
    expect(sizeOf(fetched)).toBeLessThan(MOST.core);
    expect(kernelsOf(fetched)).toHaveLength(1);
    expect(ofKernels).toBeLessThan(MOST.allKernels);
  });

  test("has every operation at once, and gradients", async () => {
    const { printed } = await run(`
      import * as wg from "wasmgrad";
      const { value, grad } = wg.valueAndGrad((x) => wg.sum(wg.sin(x)))(wg.tensor([0, 1]));
      console.log(Math.abs(value.item() - Math.sin(1)) < 1e-6, grad.toArray());`);
    expect(printed).toMatch(/^true \[ 1, 0\.54030/);
  });

  test("fetches float64, the fused and the pure-JS kernels when it is told to", async () => {
    const { printed, fetched } = await run(`
      import * as wg from "wasmgrad";
      try { wg.relu(wg.tensor([-1, 1], [2], "float64")); } catch (error) { console.log(error.name, error.message); }
      await wg.init({ float64: true });
      console.log(wg.relu(wg.tensor([-1, 1], [2], "float64")).toArray());
      console.log(wg.capabilities().notes.filter((note) => note.includes("fused")).join());
      await wg.init({ numerics: "fma" });
      // 1 - (1 + ε)(1 - ε) is ε² where the product is not rounded.
      const e = 2 ** -13;
      console.log(wg.capabilities().numerics, wg.matmul([[1, 1 + e]], [[1], [e - 1]]).item() === e * e);
      await wg.init({ backend: "js" });
      console.log(wg.relu(wg.tensor([-1, 1])).toArray(), wg.capabilities().backend);`);
    expect(printed.split("\n")).toEqual([
      "PlatformError float64: a page has to fetch its kernels first: await wg.init({ float64: true })",
      "[ 0, 1 ]",
      'a page begins with strict numerics: await init({ numerics: "fma" }) fetches the fused kernels',
      "fma true",
      "[ 0, 1 ] js",
    ]);
    // Float32 and float64, and fused both, since float64 is still asked for.
    expect(kernelsOf(fetched)).toHaveLength(4);
  });
});

describe("a page of `wasmgrad/worker`", () => {
  const program = (more: string) => `
    import { layers, sequential } from "wasmgrad";
    ${more}
    const model = sequential([layers.dense({ units: 1, inputShape: [2] })]).compile({ loss: "mse" });
    console.log(model.outputShape.join());`;

  test("brings little more than one that trains by itself, and nothing of formats", async () => {
    const alone = await run(program(""));
    const moved = await run(
      program('import { inWorker } from "wasmgrad/worker"; globalThis.start = () => inWorker(model);'),
    );
    expect(moved.printed).toBe("1");
    const more = sizeOf(moved.fetched) - sizeOf(alone.fetched);
    console.log(`a page that trains in a worker: ${Math.round(more)} KB of code beside that of training, gzipped`);
    expect(more).toBeLessThan(MOST.worker);
    expect(moved.fetched.filter(({ code }) => code.includes("onnx"))).toEqual([]);
  });
});

/** Kilobytes of code, gzipped. */
const sizeOf = (fetched: readonly Fetched[]): number =>
  fetched.reduce((sum, { code }) => sum + gzipSync(code, { level: 9 }).length, 0) / 1000;

const kernelSizeOf = (fetched: readonly Fetched[]): number =>
  kernelsOf(fetched).reduce((sum, each) => sum + gzipSync(each, { level: 9 }).length, 0) / 1000;

const kernelsOf = (fetched: readonly Fetched[]): string[] => fetched.flatMap(({ kernels }) => kernels ?? []);

/** One part of the kernels, and no more code than that. */
function expectSmall(what: string, fetched: readonly Fetched[], most: number): void {
  const kernels = kernelsOf(fetched);
  const ofKernels = kernelSizeOf(fetched);
  const ofCode = sizeOf(fetched);
  const figures = `${Math.round(ofCode)} KB of code in ${fetched.length} pieces, ${Math.round(ofKernels)} KB of kernels`;
  console.log(`${what}: ${figures}, gzipped`);
  expect(kernels).toHaveLength(1);
  expect(ofKernels).toBeLessThan(MOST.kernels);
  expect(ofCode).toBeLessThan(most);
  expect(fetched.length).toBeLessThanOrEqual(MOST.pieces);
}

interface Fetched {
  /** Without the kernels in it. */
  readonly code: string;
  readonly kernels: string | undefined;
}

/** Runs a page's program; `file` reads one as bytes. */
async function run(program: string): Promise<{ printed: string; fetched: readonly Fetched[] }> {
  const code = `import { readFileSync } from "node:fs";\nconst file = (path) => new Uint8Array(readFileSync(path));\n${program}`;
  const pieces = join(folder, "pieces");
  rmSync(pieces, { recursive: true, force: true });
  await build({
    stdin: { contents: code, resolveDir: root },
    outdir: pieces,
    bundle: true,
    minify: true,
    splitting: true,
    format: "esm",
    platform: "browser",
    alias: Object.fromEntries(
      ["index", "formats", "worker"].map((name) => [
        name === "index" ? "wasmgrad" : `wasmgrad/${name}`,
        join(root, `dist/browser/${name}.js`),
      ]),
    ),
    external: [
      "node:fs",
      "@bufbuild/*",
      "@dagrejs/*",
      "cli-progress",
      "csv-parse/*",
      "echarts",
      "fast-png",
      "fflate",
      "h5wasm",
      "jpeg-js",
    ],
    logLevel: "error",
  });
  writeFileSync(join(folder, "fetched.txt"), "");
  // Node 20 has relaxed SIMD behind a flag, later ones without.
  const relaxed = Number(process.versions.node.split(".")[0]) < 22 ? ["--experimental-wasm-relaxed-simd"] : [];
  const flags = [...relaxed, "--import", pathToFileURL(join(folder, "count.mjs")).href, join(pieces, "stdin.js")];
  const printed = execFileSync(process.execPath, flags, { cwd: folder, encoding: "utf8" }).trim();
  const names = readFileSync(join(folder, "fetched.txt"), "utf8").trim().split("\n");
  const binary = /"[A-Za-z0-9+/=]{5000,}"/;
  return {
    printed,
    fetched: names.map((name) => {
      const text = readFileSync(join(pieces, name), "utf8");
      return { code: text.replace(binary, '""'), kernels: binary.exec(text)?.[0] };
    }),
  };
}
