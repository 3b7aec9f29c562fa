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

/** Kilobytes, gzipped, of code and of kernels that a page fetches to load and run a LeNet in ONNX. */
const MOST_CODE = 150;
const MOST_KERNELS = 40;

const root = process.cwd();
const lenet = join(root, "test/fixtures/formats/networks/lenet.onnx");
const unet = join(root, "test/fixtures/formats/networks/unet.onnx");
let folder: string;

/** The browser's flavour, in pieces as a bundler makes them, which Node runs and counts. */
beforeAll(async () => {
  execFileSync(process.execPath, ["src/tools/prepare.mjs"], { cwd: root, stdio: "pipe" });
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
    const kernels = fetched.filter(({ kernels }) => kernels !== undefined);
    const ofKernels =
      kernels.reduce((sum, { kernels }) => sum + gzipSync(kernels as string, { level: 9 }).length, 0) / 1000;
    const ofCode = fetched.reduce((sum, { code }) => sum + gzipSync(code, { level: 9 }).length, 0) / 1000;
    console.log(`a page with ONNX: ${Math.round(ofCode)} KB of code, ${Math.round(ofKernels)} KB of kernels, gzipped`);
    expect(kernels).toHaveLength(1);
    expect(ofKernels).toBeLessThan(MOST_KERNELS);
    expect(ofCode).toBeLessThan(MOST_CODE);
  });

  test("fetches the other kernels for a model that needs them", async () => {
    const shape = await shapeOf(unet);
    const { printed, fetched } = await run(program(unet, shape));
    expect(JSON.parse(printed)).toEqual(await expected(unet, shape));
    expect(fetched.filter(({ kernels }) => kernels !== undefined)).toHaveLength(2);
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

describe("a page of `wasmgrad`", () => {
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
    // Inference, the rest, float64, and fused both float32 and float64, which is still asked for.
    expect(fetched.filter(({ kernels }) => kernels !== undefined)).toHaveLength(5);
  });
});

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
    alias: { wasmgrad: join(root, "dist/browser/index.js"), "wasmgrad/formats": join(root, "dist/browser/formats.js") },
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
  const binary = /"[A-Za-z0-9+/=]{10000,}"/;
  return {
    printed,
    fetched: names.map((name) => {
      const text = readFileSync(join(pieces, name), "utf8");
      return { code: text.replace(binary, '""'), kernels: binary.exec(text)?.[0] };
    }),
  };
}
