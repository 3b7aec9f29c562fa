// Compiles assembly/ into the kernel binaries and wraps each as a module that exports it in base64.
//
//   build/assembly/entry.ts                  what is compiled: every kernel, and the jobs of assembly/threads.ts, which call any of them
//   build/kernels/strict.f32.{wasm,d.ts,js}  and likewise the other targets of asconfig.json
//   build/kernels/kernels.d.ts               the types of a binary's exports: Kernels and Jobs
//   build/kernels/names.{d.ts,js}            the kernels by the number that a job gives them

import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { promisify } from "node:util";

const folder = "build/kernels";
const targets = Object.keys(JSON.parse(readFileSync("asconfig.json", "utf8")).targets);
const asc = createRequire(import.meta.url).resolve("assemblyscript/bin/asc.js");

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
mkdirSync("build/assembly", { recursive: true });

const kernels = kernelsIn("assembly");
writeFileSync("build/assembly/entry.ts", entry());
writeFileSync(`${folder}/names.js`, `export default ${JSON.stringify(kernels.map(({ name }) => name))};\n`);
writeFileSync(`${folder}/names.d.ts`, "declare const names: readonly string[];\nexport default names;\n");

// Without `--converge`, which takes 63 s of processor time a binary instead of 9, for 2 % less code of the same speed.
// One process each: two compilations in one process share the global names of `--lib`.
await Promise.all(targets.map(build)).catch((error) => {
  console.error(`kernels: ${error.message}${error.stdout ?? ""}${error.stderr ?? ""}`);
  process.exit(1);
});

async function build(target) {
  const flags = ["build/assembly/entry.ts", "--config", "asconfig.json", "--target", target];
  await promisify(execFile)(process.execPath, [asc, ...flags]);
  const wasm = readFileSync(`${folder}/${target}.wasm`);
  const declarations = readFileSync(`${folder}/${target}.d.ts`, "utf8");
  if (target === "strict.f32") writeFileSync(`${folder}/kernels.d.ts`, exportTypes(declarations));
  writeFileSync(`${folder}/${target}.d.ts`, "declare const base64: string;\nexport default base64;\n");
  writeFileSync(`${folder}/${target}.js`, `export default ${JSON.stringify(wasm.toString("base64"))};\n`);
}

/** The exported functions of the files that index.ts lists: name, file, parameters with their types. */
function kernelsIn(source) {
  const files = [...readFileSync(`${source}/index.ts`, "utf8").matchAll(/^export \* from "\.\/(.*)";/gm)];
  return files.flatMap(([, file]) => {
    const text = readFileSync(`${source}/${file}.ts`, "utf8");
    return [...text.matchAll(/^export function (\w+)\(([^)]*)\): (\w+)/gm)].map(([, name, list]) => {
      const parameters = list.split(",").map((each) => each.split(":").map((part) => part.trim()));
      return { name, file, parameters: parameters.filter(([parameter]) => parameter) };
    });
  });
}

/**
 * A job has its kernel's arguments as doubles in memory: one `case` for each kernel reads them. Scratch is each thread's own.
 */
function entry() {
  const ranged = kernels.filter(({ parameters }) => parameters.at(-1)?.[0] === "end");
  const cases = ranged.map(({ name, parameters }) => {
    const read = parameters.slice(0, -2).map(([parameter, type], i) => {
      const value =
        type === "real" || type === "f64" ? `<${type}>load<f64>(at, ${8 * i})` : `whole<${type}>(at, ${8 * i})`;
      return parameter === "scratch" ? `scratch ? scratch : ${value}` : value;
    });
    return `      case ${kernels.findIndex((each) => each.name === name)}: ${name}(${[...read, "begin", "end"].join(", ")}); return;`;
  });
  return `// Written by src/tools/kernels.mjs.
${kernels.map(({ name, file }) => `import { ${name} } from "../../assembly/${file}";`).join("\n")}
import { end, finish, recover, run, serve } from "../../assembly/threads";
export * from "../../assembly/index";

/** Addresses reach 2^32 and strides go below 0. */
function whole<T>(at: usize, offset: usize): T {
  return <T>(<i64>load<f64>(at + offset));
}

class Calls {
  call(kernel: u32, at: usize, begin: usize, end: usize, scratch: usize): void {
    switch (kernel) {
${cases.join("\n")}
    }
  }
}

export function job_serve(control: usize, slot: u32, module: u32): u32 {
  return serve<Calls>(control, slot, module);
}

export function job_end(control: usize, slot: u32): void {
  end(control, slot);
}

export function job_run(control: usize, job: usize, module: u32): u32 {
  return run<Calls>(control, job, module);
}

export function job_finish(control: usize): u32 {
  return finish(control);
}

export function job_recover(control: usize, slot: u32): void {
  recover<Calls>(control, slot);
}
`;
}

/** The compiler's declarations name an ambient namespace; the library wants plain interfaces of the functions. */
function exportTypes(declarations) {
  const body = declarations.slice(declarations.indexOf("{") + 1, declarations.lastIndexOf("/** Instantiates"));
  const functions = body
    .slice(0, body.lastIndexOf("}"))
    .replace(/\/\*\* Exported memory \*\/\s*export const memory[^\n]*\n/, "")
    .split(/(?=^ *\/\*\*$)/m);
  const of = (jobs) =>
    functions
      .filter((each) => each.includes("export function job_") === jobs)
      .join("")
      .replaceAll("export function ", "");
  return `export interface Kernels {${of(false)}}\n\nexport interface Jobs {${of(true)}}\n`;
}
