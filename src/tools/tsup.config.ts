import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { Plugin } from "esbuild";
import { defineConfig, type Options } from "tsup";
import { entries } from "./entries.js";
import { joinedPieces, type Probe } from "./pieces.js";

// dist/kernels/  the binaries, deflated, as base64, once for every flavour, and as they are, for pages that have them by URL
// dist/node/     ESM (.js) and CommonJS (.cjs) with the Node platform
// dist/browser/  the same with the browser's; ESM's index.js is bare.js, which has no kernels, and whole.js, which gives it all
// dist/types/    .d.ts for ESM, .d.cts for CommonJS

type Format = "esm" | "cjs";

const extension = { esm: ".js", cjs: ".cjs" };

const { peerDependencies: peers } = JSON.parse(readFileSync("package.json", "utf8")) as {
  peerDependencies: Record<string, string>;
};

const fflate = dirname(createRequire(import.meta.url).resolve("fflate/package.json"));

/** What pages usually do, and who else needs the same modules. */
const probes: readonly Probe[] = [
  { modules: ["src/index.ts"] },
  { modules: ["src/worker/index.ts"] },
  {
    modules: ["src/formats/files.ts", "src/model/decode-model.ts", "src/nn/layers/families/core.ts"],
    isUsual: true,
  },
  { modules: ["src/nn/layers/families/convolution.ts"], isUsual: true },
  { modules: ["src/formats/onnx/format.ts"], isUsual: true },
  { modules: ["src/formats/keras/format.ts", "src/formats/caffe/format.ts", "src/formats/dl4j/format.ts"] },
  {
    modules: [
      "src/formats/mxnet/format.ts",
      "src/formats/tfjs/graph/format.ts",
      "src/formats/onnx/operators/joining.ts",
      "src/formats/onnx/operators/rare.ts",
    ],
  },
];

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
  const isPage = platform === "browser" && format === "esm";
  const entry = {
    ...(platform === "browser" ? namespaces() : {}),
    ...(platform === "node" && format === "esm" ? { cli: "src/cli/index.ts" } : {}),
    // Threads of either format start with it.
    ...(platform === "node" && format === "esm" ? { "search-thread": "src/search/parallel/script.ts" } : {}),
    // A worker of either format starts with it.
    ...(format === "esm" ? { "worker-script": "src/worker/script.ts" } : {}),
    ...(isPage ? pageEntries() : entries()),
  };
  const plugins = [sharedKernels(format), ownInflate(), ...(isPage ? [withoutKernels()] : [])];
  return {
    entry,
    outDir: `dist/${platform}`,
    format,
    platform,
    target: "es2022",
    splitting: true,
    // Writes split CommonJS through Rollup; the default rewrites `??` and `?.` into helper calls on hot paths.
    treeshake: format === "cjs",
    silent: true,
    // A script of a page has no address of its own: `wasmgrad/worker` then asks for the worker.
    ...(platform === "browser" && format === "cjs" ? { define: { "import.meta.url": "undefined" } } : {}),
    outExtension: () => ({ js: extension[format] }),
    esbuildPlugins: isPage ? [...plugins, joinedFor(entry, plugins)] : plugins,
    ...(platform === "browser"
      ? {
          onSuccess: async () => {
            copyFileSync(join(fflate, "LICENSE"), `dist/${platform}/fflate.LICENSE`);
            if (isPage) writeFileSync("dist/browser/index.js", 'import "./whole.js";\nexport * from "./bare.js";\n');
          },
        }
      : {}),
  };
}

function pageEntries(): Record<string, string> {
  const { index, ...others } = entries();
  return {
    ...others,
    bare: index as string,
    whole: "src/util/platform/browser-whole.ts",
    thread: "src/util/platform/browser-thread.ts",
  };
}

function withoutKernels(): Plugin {
  return {
    name: "without-kernels",
    setup(build) {
      build.onResolve({ filter: /^#whole$/ }, () => ({ path: "none", namespace: "none" }));
      build.onLoad({ filter: /./, namespace: "none" }, () => ({ contents: "" }));
    },
  };
}

function joinedFor(entryPoints: Record<string, string>, plugins: Plugin[]): Plugin {
  const external = Object.keys(peers).flatMap((name) => [name, `${name}/*`]);
  const options = { entryPoints, plugins, external, splitting: true, format: "esm", platform: "browser" } as const;
  return joinedPieces({ ...options, outdir: "dist/browser" }, probes);
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
  const binaries = readdirSync("build/kernels").filter((name) => name.endsWith(".wasm") && !name.includes("wide"));
  for (const file of binaries) copyFileSync(`build/kernels/${file}`, `dist/kernels/${file}`);
  for (const file of readdirSync("build/kernels").filter((name) => name.endsWith(".js"))) {
    const source = readFileSync(`build/kernels/${file}`, "utf8");
    writeFileSync(`dist/kernels/${file}`, source);
    writeFileSync(`dist/kernels/${file.replace(/js$/, "cjs")}`, source.replace("export default", "module.exports ="));
  }
}
