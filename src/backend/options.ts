import { platform } from "#platform";
import { checkBoolean, checkName, checkNumber, show } from "../util/check.js";
import { PlatformError, ValueError } from "../util/errors.js";
import { hasSimd, type Numerics } from "./wasm.js";

/** A URL, as text or as the object. */
export type Address = string | { readonly href: string };

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
   * first call that is large enough, and never change a bit of a result. A page has them where it is cross-origin isolated, from its first
   * `await init()` on; `capabilities().why` says why there is one alone.
   */
  threads?: "auto" | number;
  /**
   * The URL of the script that a page's threads run, `wasmgrad/thread.js`, where it cannot lie beside the library: with esbuild, which makes no file
   * of it, or a library from another origin. Vite and webpack find it by themselves.
   */
  threadUrl?: Address;
  /**
   * Experimental. `true`: V8 runs neighbouring vectors as one of 256 bits (its flag `--experimental-wasm-revectorize`), in kernels made for
   * that, with the same bits; Node 24 and newer, on x64 processors with AVX2. `false`: it does not; default: as the flag on the command line says.
   */
  revectorize?: boolean;
  /** `true`: a page fetches the kernels of float64, without which it has float32 alone. Node has them. */
  float64?: boolean;
  /**
   * Where a page's kernels come from, if not with its code: the URL of a file of `wasmgrad/kernels/`, such as `strict.f32.wasm`, or of several; or that of a
   * folder, which ends in "/" and holds all of them, of which each is fetched when it is needed. They are compiled as they arrive. With the
   * condition `wasmgrad-url` a bundler leaves out those of the code. Node has its own.
   */
  wasmUrl?: Address | readonly Address[];
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
  /** Why there is one alone, and what to do about it; undefined where there are more. */
  why: string | undefined;
  /** Pieces of kernel calls that other threads than the main one have done so far. */
  offloaded: number;
  /** One sentence for each faster path that is not taken. */
  notes: string[];
}

/** More than any machine has today. */
export const MOST_THREADS = 1024;

const backends = ["auto", "wasm", "js"] as const;
const numericsNames = ["auto", "strict", "fma"] as const;

export function checkChoices({
  backend = "auto",
  numerics = "auto",
  threads = "auto",
  revectorize,
  float64,
  threadUrl,
  wasmUrl,
}: InitOptions): void {
  checkName("init", "backend", backend, backends);
  checkName("init", "numerics", numerics, numericsNames);
  if (threads !== "auto") checkNumber("init", "threads", threads, { min: 1, max: MOST_THREADS, whole: true });
  if (revectorize !== undefined) checkBoolean("init", "revectorize", revectorize);
  if (float64 !== undefined) checkBoolean("init", "float64", float64);
  if (threadUrl !== undefined) checkAddress("threadUrl", threadUrl);
  if (wasmUrl !== undefined) for (const each of addresses(wasmUrl)) checkAddress("wasmUrl", each);
  if (revectorize && platform.narrowBecause) {
    throw new PlatformError(`init: revectorize cannot be true here: ${platform.narrowBecause}; leave it out`);
  }
  if (backend === "wasm" && !hasSimd()) {
    throw new PlatformError('init: backend "wasm" needs WebAssembly SIMD, which this platform lacks; use "js"');
  }
}

/** @throws ValueError */
function checkAddress(option: string, value: Address): void {
  if (typeof value === "string" ? value !== "" : typeof value?.href === "string") return;
  throw new ValueError(`init: ${option} expected a URL, got ${show(value)}; new URL(path, import.meta.url) makes one`);
}

export const addressOf = (url: Address): string => (typeof url === "string" ? url : url.href);

/** A URL that stands for itself: seen from the script of a worker a relative one is another. */
export function wholeAddress(url: Address): string {
  const base = globalThis.document?.baseURI ?? globalThis.location?.href;
  return new URL(addressOf(url), base).href;
}

export const addresses = (urls: Address | readonly Address[]): readonly Address[] =>
  Array.isArray(urls) ? urls : [urls as Address];
