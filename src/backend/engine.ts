import type { Kernels } from "#kernels/kernels";
import { platform } from "#platform";
import { checkName, checkNumber, checkOptions } from "../util/check.js";
import { type DType, type FloatDType, isFloat } from "../util/dtypes.js";
import { PlatformError, StateError } from "../util/errors.js";
import { Memory } from "./memory.js";
import { Program } from "./program.js";
import { referenceKernels } from "./reference/index.js";
import { float32, float64 } from "./reference/real.js";
import { hasRelaxedSimd, hasSimd, type Numerics, wasmKernels } from "./wasm.js";

export interface InitOptions {
  /** `"wasm"`: the SIMD kernels; `"js"`: the pure-JS reference; `"auto"` (default): wasm where the platform has SIMD. */
  backend?: "auto" | "wasm" | "js";
  /** `"strict"`: multiply, then add; `"fma"`: fused, where the platform has relaxed SIMD; `"auto"` (default): the latter where it exists. */
  numerics?: "auto" | Numerics;
  /** Threads that kernels may use; `"auto"` (default): every core. */
  threads?: "auto" | number;
  /** The most bytes that tensors may take, 4 GiB by default. */
  memoryLimit?: number;
}

/** What runs, and why a faster path does not. */
export interface Capabilities {
  backend: "wasm" | "js";
  numerics: Numerics;
  simd: boolean;
  relaxedSimd: boolean;
  sharedMemory: boolean;
  threads: number;
  /** One sentence for each faster path that is not taken. */
  notes: string[];
}

interface Settings {
  backend: "wasm" | "js";
  numerics: Numerics;
  threads: number;
}

const backends = ["auto", "wasm", "js"] as const;
const numericsNames = ["auto", "strict", "fma"] as const;

let settings: Settings | undefined;
let theMemory: Memory | undefined;
let tables: Partial<Record<FloatDType, Kernels>> = {};
let generationCount = 0;
let recording: { program: Program; tables: Partial<Record<FloatDType, Kernels>> } | undefined;

/** The one memory, made on first use. */
export function memory(): Memory {
  theMemory ??= new Memory();
  return theMemory;
}

/** The kernels of a dtype, on the chosen backend. While a program is recorded, each call through them is noted. */
export function kernels(dtype: FloatDType): Kernels {
  if (!recording) {
    tables[dtype] ??= makeTable(dtype);
    return tables[dtype];
  }
  const plain = (tables[dtype] ??= makeTable(dtype));
  recording.tables[dtype] ??= recording.program.recorder(plain);
  return recording.tables[dtype];
}

/** The kernels that fit a tensor of any dtype: those of its own type, or the f32 ones for integers and booleans. */
export function kernelsFor(dtype: DType): Kernels {
  return kernels(isFloat(dtype) ? dtype : "float32");
}

/** Runs `body` once and returns its kernel calls as a program. */
export function record(body: () => void): Program {
  if (recording)
    throw new StateError("record: a program is being recorded already; one step cannot train a second model");
  const program = new Program();
  recording = { program, tables: {} };
  try {
    body();
  } finally {
    recording = undefined;
  }
  return program;
}

/** The program that is being recorded, if any. */
export function recordingProgram(): Program | undefined {
  return recording?.program;
}

/**
 * Chooses backend, numerics, threads and memory limit. Never needed: the first operation chooses by itself. Tensors stay valid.
 *
 * @throws ValueError for an unknown option or value, PlatformError where the platform lacks what is asked for
 * @example
 * await wg.init({ backend: "js", threads: 1 });
 * wg.capabilities().backend; // "js"
 */
export async function init(options: InitOptions = {}): Promise<void> {
  checkOptions("init", options, ["backend", "numerics", "threads", "memoryLimit"]);
  const next = choose(options);
  if (options.memoryLimit !== undefined) {
    memory().limit = checkNumber("init", "memoryLimit", options.memoryLimit, { above: 0 });
  }
  settings = next;
  generationCount++;
  tables = {};
}

/**
 * Which path runs, and why a faster one does not.
 *
 * @example
 * wg.capabilities().simd; // true
 */
export function capabilities(): Capabilities {
  const { backend, numerics, threads } = current();
  const simd = hasSimd();
  const relaxedSimd = hasRelaxedSimd();
  const notes: string[] = [];
  if (!simd)
    notes.push(
      "no WebAssembly SIMD here: the pure-JS kernels run; Node 16.4, Chrome 91, Firefox 89 and Safari 16.4 have it",
    );
  else if (backend === "js") notes.push('the pure-JS kernels were chosen with init({ backend: "js" })');
  if (!relaxedSimd) notes.push("no relaxed SIMD here, so no fused multiply-add: Node 22 and Chrome 114 have it");
  else if (numerics === "strict") notes.push('strict numerics were chosen with init({ numerics: "strict" })');
  return { backend, numerics, simd, relaxedSimd, sharedMemory: memory().shared, threads, notes };
}

function current(): Settings {
  settings ??= choose({});
  return settings;
}

function choose(options: InitOptions): Settings {
  const wantBackend = checkName("init", "backend", options.backend ?? "auto", backends);
  const wantNumerics = checkName("init", "numerics", options.numerics ?? "auto", numericsNames);
  const threads = options.threads ?? "auto";
  if (threads !== "auto") checkNumber("init", "threads", threads, { min: 1, max: 1024, whole: true });
  if (wantBackend === "wasm" && !hasSimd()) {
    throw new PlatformError('init: backend "wasm" needs WebAssembly SIMD, which this platform lacks; use "js"');
  }
  if (wantNumerics === "fma" && !hasRelaxedSimd()) {
    throw new PlatformError(
      'init: numerics "fma" needs relaxed SIMD, which this platform lacks (Node 22 has it); use "auto"',
    );
  }
  return {
    backend: wantBackend === "auto" ? (hasSimd() ? "wasm" : "js") : wantBackend,
    numerics: wantNumerics === "auto" ? (hasRelaxedSimd() ? "fma" : "strict") : wantNumerics,
    threads: threads === "auto" ? platform.parallelism() : threads,
  };
}

function makeTable(dtype: FloatDType): Kernels {
  const { backend, numerics } = current();
  if (backend === "js") return referenceKernels(dtype === "float32" ? float32(memory()) : float64(memory()));
  return wasmKernels(memory(), dtype, numerics);
}

/** Counts the calls of `init`: a recorded program holds the kernels of its generation and is recorded anew in the next. */
export function generation(): number {
  return generationCount;
}
