import type { Kernels } from "#kernels/kernels";
import { platform } from "#platform";
import { fetchSharing, sharing, whyOneThread } from "#threads";
import { checkNumber, checkOptions } from "../util/check.js";
import { type DType, type FloatDType, isFloat, sizeOf } from "../util/dtypes.js";
import { PlatformError, StateError } from "../util/errors.js";
import type { KernelSource } from "../util/platform/platform.js";
import { Memory } from "./memory.js";
import {
  addresses,
  addressOf,
  type Capabilities,
  checkChoices,
  type InitOptions,
  MOST_THREADS,
  wholeAddress,
} from "./options.js";
import type { Pool } from "./pool.js";
import { joinedTable, Program, plainTable, type Table } from "./program.js";
import {
  AbsentKernels,
  compileLater,
  hasRelaxedSimd,
  hasSimd,
  type Loaded,
  loadKernels,
  type Numerics,
} from "./wasm.js";

interface Settings {
  backend: "wasm" | "js";
  numerics: Numerics;
  wide: boolean;
  threads: number;
}

let requested: InitOptions = {};
let settings: Settings | undefined;
let theMemory: Memory | undefined;
let tables: Partial<Record<FloatDType, Table>> = {};
let pool: Pool | undefined;
let generationCount = 0;
let recording: { program: Program; tables: Partial<Record<FloatDType, Kernels>>; isSketch: boolean } | undefined;

/** The one memory, made on first use. */
export function memory(): Memory {
  theMemory ??= new Memory();
  return theMemory;
}

/** The kernels of a dtype, on the chosen backend. While a program is recorded, each call through them is noted instead of made. */
export function kernels(dtype: FloatDType): Kernels {
  const table = (tables[dtype] ??= makeTable(dtype));
  if (!recording) return table.kernels;
  recording.tables[dtype] ??= recording.program.recorder(table);
  return recording.tables[dtype];
}

/** The kernels that fit a tensor of any dtype: those of its own type, or the f32 ones for integers and booleans. */
export function kernelsFor(dtype: DType): Kernels {
  return kernels(isFloat(dtype) ? dtype : "float32");
}

/**
 * Runs `body` with its kernel calls noted, not made, and returns them as a program.
 *
 * @param isSketch what is made is wanted for its shapes and dtypes alone: the program is not to run
 */
export function record(body: (program: Program) => void, isSketch = false): Program {
  if (recording)
    throw new StateError("record: a program is being recorded already; one step cannot train a second model");
  const program = new Program();
  recording = { program, tables: {}, isSketch };
  try {
    body(program);
  } finally {
    recording = undefined;
  }
  return program;
}

/** The program that is being recorded, if any. */
export function recordingProgram(): Program | undefined {
  return recording?.program;
}

/** Whether what is made now gets a shape and a dtype and no values. */
export function isSketching(): boolean {
  return recording?.isSketch ?? false;
}

/**
 * Chooses backend, numerics, threads, width of vectors and memory limit; what is left out stays as it is. Never needed: the first operation chooses by
 * itself. Tensors stay valid. In a page it fetches the kernels that are wanted and not there.
 *
 * @throws ValueError for an unknown option or value, PlatformError where the platform lacks what is asked for
 * @example
 * await wg.init({ backend: "js", threads: 1 });
 * wg.capabilities().backend; // "js"
 */
