import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const src = (path: string) => fileURLToPath(new URL(`../src/${path}`, import.meta.url));

/** Folders whose tests choose their backend themselves and keep no state: a process may run file after file. It saves 0.3 s a file. */
const stateless = ["test/kernels/**/*.test.ts", "test/ops/**/*.test.ts"];

/** Folders whose tests run the built package. */
const packaged = ["test/package/**/*.test.ts", "test/browser/**/*.test.ts", "test/examples/pages/**/*.test.ts"];

/** Node 20 has relaxed SIMD behind a flag, later ones without: with it the fma kernels are tested too. */
const relaxedSimd = Number(process.versions.node.split(".")[0]) < 22 ? ["--experimental-wasm-relaxed-simd"] : [];

export default defineConfig({
  root: fileURLToPath(new URL("..", import.meta.url)),
  resolve: {
    alias: [
      { find: /^wasmgrad$/, replacement: src("index.ts") },
      { find: /^wasmgrad\/(.*)$/, replacement: src("$1/index.ts") },
    ],
  },
  ssr: { resolve: { conditions: ["node"] } },
  test: {
    testTimeout: 60_000,
    hookTimeout: 180_000,
    // vitest leaves one core to itself, which is half of a machine with two.
    maxWorkers: availableParallelism(),
    execArgv: ["--expose-gc", ...relaxedSimd],
    projects: [
      {
        extends: true,
        test: { name: "stateless", include: stateless, isolate: false, setupFiles: "test/support/dirty-memory.ts" },
      },
      {
        extends: true,
        test: { name: "packaged", include: packaged, globalSetup: "test/support/dist.ts", testTimeout: 120_000 },
      },
      {
        extends: true,
        test: { name: "isolated", include: ["test/**/*.test.ts"], exclude: [...stateless, ...packaged] },
      },
    ],
  },
});
