import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig, type Plugin } from "vite";

// The page as static files in examples/playground/dist, which any server and any folder of it can hold.

const root = fileURLToPath(new URL("../..", import.meta.url));
/** Packages for files of kinds that the page never reads: one alone is half of it. */
const neverAsked = ["h5wasm", "@bufbuild/protobuf/wire"];
const browser = `${root}dist/browser`;

export default defineConfig({
  root: fileURLToPath(new URL(".", import.meta.url)),
  base: "./",
  resolve: {
    alias: [
      { find: /^wasmgrad$/, replacement: `${browser}/index.js` },
      { find: /^wasmgrad\/(.*)$/, replacement: `${browser}/$1.js` },
    ],
  },
  plugins: [digitsModel()],
  worker: { format: "es", plugins: () => [digitsModel()], rolldownOptions: { external: neverAsked } },
  assetsInclude: ["**/*.safetensors"],
  // The model lies beside the repository's own files.
  server: { fs: { allow: [root] } },
  build: {
    target: "es2022",
    // Most of a build is that of the worker, which counts as time of a plugin.
    rolldownOptions: { checks: { pluginTimings: false }, external: neverAsked },
  },
});

/**
 * `virtual:digits-model`: the address of the model that `npm start` leaves in the repository's root, which is copied into the page;
 * WASMGRAD_DIGITS names another file.
 */
function digitsModel(): Plugin {
  const name = "virtual:digits-model";
  const file = process.env.WASMGRAD_DIGITS ?? `${root}mnist.safetensors`;
  return {
    name: "digits-model",
    resolveId: (id) => (id === name ? `\0${name}` : undefined),
    load(id) {
      if (id !== `\0${name}`) return undefined;
      if (existsSync(file)) return `export { default } from ${JSON.stringify(`${file}?url`)};`;
      this.warn(
        "no mnist.safetensors: the page will not know drawn digits. npm start trains that model; then build again",
      );
      return "export default undefined;";
    },
  };
}
