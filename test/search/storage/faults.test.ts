import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { databases } from "#databases";
import { uniform } from "../../../src/search/parameters.js";
import { memoryStorage } from "../../../src/search/storage/memory.js";
import { openStorage } from "../../../src/search/storage/open.js";
import { postgresStorage } from "../../../src/search/storage/postgres.js";
import { sqliteStorage } from "../../../src/search/storage/sqlite.js";
import type { Storage, StoredStudy } from "../../../src/search/storage/storage.js";
import { ENCODED, noServer, type Server, startServer } from "./support/server.js";

const head = { name: "study", directions: ["minimize"], space: { x: uniform(0, 1) } } as const;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "wasmgrad-faults-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const failure = async (storage: Storage): Promise<string> => {
  try {
    return await storage.names().then(String, String);
  } finally {
    await storage.close();
  }
};

describe("an address", () => {
  const refusal = async (address: unknown) => {
    try {
      return typeof (await openStorage("study", address as string));
    } catch (error) {
      return String(error);
    }
  };

  test("is a file, a URL, a storage, or none", async () => {
    const own = memoryStorage();
    expect(await openStorage("study", own)).toBe(own);
    expect(await (await openStorage("study", undefined)).names()).toEqual([]);
    for (const each of [
      "a.sqlite",
      "b/c.db",
      "sqlite:///x",
      "sqlite:////x/y.db",
      "postgres://h/d",
      "postgresql+psycopg2://h/d",
    ]) {
      expect(await refusal(each), each).toBe("object");
    }
  });

  test("that is none is refused, without what may be a password", async () => {
    expect(await refusal("study.txt")).toContain('ValueError: study: storage expected a path such as "study.sqlite"');
    expect(await refusal("mysql://me:secret@host/db")).toContain("got a URL that begins with mysql://");
    expect(await refusal("mysql://me:secret@host/db")).not.toContain("secret");
    expect(await refusal("postgres://me:se/cret#@host:x/db")).toContain(
      "characters such as @, /, # and % of a password are written %40",
    );
    expect(await refusal("postgres://me:se/cret#@host:x/db")).not.toContain("cret");
    expect(await refusal("sqlite:///:memory:")).toContain("leave it out for memory");
    expect(await refusal(3)).toContain("got 3");
    expect(() => sqliteStorage(":memory:")).toThrow("that is what memoryStorage() is for");
    expect(() => sqliteStorage("a.sqlite", { patience: -1 })).toThrow(
      "sqliteStorage: patience expected a finite number ≥ 0",
    );
    expect(() => postgresStorage("postgres://h/d", { patients: 1 } as never)).toThrow('did you mean "patience"?');
  });

  test("sqlite:///x is beside the program, sqlite:////x at the root", async () => {
    const storage = await openStorage("study", `sqlite:///${folder}/absolute.db?timeout=3`);
    await storage.open(head);
    await storage.close();
    expect(existsSync(join(folder, "absolute.db"))).toBe(true);
  });
});

