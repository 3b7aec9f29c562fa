import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { perMinute } from "../../../src/cli/search/status.js";
import { duration } from "../../../src/cli/search/text.js";
import { choice, int, sqliteStorage, uniform, when } from "../../../src/search/index.js";
import type { FrozenTrial } from "../../../src/search/trial.js";
import { noServer, startServer } from "../../search/storage/support/server.js";
import { RecordingTerminal } from "../support/terminal.js";

const terminal = new RecordingTerminal();
beforeEach(() => terminal.reset());
const search = (...args: string[]) => terminal.command("search", ...args);

let folder: string;
const before = process.cwd();
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "wasmgrad-cli-search-"));
  process.chdir(folder);
});
afterAll(() => {
  process.chdir(before);
  rmSync(folder, { recursive: true, force: true });
});

const space = { kind: choice(["=1+1", 'a "b", c', null]), layers: int(1, 3), units: when("layers", [2, 3], int(1, 9)) };

/** Five trials, one of each state. */
async function made(name: string, file = `${name}.sqlite`): Promise<void> {
  const storage = sqliteStorage(file);
  const study = await storage.open({ name, directions: ["maximize"], space, seed: 0 });
  await study.begin();
  await study.setParams(0, { kind: "=1+1", layers: 1 });
  await study.finish(0, "complete", [-0.25]);
  await study.begin();
  await study.setParams(1, { kind: 'a "b", c', layers: 2, units: 7 });
  await study.report(1, 0, Number.NaN);
  await study.setAttribute(1, "note", { of: ["two\nlines"] });
  await study.finish(1, "complete", [0.125]);
  await study.begin();
  await study.setParams(2, { kind: null, layers: 1 });
  await study.setAttribute(2, "failure", "TypeError: no");
  await study.finish(2, "failed");
  await study.begin();
  await study.setParams(3, { kind: null, layers: 3, units: 1 });
  await study.finish(3, "pruned");
  await study.begin();
  await study.report(4, 2, 0.5);
  await study.enqueue({ layers: 3 });
  await storage.close();
}

beforeAll(async () => {
  await made("digits");
  await made("letters", "both.sqlite");
  await made("words", "both.sqlite");
});

describe("help and what is misspelt", () => {
  test("search lists its commands; each has --help", async () => {
    expect(await search("--help")).toMatchObject({ code: 0 });
    expect(terminal.printed.at(-1)).toMatch(/^wasmgrad search finds .*\n\nUsage: wasmgrad search COMMAND/);
    expect(await search()).toMatchObject({ code: 2 });
    const names = ["run", "worker", "status", "best", "report", "export", "delete"];
    for (const name of names) {
      expect(terminal.printed.at(-1)).toContain(`\n  ${name.padEnd(6)}  `);
    }
    for (const name of names) {
      expect(await search(name, "--help")).toMatchObject({ code: 0 });
      expect(terminal.printed.at(-1)).toContain(`Usage: wasmgrad search ${name} `);
    }
  });

  test("what is misspelt is told, with what it may be", async () => {
    expect(await search("statsu")).toMatchObject({ code: 2 });
    expect(terminal.noted.at(-1)).toMatch(
      /^error command expected run, .*, got "statsu"; did you mean "status"\? See wasmgrad search --help$/,
    );
    expect(await search("best", "--storrage", "x")).toMatchObject({ code: 2 });
    expect(terminal.noted.at(-1)).toBe("error Unknown option '--storrage'; see wasmgrad search best --help");
    expect(await search("best")).toMatchObject({ code: 2 });
    expect(terminal.noted.at(-1)).toMatch(/^error --storage expected an address, or --name NAME for NAME\.sqlite in/);
    expect(await search("status", "--storage", "digits.sqlite", "digits")).toMatchObject({ code: 2 });
    expect(terminal.noted.at(-1)).toBe("error expected nothing more, got digits; see wasmgrad search status --help");
  });
});

