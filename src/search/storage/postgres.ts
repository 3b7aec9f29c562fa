import type { PoolClient, QueryResult } from "pg";
import { databases } from "#databases";
import { checkOptions, checkText, show } from "../../util/check.js";
import { PlatformError, ValueError, WasmgradError } from "../../util/errors.js";
import { type Cell, type Database, type Dialect, later, type Row, type Run } from "./relational/database.js";
import { checkPatience, Passing, patiently, type StorageOptions } from "./relational/patience.js";
import { relationalStorage } from "./relational/relational-storage.js";
import type { Storage } from "./storage.js";

/**
 * Studies in a PostgreSQL database (12 or later), for any number of machines. The tables are Optuna's (3.2 and later), so that Optuna, its
 * dashboard and programs of both languages work on one study at once. They are made for the first study. A process keeps a connection only while
 * it has something to say; where the server restarts or cannot be reached for a while, it waits and goes on, and a change whose answer was
 * lost is looked up, not made twice; only where the server has crashed meanwhile it is made again.
 *
 * Needs the package `pg`. What the URL does not say is read from PGHOST, PGPASSWORD and so on.
 *
 * @param url `postgres://user:password@host:5432/database`, `?sslmode=require` behind it where the server asks for it; SQLAlchemy's
 *   `postgresql+psycopg2://` does as well
 * @param options `patience`: how many seconds to wait for a server that was there (10 for one that never was). Default 300
 * @throws ValueError; the storage's functions throw PlatformError where the server cannot be reached or does not let in, FormatError where
 *   the tables are of another version. No error shows the password
 * @example
 * // not run: needs a database
 * const storage = postgresStorage("postgres://me:secret@db.example.org/search");
 * await storage.names(); // ["digits"]
 */
export function postgresStorage(url: string, options: StorageOptions = {}): Storage {
  checkText("postgresStorage", "url", url);
  checkOptions("postgresStorage", options, ["patience"]);
  const patience = checkPatience("postgresStorage", options);
  const address = addressOf(url);
  return relationalStorage(async () => {
    const { Pool } = await databases.pg("postgresStorage");
    const pool = new Pool({
      connectionString: address.href,
      // A thousand workers share a server that takes a hundred connections.
      max: 2,
      idleTimeoutMillis: 5000,
      allowExitOnIdle: true,
      connectionTimeoutMillis: 10_000,
      query_timeout: 60_000,
      keepAlive: true,
      pipeline: true,
    });
    return new PostgresDatabase(pool, address, patience);
  });
}

/** @throws ValueError that shows nothing of what may be a password */
function addressOf(url: string): URL {
  let address: URL;
  try {
    address = new URL(url.replace(/^postgres(ql)?(\+\w+)?:/, "postgres:"));
  } catch {
    throw new ValueError(
      "postgresStorage: url expected postgres://user:password@host:port/database, got a text that is no URL; characters such as @, /, # and % of a password are written %40, %2F, %23 and %25",
    );
  }
  if (/[/@]/.test(address.pathname.slice(1))) {
    throw new ValueError(
      "postgresStorage: url expected one database behind the host, got / or @ in its name; characters such as @, /, # and % of a password are written %40, %2F, %23 and %25",
    );
  }
  if (address.protocol === "postgres:") return address;
  throw new ValueError(`postgresStorage: url expected to begin with postgres://, got ${show(address.protocol)}`);
}

