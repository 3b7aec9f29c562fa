import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { type StudyOptions, uniform } from "../../src/search/index.js";

// The built package: a thread starts with a script of its own.
const dist = (file: string) => pathToFileURL(resolve("dist/node", file)).href;
const search: typeof import("../../src/search/index.js") = await import(dist("search.js"));
const folder = mkdtempSync(join(tmpdir(), "wasmgrad-threads-"));
afterAll(() => rmSync(folder, { recursive: true }));

const imports = `
import { isMainThread, threadId } from ${JSON.stringify("node:worker_threads")};
import * as wg from ${JSON.stringify(dist("index.js"))};
import { defineStudy, median, uniform } from ${JSON.stringify(dist("search.js"))};
`;
let files = 0;

/** A module whose study has x from 0 to 1, and this objective. */
function moduleOf(objective: string): string {
  const file = join(folder, `study-${files++}.mjs`);
  writeFileSync(
    file,
    `${imports}export default defineStudy({ space: { x: uniform(0, 1) }, objective: ${objective} });\n`,
  );
  return file;
}

const space = { x: uniform(0, 1) };
const quiet = { progress: false };
const open = (module: string | URL, options: Partial<StudyOptions<typeof space>> = {}) =>
  search.study({ space, objective: () => Number.NaN, module, ...options });

describe("trials in threads", () => {
  test("run at the same time, each thread with an engine of its own, and give what one thread gives", async () => {
    const module = moduleOf(`async (trial) => {
      await trial.setAttribute("place", [isMainThread, threadId, wg.capabilities().threads]);
      const began = Date.now();
      while (Date.now() < began + 150) await new Promise((done) => setTimeout(done, 10));
      return wg.mul(wg.tensor([trial.params.x]), 2).toArray()[0];
    }`);
    const parallel = await open(pathToFileURL(module));
    await parallel.optimize({ trials: 6, parallel: 3, ...quiet });
    expect(parallel.trials.map(({ state }) => state)).toEqual(Array(6).fill("complete"));
    const places = parallel.trials.map(({ attributes }) => attributes.place as [boolean, number, number]);
    expect(places.every(([isMain, , threads]) => !isMain && threads === 1)).toBe(true);
    expect(new Set(places.map(([, thread]) => thread)).size).toBe(3);
    const overlaps = parallel.trials.filter((a) =>
      parallel.trials.some(
        (b) => a !== b && (a.started as Date) < (b.ended as Date) && (b.started as Date) < (a.ended as Date),
      ),
    );
    expect(overlaps.length).toBeGreaterThan(0);
    const alone = await open(module);
    await alone.optimize({ trials: 6, parallel: 1, ...quiet });
    const valuesOf = ({ trials }: typeof alone) => trials.map(({ params, values }) => ({ params, values }));
    expect(valuesOf(alone)).toEqual(valuesOf(parallel));
    for (const { params, values } of alone.trials) expect(values).toEqual([2 * Math.fround(params.x as number)]);
  });

  test("report to the study, whose pruner gives them up", async () => {
    const module = moduleOf(`async (trial) => {
      for (let step = 0; step < 4; step++) {
        await trial.report(step, trial.number);
        if (await trial.shouldPrune()) break;
      }
      return trial.number;
    }`);
    const made = await open(module, { pruner: search.median({ startupTrials: 2 }) });
    await made.optimize({ trials: 5, parallel: 1, ...quiet });
    expect(made.trials.map(({ state }) => state)).toEqual(["complete", "complete", "pruned", "pruned", "pruned"]);
    expect(made.trials[1]?.intermediate).toHaveLength(4);
  });

  test("that never end are ended, thread and all; the others go on", async () => {
    const module = moduleOf(`async (trial) => {
      if (trial.number === 1) for (;;);
      return trial.params.x;
    }`);
    const made = await open(module);
    await made.optimize({ trials: 5, parallel: 2, trialTimeout: 4, ...quiet });
    expect(made.trials.map(({ state }) => state)).toEqual(["complete", "failed", "complete", "complete", "complete"]);
    expect(made.trials[1]?.attributes.failure).toBe("not done after 4.0 s (trialTimeout)");
  });

  test.each([
    ["throws", `() => { throw new RangeError("no such layer"); }`, "RangeError: no such layer"],
    ["ends its thread", `() => { process.exit(3); }`, "its thread ended, with exit code 3"],
    [
      "dies of an error elsewhere",
      `() => new Promise(() => { setTimeout(() => { throw new TypeError("later"); }); })`,
      "its thread ended: TypeError: later",
    ],
    [
      "returns nothing",
      `() => {}`,
      'study "study": trial 0 expected its objective to return a finite number, got undefined',
    ],
    ["returns what no other thread can have", `() => () => 1`, "its objective's value cannot leave the thread"],
    [
      "asks for what there is not",
      `(trial) => trial.report(-1, 1)`,
      "ValueError: trial 0: report: step expected a whole number ≥ 0, got -1",
    ],
  ])("an objective that %s fails its trial, and the next has a thread", async (_, objective, failure) => {
    const made = await open(moduleOf(`(trial) => trial.number === 0 ? (${objective})(trial) : 1`));
    await made.optimize({ trials: 2, parallel: 1, ...quiet });
    expect(made.trials.map(({ state }) => state)).toEqual(["failed", "complete"]);
    expect(made.trials[0]?.attributes.failure).toContain(failure);
  });

  test("timeout ends those that run", async () => {
    const made = await open(moduleOf("() => new Promise(() => setInterval(() => {}, 1000))"));
    await made.optimize({ timeout: 1, parallel: 2, ...quiet });
    expect(made.trials.map(({ state }) => state)).toEqual(["failed", "failed"]);
  });

  test.each([
    [
      "no module",
      undefined,
      "parallel expected a study with a module, which threads can import, got a function; put the options",
    ],
    ["no such file", join(folder, "none.mjs"), "a file expected, got none of that name; check the path"],
    ["another space", "another", "module expected to have the study's space, got another in"],
    ["a module that throws", "throws", "expected to load, got Error: broken"],
  ])("%s", async (_, kind, text) => {
    const other = join(folder, "other.mjs");
    writeFileSync(other, `${imports}export default defineStudy({ space: { y: uniform(0, 1) }, objective: () => 1 });`);
    const broken = join(folder, "broken.mjs");
    writeFileSync(broken, `throw new Error("broken");`);
    const module = kind === "another" ? other : kind === "throws" ? broken : kind;
    const made = await search.study({ space, objective: () => 1, ...(module ? { module } : {}) });
    await expect(made.optimize({ trials: 1, parallel: 2, ...quiet })).rejects.toThrow(text);
    expect(made.trials).toEqual([]);
  });
});
