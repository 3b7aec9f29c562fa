import { resolve } from "node:path";
import { entries } from "../../../src/tools/entries.js";

export const pages = resolve("test/browser/pages");

/** The built package as a server has it for pages without a bundler. */
export const library = {
  folders: {
    "/dist/": resolve("dist"),
    "/pages/": pages,
    "/fixtures/": resolve("test/fixtures/formats"),
    "/node_modules/": resolve("node_modules"),
  },
  imports: {
    ...Object.fromEntries(
      Object.keys(entries()).map((name) => [
        name === "index" ? "wasmgrad" : `wasmgrad/${name}`,
        `/dist/browser/${name}.js`,
      ]),
    ),
    // What formats ask for when they need it.
    h5wasm: "/node_modules/h5wasm/dist/esm/hdf5_hl.js",
    fflate: "/node_modules/fflate/esm/browser.js",
    "@bufbuild/protobuf/wire": "/node_modules/@bufbuild/protobuf/dist/esm/wire/index.js",
  },
};
