import { statSync } from "node:fs";
import { join } from "node:path";
import { noServer, startServer } from "../../test/search/storage/support/server.js";
import type { Options } from "./options.js";

/** Where the study lies. */
export interface Place {
  readonly address: string;
  /** Ends a connection in the middle, as the network would. */
  cut(): void;
  /** Bytes of the study; undefined where nobody says. */
  size(): number | undefined;
  remove(): void;
}

const nothing = () => undefined;

export async function placeOf({ storage, connections }: Options, folder: string): Promise<Place> {
  if (storage === "sqlite") {
    const address = join(folder, "study.sqlite");
    return { address, cut: nothing, size: () => statSync(address).size, remove: nothing };
  }
  if (storage !== "postgres") return { address: storage, cut: nothing, size: nothing, remove: nothing };
  const missing = noServer();
  if (missing) throw new Error(missing);
  const server = await startServer(connections + 20);
  const address = server.database("simulation");
  const sql = (statement: string) => server.sql(statement, "simulation").trim();
  return {
    address,
    cut: () => {
      sql(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'simulation' AND pid <> pg_backend_pid() AND state <> 'idle' ORDER BY random() LIMIT 1",
      );
    },
    size: () => Number(sql("SELECT pg_database_size('simulation') - pg_database_size('template0')")),
    remove: () => server.remove(),
  };
}
