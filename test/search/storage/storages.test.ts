import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  choice,
  int,
  logUniform,
  oneMinusLogUniform,
  quantized,
  uniform,
  when,
} from "../../../src/search/parameters.js";
import { memoryStorage } from "../../../src/search/storage/memory.js";
import { postgresStorage } from "../../../src/search/storage/postgres.js";
import { sqliteStorage } from "../../../src/search/storage/sqlite.js";
import type { Storage, StoredStudy } from "../../../src/search/storage/storage.js";
import { noServer, type Server, startServer } from "./support/server.js";

const space = {
  rate: logUniform(1e-5, 1),
  beta: oneMinusLogUniform(0.9, 0.999),
  layers: int(1, 3),
  rest: quantized(0, 0.5, 0.1),
  kind: choice(["a", 1, true, null]),
  units: when("layers", [2, 3], int(1, 9)),
};
const head = { name: "study", directions: ["minimize"], space, seed: 7 } as const;
const params = { rate: 1 / 3, beta: 0.99, layers: 2, rest: 0.3, kind: true, units: 9 };

let folder: string;
let server: Server | undefined;
let count = 0;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "wasmgrad-storage-"));
  if (!noServer()) server = await startServer();
});
afterAll(() => {
  server?.remove();
  rmSync(folder, { recursive: true, force: true });
});

/** `make(again)`: a new storage, or another connection to the last one. */
interface Kind {
  readonly isShared: boolean;
  make(): Storage;
  again(): Storage;
  /** How many tables there are, or bytes of them. */
  tables(): number;
}

const kinds: Record<string, Kind> = {
  memory: { isShared: false, make: memoryStorage, again: memoryStorage, tables: () => 0 },
  sqlite: {
    isShared: true,
    make: () => sqliteStorage(join(folder, `${++count}.sqlite`)),
    again: () => sqliteStorage(join(folder, `${count}.sqlite`)),
    tables: () => statSync(join(folder, `${count}.sqlite`)).size,
  },
  postgres: {
    isShared: true,
    make: () => postgresStorage((server as Server).database(`d${++count}`)),
    again: () =>
      postgresStorage(`postgresql+psycopg2://tester:pass%20word%3A%40%2F@127.0.0.1:${server?.port}/d${count}`),
    tables: () => Number(server?.sql("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'", `d${count}`)),
  },
};

