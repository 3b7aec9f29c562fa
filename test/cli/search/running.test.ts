import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { loadStudy } from "../../../src/search/index.js";
import type { ThreadOptions } from "../../../src/search/parallel/threads.js";
import { RecordingTerminal } from "../support/terminal.js";

// Threads need a program of plain JavaScript, see program.test.ts: here their trials run in this one.
vi.mock("../../../src/search/parallel/node.js", async () => {
  const { importModule } = await import("../../../src/search/parallel/import-module.js");
  const { here } = await import("../../../src/search/runner.js");
  return {
    async inThreads({ module, parallel, seed }: ThreadOptions) {
      const { objective } = (await importModule(module)) as { objective: () => number };
      return Array.from({ length: parallel }, () => here(objective, seed));
    },
  };
});

const terminal = new RecordingTerminal();
beforeEach(() => terminal.reset());
// Of a test that has failed.
afterEach(() => terminal.stop?.());
/** A machine may have much else to do. */
const patient = { timeout: 30_000 };
const search = (...args: string[]) => terminal.command("search", ...args);

let folder: string;
const before = process.cwd();
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "wasmgrad-cli-running-"));
  process.chdir(folder);
});
afterAll(() => {
  process.chdir(before);
  rmSync(folder, { recursive: true, force: true });
});

const SPACE = "{ x: { type: 'float', low: 0, high: 1, scale: 'linear' } }";
const written = (name: string, objective: string, more = ""): string => {
  writeFileSync(`${name}.mjs`, `export default { name: "${name}", space: ${SPACE}, ${more} objective: ${objective} };`);
  return `${name}.mjs`;
};

