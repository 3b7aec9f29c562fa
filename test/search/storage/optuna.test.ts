import { execFile, execFileSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { choice, int, logUniform, oneMinusLogUniform, quantized, uniform } from "../../../src/search/parameters.js";
import { openStorage } from "../../../src/search/storage/open.js";
import { sqliteStorage } from "../../../src/search/storage/sqlite.js";
import type { Storage } from "../../../src/search/storage/storage.js";
import type { FrozenTrial } from "../../../src/search/trial.js";
import { pythonWith } from "../../support/format-fixtures.js";
import { noServer, startServer } from "./support/server.js";

const fixtures = "test/fixtures/search";
const STATES = { waiting: "WAITING", running: "RUNNING", complete: "COMPLETE", pruned: "PRUNED", failed: "FAIL" };

/** A study as make_optuna.py writes down what Optuna reads. */
interface Dumped {
  readonly name: string;
  readonly directions: readonly string[];
  readonly system: Readonly<Record<string, unknown>>;
  readonly trials: readonly DumpedTrial[];
}
interface DumpedTrial {
  readonly number: number;
  readonly state: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly distributions: Readonly<Record<string, string>>;
  readonly values: readonly number[] | null;
  readonly intermediate: readonly [number, number][];
  readonly user: Readonly<Record<string, unknown>>;
  readonly system: Readonly<Record<string, unknown>>;
  readonly started: string | null;
  readonly ended: string | null;
}

const dumped = (json: string): Dumped[] =>
  JSON.parse(json, (_, value) =>
    typeof value?.number === "string" ? Number(value.number.replace("inf", "Infinity")) : value,
  );

/** Python takes its time to load Optuna. */
const SLOW = 240_000;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "wasmgrad-optuna-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What both must say of a trial. */
function common(trial: FrozenTrial) {
  return {
    number: trial.number,
    state: STATES[trial.state],
    params: trial.state === "waiting" ? {} : trial.params,
    values: trial.values ?? null,
    intermediate: trial.intermediate.map(({ step, value }) => [step, value]),
    started: trial.started?.toISOString() ?? null,
    ended: trial.ended?.toISOString() ?? null,
  };
}

function expectSame(trials: readonly FrozenTrial[], study: Dumped | undefined): void {
  expect(trials.map(common)).toEqual(
    study?.trials.map(({ distributions, user, system, params, ...rest }) => ({
      ...rest,
      params: rest.state === "RUNNING" ? { ...(system.fixed_params as object), ...params } : params,
    })),
  );
  for (const [i, { user }] of (study?.trials ?? []).entries()) expect(trials[i]?.attributes).toMatchObject(user);
}

test("studies that Optuna made are read: trials, parameters, states, values, steps", async () => {
  const path = join(folder, "made.sqlite");
  copyFileSync(`${fixtures}/optuna.sqlite`, path);
  const studies = dumped(readFileSync(`${fixtures}/optuna.json`, "utf8"));
  const storage = sqliteStorage(path);
  expect([...(await storage.names())].sort()).toEqual(studies.map(({ name }) => name));
  for (const study of studies) {
    const opened = await storage.open({ name: study.name, directions: ["maximize"] });
    expect(opened.head).toEqual({ name: study.name, directions: study.directions, space: undefined, seed: undefined });
    const trials = await opened.trials();
    expectSame(trials, study);
    // What has ended is kept from the first time.
    expect(await opened.trials()).toEqual(trials);
  }
  await storage.close();
});

const begunByOptuna = {
  rate: logUniform(1e-5, 0.1),
  layers: int(1, 3),
  units: quantized(16, 64, 16),
  rest: quantized(0, 0.5, 0.1),
  kind: choice(["adam", null, true, 3]),
};

test("one that Optuna began is continued, where the space is of the same kind", async () => {
  const path = join(folder, "continued.sqlite");
  copyFileSync(`${fixtures}/optuna.sqlite`, path);
  const storage = sqliteStorage(path);
  const head = { name: "begun", directions: ["minimize"] } as const;
  for (const [space, text] of [
    [
      { ...begunByOptuna, rate: uniform(0, 1) },
      'space.rate expected what the trials of study "begun" have, float, on a logarithmic scale, got a number from 0 to 1',
    ],
    [{ ...begunByOptuna, kind: choice(["adam", "sgd"]) }, 'one of "adam", null, true, 3, got one of "adam", "sgd"'],
    [{ ...begunByOptuna, layers: uniform(1, 3) }, "have, int, got a number from 1 to 3"],
  ] as const) {
    expect(await storage.open({ ...head, space }).then(String, String)).toContain(text);
  }
  const study = await storage.open({ ...head, space: { ...begunByOptuna, extra: uniform(0, 1) } });
  expect(await study.begin()).toEqual({ number: 7, params: { rate: 0.03 } });
  await study.finish(7, "complete", [1]);
  expect((await study.begin()).number).toBe(8);
  await storage.close();
});

const space = {
  rate: logUniform(1e-5, 1),
  beta: oneMinusLogUniform(0.9, 0.999),
  layers: int(1, 3),
  rest: quantized(0, 0.5, 0.1),
  width: quantized(16, 64, 16),
  kind: choice(["a", 1.5, true, null]),
};

/** What both may do on one file at once. */
const BESIDE = `
import sys, optuna
optuna.logging.set_verbosity(optuna.logging.ERROR)
study = optuna.load_study(study_name="ours", storage=sys.argv[1], sampler=optuna.samplers.RandomSampler())
def objective(trial):
    trial.report(1, 1)
    return trial.suggest_float("rate", 1e-5, 1, log=True)
study.optimize(objective, n_trials=int(sys.argv[2]))
`;

test("Python and TypeScript work on one SQLite file at the same time", { timeout: SLOW }, async (context) => {
  const python = pythonWith(context, "optuna");
  const path = join(folder, "both.sqlite");
  const storage = sqliteStorage(path);
  const study = await storage.open({ name: "ours", directions: ["minimize"], space });
  const beside = promisify(execFile)(python, ["-c", BESIDE, `sqlite:///${path}`, "12"]);
  let isDone = false;
  const ended = beside.finally(() => (isDone = true));
  while (!isDone) {
    const { number } = await study.begin();
    await study.setParams(number, { rate: 0.5 });
    await study.finish(number, "complete", [-1 - number]);
    await new Promise((done) => setTimeout(done, 20));
  }
  await ended;
  const trials = await study.trials();
  expect(trials.map(({ number, state }) => [number, state])).toEqual(trials.map((_, i) => [i, "complete"]));
  const ours = trials.filter(({ values }) => (values?.[0] as number) < 0);
  expect(ours.every(({ number, values }) => values?.[0] === -1 - number)).toBe(true);
  expect([ours.length > 1, trials.length - ours.length]).toEqual([true, 12]);
  await storage.close();
});

/** Optuna continues what was written here: it takes the enqueued trial, one of its own, and writes. */
const CONTINUE = `
import sys, optuna
optuna.logging.set_verbosity(optuna.logging.ERROR)
study = optuna.load_study(study_name="ours", storage=sys.argv[1], sampler=optuna.samplers.TPESampler(seed=1))
assert study.best_trial.number == 0, study.best_trial
assert study.best_value == 0.5
def objective(trial):
    x = trial.suggest_float("rate", 1e-5, 1, log=True)
    trial.suggest_int("layers", 1, 3)
    trial.suggest_int("width", 16, 64, step=16)
    trial.suggest_float("rest", 0, 0.5, step=0.1)
    trial.suggest_categorical("kind", ["a", 1.5, True, None])
    trial.suggest_float("beta", 0.9, 0.999)
    trial.report(x, 3)
    return x
study.optimize(objective, n_trials=2)
study.enqueue_trial({"rate": 0.125})
`;

async function both(address: string, url: string, python: string): Promise<void> {
  const storage: Storage = await openStorage("both", address);
  const study = await storage.open({ name: "ours", directions: ["minimize"], space, seed: 3 });
  const params = { rate: 0.1, beta: 0.99, layers: 2, rest: 0.3, width: 48, kind: true };
  await study.begin();
  await study.setParams(0, params);
  await study.report(0, 0, Number.NaN);
  await study.report(0, 7, Number.NEGATIVE_INFINITY);
  await study.setAttribute(0, "note", { text: 'ü "x"', list: [1, null] });
  await study.finish(0, "complete", [0.5]);
  await study.begin();
  await study.setParams(1, { ...params, kind: null });
  await study.finish(1, "complete", [Number.POSITIVE_INFINITY]);
  await study.begin();
  await study.finish(2, "pruned");
  await study.begin();
  await study.setAttribute(3, "failure", "as planned");
  await study.finish(3, "failed");
  await study.enqueue({ rate: 0.25, kind: "a" }, { by: "hand" });
  const dump = (): Dumped =>
    dumped(execFileSync(python, [`${fixtures}/make_optuna.py`, "--dump", url], { encoding: "utf8" }))[0] as Dumped;

  const first = dump();
  expect(first).toMatchObject({ name: "ours", directions: ["minimize"] });
  expect(first.system["wasmgrad:space"]).toEqual(space);
  expectSame(await study.trials(), first);
  expect(first.trials[0]?.distributions).toEqual({
    rate: "FloatDistribution(high=1.0, log=True, low=1e-05, step=None)",
    beta: "FloatDistribution(high=0.999, log=False, low=0.9, step=None)",
    layers: "IntDistribution(high=3, log=False, low=1, step=1)",
    rest: "FloatDistribution(high=0.5, log=False, low=0.0, step=0.1)",
    width: "IntDistribution(high=64, log=False, low=16, step=16)",
    kind: "CategoricalDistribution(choices=('a', 1.5, True, None))",
  });
  expect(first.trials[4]).toMatchObject({ state: "WAITING", system: { fixed_params: { rate: 0.25, kind: "a" } } });

  execFileSync(python, ["-c", CONTINUE, url], { stdio: ["ignore", "ignore", "inherit"] });
  const trials = await study.trials();
  expectSame(trials, dump());
  expect(trials.map(({ state }) => state).slice(4)).toEqual(["complete", "complete", "waiting"]);
  expect(trials[4]).toMatchObject({ params: { rate: 0.25, kind: "a" }, values: [0.25], attributes: { by: "hand" } });
  expect(await study.begin()).toEqual({ number: 6, params: { rate: 0.125 } });
  await storage.close();
}

test("Optuna reads and continues a SQLite file of ours, and we its trials", { timeout: SLOW }, async (context) => {
  const python = pythonWith(context, "optuna");
  const path = join(folder, "ours.sqlite");
  await both(path, `sqlite:///${path}`, python);
});

test("Optuna reads and continues a PostgreSQL study of ours, and we its trials", { timeout: SLOW }, async (context) => {
  const python = pythonWith(context, "optuna", "psycopg2");
  const missing = noServer();
  if (missing) return context.skip(missing);
  const server = await startServer();
  try {
    const address = server.database("optuna");
    await both(address, address.replace("postgres:", "postgresql+psycopg2:"), python);
    // The other way about: tables that Optuna has made.
    const theirs = server.database("theirs");
    const url = theirs.replace("postgres:", "postgresql+psycopg2:");
    execFileSync(
      python,
      ["-c", 'import sys, optuna; optuna.create_study(storage=sys.argv[1], study_name="begun")', url],
      { stdio: "ignore" },
    );
    const storage = await openStorage("both", theirs);
    const study = await storage.open({ name: "begun", directions: ["minimize"], space });
    await study.begin();
    await study.setParams(0, { kind: null });
    await study.finish(0, "complete", [1]);
    await storage.close();
    expect(server.sql("SELECT state FROM trials", "theirs").trim()).toBe("COMPLETE");
  } finally {
    server.remove();
  }
});