const dialect: Dialect = {
  serial: "SERIAL",
  double: "FLOAT(53)",
  time: "TIMESTAMP WITHOUT TIME ZONE",
  enumeration: (type) => type,
  createEnumeration: (type, names) => `CREATE TYPE ${type} AS ENUM (${names.map((name) => `'${name}'`).join(", ")})`,
  lockSchema: "SELECT pg_advisory_xact_lock(7766616)",
  lock: " FOR UPDATE",
  lockFree: " FOR UPDATE SKIP LOCKED",
  // Not to_regclass, which answers out of a cache that may be older, or newer, than the rows that the transaction sees.
  findTable: "SELECT tablename FROM pg_tables WHERE schemaname = ANY (current_schemas(false)) AND tablename = $1",
  now: "LOCALTIMESTAMP",
  age: (column) => `EXTRACT(EPOCH FROM LOCALTIMESTAMP - ${column})`,
  // Not = ANY, for which the planner looks at each of a thousand.
  oneOf: (column, list) => `${column} IN (SELECT unnest(translate(${list}, '[]', '{}')::int[]))`,
  list: (column) => `json_agg(${column})::text`,
  listOfDoubles: (column) => `json_agg(${column})::text`,
  text: (column) => `to_char(${column}, 'YYYY-MM-DD HH24:MI:SS.US')`,
};

const READ = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
/** A process that stops in the middle does not hold up the others for ever; and its number tells later what became of a transaction. */
const WRITE = "BEGIN; SET LOCAL idle_in_transaction_session_timeout = 60000; SELECT txid_current()::text AS xid";

/**
 * What a server says as long as it has not crashed: it forgets its statistics then. Afterwards it gives numbers of transactions that were
 * open a second time, and of such a number nothing can be learned. Asked once a connection, since before version 15 it takes milliseconds.
 */
const LIFE = "SELECT stats_reset::text AS life FROM pg_stat_bgwriter";

/** How many seconds a server that has never answered is waited for. */
const STARTING = 10;

class PostgresDatabase implements Database {
  readonly dialect = dialect;
  readonly name: string;
  readonly #pool: import("pg").Pool;
  readonly #address: URL;
  readonly #patience: number;
  /** Whether it has ever answered: a server that was there is waited for, one that is perhaps misspelt only for a moment. */
  #isKnown = false;
  readonly #made = performance.now();
  readonly #lives = new WeakMap<PoolClient, Promise<string>>();

  constructor(pool: import("pg").Pool, address: URL, patience: number) {
    const { username, host, pathname } = address;
    this.name = `storage "postgres://${username ? `${username}@` : ""}${host}${pathname}"`;
    this.#pool = pool;
    this.#address = address;
    this.#patience = patience;
    // A connection that ends while nobody uses it: the next one is made when it is needed.
    pool.on("error", () => undefined);
    pool.on("connect", (client) => client.on("error", () => undefined));
  }

  read<T>(work: (run: Run) => Promise<T>): Promise<T> {
    return this.#transaction(READ, work);
  }

  write<T>(work: (run: Run, isDoubtful: boolean) => Promise<T>): Promise<T> {
    return this.#transaction(WRITE, work);
  }

  async close(): Promise<void> {
    await this.#pool.end();
  }