describe("run", () => {
  test("begins a study in NAME.sqlite; again, it goes on and says so", async () => {
    const file = written("line", "({ params }) => params.x");
    expect(await search("run", file, "--trials", "3", "--seed", "5")).toMatchObject({ code: 0 });
    expect(terminal.noted[0]).toBe('study "line" in line.sqlite begins');
    expect(terminal.noted.at(-1)).toBe("charts: npx wasmgrad search report --name line");
    expect(terminal.noted.slice(1, -1)).toEqual(
      [0, 1, 2].map((n) =>
        expect.stringMatching(
          new RegExp(`^trial ${n} complete after 0\\.\\d s: [\\d.e-]+; best [\\d.e-]+ \\(trial \\d\\)$`),
        ),
      ),
    );
    const first = await loadStudy({ storage: "line.sqlite" });
    const best = Math.min(...first.trials.map(({ values }) => values?.[0] as number));
    const { number } = first.trials.find(({ values }) => values?.[0] === best) as { number: number };
    expect(terminal.printed).toEqual([
      expect.stringMatching(/^line: 3 trials, best /),
      `best ${best} (trial ${number})\n  x  ${best}`,
    ]);

    terminal.reset();
    expect(await search("run", file, "--trials", "2", "--parallel", "2")).toMatchObject({ code: 0 });
    expect(terminal.noted[0]).toMatch(/^study "line" in line\.sqlite goes on: 3 trials, best [\d.e-]+ \(trial \d\)$/);
    terminal.reset();
    expect(await search("run", file, "--total", "5", "--json")).toMatchObject({ code: 0 });
    const { trials } = await loadStudy({ storage: "line.sqlite" });
    expect(trials.slice(0, 3)).toEqual(first.trials);
    expect(trials.length).toBe(5);
    expect(JSON.parse(terminal.printed.join(""))).toEqual({
      name: "line",
      trials: 5,
      number: expect.any(Number),
      value: Math.min(...trials.map(({ values }) => values?.[0] as number)),
      params: { x: expect.any(Number) },
    });
  });

  test("the storage, the name and the seed are those of the command line, or else of the module", async () => {
    const file = written(
      "placed",
      "({ params }) => params.x",
      "storage: 'own.sqlite', seed: 9, direction: 'maximize',",
    );
    await search("run", file, "--trials", "2");
    await search("run", file, "--trials", "2", "--name", "other", "--seed", "10");
    await search("run", file, "--trials", "2", "--storage", "sqlite:///given.sqlite");
    expect(terminal.noted.at(-1)).toBe(
      "charts: npx wasmgrad search report --storage sqlite:///given.sqlite --name placed",
    );
    const x = async (storage: string, name?: string) =>
      (await loadStudy({ storage, ...(name ? { name } : {}) })).trials.map(({ params }) => params.x);
    const own = await x("own.sqlite", "placed");
    expect(await x("own.sqlite", "other")).not.toEqual(own);
    expect(await x("given.sqlite")).toEqual(own);
    expect((await loadStudy({ storage: "given.sqlite" })).directions).toEqual(["maximize"]);
  });

  test("a trial that fails is told, and others go on; where none is complete it ends with 1", async () => {
    const file = written(
      "partly",
      "({ number, params }) => { if (number === 1) throw new TypeError('no'); return params.x; }",
    );
    expect(await search("run", file, "--trials", "3")).toMatchObject({ code: 0 });
    expect(terminal.noted[2]).toMatch(/^trial 1 failed after 0\.\d s: TypeError: no$/);
    expect(terminal.printed[0]).toMatch(/^partly: 2 trials, 1 failed, best /);
    terminal.reset();
    // A bar does not say why.
    terminal.hasBars = true;
    expect(await search("run", file, "--trials", "1")).toMatchObject({ code: 0 });
    expect([terminal.noted.length, terminal.printed.length]).toEqual([2, 1]);
    const never = written("never", "() => { throw new TypeError('no'); }");
    expect(await search("run", never, "--trials", "2")).toMatchObject({ code: 1 });
    expect(terminal.noted.slice(-2)).toEqual([
      "2 trials failed, the last one, 1: TypeError: no",
      'error study "never": a complete trial expected, got 2 trials and none; trial 1 failed: TypeError: no',
    ]);
  });

  test("where every trial fails it does not go on for ever, and says why", async () => {
    const file = written("hopeless", "() => { throw new TypeError('no'); }");
    expect(await search("run", file)).toMatchObject({ code: 1 });
    expect(terminal.noted.at(-1)).toMatch(
      /^error study "hopeless": optimize: a trial that does not fail expected .* trial 9: TypeError: no\. Mend the objective, /,
    );
    expect(await search("worker", file, "--storage", "hopeless.sqlite", "--parallel", "2")).toMatchObject({ code: 1 });
    const { trials } = await loadStudy({ storage: "hopeless.sqlite" });
    // The second lane may be in the middle of one.
    expect([20, 21]).toContain(trials.length);
  });

  test("Ctrl-C finishes the trials that run, and ends with 130", async () => {
    const file = written(
      "endless",
      "async ({ params }) => { await new Promise((done) => setTimeout(done, 100)); return params.x; }",
    );
    const running = search("run", file, "--parallel", "2");
    await vi.waitFor(() => expect(terminal.noted.length).toBeGreaterThan(2), patient);
    expect(terminal.noted[0]).toMatch(/begins; until Ctrl-C, as there is no --trials, --total or --timeout$/);
    terminal.stop?.();
    expect(await running).toMatchObject({ code: 130 });
    expect(terminal.noted).toContain("finishing the trials that run; Ctrl-C again ends at once");
    const { trials } = await loadStudy({ storage: "endless.sqlite" });
    expect(new Set(trials.map(({ state }) => state))).toEqual(new Set(["complete"]));
    expect(terminal.printed.at(-1)).toMatch(/^best /);
    expect(terminal.stop).toBeUndefined();
    terminal.reset();
    const failing = "() => new Promise((done) => setTimeout(done, 1000, Number.NaN))";
    const early = search("run", written("early", failing), "--trials", "100000");
    await vi.waitFor(() => expect(terminal.stop).toBeDefined(), patient);
    terminal.stop?.();
    expect(await early).toMatchObject({ code: 130 });
    expect(terminal.noted.at(-1)).toMatch(/^no trial is complete, of \d+$/);
  });

  test("a trial that was cut off is said to be run again, and is", async () => {
    const file = written("cut", "({ params }) => params.x");
    await search("run", file, "--trials", "1");
    const { sqliteStorage } = await import("../../../src/search/index.js");
    const storage = sqliteStorage("cut.sqlite");
    const study = await storage.find("cut");
    await study?.begin();
    await storage.close();
    terminal.reset();
    await search("run", file, "--total", "3", "--heartbeat", "0.2");
    expect(terminal.noted[0]).toMatch(
      /; 1 runs elsewhere, or was cut off: run again after 0\.4 s without a sign of life$/,
    );
    const { trials } = await loadStudy({ storage: "cut.sqlite" });
    expect(trials.filter(({ state }) => state === "complete").length).toBe(3);
    expect(trials.filter(({ state }) => state === "failed").map(({ number }) => number)).toEqual([1]);
  });

  test.each([
    [["run"], /^error expected STUDY, got nothing; see wasmgrad search run --help$/],
    [["run", "a.js", "b.js"], /^error expected STUDY, got a\.js b\.js; see/],
    [["run", "a.js", "--trials", "0"], /^error --trials expected a whole number from 1 on, got "0"; see/],
    [["run", "a.js", "--timeout", "-1"], /^error .*'--timeout' argument is ambiguous/],
    [["run", "a.js", "--timeout=-1"], /^error --timeout expected a number above 0, got "-1"; see/],
    [["run", "a.js", "--heartbeat", "soon"], /^error --heartbeat expected a number above 0, got "soon"; see/],
    [["run", "a.js", "--parallel", "1.5"], /^error --parallel expected a whole number from 1 on, got "1\.5"; see/],
    [
      ["worker", "line.mjs"],
      /^error --storage expected an address that all workers reach, such as postgres:\/\/…, got none; see/,
    ],
    [["run", "slash.mjs"], /^error --storage expected, as the study's name "a\/b" cannot be a file's, got none; see/],
  ])("%j: a wrong command line ends with 2", async (args, message) => {
    writeFileSync("slash.mjs", `export default { name: "a/b", space: ${SPACE}, objective: () => 0 };`);
    written("line", "({ params }) => params.x");
    expect(await search(...args)).toMatchObject({ code: 2 });
    expect(terminal.noted.at(-1)).toMatch(message);
  });

  test("what hinders it is said, and ends with 1", async () => {
    const failed = async (...args: string[]) => {
      expect(await search(...args)).toMatchObject({ code: 1 });
      return terminal.noted.at(-1);
    };
    expect(await failed("run", "none.js")).toMatch(
      /^error study module ".*none\.js": a file expected, got none of that name; check the path$/,
    );
    writeFileSync("wrong.mjs", "export default 3;");
    expect(await failed("run", "wrong.mjs")).toMatch(
      /a default export expected that defines a study, .*, got 3; write/,
    );
    // Another file: a module is imported once.
    writeFileSync(
      "changed.mjs",
      `export default { name: "line", space: { y: ${SPACE.slice(5, -2)} }, objective: () => 0 };`,
    );
    expect(await failed("run", "changed.mjs", "--trials", "1")).toMatch(
      /^error study "line": space\.x expected .*, as it is stored, got none; give the study another name, or delete/,
    );
    expect(await failed("run", "changed.mjs", "--storage", "line.txt")).toMatch(
      /^error study "line": storage expected a path such as /,
    );
    expect(await failed("run", "changed.mjs", "--storage", "no/such/folder.sqlite")).toMatch(
      /^error storage "no\/such\/folder\.sqlite": a file in a folder that is there expected, got .*; make the folder/,
    );
  });
});

describe("worker", () => {
  test("joins, and leaves when the study has so many trials", async () => {
    const file = written("shared", "({ params }) => params.x");
    const worker = () => search("worker", file, "--storage", "shared.sqlite", "--total", "20", "--parallel", "2");
    const codes = await Promise.all([worker(), worker(), worker()]);
    expect(codes.map(({ code }) => code)).toEqual([0, 0, 0]);
    const { trials } = await loadStudy({ storage: "shared.sqlite" });
    expect(trials.map(({ state }) => state)).toEqual(Array(20).fill("complete"));
    terminal.reset();
    await worker();
    expect(terminal.noted).toEqual([
      expect.stringMatching(/^study "shared" in shared\.sqlite is joined: 20 trials, best/),
      "charts: npx wasmgrad search report --name shared",
    ]);
  });
});
