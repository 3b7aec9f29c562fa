// Compiles assembly/ into the kernel binaries and wraps each as a module that exports it, deflated, in base64: as text that a server
// compresses it is no larger than the binary would be.
//
//   build/assembly/all.ts                    what is compiled: kernels, and the jobs of assembly/threads.ts, which call any of them
//   build/kernels/strict.f32.{wasm,d.ts,js}  and likewise the other targets of asconfig.json
//   build/kernels/strict.f32.PART.…          the same kernels in the parts that a page fetches, without jobs: those that a file of
//                                            assembly/parts/ lists, and `rest`, all others
//   build/kernels/parts.{d.ts,js}            the kernels of each part, but of the first, which is always there, and of the rest
//   build/kernels/kernels.d.ts               the types of a binary's exports: Kernels and Jobs
//   build/kernels/names.{d.ts,js}            the kernels by the number that a job gives them
//   build/kernels/build.{d.ts,js}            a hash of all that they are made of. A binary has it, and its own name, in a section `wasmgrad`:
//                                            one that comes by URL may be of another version

import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { deflateRawSync } from "node:zlib";

const folder = "build/kernels";
const targets = Object.keys(JSON.parse(readFileSync("asconfig.json", "utf8")).targets);
const asc = createRequire(import.meta.url).resolve("assemblyscript/bin/asc.js");
const wasmOpt = join(dirname(createRequire(asc).resolve("binaryen")), "bin/wasm-opt");

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
mkdirSync("build/assembly", { recursive: true });

const kernels = kernelsIn("assembly");
const names = kernels.map(({ name }) => name);
const parts = partsIn("assembly/parts");
const { first, rest, ...others } = parts;
writeFileSync("build/assembly/all.ts", entry(names, jobs()));
for (const [part, list] of Object.entries(parts)) writeFileSync(`build/assembly/${part}.ts`, entry(list));
const hash = hashOf(["asconfig.json", "src/tools/kernels.mjs"], "assembly");
writeModule("build", "string", hash);
writeModule("names", "readonly string[]", names);
writeModule("parts", "Readonly<Record<string, readonly string[]>>", others);

// Without `--converge`, which takes 63 s of processor time a binary instead of 9, for 2 % less code of the same speed.
// One process each: two compilations in one process share the global names of `--lib`.
const builds = [
  ...targets.map((target) => [target, "all", target]),
  ...Object.keys(parts).map((part) => ["strict.f32", part, `strict.f32.${part}`]),
];
await Promise.all(builds.map((each) => build(...each))).catch((error) => {
  fail(`${error.message}${error.stdout ?? ""}${error.stderr ?? ""}`);
});

async function build(target, part, name) {
  const flags = [`build/assembly/${part}.ts`, "--config", "asconfig.json", "--target", target];
  await run([asc, ...flags, "--outFile", `${folder}/${name}.wasm`]);
  if (!target.endsWith(".wide")) await shrink(`${folder}/${name}.wasm`);
  const wasm = Buffer.concat([readFileSync(`${folder}/${name}.wasm`), section("wasmgrad", `${name} ${hash}`)]);
  writeFileSync(`${folder}/${name}.wasm`, wasm);
  const declarations = readFileSync(`${folder}/${name}.d.ts`, "utf8");
  if (name === "strict.f32") writeFileSync(`${folder}/kernels.d.ts`, exportTypes(declarations));
  writeModule(name, "string", deflateRawSync(wasm, { level: 9 }).toString("base64"));
}

/**
 * The compiler's own optimizer once more, for size: functions are inlined by now, so this only orders what is in each of them. 8 % less to send, of the
 * same speed (measured kernel by kernel). Not for wide binaries, in which V8 looks for neighbours as they were written.
 */
async function shrink(file) {
  const features = [
    "simd",
    "relaxed-simd",
    "threads",
    "bulk-memory",
    "mutable-globals",
    "sign-ext",
    "nontrapping-float-to-int",
  ];
  await run([wasmOpt, file, ...features.map((feature) => `--enable-${feature}`), "-Os", "-o", file]);
}

function run(args) {
  return promisify(execFile)(process.execPath, args);
}

/** A custom section, which an engine passes over. All of it is shorter than 128 bytes, so that a length is one byte. */
function section(name, text) {
  const body = Buffer.concat([Buffer.of(name.length), Buffer.from(name + text)]);
  return Buffer.concat([Buffer.of(0, body.length), body]);
}

function hashOf(files, source) {
  const sources = readdirSync(source, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => `${entry.parentPath ?? entry.path}/${entry.name}`.replaceAll("\\", "/"));
  const made = createHash("sha256");
  for (const file of [...files, ...sources.sort()]) made.update(file).update(readFileSync(file));
  return made.digest("hex").slice(0, 12);
}

function writeModule(name, type, value) {
  writeFileSync(`${folder}/${name}.d.ts`, `declare const value: ${type};\nexport default value;\n`);
  writeFileSync(`${folder}/${name}.js`, `export default ${JSON.stringify(value)};\n`);
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

/** The names that each file of `folder` lists, and those that none does: each kernel is in one part. */
function partsIn(folder) {
  const found = {};
  const known = new Set(names);
  for (const file of readdirSync(folder).sort()) {
    const lists = [...readFileSync(`${folder}/${file}`, "utf8").matchAll(/^export \{([^}]*)\}/gm)];
    const list = lists.flatMap(([, text]) => text.match(/\w+/g));
    for (const name of list) {
      if (!known.delete(name))
        fail(`${folder}/${file} lists ${name}, which is ${names.includes(name) ? "in another part" : "no kernel"}`);
    }
    found[file.replace(/\.ts$/, "")] = list;
  }
  return { ...found, rest: [...known] };
}

function entry(list, more = "") {
  const own = kernels.filter(({ name }) => list.includes(name));
  return `// Written by src/tools/kernels.mjs.
${own.map(({ name, file }) => `import { ${name} } from "../../assembly/${file}";`).join("\n")}
export { ${own.map(({ name }) => name).join(", ")} };
${more}`;
}

/**
 * A job has its kernel's arguments as doubles in memory: one `case` for each kernel reads them. Scratch is each thread's own.
 */
function jobs() {
  const cases = kernels.flatMap(({ name, parameters }, number) => {
    if (parameters.at(-1)?.[0] !== "end") return [];
    const read = parameters.slice(0, -2).map(([parameter, type], i) => {
      const value =
        type === "real" || type === "f64" ? `<${type}>load<f64>(at, ${8 * i})` : `whole<${type}>(at, ${8 * i})`;
      return parameter === "scratch" ? `scratch ? scratch : ${value}` : value;
    });
    return [`      case ${number}: ${name}(${[...read, "begin", "end"].join(", ")}); return;`];
  });
  return `import { end, finish, recover, run, serve } from "../../assembly/threads";

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

function fail(message) {
  console.error(`kernels: ${message}`);
  process.exit(1);
}
