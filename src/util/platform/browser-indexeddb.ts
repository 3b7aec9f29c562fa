import { PlatformError } from "../errors.js";
import type { Shelf } from "./browser-storage.js";

// Database "wasmgrad", by names: "files" holds the parts of each, "entries" what is told of it without reading them.

const DATABASE = "wasmgrad";
const STORES = ["files", "entries"];

interface Entry {
  readonly bytes: number;
  readonly dateSaved: Date;
}

type Stores = (name: "files" | "entries") => IDBObjectStore;

/** Files in a database of this library's own. */
export const indexedDb: Shelf = {
  async read(name) {
    const parts = await transaction("readonly", (stores) =>
      answer<Uint8Array[] | undefined>(stores("files").get(name)),
    );
    if (!parts) return undefined;
    return {
      size: parts.reduce((sum, { length }) => sum + length, 0),
      chunks: (async function* () {
        yield* parts;
      })(),
    };
  },

  write: (files) =>
    transaction("readwrite", async (stores) => {
      const dateSaved = new Date();
      for (const { name, parts } of files) {
        stores("files").put(parts, name);
        stores("entries").put({ bytes: parts.reduce((sum, { length }) => sum + length, 0), dateSaved }, name);
      }
    }),

  list: () =>
    transaction("readonly", async (stores) => {
      const [names, entries] = await Promise.all([
        answer<IDBValidKey[]>(stores("entries").getAllKeys()),
        answer<Entry[]>(stores("entries").getAll()),
      ]);
      return entries.map((entry, i) => ({ name: String(names[i]), ...entry }));
    }),

  remove: (names) =>
    transaction("readwrite", async (stores) => {
      for (const name of names) for (const store of STORES) stores(store as "files").delete(name);
    }),
};

/** All that `use` asks for is done, and on the disk, or nothing of it. */
async function transaction<T>(mode: IDBTransactionMode, use: (stores: Stores) => Promise<T>): Promise<T> {
  const database = await opened();
  try {
    const running = database.transaction(STORES, mode, { durability: "strict" });
    const done = new Promise<void>((resolve, reject) => {
      running.oncomplete = () => resolve();
      running.onabort = () => reject(running.error);
    });
    done.catch(() => undefined);
    const result = await use((name) => running.objectStore(name)).catch((error) => {
      if (running.error === null) running.abort();
      throw running.error ?? error;
    });
    await done;
    return result;
  } finally {
    database.close();
  }
}

function opened(): Promise<IDBDatabase> {
  if (!globalThis.indexedDB) throw new PlatformError("there is no IndexedDB here");
  const request = indexedDB.open(DATABASE, 1);
  request.onupgradeneeded = () => {
    for (const store of STORES) request.result.createObjectStore(store);
  };
  return answer(request);
}

function answer<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
