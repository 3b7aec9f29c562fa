import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { entries } from "../../src/tools/entries.js";

const root = process.cwd();
const names = Object.keys(entries()).map((name) => (name === "index" ? "wasmgrad" : `wasmgrad/${name}`));
/** Six kernel binaries, and that of a page in five parts, each for import, for require and (but for those of 256 bits) by URL, are half of it. */
const MOST_PACKED = 3.75 * 1024 * 1024;
let folder: string;
let tarball: string;
let installed: string;

/** The package as a user gets it: packed, then installed without a network into a folder of its own. */
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "wasmgrad-pack-"));
  npm(["pack", "--ignore-scripts", "--pack-destination", folder], root);
  tarball = join(folder, readdirSync(folder).find((name) => name.endsWith(".tgz")) as string);
  write("package.json", '{ "private": true }');
  npm(["install", "--offline", "--ignore-scripts", "--no-audit", "--no-fund", tarball], folder);
  installed = join(folder, "node_modules/wasmgrad");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("the tarball is small and holds dist, README, LICENSE and CHANGELOG", () => {
  const { size } = statSync(tarball);
  console.log(`packed: ${Math.round(size / 1024)} KiB`);
  expect(size).toBeLessThan(MOST_PACKED);
  const allowed = ["CHANGELOG.md", "LICENSE", "README.md", "dist", "package.json"];
  expect(readdirSync(installed).filter((name) => !allowed.includes(name))).toEqual([]);
  expect(readdirSync(join(installed, "dist")).sort()).toEqual(["browser", "kernels", "node", "types"]);
});

test("nothing else is installed", () => {
  const others = readdirSync(join(folder, "node_modules")).filter((name) => !name.startsWith("."));
  expect(others).toEqual(["wasmgrad"]);
});

describe("a program", () => {
  const uses = `
    const said = [wg.relu([-1, 0, 2]).toArray(), wg.relu(wg.tensor([-1, 3], [2], "float64")).toArray()];
    console.log(JSON.stringify(said), others.every((each) => Object.keys(each).length > 0));
  `;
  const others = names.slice(1).map((name) => JSON.stringify(name));
  // A page with a strict content security policy forbids eval: so does this flag.
  const flags = ["--disallow-code-generation-from-strings"];

  test("runs by import", () => {
    const loaded = others.map((name) => `await import(${name})`);
    write("run.mjs", `import * as wg from "wasmgrad";\nconst others = [${loaded}];\n${uses}`);
    expect(node([...flags, "run.mjs"], folder)).toBe("[[0,0,2],[0,3]] true\n");
  });

  test("runs by require", () => {
    const loaded = others.map((name) => `require(${name})`);
    write("run.cjs", `const wg = require("wasmgrad");\nconst others = [${loaded}];\n${uses}`);
    expect(node([...flags, "run.cjs"], folder)).toBe("[[0,0,2],[0,3]] true\n");
  });

  test("runs on the browser's flavour, unbundled", () => {
    const program = 'import * as wg from "./node_modules/wasmgrad/dist/browser/index.js";\n';
    write("page.mjs", `${program}console.log(JSON.stringify(wg.relu([-1, 0, 2]).toArray()));`);
    expect(node([...flags, "page.mjs"], folder)).toBe("[0,0,2]\n");
  });
});

describe("dist", () => {
  const filesOf = (flavour: string, ending: string) =>
    readdirSync(join(installed, "dist", flavour))
      .filter((name) => name.endsWith(ending))
      .map((name) => readFileSync(join(installed, "dist", flavour, name), "utf8"));

  test.each([
    ["node", ".js"],
    ["node", ".cjs"],
    ["browser", ".js"],
    ["browser", ".cjs"],
  ])("has one engine for all entries in %s %s", (flavour, ending) => {
    expect(filesOf(flavour, ending).filter((code) => code.includes("new WebAssembly.Memory("))).toHaveLength(1);
  });

  test("names no Node module outside the Node flavour", () => {
    const mention = /\b(from|import|require)\b[ (]*["'](node:|fs|path|os|worker_threads|crypto)/;
    expect([...filesOf("browser", ".js"), ...filesOf("browser", ".cjs")].filter((code) => mention.test(code))).toEqual(
      [],
    );
  });
});

describe("a bundler", () => {
  const bundle = async (code: string): Promise<string> => {
    const { outputFiles } = await build({
      stdin: { contents: code, resolveDir: folder },
      bundle: true,
      format: "esm",
      platform: "browser",
      external: ["#kernels/*"],
      splitting: true,
      outdir: folder,
      write: false,
    });
    const entry = outputFiles.find(({ path }) => path.endsWith("stdin.js"));
    return (entry as { text: string }).text;
  };

  test("drops the code that a program does not use", async () => {
    const withoutKernels = (code: string) => code.replace(/"[A-Za-z0-9+/=]{1000,}"/g, "");
    const all = withoutKernels(await bundle('import * as wg from "wasmgrad"; console.log(wg);'));
    const one = withoutKernels(await bundle('import { relu } from "wasmgrad"; console.log(relu([1]));'));
    expect(one.length / all.length).toBeLessThan(0.4);
  });
});

describe("TypeScript under strict", () => {
  const program = `
    const x: wg.Tensor = wg.tensor([[1, 2], [3, 4]]);
    const w: wg.Variable = wg.variable([1, 2]);
    const shape: readonly number[] = wg.relu(x).shape;
    const both: { value: wg.Tensor; grad: wg.Tensor } = wg.valueAndGrad((v: wg.Tensor) => wg.relu(v))(w);
    // @ts-expect-error: a string is no tensor
    wg.relu("x");
    export { both, shape };
  `;
  const sources = names.map((name, i) => `import * as ${i === 0 ? "wg" : `other${i}`} from "${name}";`);
  const used = names.slice(1).map((_, i) => `export type Other${i + 1} = keyof typeof other${i + 1};`);

  test.each([
    ["nodenext", ["esm.mts", "common.cts"]],
    ["node16", ["esm.mts", "common.cts"]],
    ["bundler", ["app.ts"]],
  ])("compiles with moduleResolution %s", (resolution, files) => {
    const target = join(folder, resolution);
    mkdirSync(target);
    for (const file of files) writeFileSync(join(target, file), [...sources, program, ...used].join("\n"));
    const compilerOptions = {
      target: "es2022",
      module: resolution === "bundler" ? "esnext" : resolution,
      moduleResolution: resolution,
      lib: ["es2022"],
      types: [],
      strict: true,
      skipLibCheck: false,
      noEmit: true,
    };
    writeFileSync(join(target, "tsconfig.json"), JSON.stringify({ compilerOptions, files }));
    expect(node([join(root, "node_modules/typescript/bin/tsc"), "-p", target], folder)).toBe("");
  });
});

function write(name: string, text: string): void {
  writeFileSync(join(folder, name), text);
}

/** Runs a Node program; what it prints, which also is the error's text where it fails. */
function node(args: string[], cwd: string): string {
  try {
    return execFileSync(process.execPath, args, { cwd, encoding: "utf8", stdio: "pipe" });
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`node ${args.join(" ")}: ${stdout}${stderr}`);
  }
}

function npm(args: string[], cwd: string): void {
  const command = process.platform === "win32" ? "npm.cmd" : "npm";
  const options = { cwd, encoding: "utf8", stdio: "pipe", shell: process.platform === "win32" } as const;
  execFileSync(command, [...args, "--loglevel=error"], options);
}