export async function init(options: InitOptions = {}): Promise<void> {
  checkOptions("init", options, [
    "backend",
    "numerics",
    "threads",
    "threadUrl",
    "revectorize",
    "float64",
    "wasmUrl",
    "memoryLimit",
  ]);
  const wanted = { ...requested, ...options };
  checkChoices(wanted);
  if (options.wasmUrl !== undefined && platform.name === "browser") {
    const { fetchByUrl } = await import("./kernel-url.js");
    const undo = await fetchByUrl(addresses(options.wasmUrl).map(addressOf), memory().shared);
    await fetchFor(wanted).catch((error) => {
      undo();
      throw error;
    });
  } else await fetchFor(wanted);
  const next = choose(wanted);
  if (options.memoryLimit !== undefined) {
    memory().limit = checkNumber("init", "memoryLimit", options.memoryLimit, { above: 0 });
  }
  if (next.wide) platform.revectorize();
  requested = wanted;
  settings = next;
  setPool(next);
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
  const { backend, numerics, wide } = current();
  const threads = pool?.failure === undefined ? current().threads : 1;
  const why = threads > 1 ? undefined : whyOne();
  const simd = hasSimd();
  const relaxedSimd = hasRelaxedSimd();
  const notes: string[] = [];
  if (!simd)
    notes.push(
      "no WebAssembly SIMD here: the pure-JS kernels run; Node 16.4, Chrome 91, Firefox 89 and Safari 16.4 have it",
    );
  else if (backend === "js") notes.push('the pure-JS kernels were chosen with init({ backend: "js" })');
  if (!relaxedSimd) notes.push("no relaxed SIMD here, so no fused multiply-add: Node 22 and Chrome 114 have it");
  else if (requested.numerics === "strict") notes.push('strict numerics were chosen with init({ numerics: "strict" })');
  else if (numerics === "strict" && lacks("fma.f32"))
    notes.push('a page begins with strict numerics: await init({ numerics: "fma" }) fetches the fused kernels');
  else if (numerics === "strict")
    notes.push("this processor rounds a · b + c twice in relaxed SIMD: strict numerics run");
  if (backend === "wasm" && !wide) {
    notes.push(
      platform.narrowBecause ??
        "vectors of 128 bits run: init({ revectorize: true }) has V8 join them to 256, which is experimental there",
    );
  }
  const up = pool?.up ?? 0;
  if (why !== undefined) notes.push(why);
  else if (up < threads - 1) {
    const lost = pool?.lost ? `; ${pool.lost} have ended by themselves` : "";
    notes.push(
      `${up} of ${threads - 1} worker threads are up: they start with the first call that is large enough to share${lost}`,
    );
  }
  return {
    backend,
    numerics,
    simd,
    relaxedSimd,
    revectorized: wide,
    sharedMemory: memory().shared,
    threads,
    why,
    offloaded: pool?.done ?? 0,
    notes,
  };
}

function whyOne(): string {
  if (current().backend === "js") return "the pure-JS kernels run on one thread";
  if (requested.threads === 1) return "one thread was chosen with init({ threads: 1 })";
  return whyOneThread(memory().shared, pool?.failure);
}

function current(): Settings {
  settings ??= choose(requested);
  return settings;
}

const runsOf = ({ backend = "auto" }: InitOptions): "wasm" | "js" =>
  backend === "auto" ? (hasSimd() ? "wasm" : "js") : backend;

/** Code and kernels that are wanted and not there yet. */
async function fetchFor(wanted: InitOptions): Promise<void> {
  if (runsOf(wanted) === "js") {
    plain ??= await import("./reference/index.js");
    return;
  }
  const fused = wanted.numerics === "fma" ? hasRelaxedSimd() : wanted.numerics !== "strict" && canFuse();
  const dtypes: FloatDType[] = wanted.float64 ? ["float32", "float64"] : ["float32"];
  const threads = threadsOf(wanted);
  const targets = dtypes.map((dtype) => targetOf(dtype, { numerics: fused ? "fma" : "strict", wide: false, threads }));
  await Promise.all([threads > 1 && fetchSharing(), ...targets.filter(lacks).map((target) => fetchKernels(target))]);
}

/** Threads that may be had: what is wanted of them, or one. */
function threadsOf(options: InitOptions): number {
  const { threads = "auto" } = options;
  if (runsOf(options) === "js" || !platform.hasWorkers || !memory().shared) return 1;
  return threads === "auto" ? Math.min(platform.parallelism(), MOST_THREADS) : threads;
}

function targetOf(dtype: FloatDType, { numerics, wide, threads }: Omit<Settings, "backend">): string {
  const target = dtype === "float64" ? `${numerics}.f64` : `${numerics}.f32${wide ? ".wide" : ""}`;
  return threads > 1 ? platform.wholeOf(target) : target;
}

const lacks = (target: string): boolean => platform.kernels(target).includes(undefined);

/** Fetches and compiles a part of a target, or all that are not there. */
const fetchKernels = (target: string, part?: number): Promise<void> =>
  platform.fetchKernels(target, part, (text) => compileLater(text, memory().shared));

/** Whether a kernel of float32 may have to be fetched. */
export function lacksKernels(): boolean {
  return current().backend === "wasm" && lacks(targetOf("float32", current()));
}

/** Runs `body` with all kernels of float32 there. */
export function withAllKernels<T>(body: () => T | Promise<T>): Promise<T> {
  if (lacksKernels()) return fetchKernels(targetOf("float32", current())).then(body);
  return Promise.resolve(body());
}

/** Runs `body`, and again with each part of the kernels that it missed. It has to end as if it had not begun where one is missing. */
export async function withKernels<T>(body: () => T | Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await body();
    } catch (error) {
      const absent = absentIn(error);
      if (!absent) throw error;
      await fetchKernels(absent.target, absent.part);
    }
  }
}

function absentIn(error: unknown): AbsentKernels | undefined {
  if (error instanceof AbsentKernels) return error;
  return error instanceof Error && error.cause !== undefined ? absentIn(error.cause) : undefined;
}

