import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { memory } from "../../src/backend/engine.js";
import { referenceKernels } from "../../src/backend/reference/index.js";
import { float32, float64 } from "../../src/backend/reference/real.js";
import { compileLater } from "../../src/backend/wasm.js";
import { fetchKernels, kernels, partOf } from "../../src/util/platform/browser-kernels.js";

const targets = Object.keys(JSON.parse(readFileSync("asconfig.json", "utf8")).targets);

/** Section ids of the binary format. */
const Section = { global: 6, start: 8, data: 11, dataCount: 12 };

describe.each(targets)("kernels %s", (target) => {
  const binary = readFileSync(`build/kernels/${target}.wasm`);
  const sections = sectionsOf(binary);
  // Node 20 has no relaxed SIMD and cannot compile the fma binaries; their sections are read all the same.
  const module = WebAssembly.validate(binary) ? new WebAssembly.Module(binary) : undefined;

  test("have no static data and no start function, which a second instance would run again", () => {
    expect(sections.has(Section.data)).toBe(false);
    expect(sections.has(Section.dataCount)).toBe(false);
    expect(sections.has(Section.start)).toBe(false);
  });

  test("have no mutable global, of which each thread would have its own", () => {
    expect(mutableGlobals(binary, sections.get(Section.global))).toBe(0);
  });

  test("import the memory and nothing else, export functions and nothing else", (context) => {
    if (!module) return context.skip("this Node has no relaxed SIMD; Node 22 does");
    expect(WebAssembly.Module.imports(module)).toEqual([{ module: "env", name: "memory", kind: "memory" }]);
    const others = WebAssembly.Module.exports(module).filter(
      ({ kind, name }) => kind !== "function" && name !== "memory",
    );
    expect(others).toEqual([]);
  });

  test("have each a plain-loop twin with as many arguments", async (context) => {
    if (!module) return context.skip("this Node has no relaxed SIMD; Node 22 does");
    const own = new WebAssembly.Memory({ initial: 1, maximum: 65536, shared: true });
    const { exports } = await WebAssembly.instantiate(module, { env: { memory: own } });
    const kernels: Record<string, WebAssembly.ExportValue> = { ...exports };
    const twins = referenceKernels(target.endsWith("f64") ? float64(memory()) : float32(memory()));
    // The loop over jobs has no twin: it calls the kernels.
    for (const name of Object.keys(exports)) if (name.startsWith("job_")) delete kernels[name];
    expect(Object.keys(twins).sort()).toEqual(Object.keys(arities(kernels)));
    const open = Object.entries(twins).filter(([, twin]) => /^[^{]*\.\.\./.test(String(twin)));
    // One that hands its arguments on (`...sizes`) says so; TypeScript holds it against the kernel's type.
    expect({ ...arities(twins), ...pick(arities(kernels), open) }).toEqual(arities(kernels));
  });
});

describe("the parts of the kernels that a page fetches", () => {
  const exportsOf = (name: string): string[] =>
    WebAssembly.Module.exports(new WebAssembly.Module(readFileSync(`build/kernels/${name}.wasm`)))
      .filter(({ kind }) => kind === "function")
      .map(({ name }) => name);
  const parts = ["first", "images", "sequences", "math", "rest"].map((part) => exportsOf(`strict.f32.${part}`));

  test("have each kernel once, where a page looks for it, and no jobs", () => {
    const all = exportsOf("strict.f32").filter((name) => !name.startsWith("job_"));
    expect(parts.flat().sort()).toEqual(all.sort());
    expect(parts.slice(1).flatMap((part, i) => part.filter((name) => partOf(name) !== i + 1))).toEqual([]);
  });

  test("come one by one, and the others together", async () => {
    const there = () => kernels("strict.f32").map((part) => part !== undefined);
    let compiled = 0;
    const compile = async (text: string) => {
      compiled++;
      return compileLater(text, true);
    };
    expect(there()).toEqual([false, false, false, false, false]);
    const part = partOf("lstm_forward");
    // Two models that need it at once.
    await Promise.all([fetchKernels("strict.f32", part, compile), fetchKernels("strict.f32", part, compile)]);
    expect(there()).toEqual([false, false, true, false, false]);
    expect(compiled).toBe(1);
    await fetchKernels("strict.f32", undefined, compile);
    expect(there()).toEqual([true, true, true, true, true]);
    expect(compiled).toBe(5);
  });
});

function pick(table: Record<string, number>, entries: [string, unknown][]): Record<string, number> {
  return Object.fromEntries(entries.map(([name]) => [name, table[name] as number]));
}

function arities(table: object): Record<string, number> {
  const functions = Object.entries(table).filter(([, value]) => typeof value === "function");
  return Object.fromEntries(functions.map(([name, kernel]) => [name, kernel.length]).sort());
}

/** Where each section's content begins. */
function sectionsOf(binary: Uint8Array): Map<number, number> {
  const found = new Map<number, number>();
  let p = 8;
  while (p < binary.length) {
    const id = binary[p] as number;
    const [size, body] = leb(binary, p + 1);
    found.set(id, body);
    p = body + size;
  }
  return found;
}

/** Globals are a type, a flag (1: mutable) and a constant expression that ends with 0x0b. */
function mutableGlobals(binary: Uint8Array, section: number | undefined): number {
  if (section === undefined) return 0;
  let [count, p] = leb(binary, section);
  let mutable = 0;
  for (; count > 0; count--) {
    mutable += binary[p + 1] as number;
    p += 2;
    const size = { 65: 0, 66: 0, 67: 4, 68: 8 }[binary[p] as number] ?? expectKnown(binary[p] as number);
    p = size === 0 ? leb(binary, p + 1)[1] : p + 1 + size;
    expect(binary[p++]).toBe(0x0b);
  }
  return mutable;
}

function expectKnown(opcode: number): never {
  throw new Error(`a global begins with opcode ${opcode}, which this test cannot read`);
}

/** A LEB128 number (unsigned; of a signed one only the end is used) and the offset behind it. */
function leb(bytes: Uint8Array, offset: number): [value: number, next: number] {
  let value = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[offset++] as number;
    value |= (byte & 127) << shift;
    if (byte < 128) return [value >>> 0, offset];
  }
}
