import type { Jobs, Kernels } from "#kernels/kernels";
import { platform } from "#platform";
import { PlatformError } from "../util/errors.js";
import type { KernelSource } from "../util/platform/platform.js";
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

const valid = new Map<readonly number[], boolean>();

function validates(probe: readonly number[]): boolean {
  const known = valid.get(probe) ?? WebAssembly.validate(Uint8Array.from(probe));
  valid.set(probe, known);
  return known;
}

export const hasSimd = (): boolean => validates(SIMD_PROBE);
export const hasRelaxedSimd = (): boolean => validates(RELAXED_PROBE);

/** A kernel binary, compiled, and its functions on the engine's memory. */
export interface Loaded {
  readonly module: WebAssembly.Module;
  readonly exports: Kernels & Jobs;
}

/** Some kernels of a target that a page has to fetch before. */
export class AbsentKernels extends PlatformError {
  constructor(
    readonly target: string,
    readonly part: number,
  ) {
    super(
      target.endsWith("f64")
        ? "float64: a page has to fetch its kernels first: await wg.init({ float64: true })"
        : 'these kernels are not part of the page yet: import "wasmgrad", which has all of float32, or await wg.init() first, which fetches them',
    );
  }
}

/** Compiles kernels, if they are not, and instantiates them on the engine's memory. */
export function loadKernels(memory: Memory, source: KernelSource): Loaded {
  const module = typeof source === "string" ? compiled(source, memory.shared) : source;
  return { module, exports: platform.instantiate(module, memory.wasm) as unknown as Kernels & Jobs };
}

function compiled(text: string, isShared: boolean): WebAssembly.Module {
  const binary = platform.inflate(bytesOf(text));
  if (!isShared) markUnshared(binary);
  return new WebAssembly.Module(binary);
}

/** The same beside what else goes on: the browser does both in threads of its own. */
export async function compileLater(text: string, isShared: boolean): Promise<WebAssembly.Module> {
  const binary = await platform.inflateLater(bytesOf(text));
  if (!isShared) markUnshared(binary);
  return WebAssembly.compile(binary);
}

/** Newer engines decode base64 by themselves. */
function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  const { fromBase64 } = Uint8Array as unknown as { fromBase64?(text: string): Uint8Array<ArrayBuffer> };
  if (fromBase64) return fromBase64.call(Uint8Array, text);
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

/**
 * A binary says in one byte, the limits flag of its memory import, whether that memory is shared (3) or plain (1); nothing else in it
 * differs, since atomics validate on both. So one binary serves both. The memory is all that a kernel binary imports.
 */
export function markUnshared(binary: Uint8Array): void {
  const at = sharedFlagIn(binary);
  if (at === undefined)
    throw new PlatformError("wasm: the binary imports something else than a memory; it is none of kernels");
  binary[at] = 1;
}

/** Where that byte lies; undefined where these bytes do not reach so far, or are something else. */
export function sharedFlagIn(binary: Uint8Array): number | undefined {
  const IMPORT_SECTION = 2;
  const MEMORY = 2;
  let p = 8;
  while (p < binary.length && binary[p] !== IMPORT_SECTION) {
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
  return count === 1 && p + 1 < binary.length && binary[p] === MEMORY ? p + 1 : undefined;
}

/** An unsigned LEB128 number and the offset behind it; past the end there are zeros. */
function readLeb(bytes: Uint8Array, offset: number): [value: number, next: number] {
  let value = 0;
  let shift = 0;
  for (;;) {
    const byte = bytes[offset++] ?? 0;
    value |= (byte & 127) << shift;
    if (byte < 128) return [value >>> 0, offset];
    shift += 7;
  }
}
