/** The database libraries of where this runs. One implementation is chosen by the package's `#databases` import condition. */
export interface Databases {
  /** A SQLite that takes the file locks of the operating system. */
  sqlite(operation: string): Promise<SqliteLibrary>;
  /** The client of PostgreSQL. */
  pg(operation: string): Promise<typeof import("pg")>;
}

/** What `node:sqlite` and the package `libsql` have in common. */
export type SqliteLibrary = new (file: string) => { prepare(sql: string): SqliteStatement; close(): void };

export interface SqliteStatement {
  /** Of libsql: whether there are rows to be had. */
  readonly reader?: boolean;
  all(...values: readonly (string | number | null)[]): Record<string, string | number | null>[];
  run(...values: readonly (string | number | null)[]): unknown;
}
