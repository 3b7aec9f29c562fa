import { findStudy } from "../../search/load-study.js";
import { existingStorage } from "../../search/storage/open.js";
import type { Storage, StoredStudy } from "../../search/storage/storage.js";
import { UsageError } from "../usage.js";

/** Options of each command that reads a study. */
export const storageOptions = { storage: { type: "string" }, name: { type: "string" } } as const;

/** What their help says of them. */
export const storageUsage = `  --storage ADDRESS  a SQLite file, or postgres://user@host/database; default: NAME.sqlite in this folder
  --name NAME        of the study, where the storage has several`;

interface Place {
  readonly storage?: string;
  readonly name?: string;
}

/** The file of a study in the current folder, where `option` names none. @throws UsageError */
export function fileOf(name: string, ending = "sqlite", option = "storage"): string {
  if (/^[^/\\:*?"<>|]+$/.test(name)) return `${name}.${ending}`;
  throw new UsageError(`--${option} expected, as the study's name "${name}" cannot be a file's, got none`);
}

export function addressOf({ storage, name }: Place): string {
  if (storage !== undefined) return storage;
  if (name !== undefined) return fileOf(name);
  throw new UsageError("--storage expected an address, or --name NAME for NAME.sqlite in this folder, got neither");
}

/** Opens the study for `work`. @throws UsageError; what the storage throws */
export async function withStudy<T>(
  command: string,
  place: Place,
  work: (study: StoredStudy, storage: Storage) => Promise<T>,
): Promise<T> {
  const storage = await existingStorage(`search ${command}`, addressOf(place));
  try {
    return await work(await findStudy("--name", storage, place.name), storage);
  } finally {
    await storage.close();
  }
}
