import { PlatformError } from "../errors.js";
import { isKept } from "../kept-path.js";
import { absent } from "../peer.js";
import { streamed } from "../streams.js";
import { fetchKernels, fetchKernelsBy, inflate, kernels, partOf, provideModule, wholeOf } from "./browser-kernels.js";
import type { Platform } from "./platform.js";

export const platform: Platform = {
  name: "browser",
  hasWorkers: typeof Worker !== "undefined",
  warn: (text) => console.warn(`wasmgrad: ${text}`),
  parallelism: () => globalThis.navigator?.hardwareConcurrency ?? 1,
  narrowBecause: "a page cannot ask its browser for vectors of 256 bits",
  isRevectorizing: false,
  revectorize: () => undefined,
  kernels,
  wholeOf,
  partOf,
  fetchKernels,
  fetchKernelsBy,
  provideModule,
  inflate,
  inflateLater,

  // What @assemblyscript/loader adds, for strings and classes, of which kernels have none, would be 2 KB of a page.
  instantiate: (module, memory) => new WebAssembly.Instance(module, { env: { memory } }).exports,

  env: () => undefined,
  cacheFolder: () => undefined,

  async readFile(path) {
    if (isKept(path)) return (await storage()).readFile(path);
    return new Uint8Array(await (await fetched(path)).arrayBuffer());
  },

  async streamFile(path) {
    if (isKept(path)) return (await storage()).streamFile(path);
    return streamed(await fetched(path));
  },

  async csvParser(operation) {
    try {
      return await import("csv-parse/browser/esm");
    } catch (cause) {
      throw absent(operation, "csv-parse", cause);
    }
  },

  writeFiles: async (files) => (await storage()).writeFiles(files),

  async exists(path) {
    if (isKept(path)) return (await storage()).exists(path);
    return fetch(path, { method: "HEAD" }).then(
      (response) => response.ok,
      () => false,
    );
  },

  async listFolder(path) {
    if (isKept(path)) return (await storage()).listFolder(path);
    throw new PlatformError(`read "${path}": a page cannot list a folder; give its files instead`);
  },

  keptFiles: storage,

  async progress() {
    return undefined;
  },
};

/** By the browser itself, which Chrome can from 103 on, Firefox from 113, Safari from 16.4. */
async function inflateLater(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  let unpacking: DecompressionStream;
  try {
    unpacking = new DecompressionStream("deflate-raw");
  } catch {
    return (await import("./inflate.js")).inflate(bytes);
  }
  return new Uint8Array(await new Response(new Blob([bytes]).stream().pipeThrough(unpacking)).arrayBuffer());
}

/** Few pages keep files: the code for it is fetched. */
async function storage() {
  return (await import("./browser-storage.js")).storage;
}

async function fetched(path: string): Promise<Response> {
  const response = await fetch(path).catch((cause) => {
    throw new PlatformError(`read "${path}": the server was not reached (${(cause as Error).message})`, { cause });
  });
  if (!response.ok)
    throw new PlatformError(`read "${path}": the server answered ${response.status} ${response.statusText}`);
  return response;
}