describe("a SQLite file", () => {
  test("that cannot be opened says why", async () => {
    expect(await failure(sqliteStorage(join(folder, "nowhere/a.sqlite")))).toMatch(
      /PlatformError: storage ".*a\.sqlite": a file in a folder that is there expected, got .*; make the folder/,
    );
    const junk = join(folder, "junk.sqlite");
    writeFileSync(junk, "no database ".repeat(500));
    expect(await failure(sqliteStorage(junk))).toMatch(
      /FormatError: storage ".*": a SQLite file expected, got file is not a database/,
    );
  });

  test("of other tables is not touched", async () => {
    const path = join(folder, "newer.sqlite");
    copyFileSync("test/fixtures/search/optuna.sqlite", path);
    const change = (sql: string) => alter(path, sql);
    await change("UPDATE alembic_version SET version_num = 'v9.0.0.a'");
    expect(await failure(sqliteStorage(path))).toMatch(
      /FormatError: storage ".*": tables of Optuna's revision v3\.2\.0\.a expected, got those of a newer one \(v9\.0\.0\.a, schema 12\); update wasmgrad/,
    );
    await change("UPDATE alembic_version SET version_num = 'v3.0.0.d'");
    expect(await failure(sqliteStorage(path))).toMatch(
      /those of an older one \(v3\.0\.0\.d\); .*optuna storage upgrade/,
    );
    await change("UPDATE alembic_version SET version_num = 'v3.2.0.a'");
    await change("UPDATE version_info SET schema_version = 13");
    expect(await failure(sqliteStorage(path))).toMatch(/those of a newer one \(v3\.2\.0\.a, schema 13\)/);
    await change("DROP TABLE version_info");
    expect(await failure(sqliteStorage(path))).toContain('a table "studies" of another program');
  });

  test("that another process holds is waited for, and no longer than was asked", async () => {
    const path = join(folder, "held.sqlite");
    const first = sqliteStorage(path);
    await first.open(head);
    const release = await hold(path);
    const second = sqliteStorage(path, { patience: 0.3 });
    expect(await second.open(head).then(String, String)).toMatch(
      /PlatformError: storage ".*": expected to answer within 0\.3 s, got: another process holds the file; .*\{ patience: 600 \}/,
    );
    const waiting = first.open({ ...head, name: "later" });
    await new Promise((done) => setTimeout(done, 200));
    release();
    expect((await waiting).head.name).toBe("later");
    await first.close();
    await second.close();
  });

  test("on a full disk: a clear error, and what was there is whole", async (context) => {
    const disk = join(folder, "disk");
    mkdirSync(disk);
    const isMounted =
      userInfo().uid === 0 && spawnSync("mount", ["-t", "tmpfs", "-o", "size=400k", "tmpfs", disk]).status === 0;
    if (!isMounted) return context.skip("only root may mount a small disk");
    try {
      const path = join(disk, "study.sqlite");
      const storage = sqliteStorage(path);
      const study = await storage.open(head);
      const finished = await fill(study);
      const error = await study
        .begin()
        .then(({ number }) => study.setAttribute(number, "big", "x".repeat(300_000)))
        .then(String, String);
      expect(error).toMatch(
        /PlatformError: storage ".*": (room on the disk|a disk that reads and writes) expected, got .*; nothing of the last change was written/,
      );
      expect((await study.trials()).filter(({ state }) => state === "complete").map(({ number }) => number)).toEqual(
        finished,
      );
      // Room is made, and it goes on.
      execFileSync("mount", ["-o", "remount,size=4m", disk]);
      const { number } = await study.begin();
      await study.finish(number, "complete", [1]);
      await storage.close();
      expect(await alter(path, "PRAGMA integrity_check")).toEqual([{ integrity_check: "ok" }]);
    } finally {
      execFileSync("umount", ["-l", disk]);
    }
  });

  test("that may not grow: the same, where no disk can be mounted", async () => {
    const Library = await databases.sqlite("test");
    class Small extends Library {
      constructor(file: string) {
        super(file);
        this.prepare("PRAGMA max_page_count = 60").all();
      }
    }
    const spy = vi.spyOn(databases, "sqlite").mockResolvedValue(Small);
    const path = join(folder, "small.sqlite");
    const storage = sqliteStorage(path);
    const study = await storage.open(head);
    spy.mockRestore();
    const finished = await fill(study);
    const { number } = await study.begin();
    expect(await study.setAttribute(number, "big", "x".repeat(300_000)).then(String, String)).toMatch(
      /PlatformError: storage ".*": room on the disk expected, got database or disk is full; nothing of the last change/,
    );
    await study.finish(number, "failed");
    const trials = await study.trials();
    await storage.close();
    expect(trials.map(({ state }) => state)).toEqual([...finished.map(() => "complete"), "failed"]);
    expect(await alter(path, "PRAGMA integrity_check")).toEqual([{ integrity_check: "ok" }]);
  });

  test("whose folder may not be written to says so", async (context) => {
    if (userInfo().uid === 0) return context.skip("root may write everywhere");
    const closed = join(folder, "closed");
    mkdirSync(closed);
    chmodSync(closed, 0o500);
    expect(await failure(sqliteStorage(join(closed, "a.sqlite")))).toContain("PlatformError");
  });
});

