import type { Kernels } from "#kernels/kernels";
import names from "#kernels/names";
import { platform } from "#platform";
import { checkBoolean, checkName, checkNumber, checkOptions } from "../util/check.js";
import { type DType, type FloatDType, isFloat, sizeOf } from "../util/dtypes.js";
import { PlatformError, StateError } from "../util/errors.js";
import { Memory } from "./memory.js";
import { MOST_THREADS, Pool } from "./pool.js";
import { joinedTable, Program, plainTable, type Table } from "./program.js";
import { sharedTable } from "./threads.js";
import { AbsentKernels, hasRelaxedSimd, hasSimd, type Loaded, loadKernels, type Numerics } from "./wasm.js";

export interface InitOptions {
  /** `"wasm"`: the SIMD kernels; `"js"`: the pure-JS reference; `"auto"` (default): wasm where the platform has SIMD. */
  backend?: "auto" | "wasm" | "js";
  /**
   * `"strict"`: multiply, then add; `"fma"`: fused, where the platform has relaxed SIMD; `"auto"` (default): the latter where it exists, in Node.
   * A page has the strict kernels with its code and fetches the others when it asks for `"fma"`.
   */
  numerics?: "auto" | Numerics;
  /**
   * Threads that kernels may use, 1 to 1024, the main one included; `"auto"` (default): every core. They start in the background with the
   * first call that is large enough, and never change a bit of a result.
   */
  threads?: "auto" | number;
  /**
   * Experimental. `true`: V8 runs neighbouring vectors as one of 256 bits (its flag `--experimental-wasm-revectorize`), in kernels made for
   * that, with the same bits; Node 24 and newer, on x64 processors with AVX2. `false`: it does not; default: as the flag on the command line says.
   */
  revectorize?: boolean;
  /** `true`: a page fetches the kernels of float64, without which it has float32 alone. Node has them. */
  float64?: boolean;
  /** The most bytes that tensors may take, 4 GiB by default. */
  memoryLimit?: number;
}

/** What runs, and why a faster path does not. */
export interface Capabilities {
  backend: "wasm" | "js";
  numerics: Numerics;
  simd: boolean;
  relaxedSimd: boolean;
  /** Whether vectors of 256 bits run; see `init`. */
  revectorized: boolean;
  sharedMemory: boolean;
  /** Threads that kernels may use, the main one included. */
  threads: number;
  /** One sentence for each faster path that is not taken. */
  notes: string[];
}

interface Settings {
  backend: "wasm" | "js";
  numerics: Numerics;
  wide: boolean;
  threads: number;
}

const backends = ["auto", "wasm", "js"] as const;
const numericsNames = ["auto", "strict", "fma"] as const;

let requested: InitOptions = {};
let settings: Settings | undefined;
let theMemory: Memory | undefined;
let tables: Partial<Record<FloatDType, Table>> = {};
let pool: Pool | undefined;
let generationCount = 0;
let recording: { program: Program; tables: Partial<Record<FloatDType, Kernels>> } | undefined;

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

/** Runs `body` with its kernel calls noted, not made, and returns them as a program. */
export function record(body: (program: Program) => void): Program {
  if (recording)
    throw new StateError("record: a program is being recorded already; one step cannot train a second model");
  const program = new Program();
  recording = { program, tables: {} };
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
  checkOptions("init", options, ["backend", "numerics", "threads", "revectorize", "float64", "memoryLimit"]);
  const wanted = { ...requested, ...options };
  checkChoices(wanted);
  await fetchFor(wanted);
  const next = choose(wanted);
  if (options.memoryLimit !== undefined) {
    memory().limit = checkNumber("init", "memoryLimit", options.memoryLimit, { above: 0 });
  }
  if (next.wide) platform.revectorize();
  requested = wanted;
  settings = next;
  pool?.resize(next.threads);
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
  const { backend, numerics, wide, threads } = current();
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
  notes.push(...threadNotes(threads));
  return {
    backend,
    numerics,
    simd,
    relaxedSimd,
    revectorized: wide,
    sharedMemory: memory().shared,
    threads,
    notes,
  };
}

function threadNotes(threads: number): string[] {
  if (threads > 1) {
    const up = pool?.up ?? 0;
    if (up === threads - 1) return [];
    const lost = pool?.lost ? `; ${pool.lost} have ended by themselves` : "";
    return [
      `${up} of ${threads - 1} worker threads are up: they start with the first call that is large enough to share${lost}`,
    ];
  }
  if (current().backend === "js") return ["the pure-JS kernels run on one thread"];
  if (requested.threads === 1) return ["one thread was chosen with init({ threads: 1 })"];
  if (!memory().shared) return ["no shared memory here, so one thread: a page must be cross-origin isolated for it"];
  return [platform.hasWorkers ? "this process has one processor" : "a page runs its kernels on one thread"];
}

function current(): Settings {
  settings ??= choose(requested);
  return settings;
}