  #transaction<T>(begin: string, work: (run: Run, isDoubtful: boolean) => Promise<T>): Promise<T> {
    /** A commit whose answer has not come. */
    let sent: { readonly xid: string; readonly life: string; readonly result: T } | undefined;
    let isDoubtful = false;
    const attempt = async (client: PoolClient): Promise<T> => {
      const living = this.#lifeOf(client);
      if (sent && sent.life !== (await living)) {
        isDoubtful = true;
        sent = undefined;
      }
      if (sent) {
        const { xid, result } = sent;
        const { rows } = await client.query("SELECT txid_status($1::bigint) AS status", [xid]);
        if (rows[0].status === "committed") return result;
        if (rows[0].status === "in progress")
          throw new Passing("the server has not found yet that a connection was lost");
        sent = undefined;
      }
      // Nothing waits for this to be answered: a server that did not take it takes nothing behind it either.
      const beginning = later(client.query(begin) as Promise<QueryResult | readonly QueryResult[]>);
      const working = later(
        work(
          async (sql, values: readonly Cell[] = []) => (await client.query(sql, [...values])).rows as Row[],
          isDoubtful,
        ),
      );
      const life = await living;
      const begun = await beginning;
      const xid: string | undefined = Array.isArray(begun) ? begun.at(-1).rows[0].xid : undefined;
      const result = await working;
      if (xid === undefined) {
        // Nobody waits for the end of what only reads.
        later(client.query("COMMIT"));
        return result;
      }
      sent = { xid, life, result };
      try {
        await client.query("COMMIT");
      } catch (error) {
        if (!isLost(error as Failure)) sent = undefined;
        throw error;
      }
      return result;
    };
    return patiently(this.name, this.#patience, async () => {
      let client: PoolClient | undefined;
      try {
        client = await this.#pool.connect();
        this.#isKnown = true;
        const result = await attempt(client);
        client.release();
        return result;
      } catch (error) {
        if (isLost(error as Failure)) {
          client?.release(true);
        } else {
          await client?.query("ROLLBACK").then(
            () => client?.release(),
            () => client?.release(true),
          );
        }
        throw this.#explain(error as Failure);
      }
    });
  }

  #lifeOf(client: PoolClient): Promise<string> {
    const known = this.#lives.get(client);
    if (known) return known;
    const asked = later(client.query(LIFE).then(({ rows }) => String(rows[0]?.life)));
    this.#lives.set(client, asked);
    return asked;
  }

  #explain(error: Failure): unknown {
    if (error instanceof WasmgradError || error instanceof Passing) return error;
    const { code = "", message } = error;
    if (/^(57P0[1-3]|53300|40001|40P01|55P03)$/.test(code)) return new Passing(message, { cause: error });
    // Two programs that make the tables at the same moment.
    if (/^(42710|42P07|23505)$/.test(code)) return new Passing(message, { cause: error });
    if (isLost(error) && (this.#isKnown || (code !== "ENOTFOUND" && this.#isNew()))) {
      return new Passing(message || code, { cause: error });
    }
    return new PlatformError(`${this.name}: ${this.#reason(error)}`, { cause: error });
  }

  /** A worker may be started while the server restarts. */
  #isNew(): boolean {
    return performance.now() - this.#made < Math.min(this.#patience, STARTING) * 1000;
  }

  #reason(error: Failure): string {
    const { code = "", message } = error;
    const got = `got ${message || code}`;
    const database = this.#address.pathname.slice(1);
    const host = this.#address.hostname || "the host";
    if (code === "28P01" || /password/i.test(message)) {
      return `the right password expected, ${got}; write it into the URL, its special characters as %40 and so on, or into PGPASSWORD`;
    }
    if (code.startsWith("28")) return `a user whom the server lets in expected, ${got}; see its roles and pg_hba.conf`;
    if (code === "3D000") return `a database that is there expected, ${got}; make it: createdb ${database}`;
    if (code === "42501")
      return `a user who may make and change tables expected, ${got}; GRANT them, or make the user the owner`;
    if (code === "53100") {
      return `room on the server's disk expected, ${got}; nothing of the last change was written: make room, then go on`;
    }
    if (code === "ENOTFOUND" || code === "EAI_AGAIN")
      return `a host that is there expected, ${got}; see how its name is spelt`;
    if (code === "ECONNREFUSED")
      return `a server at ${host}, port ${this.#address.port || 5432}, expected, ${got}; see whether it runs and listens there`;
    if (isLost(error))
      return `a server that answers expected, ${got}; see whether it runs and a firewall lets through to ${host}`;
    return `the database expected to take the statement, ${got}`;
  }
}

type Failure = Error & { readonly code?: string };

/** Whether the connection is gone, or was never had, so that nobody knows what the server has done. */
function isLost({ code, message }: Failure): boolean {
  if (code && /^(E(?!RR_)[A-Z_]{3,}|08...|57P0[12]|25P03)$/.test(code)) return true;
  return !code && /terminated|connection error|not queryable|timeout|closed/i.test(message);
}
