import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { Plugin } from "esbuild";
import { defineConfig, type Options } from "tsup";
import { entries } from "./entries.js";

// dist/kernels/  the binaries, deflated, as base64, once for every flavour
// dist/node/     ESM (.js) and CommonJS (.cjs) with the Node platform
// dist/browser/  the same with the browser's
// dist/types/    .d.ts for ESM, .d.cts for CommonJS

type Format = "esm" | "cjs";

const extension = { esm: ".js", cjs: ".cjs" };

const fflate = dirname(createRequire(import.meta.url).resolve("fflate/package.json"));

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
    esbuildPlugins: [sharedKernels(format), ownInflate()],
    ...(platform === "browser"
      ? { onSuccess: async () => copyFileSync(join(fflate, "LICENSE"), `dist/${platform}/fflate.LICENSE`) }
      : {}),
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

/**
 * Puts into a page's code the one function of fflate that unpacks the kernels. Under a name of its own: what formats load of fflate, when they
 * need it, is the package that the user has installed.
 */
function ownInflate(): Plugin {
  return {
    name: "own-inflate",
    setup(build) {
      build.onResolve({ filter: /^#inflate$/ }, () => ({ path: join(fflate, "esm/browser.js"), suffix: "?inflate" }));
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
