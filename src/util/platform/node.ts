import { randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { access, mkdir, open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { availableParallelism, homedir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { setFlagsFromString } from "node:v8";
import { inflateRawSync } from "node:zlib";
import fma32 from "#kernels/fma.f32";
import fmaWide from "#kernels/fma.f32.wide";
import fma64 from "#kernels/fma.f64";
import strict32 from "#kernels/strict.f32";
import strictWide from "#kernels/strict.f32.wide";
import strict64 from "#kernels/strict.f64";
import { PlatformError } from "../errors.js";
import { absent } from "../peer.js";
import { streamed } from "../streams.js";
import { startWorker } from "./node-worker.js";
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
  startWorker,
  warn: (text) => process.emitWarning(`wasmgrad: ${text}`),
  parallelism: () => availableParallelism(),
  narrowBecause: whyNarrow(),
  isRevectorizing: process.execArgv.some((flag) => flag.replaceAll("_", "-") === REVECTORIZE),
  revectorize: () => setFlagsFromString(REVECTORIZE),
  kernels: (target) => binaries[target] as readonly string[],
  fetchKernels: async () => undefined,
  inflate: (bytes) => new Uint8Array(inflateRawSync(bytes)),

  env: (name) => process.env[name] || undefined,

  cacheFolder() {
    if (process.env.XDG_CACHE_HOME) return process.env.XDG_CACHE_HOME;
    if (process.platform === "win32") return process.env.LOCALAPPDATA ?? join(homedir(), "AppData", "Local");
    return process.platform === "darwin" ? join(homedir(), "Library", "Caches") : join(homedir(), ".cache");
  },

  async readFile(path) {
    if (isFetched(path)) return new Uint8Array(await (await fetched(path)).arrayBuffer());
    try {
      return await readFile(path.startsWith("file:") ? new URL(path) : path);
    } catch (cause) {
      throw new PlatformError(`read "${path}": ${reason(cause)}`, { cause });
    }
  },

  async streamFile(path) {
    if (isFetched(path)) return streamed(await fetched(path));
    const place = path.startsWith("file:") ? new URL(path) : path;
    const size = await stat(place).then(
      (found) => found.size,
      () => undefined,
    );
    return { chunks: fileChunks(path), size };
  },

  csvParser: (operation) => import("csv-parse").catch(absent(operation, "csv-parse")),

  async writeFile(path, parts) {
    const target = resolve(path);
    const temporary = join(dirname(target), `.${basename(target)}.${randomBytes(6).toString("hex")}.tmp`);
    try {
      await mkdir(dirname(target), { recursive: true });
      const file = await open(temporary, "wx");
      try {
        for (const part of parts) await file.writeFile(part);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(temporary, target);
    } catch (cause) {
      await rm(temporary, { force: true }).catch(() => undefined);
      throw new PlatformError(`write "${path}": ${reason(cause)}; an earlier file of that name is untouched`, {
        cause,
      });
    }
  },

  async exists(path) {
    return access(path).then(
      () => true,
      () => false,
    );
  },

  async listFolder(path) {
    const folder = path.startsWith("file:") ? fileURLToPath(path) : path;
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

  async progress() {
    const { stdout } = process;
    if (!stdout.isTTY) return undefined;
    const library = await import("cli-progress").catch(() => undefined);
    if (!library) return undefined;
    const { Presets, SingleBar } = library.default;
    let bar: InstanceType<typeof SingleBar> | undefined;
    return {
      begin(total) {
        bar = new SingleBar(
          {
            format: "{bar} step {value}/{total}  {text}",
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

function whyNarrow(): string | undefined {
  if (process.arch !== "x64") return `V8 joins vectors to 256 bits on x64 alone, and this is ${process.arch}`;
  const major = Number(process.versions.node.split(".")[0]);
  if (major >= FIRST_REVECTORIZING_NODE) return undefined;
  return `V8 joins vectors to 256 bits from Node ${FIRST_REVECTORIZING_NODE} on, and this is ${process.version}`;
}

function isFetched(path: string): boolean {
  return /^(https?|data|blob):/.test(path);
}

async function* fileChunks(path: string): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(path.startsWith("file:") ? new URL(path) : path);
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
