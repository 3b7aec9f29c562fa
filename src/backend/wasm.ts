import { instantiateSync } from "@assemblyscript/loader";
import fma from "#kernels/fma.f32";
import type { Jobs, Kernels } from "#kernels/kernels";
import strict from "#kernels/strict.f32";
import { platform } from "#platform";
import type { FloatDType } from "../util/dtypes.js";
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

/** Compiles and instantiates one kernel binary on the engine's memory; `wide` is the one for vectors of 256 bits, of which there is none in f64. */
export function loadKernels(memory: Memory, dtype: FloatDType, numerics: Numerics, wide: boolean): Loaded {
  const narrow = numerics === "fma" ? fma : strict;
  const base64 =
    dtype === "float64" ? platform.float64Kernels(numerics) : wide ? platform.wideKernels(numerics) : narrow;
  if (base64 === undefined) {
    throw new PlatformError(
      'float64: its SIMD kernels are not part of a page\'s build; use float32, or the plain kernels with init({ backend: "js" })',
    );
  }
  const binary = decodeBase64(base64);
  if (!memory.shared) markUnshared(binary);
  const module = new WebAssembly.Module(binary);
  // The loader's own wrappers count arguments; the bare exports are faster and take all of theirs.
  const { exports } = instantiateSync(module, { env: { memory: memory.wasm } }).instance;
  return { module, exports: exports as unknown as Kernels & Jobs };
}

function decodeBase64(text: string): Uint8Array<ArrayBuffer> {
  const raw = atob(text);
  const out = new Uint8Array(raw.length);
  for (let i = 0; i < raw.length; i++) out[i] = raw.charCodeAt(i);
  return out;
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
