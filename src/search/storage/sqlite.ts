import { databases } from "#databases";
import { checkOptions, checkText, show } from "../../util/check.js";
import { FormatError, PlatformError, ValueError, WasmgradError } from "../../util/errors.js";
import type { SqliteLibrary, SqliteStatement } from "./libraries.js";
import type { Cell, Database, Dialect, Row, Run } from "./relational/database.js";
import { checkPatience, Passing, patiently, type StorageOptions } from "./relational/patience.js";
import { relationalStorage } from "./relational/relational-storage.js";
import type { Storage } from "./storage.js";

// Which SQLite: one that takes the file locks of the operating system, as Python's does. Without them Optuna would read, and roll back,
// what is being written here. Node has had such a one since 22.13 (`node:sqlite`); for Node 20 there is libsql, SQLite's C code with the
// binary of each system inside a package of the registry, so nothing is downloaded or compiled at install (MIT, 0.5.29, 9 MB). What was
// looked at beside it: node-sqlite3-wasm 0.8.60 locks by making a folder `x.lock`, which Python does not see and a killed process leaves
// behind for ever; sql.js and @sqlite.org/sqlite-wasm hold a file in memory, or in a browser's own files; better-sqlite3 downloads.

/**
 * Studies in a SQLite file, for one process or many of one machine. The tables are Optuna's (3.2 and later), so that Optuna, its
 * dashboard and programs of both languages work on one file at once. The file is made by the first study; its journal stays in the mode that it
 * has (a rollback journal, unless somebody chose WAL); each change is on the disk when its promise resolves.
 *
 * Needs Node 22.13, or the package `libsql`. Not for a network file system, whose locks cannot be relied on: that is what `postgresStorage` is for.
 *
 * @param file a path
 * @param options `patience`: how many seconds to wait where others hold the file. Default 300
 * @throws ValueError; the storage's functions throw PlatformError where the file cannot be opened or written, a full disk included, and
 *   FormatError where it is none of these
 * @example
 * // not run: needs Node 22.13 or libsql
 * const study = await sqliteStorage("study.sqlite").open({ name: "digits", directions: ["minimize"] });
 * (await study.trials()).length; // 0
 */
export function sqliteStorage(file: string, options: StorageOptions = {}): Storage {
  checkText("sqliteStorage", "file", file);
  checkOptions("sqliteStorage", options, ["patience"]);
  if (file === ":memory:")
    throw new ValueError(`sqliteStorage: file expected a path, got ${show(file)}; that is what memoryStorage() is for`);
  const patience = checkPatience("sqliteStorage", options);
  return relationalStorage(
    async () => new SqliteDatabase(file, patience, opener(await databases.sqlite("sqliteStorage"))),
  );
}

interface Connection {
  run(sql: string, values: readonly Cell[]): readonly Row[];
  close(): void;
}

type Opener = (file: string) => Connection;

const dialect: Dialect = {
  serial: "INTEGER",
  double: "FLOAT",
  time: "DATETIME",
  enumeration: (_, names) => `VARCHAR(${Math.max(...names.map((name) => name.length))})`,
  createEnumeration: () => undefined,
  // A transaction that writes has the whole file for itself.
  lockSchema: undefined,
  lock: "",
  lockFree: "",
  findTable: "SELECT name FROM sqlite_master WHERE type = 'table' AND name = $1",
  now: "strftime('%Y-%m-%d %H:%M:%f', 'now') || '000'",
  age: (column) => `(julianday('now') - julianday(${column})) * 86400`,
  oneOf: (column, list) => `${column} IN (SELECT value FROM json_each(${list}))`,
  list: (column) => `json_group_array(${column})`,
  listOfDoubles: (column) => `json_group_array(printf('%!.17g', ${column}))`,
  text: (column) => column,
};