function checkChoices({
  backend = "auto",
  numerics = "auto",
  threads = "auto",
  revectorize,
  float64,
}: InitOptions): void {
  checkName("init", "backend", backend, backends);
  checkName("init", "numerics", numerics, numericsNames);
  if (threads !== "auto") checkNumber("init", "threads", threads, { min: 1, max: MOST_THREADS, whole: true });
  if (revectorize !== undefined) checkBoolean("init", "revectorize", revectorize);
  if (float64 !== undefined) checkBoolean("init", "float64", float64);
  if (revectorize && platform.narrowBecause) {
    throw new PlatformError(`init: revectorize cannot be true here: ${platform.narrowBecause}; leave it out`);
  }
  if (backend === "wasm" && !hasSimd()) {
    throw new PlatformError('init: backend "wasm" needs WebAssembly SIMD, which this platform lacks; use "js"');
  }
}

const runsOf = ({ backend = "auto" }: InitOptions): "wasm" | "js" =>
  backend === "auto" ? (hasSimd() ? "wasm" : "js") : backend;

/** Code and kernels that are wanted and not there yet. */
async function fetchFor(wanted: InitOptions): Promise<void> {
  if (runsOf(wanted) === "js") {
    plain ??= await import("./reference/index.js");
    return;
  }
  const numerics = wanted.numerics === "fma" && hasRelaxedSimd() ? "fma" : "strict";
  const targets = [`${numerics}.f32`, ...(wanted.float64 ? [`${numerics}.f64`] : [])];
  for (const target of targets.filter(lacks)) await platform.fetchKernels(target);
}

const lacks = (target: string): boolean => platform.kernels(target).includes(undefined);

/** Whether a kernel of float32 may have to be fetched. */
export function lacksKernels(): boolean {
  const { backend, numerics } = current();
  return backend === "wasm" && lacks(`${numerics}.f32`);
}

/** Runs `body` with all kernels of float32 there. */
export function withAllKernels<T>(body: () => T | Promise<T>): Promise<T> {
  if (lacksKernels()) return platform.fetchKernels(`${current().numerics}.f32`).then(body);
  return Promise.resolve(body());
}

/** Runs `body`, and once more where kernels were missing, when they are there. It has to end as if it had not begun where one is. */
export async function withKernels<T>(body: () => T | Promise<T>): Promise<T> {
  try {
    return await body();
  } catch (error) {
    const absent = absentIn(error);
    if (!absent) throw error;
    await platform.fetchKernels(absent.target);
    return body();
  }
}

function absentIn(error: unknown): AbsentKernels | undefined {
  if (error instanceof AbsentKernels) return error;
  return error instanceof Error && error.cause !== undefined ? absentIn(error.cause) : undefined;
}

function choose(options: InitOptions): Settings {
  const { numerics = "auto", threads = "auto", revectorize } = options;
  if (numerics === "fma" && !(hasRelaxedSimd() && fuses())) {
    throw new PlatformError(
      'init: numerics "fma" needs relaxed SIMD (Node 22 has it) on a processor that fuses a · b + c; use "auto"',
    );
  }
  const runs = runsOf(options);
  const canFuse = () => runs === "wasm" && hasRelaxedSimd() && !lacks("fma.f32") && fuses();
  const fused = numerics === "auto" ? canFuse() : numerics === "fma";
  const canShare = runs === "wasm" && memory().shared && platform.hasWorkers;
  const wanted = threads === "auto" ? Math.min(platform.parallelism(), MOST_THREADS) : threads;
  const wide = revectorize ?? (platform.isRevectorizing && !platform.narrowBecause);
  return {
    backend: runs,
    numerics: fused ? "fma" : "strict",
    wide: wide && runs === "wasm",
    threads: canShare ? wanted : 1,
  };
}

let fusesHere: boolean | undefined;
let plain: typeof import("./reference/index.js") | undefined;
const loaded = new Map<string, Loaded>();

/** A part of a kernel binary, compiled once. */
function load(target: string, part: number): Loaded {
  const key = `${target} ${part}`;
  const known = loaded.get(key) ?? loadKernels(memory(), target, part);
  loaded.set(key, known);
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
  const { backend, numerics, wide } = current();
  if (backend === "js") {
    if (plain) return plainTable(plain.referenceKernels(plain[dtype](memory())));
    throw new PlatformError("no WebAssembly SIMD here: await wg.init() first, which fetches the pure-JS kernels");
  }
  const target = dtype === "float64" ? `${numerics}.f64` : `${numerics}.f32${wide ? ".wide" : ""}`;
  const parts = platform.kernels(target).length;
  const from = (part: number): Table => {
    const table = tableOf(load(target, part), dtype);
    return part + 1 < parts ? joinedTable(table, names, () => from(part + 1)) : table;
  };
  return from(0);
}

function tableOf({ module, exports }: Loaded, dtype: FloatDType): Table {
  const { threads } = current();
  if (threads === 1) return plainTable(exports);
  if (!pool) {
    pool = new Pool(memory());
    pool.resize(threads);
  }
  return sharedTable(exports, pool, pool.binary(module, exports), sizeOf(dtype));
}

/** What the bits of a run depend on, beside its seed; a checkpoint records it. */
export type Arithmetic = Numerics | "js";

export function arithmetic(): Arithmetic {
  const { backend, numerics } = current();
  return backend === "js" ? "js" : numerics;
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
