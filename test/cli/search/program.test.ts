import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type FrozenTrial, loadStudy } from "../../../src/search/index.js";
import { ENCODED, noServer, type Server, startServer } from "../../search/storage/support/server.js";
import { buildProgram, Process, SEARCH } from "./support/program.js";

// The program itself, with threads, signals and deaths.

const folder = mkdtempSync(join(tmpdir(), "wasmgrad-cli-program-"));
beforeAll(buildProgram);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const started: Process[] = [];
afterAll(() => {
  for (const { child } of started) child.kill("SIGKILL");
});
function search(args: readonly string[], env: NodeJS.ProcessEnv = {}, node?: string): Process {
  const made = new Process(["search", ...args], folder, env, node);
  started.push(made);
  return made;
}

/** A study whose trials take `ms`, a number or how it is worked out of `trial`. */
function written(file: string, ms: number | string, { objective = "trial.params.x", more = "" } = {}): string {
  const name = file.replace(/\..*/, "");
  writeFileSync(
    join(folder, file),
    `import { defineStudy, uniform } from "${SEARCH}";
    export default defineStudy({
      name: "${name}",
      space: { x: uniform(0, 1) },
      async objective(trial) {
        await new Promise((done) => setTimeout(done, ${ms}));
        return ${objective};
      },
    });
    ${more}`,
  );
  return file;
}

const trialsOf = async (name: string, storage = join(folder, `${name}.sqlite`)) =>
  (await loadStudy({ storage, name })).trials;
const stateOf = ({ state }: FrozenTrial) => state;

test("a search that was killed is gone on with: what had ended stays, what ran is run again", async () => {
  const file = written("killed.mjs", "trial.number < 4 ? 50 : 2000");
  const args = ["run", file, "--total", "8", "--parallel", "2", "--heartbeat", "0.5"];
  const first = search(args);
  await first.said(/trial 3 complete/);
  await new Promise((done) => setTimeout(done, 300));
  first.child.kill("SIGKILL");
  expect(await first.end()).toBe(null);
  const left = await trialsOf("killed");
  const ended = left.filter(({ state }) => state === "complete");
  const cut = left.filter(({ state }) => state === "running");
  expect(ended.length).toBeGreaterThan(2);
  expect(cut.length).toBeGreaterThan(0);

  const second = search(args);
  expect(await second.end(), second.error).toBe(0);
  expect(second.error).toMatch(
    /^study "killed" in killed\.sqlite goes on: \d trials, best .*; \d runs? elsewhere, or (was|were) cut off/,
  );
  expect(second.out).toMatch(
    /^killed: 8 trials, \d failed, best [\d.e-]+ \(trial \d+\)\nbest [\d.e-]+ \(trial \d+\)\n {2}x {2}[\d.e-]+\n$/,
  );
  const trials = await trialsOf("killed");
  for (const trial of ended) expect(trials[trial.number]).toEqual(trial);
  for (const { number, params } of cut) {
    expect(trials[number]).toMatchObject({
      state: "failed",
      attributes: { failure: expect.stringMatching(/enqueued again$/) },
    });
    const again = trials.filter(({ attributes }) => attributes.failed_trial === number);
    expect(again).toMatchObject([{ state: "complete", params }]);
  }
  expect(trials.filter(({ state }) => state === "complete").length).toBe(8);
});

describe("a signal", () => {
  test.each(["SIGINT", "SIGTERM"] as const)("%s: the trials that run are finished", async (signal) => {
    const name = signal.toLowerCase();
    const running = search(["run", written(`${name}.mjs`, 300), "--parallel", "2"]);
    await running.said(/trial 1 complete/);
    running.child.kill(signal);
    expect(await running.end()).toBe(130);
    expect(running.error).toContain("finishing the trials that run; Ctrl-C again ends at once");
    const trials = await trialsOf(name);
    expect(trials.map(stateOf)).toEqual(trials.map(() => "complete"));
    expect(running.out).toContain(`${name}: ${trials.length} trials, best `);
  });

  test("the second ends it at once", async () => {
    const running = search(["run", written("twice.mjs", 60_000)]);
    await running.said(/begins/);
    while (!(await trialsOf("twice").catch(() => [])).some(({ state }) => state === "running")) {
      await new Promise((done) => setTimeout(done, 50));
    }
    running.child.kill("SIGINT");
    await running.said(/finishing/);
    running.child.kill("SIGINT");
    expect(await running.end()).toBe(130);
    expect((await trialsOf("twice")).map(stateOf)).toEqual(["running"]);
  });
});