describe("which study", () => {
  test("the only one of the storage, that of the name, or an error that names them", async () => {
    for (const place of [
      ["--name", "digits"],
      ["--storage", "digits.sqlite"],
      ["--storage", "sqlite:///digits.sqlite"],
    ]) {
      const { code, out } = await search("best", ...place);
      expect([code, out]).toEqual([0, expect.stringContaining("best 0.125 (trial 1)")]);
    }
    expect(await search("best", "--storage", "both.sqlite")).toMatchObject({ code: 1 });
    expect(terminal.noted.at(-1)).toBe(
      "error --name expected, as the storage has 2 studies, got none; it has letters, words",
    );
    expect(await search("best", "--storage", "both.sqlite", "--name", "word")).toMatchObject({ code: 1 });
    expect(terminal.noted.at(-1)).toBe(
      'error --name expected one of the studies in the storage, got "word"; did you mean "words"?',
    );
    expect(await search("best", "--storage", "both.sqlite", "--name", "words")).toMatchObject({ code: 0 });
  });

  test("a file that is not there is not made", async () => {
    for (const name of ["status", "best", "export"]) {
      expect(await search(name, "--storage", "none.sqlite")).toMatchObject({ code: 1 });
      expect(terminal.noted.at(-1)).toBe(
        `error search ${name}: storage expected a file that is there, got "none.sqlite"; check the path, or begin a study: npx wasmgrad search run`,
      );
    }
    expect(await search("report", "--name", "none")).toMatchObject({ code: 1 });
    expect(await search("delete", "none")).toMatchObject({ code: 1 });
    expect(await search("best", "--name", "a/b")).toMatchObject({ code: 2 });
    expect(existsSync("none.sqlite")).toBe(false);
  });

  test("an empty database stays empty", async (context) => {
    const missing = noServer();
    if (missing) return context.skip(missing);
    const server = await startServer();
    try {
      const address = server.database("empty");
      for (const args of [["status"], ["best"], ["report"], ["export"], ["delete", "none", "--yes"]]) {
        expect(await search(...args, "--storage", address)).toMatchObject({ code: 1 });
        expect(terminal.noted.at(-1)).toBe(
          "error --name expected one of the studies in the storage, got an empty storage; check the address, or begin a study: npx wasmgrad search run",
        );
      }
      expect(server.sql("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'", "empty").trim()).toBe("0");
    } finally {
      server.remove();
    }
  }, 60_000);

  test("no error shows a password", async () => {
    const secret = "se/cr@et";
    for (const args of [
      ["best", "--storage", `postgres://me:${secret}@127.0.0.1:1/x`],
      ["best", "--storage", `postgres:me:${secret}@127.0.0.1:1/x`],
      ["best", "--storage", `mysql://me:${secret}@127.0.0.1:1/x`],
      ["best", `postgres://me:${secret}@127.0.0.1:1/x`],
      ["best", "--postgres", `postgres://me:${secret}@127.0.0.1:1/x`],
      ["export", "--format", `postgres://127.0.0.1:1/x?password=${secret}`],
      [`postgresql+psycopg2://me:${secret}@127.0.0.1:1/x`],
    ]) {
      const { code, error } = await search(...args);
      expect(code).toBeGreaterThan(0);
      expect(error).not.toMatch(/se\/|cr@|et@/);
    }
  });
});

describe("status", () => {
  test("states, the best, the speed, and what runs", async () => {
    const { code, out } = await search("status", "--name", "digits");
    expect(code).toBe(0);
    expect(out.split("\n")).toEqual([
      "digits  maximize",
      "  trials  2 complete   1 running   1 waiting   1 pruned   1 failed",
      "  best    0.125 (trial 1)",
      expect.stringMatching(/^ {2}speed {3}[\d.]+ trials a minute$/),
      "",
      expect.stringMatching(/^ {2}running {2}for +sign of life +last report$/),
      expect.stringMatching(/^ {2}4 {8}[\dms .]+ {2,}[\dms .]+ ago +step 2: 0\.5$/),
    ]);
  });

  test("as JSON", async () => {
    const { out } = await search("status", "--name", "digits", "--json");
    expect(JSON.parse(out)).toEqual({
      name: "digits",
      directions: ["maximize"],
      states: { complete: 2, running: 1, waiting: 1, pruned: 1, failed: 1 },
      best: [{ number: 1, values: [0.125] }],
      perMinute: expect.any(Number),
      running: [{ number: 4, seconds: expect.any(Number), silence: expect.any(Number), last: { step: 2, value: 0.5 } }],
    });
  });

  describe("--watch", () => {
    /** A machine may have much else to do. */
    const patient = { timeout: 30_000 };
    afterEach(() => {
      terminal.stop?.();
      vi.useRealTimers();
    });

    test("draws it anew every two seconds until Ctrl-C", async () => {
      terminal.isLive = true;
      vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
      const watching = search("status", "--name", "digits", "--watch");
      await vi.waitFor(() => expect(terminal.drawn.length).toBe(1), patient);
      await vi.advanceTimersByTimeAsync(1900);
      expect(terminal.drawn.length).toBe(1);
      const storage = sqliteStorage("digits.sqlite");
      const study = await storage.find("digits");
      await study?.report(4, 3, 0.75);
      await storage.close();
      await vi.advanceTimersByTimeAsync(100);
      await vi.waitFor(() => expect(terminal.drawn.length).toBe(2), patient);
      expect(terminal.drawn[0]).toContain("step 2: 0.5");
      expect(terminal.drawn[1]).toContain("step 3: 0.75");
      terminal.stop?.();
      expect(await watching).toMatchObject({ code: 0 });
      expect(terminal.stop).toBeUndefined();
    });

    test("needs a terminal", async () => {
      expect(await search("status", "--name", "digits", "--watch")).toMatchObject({ code: 2 });
      terminal.isLive = true;
      expect(await search("status", "--name", "digits", "--watch", "--json")).toMatchObject({ code: 2 });
      expect(terminal.noted.at(-1)).toMatch(/^error --watch expected a terminal, without --json, got --json; see/);
    });
  });

  test("the speed is that of ten minutes, or of less where the study is younger", () => {
    const now = Date.UTC(2026, 0, 1);
    const trial = (started: number, ended?: number) =>
      ({
        started: new Date(now - 1000 * started),
        ...(ended === undefined ? {} : { ended: new Date(now - 1000 * ended) }),
      }) as FrozenTrial;
    expect(perMinute([], now)).toBe(0);
    expect(perMinute([trial(120, 90), trial(90, 1), trial(1)], now)).toBe(1);
    expect(perMinute([trial(7200, 3600), trial(3600, 500), trial(500)], now)).toBeCloseTo(0.1);
  });

  test.each([
    [0.12, "0.1 s"],
    [9.96, "10 s"],
    [59.6, "1 m 0 s"],
    [75, "1 m 15 s"],
    [7260, "2 h 1 m"],
    [90_000, "1 d 1 h"],
    [-3, "0.0 s"],
  ])("%d seconds are %s", (seconds, text) => expect(duration(seconds)).toBe(text));
});

