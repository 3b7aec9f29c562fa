import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openStorage } from "../../../src/search/storage/open.js";
import { noServer, type Server, startServer } from "./support/server.js";
import { buildWorker, Worker } from "./support/workers.js";

// Several processes on one study, killed at random. `npm run crash` is the long form. Every second one is of the Node that WASMGRAD_NODE
// names, which may have a SQLite of its own.
const seconds = Number(process.env.WASMGRAD_CRASH_SECONDS ?? 6);
const processes = Number(process.env.WASMGRAD_CRASH_PROCESSES ?? 3);

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "wasmgrad-crash-"));
  await buildWorker();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const pause = (ms: number) => new Promise((done) => setTimeout(done, ms));

async function survive(name: string, address: string, disturb: () => Promise<void> = async () => undefined) {
  const workers = Array.from({ length: processes }, (_, i) => {
    const node = i % 2 === 1 ? process.env.WASMGRAD_NODE : undefined;
    return new Worker(address, join(folder, `${name}-${i}.log`), node);
  });
  for (const worker of workers) worker.start();
  while (!workers.some(({ lines }) => lines.some((line) => line.startsWith("finished")))) await pause(100);
  const until = Date.now() + seconds * 1000;
  let kills = 0;
  const disturbing = disturb();
  while (Date.now() < until) {
    await pause(300 + Math.random() * 1200);
    workers[Math.floor(Math.random() * processes)]?.kill();
    kills++;
  }
  await disturbing;
  await Promise.all(workers.map((worker) => worker.end()));
  expect(workers.flatMap(({ faults }) => faults)).toEqual([]);

  // What was left is run by one that comes later.
  const storage = await openStorage("crash", address);
  const study = await storage.open({ name: "crash", directions: ["minimize"] });
  await pause(1100);
  await study.reap(1);
  const waiting = (await study.trials()).filter(({ state }) => state === "waiting").length;
  const last = new Worker(address, join(folder, `${name}-last.log`));
  expect(await last.start(waiting + 2)).toBe(0);

  const trials = await study.trials();
  await storage.close();
  expect(trials.map(({ number }) => number)).toEqual(trials.map((_, i) => i));
  expect(trials.filter(({ state }) => state === "waiting" || state === "running")).toEqual([]);

  const lines = [...workers, last].flatMap((worker) => worker.lines.map((line) => line.split(" ")));
  const of = (kind: string) => lines.filter(([first]) => first === kind);
  const begun = of("begun").map(([, number]) => Number(number));
  expect(begun.length, "no trial is begun twice").toBe(new Set(begun).size);
  const finished = of("finished");
  expect(finished.length).toBeGreaterThan(processes);
  for (const [, number, x] of finished) {
    expect(trials[Number(number)], `trial ${number}`).toMatchObject({
      state: "complete",
      values: [Number(x)],
      params: { x: Number(x), step: Number(number) % 11 },
      intermediate: [{ step: 1, value: Number(x) }],
    });
  }
  // A finish may be killed between the disk and the log, at most once a kill.
  const complete = trials.filter(({ state }) => state === "complete").length;
  expect(complete - finished.length).toBeLessThanOrEqual(kills + processes);

  const failed = trials.filter(({ state }) => state === "failed").map(({ number }) => number);
  const followed = trials.flatMap(({ attributes }) => (attributes.retry_history as number[] | undefined)?.at(-1) ?? []);
  expect(
    followed.sort((a, b) => a - b),
    "each dead trial is run again once",
  ).toEqual(failed);
  console.log(`${name}: ${trials.length} trials, ${complete} complete, ${failed.length} run again, ${kills} kills`);
}

test("on a SQLite file", { timeout: 120_000 + seconds * 3000 }, () => survive("sqlite", join(folder, "study.sqlite")));

test("on a PostgreSQL that crashes and restarts meanwhile", { timeout: 180_000 + seconds * 3000 }, async (context) => {
  const missing = noServer();
  if (missing) return context.skip(missing);
  const server: Server = await startServer();
  try {
    await survive("postgres", server.database("crash"), async () => {
      await pause(seconds * 300);
      server.stop("immediate");
      await pause(500);
      server.start();
      await pause(seconds * 200);
      server.stop("fast");
      server.start();
    });
  } finally {
    server.remove();
  }
});
