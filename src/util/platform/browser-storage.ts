import { bytes, PlatformError } from "../errors.js";
import { isKept } from "../kept-path.js";
import { leadsOut } from "../own-path.js";
import { downloads } from "./browser-downloads.js";
import { indexedDb } from "./browser-indexeddb.js";
import { opfs } from "./browser-opfs.js";
import type { FileStream, KeptFiles, OutputFile, Platform } from "./platform.js";

/** A file without the scheme in front of its name. */
export type NamedParts = { readonly name: string; readonly parts: readonly Uint8Array<ArrayBuffer>[] };

/** One kind of storage. Whatever fails is thrown as it comes. */
export interface Shelf {
  /** Undefined where there is no file of that name. */
  read(name: string): Promise<FileStream | undefined>;
  /** All of them, or none. */
  write(files: readonly NamedParts[]): Promise<void>;
  list(): Promise<readonly { readonly name: string; readonly bytes: number; readonly dateSaved: Date }[]>;
  remove(names: readonly string[]): Promise<void>;
}

const shelves: Readonly<Record<string, Shelf>> = {
  "indexeddb://": indexedDb,
  "opfs://": opfs,
  "downloads://": downloads,
};

type Storage = KeptFiles & Pick<Platform, "readFile" | "streamFile" | "writeFiles" | "exists" | "listFolder">;

/** What a page finds under `indexeddb://`, `opfs://` and `downloads://`. */
export const storage: Storage = {
  async readFile(path) {
    const { chunks, size = 0 } = await storage.streamFile(path);
    const out = new Uint8Array(size);
    let at = 0;
    for await (const chunk of chunks) {
      out.set(chunk, at);
      at += chunk.length;
    }
    return out;
  },

  async streamFile(path) {
    const { shelf, name } = placeOf("read", path);
    const found = await shelf.read(name).catch((cause) => {
      throw new PlatformError(`read "${path}": ${reason(cause)}`, { cause });
    });
    if (!found) throw new PlatformError(`read "${path}": no such file; listModels() tells what is there`);
    return found;
  },

  async writeFiles(files) {
    const places = files.map(({ path }) => placeOf("write", path));
    const { shelf } = places[0] as (typeof places)[0];
    const named = files.map(({ parts }, i) => ({
      name: (places[i] as (typeof places)[0]).name,
      parts: parts.map(own),
    }));
    try {
      await shelf.write(named);
    } catch (cause) {
      const text = (cause as Error).name === "QuotaExceededError" ? await overQuota(files) : reason(cause);
      throw new PlatformError(`write "${files.at(-1)?.path}": ${text}; an earlier file of that name is untouched`, {
        cause,
      });
    }
  },

  exists: async (path) => (await storage.list()).some((file) => file.path === path),

  async listFolder(path) {
    const folder = `${path.replace(/\/+$/, "")}/`;
    const entries = new Map<string, boolean>();
    for (const file of await storage.list()) {
      if (!file.path.startsWith(folder)) continue;
      const [name, ...rest] = file.path.slice(folder.length).split("/") as [string, ...string[]];
      entries.set(name, rest.length > 0);
    }
    if (entries.size === 0) throw new PlatformError(`read "${path}": no such folder, or none with files`);
    return [...entries].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, isFolder]) => ({ name, isFolder }));
  },

  async list() {
    const lists = Object.entries(shelves).map(async ([scheme, shelf]) =>
      (await shelf.list()).map(({ name, ...file }) => ({ path: scheme + name, ...file })),
    );
    return (await Promise.all(lists)).flat();
  },

  async remove(paths) {
    for (const path of paths) {
      const { shelf, name } = placeOf("remove", path);
      await shelf.remove([name]);
    }
  },
};

/** @throws PlatformError for a path that names no file of a storage */
function placeOf(verb: string, path: string): { shelf: Shelf; name: string } {
  if (!isKept(path)) {
    throw new PlatformError(
      `${verb} "${path}": a page has no file system: a name behind "indexeddb://", "opfs://" or "downloads://" expected`,
    );
  }
  const scheme = path.slice(0, path.indexOf("://") + 3);
  const name = path.slice(scheme.length);
  if (leadsOut(name) || name.endsWith("/")) {
    throw new PlatformError(`${verb} "${path}": a file's name such as "${scheme}folder/model.safetensors" expected`);
  }
  return { shelf: shelves[scheme] as Shelf, name };
}

/** Bytes in a buffer of their own: of others all of it would be kept, and of shared memory nothing can be. */
function own(part: Uint8Array): Uint8Array<ArrayBuffer> {
  const isOwn = part.buffer instanceof ArrayBuffer && part.buffer.byteLength === part.byteLength;
  return (isOwn ? part : part.slice()) as Uint8Array<ArrayBuffer>;
}

async function overQuota(files: readonly OutputFile[]): Promise<string> {
  const needed = files.flatMap(({ parts }) => parts).reduce((sum, { length }) => sum + length, 0);
  const { quota = 0, usage = 0 } = (await navigator.storage?.estimate?.()) ?? {};
  const stated = `${bytes(quota)} for this page, of which ${bytes(usage)} are in use`;
  // Chromium states ten gigabytes, whatever there is.
  const granted = usage + needed > quota ? `grants ${stated}` : `has less left than it states (${stated})`;
  return `${bytes(needed)} needed, but the browser ${granted}; remove what is not needed by removeModel, or save to "downloads://"`;
}

const reason = (cause: unknown): string => (cause as Error | undefined)?.message || String(cause);
