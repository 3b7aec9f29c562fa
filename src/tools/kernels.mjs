// Compiles assembly/ into the kernel binaries and wraps each as a module that exports it, deflated, in base64: as text that a server
// compresses it is no larger than the binary would be.
//
//   build/assembly/{all,inference,rest}.ts   what is compiled: kernels, and the jobs of assembly/threads.ts, which call any of them
//   build/kernels/strict.f32.{wasm,d.ts,js}  and likewise the other targets of asconfig.json
//   build/kernels/strict.f32.inference.…     the part of it that a page begins with: what assembly/inference.ts lists
//   build/kernels/strict.f32.rest.…          all others
//   build/kernels/kernels.d.ts               the types of a binary's exports: Kernels and Jobs
//   build/kernels/names.{d.ts,js}            the kernels by the number that a job gives them

import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { promisify } from "node:util";
import { deflateRawSync } from "node:zlib";

const folder = "build/kernels";
const targets = Object.keys(JSON.parse(readFileSync("asconfig.json", "utf8")).targets);
const asc = createRequire(import.meta.url).resolve("assemblyscript/bin/asc.js");

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
mkdirSync("build/assembly", { recursive: true });

const kernels = kernelsIn("assembly");
const listed = [...readFileSync("assembly/inference.ts", "utf8").matchAll(/^export \{([^}]*)\}/gm)];
const inference = new Set(listed.flatMap(([, names]) => names.match(/\w+/g)));
const parts = {
  all: () => true,
  inference: (name) => inference.has(name),
  rest: (name) => !inference.has(name),
};
for (const [part, has] of Object.entries(parts)) writeFileSync(`build/assembly/${part}.ts`, entry(has));
writeFileSync(`${folder}/names.js`, `export default ${JSON.stringify(kernels.map(({ name }) => name))};\n`);
writeFileSync(`${folder}/names.d.ts`, "declare const names: readonly string[];\nexport default names;\n");

// Without `--converge`, which takes 63 s of processor time a binary instead of 9, for 2 % less code of the same speed.
// One process each: two compilations in one process share the global names of `--lib`.
const builds = [
  ...targets.map((target) => [target, "all", target]),
  ...["inference", "rest"].map((part) => ["strict.f32", part, `strict.f32.${part}`]),
];
await Promise.all(builds.map((each) => build(...each))).catch((error) => {
  console.error(`kernels: ${error.message}${error.stdout ?? ""}${error.stderr ?? ""}`);
  process.exit(1);
});

async function build(target, part, name) {
  const flags = [`build/assembly/${part}.ts`, "--config", "asconfig.json", "--target", target];
  await promisify(execFile)(process.execPath, [asc, ...flags, "--outFile", `${folder}/${name}.wasm`]);
  const wasm = readFileSync(`${folder}/${name}.wasm`);
  const declarations = readFileSync(`${folder}/${name}.d.ts`, "utf8");
  if (name === "strict.f32") writeFileSync(`${folder}/kernels.d.ts`, exportTypes(declarations));
  const deflated = deflateRawSync(wasm, { level: 9 }).toString("base64");
  writeFileSync(
    `${folder}/${name}.d.ts`,
    "/** Deflated, in base64. */\ndeclare const binary: string;\nexport default binary;\n",
  );
  writeFileSync(`${folder}/${name}.js`, `export default ${JSON.stringify(deflated)};\n`);
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
function entry(has) {
  const own = kernels.filter(({ name }) => has(name));
  const ranged = own.filter(({ parameters }) => parameters.at(-1)?.[0] === "end");
  const cases = ranged.map(({ name, parameters }) => {
    const read = parameters.slice(0, -2).map(([parameter, type], i) => {
      const value =
        type === "real" || type === "f64" ? `<${type}>load<f64>(at, ${8 * i})` : `whole<${type}>(at, ${8 * i})`;
      return parameter === "scratch" ? `scratch ? scratch : ${value}` : value;
    });
    return `      case ${kernels.findIndex((each) => each.name === name)}: ${name}(${[...read, "begin", "end"].join(", ")}); return;`;
  });
  return `// Written by src/tools/kernels.mjs.
${own.map(({ name, file }) => `import { ${name} } from "../../assembly/${file}";`).join("\n")}
import { end, finish, recover, run, serve } from "../../assembly/threads";
export { ${own.map(({ name }) => name).join(", ")} };

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
