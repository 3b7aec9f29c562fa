import { randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { access, mkdir, open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { availableParallelism, homedir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { setFlagsFromString } from "node:v8";
import { inflateRawSync } from "node:zlib";
import { instantiateSync } from "@assemblyscript/loader";
import fma32 from "#kernels/fma.f32";
import fmaWide from "#kernels/fma.f32.wide";
import fma64 from "#kernels/fma.f64";
import strict32 from "#kernels/strict.f32";
import strictWide from "#kernels/strict.f32.wide";
import strict64 from "#kernels/strict.f64";
import { PlatformError } from "../errors.js";
import { isKept } from "../kept-path.js";
import { absent } from "../peer.js";
import { streamed } from "../streams.js";
import type { Platform } from "./platform.js";

const binaries: Readonly<Record<string, readonly string[]>> = {
  "strict.f32": [strict32],
  "strict.f32.wide": [strictWide],
  "strict.f64": [strict64],
  "fma.f32": [fma32],
  "fma.f32.wide": [fmaWide],
  "fma.f64": [fma64],
};

/** V8 has it in Node 20 and 22 too, unfinished. */
const REVECTORIZE = "--experimental-wasm-revectorize";
const FIRST_REVECTORIZING_NODE = 24;

export const platform: Platform = {
  name: "node",
  hasWorkers: true,
  warn: (text) => process.emitWarning(`wasmgrad: ${text}`),
  parallelism: () => availableParallelism(),
  narrowBecause: whyNarrow(),
  isRevectorizing: process.execArgv.some((flag) => flag.replaceAll("_", "-") === REVECTORIZE),
  revectorize: () => setFlagsFromString(REVECTORIZE),
  kernels: (target) => binaries[target] as readonly string[],
  wholeOf: (target) => target,
  partOf: () => 0,
  fetchKernels: async () => undefined,
  fetchKernelsBy: (fetch) => fetch,
  provideModule: () => undefined,
  inflate: (bytes) => new Uint8Array(inflateRawSync(bytes)),
  inflateLater: async (bytes) => new Uint8Array(inflateRawSync(bytes)),

  // The loader's own wrappers count arguments; the bare exports are faster and take all of theirs.
  instantiate: (module, memory) => instantiateSync(module, { env: { memory } }).instance.exports,

  env: (name) => process.env[name] || undefined,

  cacheFolder() {
    if (process.env.XDG_CACHE_HOME) return process.env.XDG_CACHE_HOME;
    if (process.platform === "win32") return process.env.LOCALAPPDATA ?? join(homedir(), "AppData", "Local");
    return process.platform === "darwin" ? join(homedir(), "Library", "Caches") : join(homedir(), ".cache");
  },

  async readFile(path) {
    if (isFetched(path)) return new Uint8Array(await (await fetched(path)).arrayBuffer());
    const place = placeOf("read", path);
    try {
      return await readFile(place);
    } catch (cause) {
      throw new PlatformError(`read "${path}": ${reason(cause)}`, { cause });
    }
  },

  async streamFile(path) {
    if (isFetched(path)) return streamed(await fetched(path));
    const place = placeOf("read", path);
    const size = await stat(place).then(
      (found) => found.size,
      () => undefined,
    );
    return { chunks: fileChunks(path, place), size };
  },

  async csvParser(operation) {
    try {
      return await import("csv-parse");
    } catch (cause) {
      throw absent(operation, "csv-parse", cause);
    }
  },

  async writeFiles(files) {
    const steps = files.map(({ path, parts }) => {
      const target = resolve(placeOf("write", path));
      const temporary = join(dirname(target), `.${basename(target)}.${randomBytes(6).toString("hex")}.tmp`);
      return { path, parts, target, temporary };
    });
    let at = "";
    try {
      for (const { path, parts, temporary } of steps) {
        at = path;
        await mkdir(dirname(temporary), { recursive: true });
        const file = await open(temporary, "wx");
        try {
          for (const part of parts) await file.writeFile(part);
          await file.sync();
        } finally {
          await file.close();
        }
      }
      for (const { path, temporary, target } of steps) {
        at = path;
        await rename(temporary, target);
      }
    } catch (cause) {
      await Promise.all(steps.map(({ temporary }) => rm(temporary, { force: true }).catch(() => undefined)));
      throw new PlatformError(`write "${at}": ${reason(cause)}; an earlier file of that name is untouched`, { cause });
    }
  },

  async exists(path) {
    return access(path).then(
      () => true,
      () => false,
    );
  },

  async listFolder(path) {
    const folder = placeOf("read", path);
    try {
      const names = (await readdir(folder)).sort();
      const kinds = await Promise.all(names.map((name) => stat(join(folder, name)).catch(() => undefined)));
      return names.flatMap((name, i) => {
        const kind = kinds[i]; // none where a link leads nowhere
        return kind ? [{ name, isFolder: kind.isDirectory() }] : [];
      });
    } catch (cause) {
      const code = (cause as { code?: string }).code;
      const text =
        code === "ENOENT"
          ? "no such folder; check the path"
          : code === "ENOTDIR"
            ? "it is a file; name its folder"
            : reason(cause);
      throw new PlatformError(`read "${path}": ${text}`, { cause });
    }
  },

  async keptFiles(operation) {
    throw new PlatformError(
      `${operation}: a browser expected, which keeps models under "indexeddb://" and "opfs://", got Node; list and remove files by node:fs`,
    );
  },

  async progress() {
    const { stdout } = process;
    if (!stdout.isTTY) return undefined;
    const library = await loadCliProgress();
    if (!library) return undefined;
    const { Presets, SingleBar } = library.default;
    let bar: InstanceType<typeof SingleBar> | undefined;
    return {
      begin(total) {
        bar = new SingleBar(
          {
            format: total > 0 ? "{bar} step {value}/{total}  {text}" : "step {value}  {text}",
            barsize: 24,
            hideCursor: true,
            clearOnComplete: true,
            fps: 20,
            linewrap: null,
          },
          Presets.shades_classic,
        );
        bar.start(total, 0, { text: "" });
      },
      show: (done, text) => bar?.update(done, { text }),
      end(line) {
        bar?.stop();
        bar = undefined;
        stdout.write(`${line}\n`);
      },
      close() {
        bar?.stop();
        bar = undefined;
      },
    };
  },
};

async function loadCliProgress() {
  try {
    return await import("cli-progress");
  } catch {
    return undefined;
  }
}

function whyNarrow(): string | undefined {
  if (process.arch !== "x64") return `V8 joins vectors to 256 bits on x64 alone, and this is ${process.arch}`;
  const major = Number(process.versions.node.split(".")[0]);
  if (major >= FIRST_REVECTORIZING_NODE) return undefined;
  return `V8 joins vectors to 256 bits from Node ${FIRST_REVECTORIZING_NODE} on, and this is ${process.version}`;
}

function isFetched(path: string): boolean {
  return /^(https?|data|blob):/.test(path);
}

/** A path as Node has it. @throws PlatformError for one into a browser's storage */
function placeOf(verb: "read" | "write", path: string): string {
  if (isKept(path)) {
    throw new PlatformError(
      `${verb} "${path}": a browser expected, which has such storage, got Node; give a file's path`,
    );
  }
  return path.startsWith("file:") ? fileURLToPath(path) : path;
}

async function* fileChunks(path: string, place: string): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(place);
  } catch (cause) {
    throw new PlatformError(`read "${path}": ${reason(cause)}`, { cause });
  }
}

async function fetched(url: string): Promise<Response> {
  const response = await fetch(url).catch((cause) => {
    const detail = (cause as Error).cause ?? cause;
    throw new PlatformError(`read "${url}": the server was not reached (${(detail as Error).message})`, { cause });
  });
  if (!response.ok) {
    throw new PlatformError(`read "${url}": the server answered ${response.status} ${response.statusText}`);
  }
  return response;
}

function reason(cause: unknown): string {
  const code = (cause as { code?: string }).code;
  if (code === "ENOENT") return "no such file; check the path";
  if (code === "EACCES" || code === "EPERM") return "permission denied";
  if (code === "ENOSPC") return "no space left on the disk";
  if (code === "EISDIR") return "it is a folder; name a file";
  return (cause as Error).message;
}
