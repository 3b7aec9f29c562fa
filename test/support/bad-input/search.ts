import { setTimeout as pause } from "node:timers/promises";
import * as search from "../../../src/search/index.js";
import { and, arg, called, count, flag, NOTHING, number, options, type Row, row, seed, text } from "./arguments.js";

const space = { x: search.uniform(0, 1), kind: search.choice(["a", "b"]) };
const objective = () => 1;
const open = () => search.study({ space, objective });
const ended = { state: "complete", intermediate: [], attributes: {} } as const;
const kept = search.memoryStorage();
const LIVES = /^study "study"|^trial 0/;

/** A call of a method of an open study. */
const ofStudy = (call: (made: search.Study<typeof space>, ...args: never[]) => unknown, ...args: Row["args"]): Row =>
  called(
    LIVES,
    row(async (...given: never[]) => call(await open(), ...given), ...args),
  );
const ofTrial = (call: (trial: search.Trial<typeof space>, ...args: never[]) => unknown, ...args: Row["args"]): Row =>
  called(
    LIVES,
    row(async (...given: never[]) => call(await (await open()).ask(), ...given), ...args),
  );

const bounds = (low: unknown[], high: unknown[]) => [
  number("low", 0.1, ...NOTHING, -Infinity, ...low),
  number("high", 0.5, ...NOTHING, Infinity, ...high),
];

