import { instantiateSync } from "@assemblyscript/loader";
import type { Jobs, Kernels } from "#kernels/kernels";
import { platform } from "#platform";
import { PlatformError } from "../util/errors.js";
import type { Memory } from "./memory.js";

/** How a kernel rounds a · b + c: after each operation, or once. */
export type Numerics = "strict" | "fma";

/** Bodies of one function each: what the platform validates tells what it can run. */
const SIMD_PROBE = [
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11,
];
const RELAXED_PROBE = [
  0, 97, 115, 109, 1, 0, 0, 0, 1, 8, 1, 96, 3, 123, 123, 123, 1, 123, 3, 2, 1, 0, 10, 13, 1, 11, 0, 32, 0, 32, 1, 32, 2,
  253, 133, 2, 11,
];

export const hasSimd = (): boolean => WebAssembly.validate(Uint8Array.from(SIMD_PROBE));
export const hasRelaxedSimd = (): boolean => WebAssembly.validate(Uint8Array.from(RELAXED_PROBE));

/** A kernel binary, compiled, and its functions on the engine's memory. */
export interface Loaded {
  readonly module: WebAssembly.Module;
  readonly exports: Kernels & Jobs;
}

/** Some kernels of a target that a page has to fetch before. */
export class AbsentKernels extends PlatformError {
  constructor(readonly target: string) {
    super(
      target.endsWith("f64")
        ? "float64: a page has to fetch its kernels first: await wg.init({ float64: true })"
        : 'these kernels are not part of the page yet: import "wasmgrad", which has all of float32, or await wg.init() first, which fetches them',
    );
  }
}

/** Compiles one part of a kernel binary and instantiates it on the engine's memory. @throws AbsentKernels */
export function loadKernels(memory: Memory, target: string, part: number): Loaded {
  const text = platform.kernels(target)[part];
  if (text === undefined) throw new AbsentKernels(target);
  const binary = platform.inflate(Uint8Array.from(atob(text), (character) => character.charCodeAt(0)));
  if (!memory.shared) markUnshared(binary);
  const module = new WebAssembly.Module(binary);
  // The loader's own wrappers count arguments; the bare exports are faster and take all of theirs.
  const { exports } = instantiateSync(module, { env: { memory: memory.wasm } }).instance;
  return { module, exports: exports as unknown as Kernels & Jobs };
}

/**
 * A binary says in one byte, the limits flag of its memory import, whether that memory is shared (3) or plain (1); nothing else in it
 * differs, since atomics validate on both. So one binary serves both. The memory is all that a kernel binary imports.
 */
function markUnshared(binary: Uint8Array): void {
  const IMPORT_SECTION = 2;
  const MEMORY = 2;
  let p = 8;
  while (binary[p] !== IMPORT_SECTION) {
    const [size, body] = readLeb(binary, p + 1);
    p = body + size;
  }
  const [, body] = readLeb(binary, p + 1);
  const [count, first] = readLeb(binary, body);
  p = first;
  for (let name = 0; name < 2; name++) {
    const [length, start] = readLeb(binary, p);
    p = start + length;
  }
  if (count !== 1 || binary[p] !== MEMORY) {
    throw new PlatformError("wasm: the kernel binary imports more than its memory; build the kernels again");
  }
  binary[p + 1] = 1;
}

/** An unsigned LEB128 number and the offset behind it. */
function readLeb(bytes: Uint8Array, offset: number): [value: number, next: number] {
  let value = 0;
  let shift = 0;
  for (;;) {
    const byte = bytes[offset++] as number;
    value |= (byte & 127) << shift;
    if (byte < 128) return [value >>> 0, offset];
    shift += 7;
  }
}
