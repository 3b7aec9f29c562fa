// Writes the pages of docs/ that are made from the code's own tables.

import { mkdirSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

process.chdir(fileURLToPath(new URL("../..", import.meta.url)));
mkdirSync("build", { recursive: true });
const outfile = "build/operators.mjs";
await build({
  entryPoints: ["src/tools/operators.ts"],
  outfile,
  bundle: true,
  platform: "node",
  format: "esm",
  packages: "external",
  logLevel: "error",
});
const { operatorsPage } = await import(pathToFileURL(resolve(outfile)).href);
writeFileSync("docs/operators.md", operatorsPage());