describe("a PostgreSQL database", () => {
  let server: Server | undefined;
  beforeAll(async () => {
    if (!noServer()) server = await startServer();
  });
  afterAll(() => server?.remove());

  test("that does not let in says why, and never the password", async (context) => {
    if (!server) return context.skip(noServer() ?? "");
    const at = (user: string, host: string, database: string) =>
      postgresStorage(`postgres://${user}@${host}/${database}`, { patience: 0 });
    const host = `127.0.0.1:${server.port}`;
    const errors = [
      await failure(at("tester:wrong-secret", host, "postgres")),
      await failure(at(`nobody:${ENCODED}`, host, "postgres")),
      await failure(at(`tester:${ENCODED}`, host, "missing")),
      await failure(at(`tester:${ENCODED}`, "127.0.0.1:1", "postgres")),
      await failure(at(`tester:${ENCODED}`, "no-such-host.invalid", "postgres")),
    ];
    expect(errors).toEqual([
      expect.stringMatching(
        /^PlatformError: storage "postgres:\/\/tester@.*\/postgres": the right password expected, got .*PGPASSWORD$/,
      ),
      expect.stringMatching(/the right password expected, got password authentication failed for user "nobody"/),
      expect.stringMatching(
        /a database that is there expected, got database "missing" does not exist; make it: createdb missing/,
      ),
      expect.stringMatching(/a server at 127\.0\.0\.1, port 1, expected, got .*ECONNREFUSED/),
      expect.stringMatching(/a host that is there expected, got .*no-such-host/),
    ]);
    expect(errors.join("\n")).not.toMatch(/wrong-secret|pass word|pass%20word/);
  });

  test("of a newer version is not touched", async (context) => {
    if (!server) return context.skip(noServer() ?? "");
    const address = server.database("newer");
    const made = postgresStorage(address);
    await made.open(head);
    await made.close();
    server.sql("UPDATE alembic_version SET version_num = 'v9.0.0.a'", "newer");
    expect(await failure(postgresStorage(address))).toContain(
      "got those of a newer one (v9.0.0.a, schema 12); update wasmgrad",
    );
  });

  test("whose answer to a commit is lost is asked what became of it, and nothing is done twice", async (context) => {
    if (!server) return context.skip(noServer() ?? "");
    const direct = server.database("lossy");
    const proxy = await cutAfterCommits(server.port);
    const storage = postgresStorage(direct.replace(`:${server.port}/`, `:${proxy.port}/`));
    try {
      const study = await storage.open(head);
      for (let i = 0; i < 3; i++) {
        proxy.cutNext();
        expect((await study.begin()).number).toBe(i);
        proxy.cutNext();
        await study.finish(i, "complete", [i]);
      }
      proxy.cutNext();
      expect(await study.enqueue({ x: 0.5 })).toBe(3);
      expect(proxy.cuts).toBe(7);
      const trials = await study.trials();
      expect(trials.map(({ number, state }) => [number, state])).toEqual([
        [0, "complete"],
        [1, "complete"],
        [2, "complete"],
        [3, "waiting"],
      ]);
    } finally {
      await storage.close();
      proxy.close();
    }
  });

  test("that crashes before it has committed, and gives the number of the transaction to another, is not believed", async (context) => {
    if (!server) return context.skip(noServer() ?? "");
    const { port, stop, start, sql, database } = server;
    const direct = database("crashed");
    const proxy = await cutAfterCommits(port);
    const storage = postgresStorage(direct.replace(`:${port}/`, `:${proxy.port}/`));
    try {
      const study = await storage.open(head);
      await study.begin();
      await study.begin();
      const crash = () => {
        stop("immediate");
        start();
        for (let i = 0; i < 10; i++) sql("SELECT txid_current()");
      };
      proxy.cutNext(crash);
      await study.finish(0, "complete", [0.5]);
      // The other way about: it had committed, and nobody can tell.
      proxy.cutNext(() => {
        while (!sql("SELECT state FROM trials WHERE number = 1", "crashed").includes("COMPLETE"));
        crash();
      }, true);
      await study.finish(1, "complete", [0.25]);
      expect(proxy.cuts).toBe(2);
      const trials = await study.trials();
      expect(trials.map(({ state, values }) => [state, values])).toEqual([
        ["complete", [0.5]],
        ["complete", [0.25]],
      ]);
    } finally {
      await storage.close();
      proxy.close();
    }
  });

  test("that goes away is waited for, and no longer than was asked", async (context) => {
    if (!server) return context.skip(noServer() ?? "");
    const address = server.database("away");
    const storage = postgresStorage(address);
    const study = await storage.open(head);
    await study.begin();
    server.stop("immediate");
    const waiting = study.finish(0, "complete", [0.5]);
    const impatient = postgresStorage(address, { patience: 0.5 });
    expect(await failure(impatient)).toContain("ECONNREFUSED");
    server.start();
    await waiting;
    expect((await study.trials())[0]).toMatchObject({ state: "complete", values: [0.5] });
    server.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'away'");
    expect((await study.begin()).number).toBe(1);
    await storage.close();
  });
});

