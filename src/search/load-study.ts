import { checkOptions, checkText } from "../util/check.js";
import { ValueError } from "../util/errors.js";
import type { Space } from "./parameter.js";
import type { Direction } from "./sampler.js";
import { existingStorage } from "./storage/open.js";
import { missingStudy, type Storage, type StoredStudy } from "./storage/storage.js";
import type { FrozenTrial } from "./trial.js";

export interface LoadStudyOptions {
  /** Default: that of the one study in the storage. */
  readonly name?: string;
  /** A path to a SQLite file, `postgres://…`, or a storage. */
  readonly storage: string | Storage;
}

/** A study as it stands in a storage. */
export interface LoadedStudy {
  readonly name: string;
  readonly directions: readonly Direction[];
  /** Undefined where another program began the study, which says none. */
  readonly space: Space | undefined;
  /** Every trial, in the order of their numbers. */
  readonly trials: readonly FrozenTrial[];
}

/**
 * What a storage holds of a study, whoever began it: Optuna's too. It is read alone, so that neither the space nor the objective need be at
 * hand; `study` goes on with one.
 *
 * @param options.name default: that of the one study in the storage
 * @param options.storage a path to a SQLite file, which must be there, `postgres://…`, or a storage
 * @throws ValueError where there is no study of the name, or no name and several studies; PlatformError where the storage is not there or
 *   cannot be reached, FormatError where it is of another version
 * @example
 * const storage = memoryStorage();
 * const found = await study({ name: "line", space: { x: uniform(-1, 1) }, objective: ({ params }) => params.x ** 2, storage });
 * await found.optimize({ trials: 5, progress: false });
 * (await loadStudy({ storage })).trials.length; // 5
 */
export async function loadStudy(options: LoadStudyOptions): Promise<LoadedStudy> {
  checkOptions("loadStudy", options, ["name", "storage"], true);
  const { name, storage } = options;
  if (name !== undefined) checkText("loadStudy", "name", name);
  const opened = await existingStorage("loadStudy", storage);
  try {
    const found = await findStudy("loadStudy: name", opened, name);
    const { name: title, directions, space } = found.head;
    return { name: title, directions, space, trials: await found.trials() };
  } finally {
    if (opened !== storage) await opened.close();
  }
}

/**
 * The study of a name; without one, the only study.
 *
 * @param argument begins errors, such as `"loadStudy: name"`
 * @throws ValueError where there is none, or more than one
 */
export async function findStudy(argument: string, storage: Storage, name: string | undefined): Promise<StoredStudy> {
  const names = await storage.names();
  if (names.length === 0) {
    throw new ValueError(
      `${argument} expected one of the studies in the storage, got an empty storage; check the address, or begin a study: npx wasmgrad search run`,
    );
  }
  if (name === undefined && names.length > 1) {
    const some = names.slice(0, 20).join(", ");
    throw new ValueError(
      `${argument} expected, as the storage has ${names.length} studies, got none; it has ${some}${names.length > 20 ? ", …" : ""}`,
    );
  }
  const wanted = name ?? (names[0] as string);
  const found = await storage.find(wanted);
  if (!found) throw missingStudy(argument, wanted, names);
  return found;
}