describe("best", () => {
  test("as text and as JSON", async () => {
    const { out } = await search("best", "--name", "digits");
    expect(out).toBe('best 0.125 (trial 1)\n  kind    a "b", c\n  layers  2\n  units   7');
    await search("best", "--name", "digits", "--json");
    expect(JSON.parse(terminal.printed.at(-1) as string)).toEqual({
      number: 1,
      value: 0.125,
      params: { kind: 'a "b", c', layers: 2, units: 7 },
    });
  });

  test("Pareto's front of several directions", async () => {
    const storage = sqliteStorage("front.sqlite");
    const study = await storage.open({
      name: "front",
      directions: ["minimize", "maximize"],
      space: { x: uniform(0, 1) },
    });
    for (const [number, values] of [
      [1, 1],
      [0.5, 1 / 3],
      [2, 0.5],
    ].entries()) {
      await study.begin();
      await study.setParams(number, { x: number / 4 });
      await study.finish(number, "complete", values);
    }
    await storage.close();
    const { out } = await search("best", "--name", "front");
    expect(out).toBe(
      "Pareto's front, 2 trials\n  trial  minimize  maximize     x\n      0         1         1     0\n      1       0.5  0.333333  0.25",
    );
    await search("best", "--name", "front", "--json");
    expect(JSON.parse(terminal.printed.at(-1) as string).front).toEqual([
      { number: 0, values: [1, 1], params: { x: 0 } },
      { number: 1, values: [0.5, 1 / 3], params: { x: 0.25 } },
    ]);
    await search("status", "--name", "front");
    expect(terminal.printed.at(-1)).toContain("best    1, 1 (trial 0); 0.5, 0.333333 (trial 1)");
    await search("export", "--name", "front");
    expect(terminal.printed.at(-1)).toMatch(
      /^number,state,values\.0,values\.1,started,ended,params\.x\n0,complete,1,1,/,
    );
  });

  test("none where no trial is complete, and why", async () => {
    const storage = sqliteStorage("hopeless.sqlite");
    const study = await storage.open({ name: "hopeless", directions: ["minimize"] });
    await study.begin();
    await study.setAttribute(0, "failure", "TypeError: no");
    await study.finish(0, "failed");
    await storage.close();
    expect(await search("best", "--name", "hopeless")).toMatchObject({ code: 1 });
    expect(terminal.noted.at(-1)).toBe(
      'error study "hopeless": a complete trial expected, got 1 trial and none; trial 0 failed: TypeError: no',
    );
  });
});

describe("report", () => {
  test("writes the charts to NAME.html, or where it is told to", async () => {
    const { code, out } = await search("report", "--name", "digits");
    expect([code, out]).toEqual([0, "✓ digits.html  6 trials; open it in a browser"]);
    const page = readFileSync("digits.html", "utf8");
    expect(page).toContain("<title>digits – search report</title>");
    expect(await search("report", "--name", "digits", "--output", "to/other.html", "--json")).toMatchObject({
      code: 0,
    });
    expect(JSON.parse(terminal.printed.at(-1) as string)).toEqual({ output: "to/other.html", trials: 6 });
    expect(readFileSync("to/other.html", "utf8").length).toBe(page.length);
  });
});