test("a trial that never ends and lets nothing else run is ended with its thread", async () => {
  const file = written("stuck.mjs", 1, { objective: "trial.number === 1 ? (() => { for (;;); })() : trial.params.x" });
  const running = search(["run", file, "--trials", "3", "--trial-timeout", "3", "--json"]);
  expect(await running.end(), running.error).toBe(0);
  expect(running.error).toMatch(/trial 1 failed after .* s: not done after 3\.0 s \(trialTimeout\)/);
  expect((await trialsOf("stuck")).map(stateOf)).toEqual(["complete", "failed", "complete"]);
  expect(JSON.parse(running.out)).toMatchObject({ name: "stuck", trials: 3 });
});

test("a study in TypeScript: by jiti, and by Node itself", async () => {
  const file = written("typed.ts", 1, { objective: "(trial.params.x as number)" });
  const nodes = [process.execPath, ...(process.env.WASMGRAD_NODE ? [process.env.WASMGRAD_NODE] : [])];
  for (const node of nodes) {
    const running = search(["run", file, "--trials", "2"], {}, node);
    expect(await running.end(), running.error).toBe(0);
  }
  expect((await trialsOf("typed")).map(stateOf)).toEqual(Array(2 * nodes.length).fill("complete"));
});

test("what is wrong in a study's module ends it before a trial", async () => {
  const file = written("broken.mjs", 1, { more: "throw new TypeError('no');" });
  const running = search(["run", file, "--trials", "2"]);
  expect(await running.end()).toBe(1);
  expect(running.error).toMatch(
    /^error study module ".*broken\.mjs": expected to load, got TypeError: no \(.*broken\.mjs:10:11\)\n$/,
  );
});

describe("workers on PostgreSQL", () => {
  let server: Server | undefined;
  beforeAll(async () => {
    if (!noServer()) server = await startServer();
  });
  afterAll(() => server?.remove());

  test("share a study, die, and wait for a database that restarts; nobody shows the password", async (context) => {
    const missing = noServer();
    if (missing) return context.skip(missing);
    const { stop, start, database } = server as Server;
    const address = database("search");
    const args = ["worker", written("shared.mjs", 300), "--storage", address, "--total", "60", "--heartbeat", "1"];
    const workers = [search(args), search(args), search(args)];
    const [first, ...others] = workers as [Process, Process, Process];
    for (const each of workers) await each.said(/trial \d+ complete/);
    first.child.kill("SIGKILL");
    stop("immediate");
    await new Promise((done) => setTimeout(done, 1000));
    start();
    for (const each of others) expect(await each.end(), each.error).toBe(0);
    const trials = await trialsOf("shared", address);
    expect(trials.filter(({ state }) => state === "complete").length).toBe(60);
    expect(trials.length).toBe(60 + trials.filter(({ state }) => state === "failed").length);
    const status = search(["status", "--storage", address]);
    expect(await status.end(), status.error).toBe(0);
    expect(status.out).toMatch(/trials {2}60 complete {3}0 running/);
    for (const { out, error } of [...workers, status])
      expect(out + error).not.toMatch(new RegExp(`pass word|${ENCODED}`));
    expect(others[0]?.error).toMatch(
      /^study "shared" in postgres:\/\/tester@127\.0\.0\.1:\d+\/search (begins|is joined)/,
    );
  });
});
