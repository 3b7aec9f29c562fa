import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const src = (path: string) => fileURLToPath(new URL(`../src/${path}`, import.meta.url));

export default defineConfig({
  root: fileURLToPath(new URL("..", import.meta.url)),
  resolve: {
    alias: [
      { find: /^wasmgrad$/, replacement: src("index.ts") },
      { find: /^wasmgrad\/(.*)$/, replacement: src("$1/index.ts") },
    ],
  },
  ssr: { resolve: { conditions: ["node"] } },
  test: { include: ["test/**/*.test.ts"], testTimeout: 60_000, hookTimeout: 180_000, execArgv: ["--expose-gc"] },
});