class SqliteDatabase implements Database {
  readonly dialect = dialect;
  readonly name: string;
  readonly #file: string;
  readonly #patience: number;
  readonly #opener: Opener;
  #connection: Connection | undefined;
  /** One transaction at a time: they share the connection. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(file: string, patience: number, opener: Opener) {
    this.name = `storage "${file}"`;
    this.#file = file;
    this.#patience = patience;
    this.#opener = opener;
  }

  read<T>(work: (run: Run) => Promise<T>): Promise<T> {
    return this.#transaction("BEGIN", work);
  }

  write<T>(work: (run: Run) => Promise<T>): Promise<T> {
    return this.#transaction("BEGIN IMMEDIATE", work);
  }

  async close(): Promise<void> {
    await this.#last;
    this.#connection?.close();
    this.#connection = undefined;
  }

  #transaction<T>(begin: string, work: (run: Run) => Promise<T>): Promise<T> {
    const result = this.#last.then(() => patiently(this.name, this.#patience, () => this.#attempt(begin, work)));
    this.#last = result.catch(() => undefined);
    return result;
  }

  async #attempt<T>(begin: string, work: (run: Run) => Promise<T>): Promise<T> {
    let connection: Connection | undefined;
    try {
      connection = this.#connection ??= this.#open();
      const { run } = connection;
      run(begin, []);
      const result = await work(async (sql, values = []) => run(sql, values));
      run("COMMIT", []);
      return result;
    } catch (error) {
      try {
        connection?.run("ROLLBACK", []);
      } catch {
        // SQLite ends a transaction by itself where the disk is full, and there is none where it could not begin.
      }
      throw this.#explain(error);
    }
  }

  #open(): Connection {
    const connection = this.#opener(this.#file);
    try {
      // Waiting here stops the whole thread, so most of it is left to `patiently`; but a reader that is nearly done is worth it.
      connection.run("PRAGMA busy_timeout = 20", []);
      // The folder is flushed too, so that no power cut brings back the journal of what was committed.
      connection.run("PRAGMA synchronous = EXTRA", []);
      connection.run("PRAGMA foreign_keys = ON", []);
    } catch (error) {
      connection.close();
      throw error;
    }
    return connection;
  }

  #explain(error: unknown): unknown {
    if (error instanceof WasmgradError) return error;
    const { message } = error as Error;
    const code = codeOf(error as Error);
    if (code === Code.busy || code === Code.locked) {
      return new Passing("another process holds the file", { cause: error });
    }
    const remedy = REMEDIES[code];
    const text = `${this.name}: ${remedy?.[1] ?? "the database expected to take the statement"}, got ${message}${remedy?.[2] ?? ""}`;
    return new (remedy?.[0] ?? PlatformError)(text, { cause: error });
  }
}

/** The result codes of SQLite that are told apart (sqlite.org/rescode.html). */
const Code = { busy: 5, locked: 6 };

const disk = "; nothing of the last change was written and what was there is whole: make room, then go on";
const rights = "; see the rights of the file and of its folder, where the journal is made";

const REMEDIES: Readonly<Record<number, readonly [typeof PlatformError, expected: string, remedy: string]>> = {
  3: [PlatformError, "a file that may be written expected", rights],
  8: [PlatformError, "a file that may be written expected", rights],
  10: [PlatformError, "a disk that reads and writes expected", disk],
  11: [FormatError, "a whole SQLite file expected", "; take a copy of it, and what `sqlite3 FILE .recover` saves"],
  13: [PlatformError, "room on the disk expected", disk],
  14: [PlatformError, "a file in a folder that is there expected", "; make the folder, or see its rights"],
  26: [FormatError, "a SQLite file expected", "; take another path"],
};

/** The primary result code, from where each library has put it. */
function codeOf({ errcode, rawCode, message }: Error & { errcode?: number; rawCode?: number }): number {
  const code = errcode ?? rawCode ?? Number(/Unable to open .*: (\d+)/.exec(message)?.[1] ?? 1);
  return code & 0xff;
}

function opener(library: SqliteLibrary): Opener {
  return (file) => {
    const database = new library(file);
    const statements = new Map<string, SqliteStatement>();
    const prepared = (sql: string): SqliteStatement => {
      const found = statements.get(sql);
      if (found) return found;
      // Few texts come again and again; some hold lists.
      if (statements.size >= 100) statements.clear();
      const made = database.prepare(sql.replace(/\$(\d+)/g, "?$1"));
      statements.set(sql, made);
      return made;
    };
    return {
      run(sql, values) {
        const statement = prepared(sql);
        if (statement.reader !== false) return statement.all(...values);
        statement.run(...values);
        return [];
      },
      close: () => database.close(),
    };
  };
}
