// Compiles assembly/ into the four kernel binaries and wraps each as a module that exports it in base64.
//
//   build/kernels/strict.f32.{wasm,d.ts,js}  and likewise strict.f64, fma.f32, fma.f64
//   build/kernels/kernels.d.ts               the type of a binary's exports

import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { promisify } from "node:util";

const folder = "build/kernels";
const targets = Object.keys(JSON.parse(readFileSync("asconfig.json", "utf8")).targets);
const asc = createRequire(import.meta.url).resolve("assemblyscript/bin/asc.js");

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });

// Without `--converge`, which takes 63 s of processor time a binary instead of 9, for 2 % less code of the same speed.
// One process each: two compilations in one process share the global names of `--lib`.
await Promise.all(targets.map(build)).catch((error) => {
  console.error(`kernels: ${error.message}${error.stdout ?? ""}${error.stderr ?? ""}`);
  process.exit(1);
});

async function build(target) {
  const flags = ["assembly/index.ts", "--config", "asconfig.json", "--target", target];
  await promisify(execFile)(process.execPath, [asc, ...flags]);
  const wasm = readFileSync(`${folder}/${target}.wasm`);
  const declarations = readFileSync(`${folder}/${target}.d.ts`, "utf8");
  if (target === "strict.f32") writeFileSync(`${folder}/kernels.d.ts`, kernelsType(declarations));
  writeFileSync(`${folder}/${target}.d.ts`, "declare const base64: string;\nexport default base64;\n");
  writeFileSync(`${folder}/${target}.js`, `export default ${JSON.stringify(wasm.toString("base64"))};\n`);
}

/** The compiler's declarations name an ambient namespace; the library wants a plain interface of the functions. */
function kernelsType(declarations) {
  const body = declarations.slice(declarations.indexOf("{") + 1, declarations.lastIndexOf("/** Instantiates"));
  const functions = body
    .slice(0, body.lastIndexOf("}"))
    .replace(/\/\*\* Exported memory \*\/\s*export const memory[^\n]*\n/, "")
    .replaceAll("export function ", "");
  return `export interface Kernels {${functions}}\n`;
}
