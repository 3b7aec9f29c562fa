import { absent } from "../../util/peer.js";
import type { Databases, SqliteLibrary } from "./libraries.js";

export const databases: Databases = {
  async sqlite(operation) {
    // By its name at run time: bundlers know no module of that name without its prefix, which they take away.
    const own = process.getBuiltinModule?.("node:sqlite" as "node:fs") as unknown as
      | { DatabaseSync: SqliteLibrary }
      | undefined;
    if (own) return own.DatabaseSync;
    try {
      return (await import("libsql")).default as unknown as SqliteLibrary;
    } catch (cause) {
      throw absent(`${operation}, in Node before 22.13`, "libsql", cause);
    }
  },

  async pg(operation) {
    try {
      return await import("pg");
    } catch (cause) {
      throw absent(operation, "pg", cause);
    }
  },
};
