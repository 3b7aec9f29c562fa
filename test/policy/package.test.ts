import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { expect, test } from "vitest";
import { read } from "../support/sources.js";

const manifest = JSON.parse(read("package.json"));
const lock = JSON.parse(read("package-lock.json"));

test("nothing is installed beside the package", () => {
  expect(manifest.dependencies ?? {}).toEqual({});
  expect(manifest.bundledDependencies ?? []).toEqual([]);
  const required = Object.keys(manifest.peerDependencies ?? {}).filter(
    (name) => manifest.peerDependenciesMeta?.[name]?.optional !== true,
  );
  expect(required).toEqual([]);
});

test("nothing runs when it is installed", () => {
  const hooks = ["preinstall", "install", "postinstall", "prepare"];
  expect(Object.keys(manifest.scripts).filter((name) => hooks.includes(name))).toEqual([]);
  expect(existsSync("binding.gyp")).toBe(false);
});

test("development packages are pinned, and locked at the version named", () => {
  const locked = Object.keys(manifest.devDependencies).map((name) => [
    name,
    lock.packages[`node_modules/${name}`]?.version,
  ]);
  expect(manifest.devDependencies).toEqual(Object.fromEntries(locked));
  expect(lock.packages[""].devDependencies).toEqual(manifest.devDependencies);
});

test("the lock file names no registry of its own", () => {
  const elsewhere = Object.entries(lock.packages as Record<string, { resolved?: string }>).filter(
    ([, { resolved }]) => resolved !== undefined && !resolved.startsWith("https://registry.npmjs.org/"),
  );
  expect(elsewhere).toEqual([]);
});

test("the lock file holds the binaries of every platform, without which npm ci refuses it", () => {
  const packages = lock.packages as Record<string, { optionalDependencies?: Record<string, string> }>;
  const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).filter(
      (name) => !packages[`node_modules/${name}`] && !packages[`${path}/node_modules/${name}`],
    ),
  );
  expect(missing).toEqual([]);
});

test("every entry has its source and the same conditions", () => {
  const { "./package.json": _, "./thread.js": script, "./kernels/*.wasm": kernels, ...entries } = manifest.exports;
  expect({ script, kernels }).toEqual({ script: "./dist/browser/thread.js", kernels: "./dist/kernels/*.wasm" });
  for (const [path, conditions] of Object.entries(entries)) {
    const name = path === "." ? "index" : path.slice(2);
    expect(existsSync(name === "index" ? "src/index.ts" : `src/${name}/index.ts`), path).toBe(true);
    expect(conditions, path).toEqual({
      import: {
        types: `./dist/types/${name}.d.ts`,
        node: `./dist/node/${name}.js`,
        // Without the kernels that the other has in its code.
        ...(path === "." ? { "wasmgrad-url": "./dist/browser/bare.js" } : {}),
        default: `./dist/browser/${name}.js`,
      },
      require: {
        types: `./dist/types/${name}.d.cts`,
        node: `./dist/node/${name}.cjs`,
        default: `./dist/browser/${name}.cjs`,
      },
    });
  }
  // The entry of a page gives the engine all kernels; nothing else does anything by being imported.
  expect(manifest.sideEffects.filter((path: string) => path.startsWith("./dist"))).toEqual([
    "./dist/browser/index.js",
    "./dist/browser/whole.js",
    "./dist/browser/index.cjs",
  ]);
});

test("git holds no generated file", (context) => {
  if (!existsSync(".git")) return context.skip("not a git checkout");
  const tracked = execFileSync("git", ["ls-files"], { encoding: "utf8" }).split("\n");
  const generated = /^(build|dist|coverage|node_modules)\/|\.(wasm|tgz|log)$/;
  expect(tracked.filter((path) => generated.test(path))).toEqual([]);
});
