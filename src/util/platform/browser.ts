import { inflateSync } from "#inflate";
import { PlatformError } from "../errors.js";
import { absent } from "../peer.js";
import { streamed } from "../streams.js";
import { binaries, fetchKernels } from "./browser-kernels.js";
import type { Platform } from "./platform.js";

export const platform: Platform = {
  name: "browser",
  hasWorkers: false,
  startWorker: () => undefined,
  warn: (text) => console.warn(`wasmgrad: ${text}`),
  parallelism: () => globalThis.navigator?.hardwareConcurrency ?? 1,
  narrowBecause: "a page cannot ask its browser for vectors of 256 bits",
  isRevectorizing: false,
  revectorize: () => undefined,
  kernels: (target) => binaries[target] as readonly (string | undefined)[],
  fetchKernels,
  inflate: (bytes) => inflateSync(bytes) as Uint8Array<ArrayBuffer>,

  env: () => undefined,
  cacheFolder: () => undefined,

  async readFile(path) {
    return new Uint8Array(await (await fetched(path)).arrayBuffer());
  },

  async streamFile(path) {
    return streamed(await fetched(path));
  },

  csvParser: (operation) => import("csv-parse/browser/esm").catch(absent(operation, "csv-parse")),

  async writeFile(path) {
    throw new PlatformError(`write "${path}": a page has no file system; save to bytes and offer them as a download`);
  },

  async exists(path) {
    return fetch(path, { method: "HEAD" }).then(
      (response) => response.ok,
      () => false,
    );
  },

  async listFolder(path) {
    throw new PlatformError(`read "${path}": a page cannot list a folder; give its files instead`);
  },

  async progress() {
    return undefined;
  },
};

async function fetched(path: string): Promise<Response> {
  const response = await fetch(path).catch((cause) => {
    throw new PlatformError(`read "${path}": the server was not reached (${(cause as Error).message})`, { cause });
  });
  if (!response.ok)
    throw new PlatformError(`read "${path}": the server answered ${response.status} ${response.statusText}`);
  return response;
}