export const searchRows: Record<string, Row> = {
  uniform: row(search.uniform, ...bounds([0.5, 1], [0.1, 0])),
  logUniform: row(search.logUniform, ...bounds([0, -1, 1], [0, 0.1])),
  oneMinusLogUniform: row(search.oneMinusLogUniform, ...bounds([1, 2], [1, 0.1])),
  int: row(search.int, number("low", 1, ...NOTHING, 1.5, 4), number("high", 4, ...NOTHING, 4.5, 1)),
  logInt: row(search.logInt, number("low", 1, ...NOTHING, 0, 1.5, 4), number("high", 4, ...NOTHING, 4.5, 1)),
  choice: row(
    search.choice as never,
    arg("choices", ["a", 1], ...NOTHING, "a", 3, {}, [], ["a"], ["a", "a"], [{}, {}], [Number.NaN, 1]),
  ),
  quantized: row(search.quantized, ...bounds([0.5], [0.1]), number("step", 0.1, ...NOTHING, 0, -1, 1, Infinity)),
  when: row(
    search.when as never,
    text("parameter", "kind", undefined, ""),
    arg("is", ["a"], []),
    arg("then", search.uniform(0, 1), ...NOTHING, 3, "a", search.when("kind", "a", search.uniform(0, 1))),
  ),
  bayesian: row(search.bayesian, options(count("startup", 10, 0))),
  cmaEs: row(search.cmaEs, options(count("population", 4, 0, 1), number("sigma", 0.2, 0, 2))),
  coarseToFine: row(
    search.coarseToFine,
    options(count("trials", 10, 0, 1), number("shrink", 0.5, 0, 1), count("best", 3, 0, 11)),
  ),
  grid: row(search.grid, options(count("resolution", 3, 0))),
  nsga2: row(
    search.nsga2,
    options(
      count("population", 10, 0, 1),
      arg("crossover", "sbx", 3, "sby"),
      number("crossoverProbability", 0.9, -0.1, 1.1),
      number("mutationProbability", 0.1, -0.1, 1.1),
    ),
  ),
  random: row(search.random),
  sobol: row(search.sobol),
  tpe: row(
    search.tpe,
    options(
      count("startup", 10, 0),
      count("candidates", 24, 0),
      number("priorWeight", 1, 0, -1),
      flag("multivariate"),
      arg("gamma", (n: number) => n / 4, "f", 3, {}),
    ),
  ),
  asha: row(search.asha, options(count("minResource", 1, 0), count("reductionFactor", 4, 0, 1))),
  successiveHalving: row(
    search.successiveHalving,
    options(count("minResource", 1, 0), count("reductionFactor", 4, 0, 1), count("trials", 9, 0, 1)),
  ),
  hyperband: row(
    search.hyperband,
    options(count("minResource", 1, 0, 10), count("reductionFactor", 3, 0, 1), count("maxResource", 9, 0)),
  ),
  median: row(search.median, options(count("startupTrials", 5), count("warmupSteps", 2), count("interval", 1, 0))),
  percentile: row(
    search.percentile,
    number("percentage", 25, undefined, -1, 101),
    options(count("startupTrials", 5), count("warmupSteps", 2), count("interval", 1, 0)),
  ),
  patience: row(
    search.patience,
    options(count("patience", 3, 0), number("minDelta", 0.1, -1), arg("pruner", search.median(), 3, "median", {})),
  ),
  memoryStorage: row(search.memoryStorage),
  sqliteStorage: row(
    search.sqliteStorage,
    text("file", "never-made.sqlite", undefined),
    options(number("patience", 1, -1)),
  ),
  postgresStorage: row(
    search.postgresStorage,
    text("url", "postgres://h/d", undefined, "", "h/d", "mysql://h/d", "postgres://me:a@b/c@h/d/e"),
    options(number("patience", 1, -1)),
  ),
  pruningCallback: row(
    search.pruningCallback as never,
    arg("trial", new search.Trial({} as never, 0, {}), ...NOTHING, 3, {}),
    options(text("monitor", "loss", 3)),
  ),
  importance: row(
    search.importance,
    arg(
      "",
      {
        space,
        directions: ["minimize"],
        trials: [0.1, 0.9].map((x, number) => ({ ...ended, number, params: { x, kind: "a" }, values: [x] })),
      },
      ...NOTHING,
      3,
      {},
      { space, directions: ["minimize"], trials: [] },
    ),
    options(number("target", 0, 1, -1, 0.5), count("trees", 2, 0), seed),
  ),
  loadStudy: called(
    /^loadStudy/,
    row(
      async (given: search.LoadStudyOptions) => {
        await kept.open({ name: "study", directions: ["minimize"] });
        return search.loadStudy(given);
      },
      options(
        text("name", "study", "", "studies"),
        arg("storage", kept, undefined, 3, {}, "study", "mysql://h/d", "never-made.sqlite"),
      ),
    ),
  ),
  defineStudy: row(search.defineStudy, arg("option", { space }, ...NOTHING, 3, "text", [], { space, sapce: space })),
  study: called(
    /^study/,
    row(
      search.study as never,
      options(
        text("name", "a", ""),
        arg(
          "space",
          space,
          undefined,
          3,
          "text",
          {},
          [],
          { x: 3 },
          { x: { type: "uniform" } },
          { b: search.when("a", 1, search.int(1, 2)) },
        ),
        arg("objective", objective, "f", 3, {}),
        arg("sampler", search.random(), 3, "tpe", {}, search.random),
        arg("pruner", search.median(), 3, "median", {}, search.median),
        arg("direction", "minimize", 3, "minimise"),
        arg("storage", search.memoryStorage(), 3, {}, "study", "mysql://h/d", "sqlite://", "sqlite:///:memory:"),
        seed,
        text("module", "study.js", 3),
      ),
    ),
  ),
  "Study.optimize": and(
    ofStudy(
      (made, option) => made.optimize(option),
      options(
        count("trials", 1, 0),
        count("total", 1, 0),
        number("timeout", 1, 0, -1, Infinity),
        number("trialTimeout", 1, 0, -1),
        number("heartbeat", 60, 0, -1, Infinity),
        arg("signal", new AbortController().signal, 3, {}),
        arg("callbacks", [], 3, {}, [3]),
        flag("progress"),
      ),
    ),
    [{}],
    [{ trials: 1, parallel: 0 }],
    [{ trials: 1, parallel: 1.5 }],
    [{ trials: 1, parallel: 2 }],
  ),
  "Study.ask": ofStudy(
    (made, option) => made.ask(option),
    arg("option", undefined, null, 3, { total: -1 }, { total: "3" }, { count: 3 }),
  ),
  "Study.tell": and(
    ofStudy(
      async (made, given, outcome) => {
        const asked = await made.ask();
        return made.tell(given ?? asked, outcome);
      },
      arg("trial", 0, 1.5, -1, "0", {}),
      arg("", 1, ...NOTHING, "1", Number.NaN, Infinity, [], [1, 2], {}, { failure: 3 }),
    ),
  ),
  "Study.enqueue": ofStudy(
    (made, params) => made.enqueue(params),
    arg("", { x: 0.5 }, ...NOTHING, 3, "text", [], { x: 2 }, { x: "0.5" }, { y: 1 }, { kind: "c" }),
  ),
  "Study.reap": ofStudy((made, seconds) => made.reap(seconds), number("seconds", 1, undefined, 0, -1)),
  "Study.refresh": ofStudy((made) => made.refresh()),
  "Study.heartbeat": ofStudy((made) => made.heartbeat()),
  "Study.close": ofStudy((made) => made.close()),
  "Trial.report": ofTrial(
    (asked, step, value) => asked.report(step, value),
    count("step", 0, undefined),
    arg("value", 1, ...NOTHING, "1", {}),
  ),
  "Trial.setAttribute": ofTrial(
    (asked, key, value) => asked.setAttribute(key, value),
    text("key", "a", undefined),
    arg("value", [1], undefined, () => 1),
  ),
  "Trial.shouldPrune": ofTrial((asked) => asked.shouldPrune()),
  "Trial.end": ofTrial(async (asked) => {
    asked.end();
    await pause(0);
  }),
};
