import { execFile } from "node:child_process";
import { expect, test } from "vitest";
import type { Entry } from "../../bench/simulation/journal.js";
import { optionsFrom } from "../../bench/simulation/options.js";
import { judge } from "../../bench/simulation/verdict.js";
import type { FrozenTrial } from "../../src/search/trial.js";
import { noServer } from "../search/storage/support/server.js";

/** What the simulation prints, once it has ended with 0. */
const simulate = (storage: string) =>
  new Promise<string>((done, fail) => {
    const small = "--workers 20 --seconds 5 --trial 0.5 --heartbeat 1 --failures 0.2 --processes 2 --connections 8";
    const args = ["bench/simulate-search.mjs", "--storage", storage, ...small.split(" ")];
    execFile(process.execPath, args, (error, out, said) => (error ? fail(new Error(`${out}\n${said}`)) : done(out)));
  });

for (const storage of ["sqlite", "postgres"]) {
  test(`twenty workers on ${storage}, of which many die: nothing twice, nothing lost`, async (context) => {
    const missing = storage === "postgres" ? noServer() : undefined;
    if (missing) return context.skip(missing);
    const said = await simulate(storage);
    const figure = (name: string) => Number(new RegExp(`^${name} +(\\d+)`, "m").exec(said)?.[1]);
    expect([figure("duplicates"), figure("lost trials"), figure("holes")]).toEqual([0, 0, 0]);
    expect(figure("trials")).toBeGreaterThan(20);
    expect(figure("retries")).toBeGreaterThan(0);
  });
}

const trial = (number: number, state: FrozenTrial["state"], value?: number, attributes = {}): FrozenTrial => ({
  number,
  state,
  params: {},
  ...(value === undefined ? {} : { values: [value] }),
  intermediate: [],
  attributes,
});

test("the verdict finds what is done twice, lost and missing", () => {
  const entries: Entry[] = [
    ["begun", 0],
    ["finished", 0, 0.5],
    ["begun", 1],
    ["begun", 1],
    ["finished", 1, 0.25],
    ["begun", 2],
    ["begun", 3],
    ["begun", 5],
    ["begun", 6],
    ["finished", 6, 0.125],
  ];
  const again = { retry_history: [3] };
  const trials = [
    trial(0, "complete", 0.75),
    trial(1, "complete", 0.25),
    trial(2, "failed"),
    trial(3, "failed"),
    trial(5, "running", undefined, again),
    trial(6, "complete", 0.125, again),
  ];
  expect(judge(trials, entries)).toEqual({
    trials: 6,
    complete: 3,
    retries: 1,
    mistaken: 0,
    duplicates: [1],
    // Told otherwise; failed and not tried again; tried again twice; never ended.
    lost: [0, 2, 3, 5],
    holes: [4],
  });
});

test("options that cannot be are refused", () => {
  expect(() => optionsFrom(["--workers", "0"])).toThrow('--workers expected a whole number from 4 to 100000, got "0"');
  expect(() => optionsFrom(["--failures", "1"])).toThrow('--failures expected a number from 0 to 0.9, got "1"');
  expect(() => optionsFrom(["--learn", "so"])).toThrow('--learn expected yes or no, got "so"');
  expect(optionsFrom([])).toMatchObject({ workers: 1000, failures: 0.05, storage: "postgres", learn: true });
});