function choose(options: InitOptions): Settings {
  const { numerics = "auto", revectorize } = options;
  if (numerics === "fma" && !(hasRelaxedSimd() && fuses())) {
    throw new PlatformError(
      'init: numerics "fma" needs relaxed SIMD (Node 22 has it) on a processor that fuses a · b + c; use "auto"',
    );
  }
  const runs = runsOf(options);
  const fused = numerics === "auto" ? runs === "wasm" && canFuse() : numerics === "fma";
  const wide = revectorize ?? (platform.isRevectorizing && !platform.narrowBecause);
  return {
    backend: runs,
    numerics: fused ? "fma" : "strict",
    wide: wide && runs === "wasm",
    threads: sharing() ? threadsOf(options) : 1,
  };
}

const canFuse = (): boolean => hasRelaxedSimd() && !lacks("fma.f32") && fuses();

/** Has the first kernels there, with which a page predicts. */
export async function fetchFirstKernels(): Promise<void> {
  if (current().backend === "wasm") await fetchKernels(targetOf("float32", current()), 0);
}

let fusesHere: boolean | undefined;
let plain: typeof import("./reference/index.js") | undefined;
const loaded = new Map<KernelSource, Loaded>();

/** A part of a kernel binary, compiled once. @throws AbsentKernels */
function load(target: string, part: number): Loaded {
  const source = platform.kernels(target)[part];
  if (source === undefined) throw new AbsentKernels(target, part);
  const known = loaded.get(source) ?? loadKernels(memory(), source);
  loaded.set(source, known);
  return known;
}

/** Whether relaxed SIMD rounds a · b + c once here: (1 + ε)² − (1 + 2ε) is ε² then, and 0 where the product is rounded first. */
function fuses(): boolean {
  if (fusesHere === undefined) {
    const at = memory().take(3 * 64);
    const heap = memory().f32;
    const epsilon = 2 ** -23;
    const [w, g, rate] = [at >>> 2, (at >>> 2) + 16, (at >>> 2) + 32] as const;
    heap.fill(-(1 + 2 * epsilon), w, w + 4);
    heap.fill(1 + epsilon, g, g + 4);
    heap[rate] = -(1 + epsilon);
    load("fma.f32", 0).exports.sgd_update(at, at + 64, at + 128, 0, 0, 4);
    fusesHere = memory().f32[w] !== 0;
    memory().blocks.give(at, 3 * 64);
  }
  return fusesHere;
}

function makeTable(dtype: FloatDType): Table {
  if (current().backend === "js") {
    if (plain) return plainTable(plain.referenceKernels(plain[dtype](memory())));
    throw new PlatformError("no WebAssembly SIMD here: await wg.init() first, which fetches the pure-JS kernels");
  }
  const target = targetOf(dtype, current());
  // One that began in parts goes on with the whole where that has come since.
  const isWhole = () => platform.kernels(target).length === 1;
  const part = (i: number): Table => tableOf(load(target, isWhole() ? 0 : i), dtype);
  return isWhole() ? part(0) : joinedTable(part(0), platform.partOf, part);
}

function tableOf({ module, exports }: Loaded, dtype: FloatDType): Table {
  const { threads } = current();
  const code = sharing();
  if (threads === 1 || !code) return plainTable(exports);
  if (!pool) {
    pool = new code.Pool(memory(), MOST_THREADS);
    setPool(current());
  }
  return code.sharedTable(exports, pool, pool.binary(module, exports), sizeOf(dtype));
}

function setPool({ threads }: Settings): void {
  if (!pool) return;
  pool.resize(threads);
  pool.script = requested.threadUrl && addressOf(requested.threadUrl);
}

/** What the bits of a run depend on, beside its seed; a checkpoint records it. */
export type Arithmetic = Numerics | "js";

export function arithmetic(): Arithmetic {
  const { backend, numerics } = current();
  return backend === "js" ? "js" : numerics;
}

/** What `init` takes for another engine to give the bits of this one: what was asked for here, and the arithmetic that came of it. */
export function sameInit(): InitOptions {
  const run = arithmetic();
  const { wasmUrl, threadUrl } = requested;
  return {
    ...requested,
    ...(wasmUrl && { wasmUrl: addresses(wasmUrl).map(wholeAddress) }),
    ...(threadUrl && { threadUrl: wholeAddress(threadUrl) }),
    ...(run === "js" ? { backend: "js" } : { backend: "wasm", numerics: run }),
  };
}

/** Goes on in the arithmetic of an earlier run. @throws PlatformError where this platform lacks it */
export async function useArithmetic(wanted: Arithmetic): Promise<void> {
  if (wanted === arithmetic()) return;
  await init(wanted === "js" ? { backend: "js" } : { backend: "wasm", numerics: wanted });
}

/** Counts the calls of `init`: a recorded program holds the kernels of its generation and is recorded anew in the next. */
export function generation(): number {
  return generationCount;
}
