import { PlatformError } from "../errors.js";
import { chunksOf } from "../streams.js";
import type { NamedParts, Shelf } from "./browser-storage.js";

/** Files of the page's own file system (the origin private file system), which it may read and write by other means too. */
export const opfs: Shelf = {
  async read(name) {
    const handle = await found(name);
    if (!handle) return undefined;
    const file = await handle.getFile();
    return { size: file.size, chunks: chunksOf(file.stream()) };
  },

  async write(files) {
    try {
      await writeAll(files);
    } catch (error) {
      // Chromium breaks off what it is still being sent when there is no room for it; of what fits into its pipe it tells the cause.
      if ((error as Error).name !== "AbortError") throw error;
      await writeAll(files, 512 * 1024);
    }
  },

  // Without the names that a page leaves empty when it ends while it writes.
  list: async () => (manager()?.getDirectory ? filesIn(await root(), "") : []),

  async remove(names) {
    for (const name of names) {
      if (!(await found(name))) continue;
      const [folder, last] = await folderOf(name, false);
      await folder.removeEntry(last);
    }
  },
};

/** Writes all files or none, in steps of so many bytes. */
async function writeAll(files: readonly NamedParts[], step = Number.POSITIVE_INFINITY): Promise<void> {
  const writers: FileSystemWritableFileStream[] = [];
  const added: string[] = [];
  try {
    for (const { name, parts } of files) {
      if (!(await found(name))) added.push(name);
      const [folder, last] = await folderOf(name, true);
      const handle = await folder.getFileHandle(last, { create: true });
      // It writes beside the file, which `close` replaces.
      const writer = await handle.createWritable();
      writers.push(writer);
      for (const part of parts) {
        for (let at = 0; at < part.length; at += step) await writer.write(part.subarray(at, at + step));
      }
    }
    for (const writer of writers) await writer.close();
  } catch (error) {
    await Promise.all(writers.map((writer) => writer.abort().catch(() => undefined)));
    await opfs.remove(added).catch(() => undefined);
    throw error;
  }
}

const manager = (): Partial<StorageManager> | undefined => globalThis.navigator?.storage;

async function root(): Promise<FileSystemDirectoryHandle> {
  const opened = manager()?.getDirectory?.();
  if (opened) return opened;
  throw new PlatformError('a file system of its own has only a page from https: or localhost; use "indexeddb://"');
}

/** The folder of a file, and what the file is called in it. */
async function folderOf(name: string, create: boolean): Promise<[FileSystemDirectoryHandle, string]> {
  const folders = name.split("/");
  const last = folders.pop() as string;
  let folder = await root();
  for (const each of folders) folder = await folder.getDirectoryHandle(each, { create });
  return [folder, last];
}

/** The file, or undefined where there is none. */
async function found(name: string): Promise<FileSystemFileHandle | undefined> {
  try {
    const [folder, last] = await folderOf(name, false);
    return await folder.getFileHandle(last);
  } catch (error) {
    if ((error as Error).name === "NotFoundError") return undefined;
    throw error;
  }
}

async function filesIn(folder: FileSystemDirectoryHandle, prefix: string) {
  const files: { name: string; bytes: number; dateSaved: Date }[] = [];
  for await (const [name, handle] of folder.entries()) {
    if (handle.kind === "directory") {
      files.push(...(await filesIn(handle as FileSystemDirectoryHandle, `${prefix}${name}/`)));
      continue;
    }
    const { size, lastModified } = await (handle as FileSystemFileHandle).getFile();
    if (size > 0) files.push({ name: prefix + name, bytes: size, dateSaved: new Date(lastModified) });
  }
  return files;
}
