import { platform } from "#platform";
import { show } from "../../util/check.js";
import { PlatformError, ValueError } from "../../util/errors.js";
import { memoryStorage } from "./memory.js";
import { postgresStorage } from "./postgres.js";
import { sqliteStorage } from "./sqlite.js";
import type { Storage } from "./storage.js";

const EXPECTED =
  'a path such as "study.sqlite", "sqlite:///path", "postgres://user:password@host/database", or a storage';

/**
 * The storage that a user named: a file that ends in .sqlite, .sqlite3 or .db, or a URL as Optuna takes it, `sqlite:///relative`,
 * `sqlite:////absolute`, `postgresql://…`; memory where nothing is named. A storage is answered as it is.
 *
 * @throws ValueError that shows nothing of a password
 */
export async function openStorage(operation: string, storage: string | Storage | undefined): Promise<Storage> {
  return storage === undefined ? memoryStorage() : given(operation, storage);
}

function given(operation: string, storage: string | Storage): Storage {
  if (typeof storage === "string") return named(operation, storage);
  if (typeof storage?.open === "function") return storage;
  throw new ValueError(`${operation}: storage expected ${EXPECTED}, got ${show(storage)}`);
}

/**
 * The same, of a storage that is there already: a SQLite file that is not is not made.
 *
 * @throws PlatformError where there is no such file
 */
export async function existingStorage(operation: string, storage: string | Storage): Promise<Storage> {
  const file = typeof storage === "string" ? fileOf(storage) : undefined;
  if (file === undefined || (await platform.exists(file))) return given(operation, storage);
  throw new PlatformError(
    `${operation}: storage expected a file that is there, got ${show(file)}; check the path, or begin a study: npx wasmgrad search run`,
  );
}

const schemeOf = (address: string): string | undefined => /^(\w+)(\+\w+)?:\/\//.exec(address)?.[1];

/** The SQLite file of an address; undefined where it names none. */
function fileOf(address: string): string | undefined {
  const scheme = schemeOf(address);
  if (scheme === undefined) return /\.(sqlite3?|db3?)$/.test(address) ? address : undefined;
  const file = address.replace(/^[\w+]+:\/\/\/?/, "").replace(/\?.*$/, "");
  return scheme === "sqlite" && file !== "" && file !== ":memory:" ? file : undefined;
}

function named(operation: string, address: string): Storage {
  const scheme = schemeOf(address);
  if (scheme === "postgres" || scheme === "postgresql") return postgresStorage(address);
  const file = fileOf(address);
  if (file !== undefined) return sqliteStorage(file);
  if (scheme === "sqlite") {
    throw new ValueError(
      `${operation}: storage expected a file, sqlite:///path, got ${show(address)}; leave it out for memory`,
    );
  }
  // What stands before an @ may be a password.
  const got = scheme ? `a URL that begins with ${scheme}://` : show(address.replace(/^.*@/, "…@"));
  throw new ValueError(`${operation}: storage expected ${EXPECTED}, got ${got}`);
}
