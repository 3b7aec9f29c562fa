import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";

/** A PostgreSQL of this test alone, in a folder of its own. */
export interface Server {
  readonly port: number;
  /** The address of a new, empty database. */
  database(name: string): string;
  sql(statement: string, database?: string): string;
  start(): void;
  /** `immediate` is a crash: the server recovers when it starts again. */
  stop(mode?: "fast" | "immediate"): void;
  remove(): void;
}

const PASSWORD = "pass word:@/";
export const ENCODED = encodeURIComponent(PASSWORD);

/** Where Debian puts it, or whoever has it in the PATH. */
function programs(): string | undefined {
  const debian = "/usr/lib/postgresql";
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = [...versions.map((version) => join(debian, version, "bin")), ...(process.env.PATH ?? "").split(":")];
  return folders.find((folder) => existsSync(join(folder, "initdb")) && existsSync(join(folder, "pg_ctl")));
}

/** Why there is none; undefined where there is one. */
export function noServer(): string | undefined {
  if (!programs()) return "no PostgreSQL; apt-get install postgresql";
  if (userInfo().uid === 0 && spawnSync("runuser", ["-u", "nobody", "--", "true"]).status !== 0) {
    return "PostgreSQL does not run as root, and there is no runuser to be somebody else";
  }
  return undefined;
}

export async function startServer(connections = 40): Promise<Server> {
  const bin = programs() as string;
  const folder = mkdtempSync(join(tmpdir(), "wasmgrad-postgres-"));
  const isRoot = userInfo().uid === 0;
  const run = (program: string, ...args: string[]): string => {
    const command = [join(bin, program), ...args];
    const [first, ...rest] = isRoot ? ["runuser", "-u", "nobody", "--", ...command] : command;
    // pg_ctl leaves the server behind, which would hold a pipe open.
    return execFileSync(first as string, rest, {
      cwd: folder,
      encoding: "utf8",
      stdio: ["ignore", program === "pg_ctl" ? "ignore" : "pipe", "pipe"],
    });
  };
  if (isRoot) {
    execFileSync("chown", ["nobody", folder]);
    chmodSync(folder, 0o700);
  }
  const secret = `${folder}.password`;
  writeFileSync(secret, PASSWORD);
  const data = join(folder, "data");
  try {
    run(
      "initdb",
      "-D",
      data,
      "-U",
      "tester",
      "--auth-local=trust",
      "--auth-host=scram-sha-256",
      `--pwfile=${secret}`,
      "-E",
      "UTF8",
      "--locale=C",
      "--no-sync",
    );
  } finally {
    rmSync(secret);
  }
  const port = await freePort();
  const start = () => {
    const options = `-p ${port} -k ${folder} -c listen_addresses=127.0.0.1 -c shared_buffers=32MB -c max_connections=${connections}`;
    run("pg_ctl", "-D", data, "-w", "-t", "120", "-l", join(folder, "log"), "-o", options, "start");
  };
  const sql = (statement: string, database = "postgres") =>
    run(
      "psql",
      "-h",
      folder,
      "-p",
      String(port),
      "-U",
      "tester",
      "-d",
      database,
      "-AtX",
      "-v",
      "ON_ERROR_STOP=1",
      "-c",
      statement,
    );
  const stop = (mode = "fast") => run("pg_ctl", "-D", data, "-w", "-m", mode, "stop");
  start();
  return {
    port,
    start,
    stop,
    sql,
    database(name) {
      sql(`CREATE DATABASE ${name}`);
      return `postgres://tester:${ENCODED}@127.0.0.1:${port}/${name}`;
    },
    remove() {
      try {
        stop("immediate");
      } catch {
        // It has been stopped by the test.
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const server = createServer();
    server.on("error", fail);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => done(port));
    });
  });
}