describe("export", () => {
  test("CSV: every trial; quotes, lines and formulas are safe, numbers are numbers", async () => {
    const { code, out } = await search("export", "--name", "digits");
    expect(code).toBe(0);
    const rows: Record<string, string>[] = parse(out, { columns: true });
    expect(Object.keys(rows[0] as object)).toEqual([
      ...["number", "state", "value", "started", "ended", "params.kind", "params.layers", "params.units"],
      ...["attributes.note", "attributes.failure"],
    ]);
    expect(rows.map((row) => [row.number, row.state, row.value])).toEqual([
      ["0", "complete", "-0.25"],
      ["1", "complete", "0.125"],
      ["2", "failed", ""],
      ["3", "pruned", ""],
      ["4", "running", ""],
      ["5", "waiting", ""],
    ]);
    expect(rows.map((row) => row["params.kind"])).toEqual(["'=1+1", 'a "b", c', "null", "null", "", ""]);
    expect(rows.map((row) => row["params.units"])).toEqual(["", "7", "", "1", "", ""]);
    expect(JSON.parse(rows[1]?.["attributes.note"] as string)).toEqual({ of: ["two\nlines"] });
    expect(rows[2]?.["attributes.failure"]).toBe("TypeError: no");
    expect(new Date(rows[0]?.ended as string).getTime()).toBeGreaterThan(Date.now() - 600_000);
    expect(rows[5]?.started).toBe("");
  });

  test("JSON: what was reported too, NaN as a text", async () => {
    const { out } = await search("export", "--name", "digits", "--format", "json");
    const trials = JSON.parse(out);
    expect(trials.length).toBe(6);
    expect(trials[1]).toMatchObject({
      number: 1,
      state: "complete",
      values: [0.125],
      params: { kind: 'a "b", c', layers: 2, units: 7 },
      intermediate: [{ step: 0, value: "NaN" }],
      attributes: { note: { of: ["two\nlines"] } },
    });
  });

  test("into a file, whose ending tells the format", async () => {
    for (const name of ["out.csv", "out.json"]) {
      const { code } = await search("export", "--name", "digits", "--output", name);
      expect([code, terminal.noted.at(-1)]).toEqual([0, `✓ ${name}  6 trials`]);
      await search("export", "--name", "digits", "--format", name.slice(4));
      expect(readFileSync(name, "utf8")).toBe(`${terminal.printed.at(-1)}\n`);
    }
    expect(await search("export", "--name", "digits", "--output", "out.txt")).toMatchObject({ code: 2 });
    expect(terminal.noted.at(-1)).toMatch(
      /^error --format expected csv or json, as "out.txt" ends in neither, got none/,
    );
    expect(await search("export", "--name", "digits", "--format", "xml")).toMatchObject({ code: 2 });
    expect(readdirSync(".")).not.toContain("out.txt");
  });
});

describe("delete", () => {
  const names = async () => {
    const storage = sqliteStorage("both.sqlite");
    try {
      return await storage.names();
    } finally {
      await storage.close();
    }
  };

  test("asks, and says how many trials; without a terminal it needs --yes", async () => {
    const remove = (...args: string[]) => search("delete", "words", "--storage", "both.sqlite", ...args);
    expect(await remove()).toMatchObject({ code: 2 });
    expect(terminal.noted.at(-1)).toMatch(
      /^error --yes expected where there is no terminal to ask on, to delete study "words" with 6 trials, of which 1 runs, got none/,
    );
    terminal.answer = "no";
    expect(await remove()).toMatchObject({ code: 0 });
    expect(terminal.asked.at(-1)).toBe('Delete study "words" with 6 trials, of which 1 runs? [y/N] ');
    expect(terminal.noted.at(-1)).toBe("Nothing was deleted.");
    expect(await names()).toEqual(["letters", "words"]);
    terminal.answer = "y";
    expect(await remove()).toMatchObject({ code: 0 });
    expect(terminal.printed.at(-1)).toBe('✓ deleted study "words" with 6 trials, of which 1 runs');
    expect(await names()).toEqual(["letters"]);
    expect(await remove("--yes")).toMatchObject({ code: 1 });
    expect(terminal.noted.at(-1)).toBe(
      'error --name expected one of the studies in the storage, got "words"; it has letters',
    );
    expect(await search("delete", "letters", "--storage", "both.sqlite", "--yes", "--json")).toMatchObject({ code: 0 });
    expect(JSON.parse(terminal.printed.at(-1) as string)).toEqual({ deleted: "letters", trials: 6 });
    expect(await names()).toEqual([]);
  });
});