/**
 * A way to the server that falls silent and breaks at a COMMIT, when told to: one that it hands on, and the server first starts again, as
 * after a crash; or, where it is told what happens then, one that it keeps back unless `isHandedOn`.
 */
async function cutAfterCommits(port: number) {
  let armed: { readonly then?: () => void; readonly isHandedOn: boolean } | undefined;
  const state = { isStarting: false, cuts: 0 };
  const fields = "SFATAL\0C57P03\0Mthe database system is starting up\0\0";
  const starting = Buffer.from(`E\0\0\0${String.fromCharCode(4 + fields.length)}${fields}`, "latin1");
  const proxy = createServer((client) => {
    if (state.isStarting) {
      state.isStarting = false;
      client.on("error", () => undefined);
      client.once("data", () => client.end(starting));
      return;
    }
    const upstream = connect(port, "127.0.0.1");
    let isCut = false;
    client.on("data", (bytes) => {
      if (!armed || !bytes.includes("COMMIT")) return upstream.write(bytes);
      const { then, isHandedOn } = armed;
      armed = undefined;
      state.isStarting = !then;
      state.cuts++;
      isCut = true;
      if (isHandedOn) upstream.write(bytes);
      setTimeout(() => {
        then?.();
        client.destroy();
      }, 100);
    });
    upstream.on("data", (bytes) => isCut || client.write(bytes));
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      one.on("error", () => undefined);
      one.on("close", () => other.destroy());
    }
  });
  await new Promise<void>((done) => proxy.listen(0, "127.0.0.1", done));
  return {
    port: (proxy.address() as { port: number }).port,
    cutNext: (then?: () => void, isHandedOn = !then) => (armed = { then, isHandedOn }),
    get cuts() {
      return state.cuts;
    },
    close: () => proxy.close(),
  };
}

/** Finishes trials until the disk has not much room left. */
async function fill(study: StoredStudy): Promise<number[]> {
  const finished: number[] = [];
  for (let i = 0; i < 5; i++) {
    const { number } = await study.begin();
    await study.setAttribute(number, "some", "x".repeat(8000));
    await study.finish(number, "complete", [number]);
    finished.push(number);
  }
  return finished;
}

/** One statement by another connection. */
async function alter(path: string, sql: string): Promise<unknown> {
  const database = new (await databases.sqlite("test"))(path);
  try {
    const statement = database.prepare(sql);
    return statement.reader === false ? statement.run() : statement.all();
  } finally {
    database.close();
  }
}

/** Has another connection hold the file; what is answered lets it go. */
async function hold(path: string): Promise<() => void> {
  const database = new (await databases.sqlite("test"))(path);
  database.prepare("BEGIN EXCLUSIVE").run();
  return () => {
    database.prepare("ROLLBACK").run();
    database.close();
  };
}