describe.each(Object.keys(kinds))("%s", (name) => {
  const { isShared, make, again } = kinds[name] as Kind;
  const check = (title: string, body: (storage: Storage) => Promise<void>) =>
    test(title, async (context) => {
      const missing = name === "postgres" ? noServer() : undefined;
      if (missing) return context.skip(missing);
      const storage = make();
      try {
        await body(storage);
      } finally {
        await storage.close();
      }
    });

  check("a study is found as it is, and none is made", async (storage) => {
    expect(await storage.find("study")).toBeUndefined();
    expect(await storage.names()).toEqual([]);
    const study = await storage.open(head);
    const { number } = await study.begin();
    const found = (await storage.find("study")) as StoredStudy;
    expect(found.head).toEqual(study.head);
    expect((await found.trials()).map((each) => each.number)).toEqual([number]);
  });

  check("tells for how long running trials were silent", async (storage) => {
    const study = await storage.open(head);
    await study.enqueue({});
    const { number } = await study.begin();
    const { number: second } = await study.begin();
    const { number: third } = await study.begin();
    await study.finish(second, "failed");
    await new Promise((done) => setTimeout(done, 300));
    await study.heartbeat(third);
    const silences = await study.silences();
    expect([...silences.keys()]).toEqual([number, third]);
    expect(silences.get(number)).toBeGreaterThan(0.25);
    expect(silences.get(third)).toBeLessThan((silences.get(number) as number) - 0.25);
  });

  check("a study keeps what its trials were, from beginning to end", async (storage) => {
    const study = await storage.open(head);
    expect(study.head).toEqual(head);
    const before = Date.now() - 1;
    const { number, params: given } = await study.begin();
    expect([number, given]).toEqual([0, {}]);
    await study.setParams(0, params);
    expect((await study.trials())[0]).toMatchObject({ number: 0, state: "running", params, intermediate: [] });
    await study.report(0, 10, 0.5);
    await study.report(0, 2, Number.NaN);
    await study.report(0, 5, Number.NEGATIVE_INFINITY);
    await study.report(0, 10, 0.25);
    await study.setAttribute(0, "note", { text: 'NaN "Infinity" ü', list: [1, null] });
    await study.setAttribute(0, "note 2", 1);
    await study.setAttribute(0, "note 2", 2);
    await study.heartbeat(0);
    await study.finish(0, "complete", [5e-324]);
    const [trial] = await study.trials();
    expect(trial).toEqual({
      number: 0,
      state: "complete",
      params,
      values: [5e-324],
      intermediate: [
        { step: 2, value: Number.NaN },
        { step: 5, value: Number.NEGATIVE_INFINITY },
        { step: 10, value: 0.25 },
      ],
      attributes: { note: { text: 'NaN "Infinity" ü', list: [1, null] }, "note 2": 2 },
      started: expect.any(Date),
      ended: expect.any(Date),
    });
    const [started, ended] = [trial?.started as Date, trial?.ended as Date];
    expect([before <= +started, started <= ended, +ended <= Date.now()]).toEqual([true, true, true]);
  });

  check("what is infinite, pruned and failed; several directions", async (storage) => {
    const study = await storage.open({ name: "two", directions: ["minimize", "maximize"], space });
    for (let i = 0; i < 3; i++) await study.begin();
    await study.finish(1, "complete", [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]);
    await study.finish(0, "pruned");
    await study.finish(2, "failed");
    const trials = await study.trials();
    expect(trials.map(({ state }) => state)).toEqual(["pruned", "complete", "failed"]);
    expect(trials.map(({ values }) => values)).toEqual([undefined, [Infinity, -Infinity], undefined]);
  });

  check("enqueued trials are begun first, in their order, with what was given", async (storage) => {
    const study = await storage.open(head);
    await study.begin();
    expect(await study.enqueue({ rate: 0.1 }, { by: "hand" })).toBe(1);
    expect(await study.enqueue({ rate: 0.2, kind: null })).toBe(2);
    expect((await study.trials())[2]).toEqual({
      number: 2,
      state: "waiting",
      params: { rate: 0.2, kind: null },
      intermediate: [],
      attributes: {},
    });
    expect(await study.begin()).toEqual({ number: 1, params: { rate: 0.1 } });
    expect(await study.begin()).toEqual({ number: 2, params: { rate: 0.2, kind: null } });
    expect(await study.begin()).toEqual({ number: 3, params: {} });
    await study.setParams(1, { ...params, rate: 0.1 });
    expect((await study.trials())[1]).toMatchObject({
      state: "running",
      params: { ...params, rate: 0.1 },
      attributes: { by: "hand" },
    });
  });

  check("a trial whose process died fails and is enqueued again, once", async (storage) => {
    const study = await storage.open(head);
    await study.begin();
    await study.setParams(0, params);
    await study.setAttribute(0, "note", 1);
    await study.begin();
    await pause(1100);
    await study.heartbeat(1);
    expect(await study.reap(1)).toEqual([0]);
    expect(await study.reap(1)).toEqual([]);
    const [dead, alive, again] = await study.trials();
    expect(dead).toMatchObject({ state: "failed", params, attributes: { note: 1 } });
    expect(dead?.attributes.failure).toContain("no sign of life for 1 s");
    expect(alive?.state).toBe("running");
    expect(again).toEqual({
      number: 2,
      state: "waiting",
      params,
      intermediate: [],
      attributes: { note: 1, failed_trial: 0, retry_history: [0] },
    });
    expect(await study.begin()).toEqual({ number: 2, params });
    await pause(1100);
    await study.heartbeat(1);
    expect(await study.reap(1)).toEqual([2]);
    expect((await study.trials())[3]?.attributes).toEqual({ note: 1, failed_trial: 0, retry_history: [0, 2] });
    expect(await study.reap(60)).toEqual([]);
    expect(await study.begin()).toMatchObject({ number: 3 });
    await pause(1100);
    await study.heartbeat(1);
    expect(await study.reap(1, 2)).toEqual([3]);
    const trials = await study.trials();
    expect(trials.length).toBe(4);
    expect(trials[3]?.attributes.failure).toContain("not enqueued again");
  });

  check("what cannot be is refused, and changes nothing", async (storage) => {
    const study = await storage.open(head);
    await study.begin();
    await study.enqueue({});
    const refused = async (promise: Promise<unknown>, text: string) =>
      expect(await promise.then(String, String)).toContain(text);
    await refused(study.finish(0, "complete"), "finish: values expected one number, got undefined");
    await refused(study.finish(0, "complete", [1, 2]), "finish: values expected one number, got [1, 2]");
    await refused(study.finish(0, "complete", [Number.NaN]), "a trial without a value has failed");
    await refused(study.finish(1, "complete", [1]), "trial 1 expected to run, got one that waits");
    await refused(study.finish(9, "failed"), "trial 9 expected to be in the study, got none");
    await refused(
      study.setAttribute(0, "f", () => 0),
      "setAttribute: f expected what JSON can hold",
    );
    await refused(study.setAttribute(0, "big", 1n), "setAttribute: big expected what JSON can hold");
    await study.finish(0, "complete", [1]);
    const ended = "trial 0 expected to run, got one that has ended (complete)";
    await refused(study.finish(0, "failed"), `StateError: finish: ${ended}`);
    await refused(study.report(0, 1, 1), `StateError: report: ${ended}`);
    await refused(study.setParams(0, params), `StateError: setParams: ${ended}`);
    await refused(study.setAttribute(0, "late", 1), `StateError: setAttribute: ${ended}`);
    const [trial] = await study.trials();
    expect(trial).toMatchObject({ state: "complete", values: [1], attributes: {}, params: {}, intermediate: [] });
  });

  check("studies are listed, opened again and deleted", async (storage) => {
    const study = await storage.open(head);
    await study.begin();
    await study.setParams(0, params);
    await study.enqueue({ rate: 0.5 }, { a: 1 });
    await storage.open({ name: "bare", directions: ["maximize"] });
    expect(await storage.names()).toEqual(["study", "bare"]);
    expect((await storage.open({ name: "bare", directions: ["maximize"] })).head.space).toBeUndefined();
    expect((await storage.open({ name: "bare", directions: ["minimize"], space })).head).toMatchObject({
      directions: ["maximize"],
    });
    expect((await storage.open({ name: "bare", directions: ["maximize"], space, seed: 0 })).head).toEqual({
      name: "bare",
      directions: ["maximize"],
      space,
      seed: 0,
    });
    const other = { name: "bare", directions: ["maximize"], space: { rate: uniform(0, 1) }, seed: 2 } as const;
    expect((await storage.open(other)).head).toMatchObject({ space, seed: 0 });
    expect(await storage.delete("studi").catch(String)).toContain('got "studi"; did you mean "study"?');
    await storage.delete("study");
    expect(await storage.names()).toEqual(["bare"]);
    expect(await (await storage.open(head)).trials()).toEqual([]);
  });

  if (!isShared) return;

  check("another process finds the same, and each trial is begun by one", async (storage) => {
    const others = [storage, again(), again(), again()];
    try {
      const studies = await Promise.all(others.map((each) => each.open(head)));
      for (let i = 0; i < 6; i++) await studies[0]?.enqueue({ layers: 3 });
      const work = async (study: StoredStudy) => {
        const mine: number[] = [];
        for (let i = 0; i < 5; i++) {
          const { number } = await study.begin();
          mine.push(number);
          await study.setParams(number, params);
          await study.finish(number, "complete", [number]);
        }
        return mine;
      };
      const numbers = (await Promise.all(studies.map(work))).flat();
      expect(numbers.sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, i) => i));
      const first = await studies[0]?.trials();
      for (const study of studies) expect(await study.trials()).toEqual(first);
      expect(first?.map(({ number, values }) => [number, values])).toEqual(numbers.map((n) => [n, [n]]));
      expect(studies.map((study) => study.head)).toEqual(studies.map(() => head));
    } finally {
      for (const each of others.slice(1)) await each.close();
    }
  });

  check("who only reads makes no tables, and sees those that another makes", async (storage) => {
    expect(await storage.names()).toEqual([]);
    expect(await storage.find("study")).toBeUndefined();
    await expect(storage.delete("study")).rejects.toThrow(
      'delete: name expected one of the studies in the storage, got "study"; it has none',
    );
    expect(kinds[name]?.tables()).toBe(0);
    const other = again();
    await other.open(head);
    await other.close();
    expect(await storage.names()).toEqual(["study"]);
    expect(kinds[name]?.tables()).toBeGreaterThan(0);
  });

  check("the tables are made once though many look for them", async (first) => {
    const all = [first, ...Array.from({ length: 7 }, again)];
    try {
      const names = await Promise.all(all.map((each) => each.names()));
      expect(names).toEqual(all.map(() => []));
      const heads = await Promise.all(all.map(async (each, i) => (await each.open({ ...head, seed: i })).head.seed));
      expect(new Set(heads).size).toBe(1);
    } finally {
      for (const each of all.slice(1)) await each.close();
    }
  });

  check("a dead trial is enqueued once though several look for it", async (storage) => {
    const others = [storage, again(), again()];
    try {
      const studies = await Promise.all(others.map((each) => each.open(head)));
      for (let i = 0; i < 4; i++) await studies[0]?.begin();
      await pause(150);
      const reaped = (await Promise.all(studies.map((study) => study.reap(0.1)))).flat();
      expect(reaped.sort()).toEqual([0, 1, 2, 3]);
      expect((await studies[0]?.trials())?.length).toBe(8);
    } finally {
      for (const each of others.slice(1)) await each.close();
    }
  });

  check("a study that is deleted meanwhile is missed", async (storage) => {
    const study = await storage.open(head);
    await storage.delete(head.name);
    expect(await study.begin().catch(String)).toMatch(
      /StateError: storage .*: study "study" expected, got none; it was deleted/,
    );
  });
});

const pause = (ms: number) => new Promise((done) => setTimeout(done, ms));
