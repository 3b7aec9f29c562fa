import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import type { Plugin } from "esbuild";
import { defineConfig, type Options } from "tsup";
import { entries } from "./entries.js";

// dist/kernels/  the binaries as base64, once for every flavour
// dist/node/     ESM (.js) and CommonJS (.cjs) with the Node platform
// dist/browser/  the same with the browser's
// dist/types/    .d.ts for ESM, .d.cts for CommonJS

type Format = "esm" | "cjs";

const extension = { esm: ".js", cjs: ".cjs" };

writeKernels();

export default defineConfig([
  flavour("node", "esm"),
  flavour("node", "cjs"),
  flavour("browser", "esm"),
  flavour("browser", "cjs"),
  { entry: entries(), outDir: "dist/types", format: ["esm", "cjs"], dts: { only: true }, silent: true },
]);

/** Shared chunks (`splitting`) keep one engine for all entries, in CommonJS too. */
function flavour(platform: "node" | "browser", format: Format): Options {
  return {
    entry: {
      ...(platform === "browser" ? namespaces() : {}),
      ...(platform === "node" && format === "esm" ? { cli: "src/cli/index.ts" } : {}),
      ...entries(),
    },
    outDir: `dist/${platform}`,
    format,
    platform,
    target: "es2022",
    splitting: true,
    // Writes split CommonJS through Rollup; the default rewrites `??` and `?.` into helper calls on hot paths.
    treeshake: format === "cjs",
    silent: true,
    outExtension: () => ({ js: extension[format] }),
    esbuildPlugins: [sharedKernels(format)],
  };
}

/**
 * The modules that src/index.ts exports whole (`export * as layers`). A file of its own for each lets a bundler drop those that a program
 * does not use; joined with the rest, the object of a namespace holds on to all of its functions.
 */
function namespaces(): Record<string, string> {
  const found = readFileSync("src/index.ts", "utf8").matchAll(/^export \* as (\w+) from "\.\/(.*)\.js";/gm);
  return Object.fromEntries([...found].map(([, name, path]) => [`${name}`, `src/${path}.ts`]));
}

/** Leaves the kernels out of the bundles: each flavour imports the one copy. */
function sharedKernels(format: Format): Plugin {
  return {
    name: "shared-kernels",
    setup(build) {
      build.onResolve({ filter: /^#kernels\// }, ({ path }) => ({
        path: `../kernels/${path.slice("#kernels/".length)}${extension[format]}`,
        external: true,
      }));
    },
  };
}

function writeKernels(): void {
  mkdirSync("dist/kernels", { recursive: true });
  for (const file of readdirSync("build/kernels").filter((name) => name.endsWith(".js"))) {
    const source = readFileSync(`build/kernels/${file}`, "utf8");
    writeFileSync(`dist/kernels/${file}`, source);
    writeFileSync(`dist/kernels/${file.replace(/js$/, "cjs")}`, source.replace("export default", "module.exports ="));
  }
}
