import { describe, expect, expectTypeOf, test, vi } from "vitest";
import {
  bayesian,
  choice,
  cmaEs,
  coarseToFine,
  type FrozenTrial,
  grid,
  int,
  logUniform,
  median,
  memoryStorage,
  nsga2,
  random,
  type Sampler,
  sobol,
  study,
  type Trial,
  tpe,
  uniform,
  when,
} from "../../src/search/index.js";

const quiet = { progress: false };
const space = { x: uniform(-1, 1), y: uniform(-1, 1) };
const bowl = ({ params: { x, y } }: Trial<typeof space>) => x * x + y * y;

describe("values of a trial", () => {
  test("have the types of the space", async () => {
    const made = await study({
      space: {
        rate: logUniform(1e-3, 1),
        kind: choice(["adam", "sgd"]),
        layers: int(1, 2),
        units: when("layers", 2, int(1, 9)),
      },
      objective({ params }) {
        expectTypeOf(params.rate).toEqualTypeOf<number>();
        expectTypeOf(params.kind).toEqualTypeOf<"adam" | "sgd">();
        expectTypeOf(params.units).toEqualTypeOf<number | undefined>();
        expect(params.units === undefined).toBe(params.layers === 1);
        return params.rate;
      },
    });
    await made.optimize({ trials: 10, ...quiet });
    expect(made.trials.map(({ state }) => state)).toEqual(Array(10).fill("complete"));
  });

  test.each([
    ["random", random()],
    ["coarseToFine", coarseToFine({ trials: 5 })],
    ["grid", grid()],
    ["sobol", sobol()],
    ["bayesian", bayesian({ startup: 5 })],
    ["tpe", tpe({ startup: 5 })],
    ["cmaEs", cmaEs({ population: 4 })],
    ["nsga2", nsga2({ population: 4 })],
  ] as [string, Sampler][])("%s: the same seed gives the same trials, another seed others", async (name, sampler) => {
    const run = async (seed: number) => {
      const made = await study({ space, objective: bowl, sampler, seed });
      await made.optimize({ trials: 12, ...quiet });
      return made.trials.map(({ params, values }) => ({ params, values }));
    };
    const first = await run(3);
    expect(await run(3)).toEqual(first);
    if (name !== "grid") expect(await run(4)).not.toEqual(first);
  });

  test("coarse to fine ends nearer to the best than random search", async () => {
    const of = async (sampler: Sampler, seed: number) =>
      (await (await study({ space, objective: bowl, sampler, seed })).optimize({ trials: 60, ...quiet })).best.value;
    const seeds = [0, 1, 2, 3, 4, 5, 6, 7, 8];
    const wins = await Promise.all(
      seeds.map(async (seed) => (await of(coarseToFine({ trials: 15 }), seed)) < (await of(random(), seed))),
    );
    expect(wins.filter(Boolean).length).toBeGreaterThan(6);
  });

  test("a grid visits every combination once, without those that a condition excludes", async () => {
    const made = await study({
      space: { layers: int(1, 2), units: when("layers", 2, choice([8, 16])), rate: logUniform(0.01, 1) },
      objective: () => 0,
      sampler: grid({ resolution: 3 }),
    });
    await made.optimize({ trials: 9, ...quiet });
    const seen = made.trials.map(({ params }) => JSON.stringify(Object.values(params)));
    expect(new Set(seen).size).toBe(9);
    expect(made.trials.map(({ params }) => params.rate)).toEqual(
      Array(3)
        .fill([0.01, expect.closeTo(0.1, 12), 1])
        .flat(),
    );
  });

  test("a grid of too many combinations is refused", async () => {
    const many = Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`p${i}`, uniform(0, 1)]));
    const made = await study({ space: many, objective: () => 0, sampler: grid() });
    await expect(made.optimize({ trials: 1, ...quiet })).rejects.toThrow("at most 1000000 combinations");
  });
});

describe("the best", () => {
  test("is the smallest, or the largest, and the earlier of two", async () => {
    const values = [3, 1, 2, 1, 5];
    for (const [direction, number] of [
      ["minimize", 1],
      ["maximize", 4],
    ] as const) {
      const made = await study({ space, direction, objective: ({ number }) => values[number] as number });
      await made.optimize({ trials: 5, ...quiet });
      expect(made.best).toMatchObject({ number, value: values[number] });
    }
  });

  test("is asked for in vain where no trial is complete", async () => {
    const made = await study({ space });
    expect(() => made.best).toThrow('study "study": best expected a complete trial, got 0 trials and none');
  });
});

describe("what an objective does wrong fails its trial, and the others go on", () => {
  const outcomes: (() => unknown)[] = [
    () => 1,
    () => {
      throw new RangeError("no such layer");
    },
    () => Number.NaN,
    () => "0.5",
    () => undefined,
    () => [1, 2],
    () => 2,
  ];
  test("throwing, NaN, texts, nothing", async () => {
    const made = await study({ space, objective: ({ number }) => outcomes[number]?.() as number });
    await made.optimize({ trials: 7, ...quiet });
    expect(made.trials.map(({ state }) => state)).toEqual(["complete", ...Array(5).fill("failed"), "complete"]);
    expect(made.trials.slice(1, 4).map(({ attributes }) => attributes.failure)).toEqual([
      "RangeError: no such layer",
      'study "study": trial 2 expected its objective to return a finite number, got NaN',
      'study "study": trial 3 expected its objective to return a finite number, got "0.5"',
    ]);
  });

  test("where the first ten all fail the search ends with the reason; with one that does not it goes on", async () => {
    const hopeless = await study({ space, objective: () => Promise.reject(new RangeError("no such layer")) });
    await expect(hopeless.optimize({ total: 1000, ...quiet })).rejects.toThrow(
      'study "study": optimize: a trial that does not fail expected among the first 10, got none; trial 9: RangeError: no such layer. Mend',
    );
    expect(hopeless.trials.length).toBe(10);
    await hopeless.optimize({ trials: 10, ...quiet });
    expect(hopeless.trials.length).toBe(20);
    const late = await study({ space, objective: ({ number }) => (number < 9 ? Number.NaN : new Promise(() => {})) });
    await late.optimize({ timeout: 0.3, ...quiet });
    const hopeful = await study({ space, objective: ({ number }) => (number === 9 ? 1 : Number.NaN) });
    await hopeful.optimize({ trials: 30, ...quiet });
    expect(hopeful.trials.length).toBe(30);
  });

  test("one that never ends is stored as failed after trialTimeout, and what it still says is refused", async () => {
    let late: Promise<void> | undefined;
    const made = await study({
      space,
      objective: (trial) => {
        if (trial.number !== 0) return 1;
        return new Promise<number>(() => {
          late = new Promise((done) => setTimeout(done, 80)).then(() => trial.report(0, 1));
        });
      },
    });
    await made.optimize({ trials: 2, trialTimeout: 0.03, ...quiet });
    expect(made.trials.map(({ state }) => state)).toEqual(["failed", "complete"]);
    expect(made.trials[0]?.attributes.failure).toBe("not done after 0.0 s (trialTimeout)");
    await expect(late).rejects.toThrow("trial 0: report expected a running trial, got one that has ended");
  });

  test("timeout ends the whole", async () => {
    const made = await study({ space, objective: () => new Promise((done) => setTimeout(done, 20, 1)) });
    await made.optimize({ timeout: 0.1, ...quiet });
    expect(made.trials.length).toBeGreaterThan(1);
    expect(made.trials.length).toBeLessThan(7);
  });
});

describe("ask and tell", () => {
  test("enqueued values come first, completed by the sampler", async () => {
    const made = await study({ space });
    await made.enqueue({ x: 0.25 });
    const trial = await made.ask();
    expect(trial.params.x).toBe(0.25);
    expect(Math.abs(trial.params.y)).toBeLessThan(1);
    const told = await made.tell(trial, 0.5);
    expect(told).toMatchObject({ number: 0, state: "complete", values: [0.5], params: trial.params });
    await expect(made.tell(trial, 0.5)).rejects.toThrow("trial 0 expected to run, got one that has ended (complete)");
    const second = await made.ask();
    expect(await made.tell(second.number, { failure: "no power" })).toMatchObject({
      state: "failed",
      attributes: { failure: "no power" },
    });
  });

  test("trials may run side by side", async () => {
    const made = await study({ space });
    const [a, b] = [await made.ask(), await made.ask()];
    await made.tell(b, 2);
    await made.tell(a, 1);
    expect(made.trials.map(({ values }) => values)).toEqual([[1], [2]]);
  });

  test.each([
    [random(), 0],
    [sobol(), 0],
    [grid(), 0],
    [tpe(), 1],
    [{ name: "own", sample: () => ({ x: 0, y: 0 }) }, 1],
  ])("what others do is read to begin a trial only where the sampler learns from it: %o", async (sampler, reads) => {
    const storage = memoryStorage();
    const stored = await storage.open({ name: "study", directions: ["minimize"], space });
    const made = await study({ space, sampler, storage });
    const other = await stored.begin();
    await stored.finish(other.number, "complete", [-1]);
    const read = vi.spyOn(stored, "trials");
    const trial = await made.ask();
    expect(read).toHaveBeenCalledTimes(reads);
    await made.tell(trial, 1);
    expect(made.trials.map(({ state }) => state)).toEqual(["complete", "complete"]);
    expect(made.best.number).toBe(other.number);
  });

  test("several directions take several numbers", async () => {
    const made = await study({ space, directions: ["minimize", "maximize"] });
    const trial = await made.ask();
    await expect(made.tell(trial, 1)).rejects.toThrow("expected its objective to return 2 finite numbers, got 1");
    await made.tell(trial, [1, 2]);
    expect(() => made.best).toThrow("best expected one direction, got 2");
  });
});

describe("pruning", () => {
  test("a trial that the pruner gives up is stored as pruned, whatever the objective returns", async () => {
    const made = await study({
      space,
      pruner: median({ startupTrials: 2 }),
      async objective(trial) {
        for (let step = 0; step < 4; step++) {
          await trial.report(step, trial.number + step / 10);
          if (await trial.shouldPrune()) return 99;
        }
        return trial.number;
      },
    });
    await made.optimize({ trials: 4, ...quiet });
    expect(made.trials.map(({ state }) => state)).toEqual(["complete", "complete", "pruned", "pruned"]);
    expect(made.trials[2]?.intermediate).toEqual([{ step: 0, value: 2 }]);
    expect(made.trials[2]?.values).toBeUndefined();
  });

  test("steps go up", async () => {
    const trial = await (await study({ space })).ask();
    await trial.report(1, 5);
    await trial.report(1, 6);
    await expect(trial.report(0, 6)).rejects.toThrow("trial 0: report: step expected more than 1, the last one, got 0");
    await expect(trial.report(2, "1" as never)).rejects.toThrow('trial 0: report: value expected a number, got "1"');
  });
});

test("callbacks get each trial that has ended", async () => {
  const seen = vi.fn<(trial: FrozenTrial) => void>();
  const made = await study({ space, objective: bowl });
  await made.optimize({ trials: 3, callbacks: [seen], ...quiet });
  expect(seen.mock.calls.map(([trial]) => trial.number)).toEqual([0, 1, 2]);
});

describe("a study that cannot be", () => {
  test.each([
    [{ space, sampling: 1 }, 'study: unknown option "sampling"'],
    [
      { space, sampler: "random" },
      'study "study": sampler expected what random() or another sampler returns, got "random"',
    ],
    [{ space, pruner: {} }, "pruner expected what median()"],
    [{ space, direction: "min" }, 'direction expected one of "minimize", "maximize", got "min"'],
    [{ space, direction: "minimize", directions: ["minimize"] }, "got both; leave one out"],
    [{ space, directions: [] }, "directions expected a list"],
    [{ space, directions: ["minimize", "minimize"], pruner: median() }, "pruner expected one direction, got 2"],
    [{ space, seed: -1 }, "seed expected a whole number ≥ 0"],
    [{ space, objective: 3 }, "objective expected a function of a trial, got 3"],
    [{ space, storage: 3 }, "storage expected"],
  ])("%o", async (options, text) => {
    await expect(study(options as never)).rejects.toThrow(text);
  });

  test.each([
    [{}, "expected trials, total, timeout (in seconds) or signal, got none of them"],
    [{ trials: 0 }, "trials expected a whole number ≥ 1, got 0"],
    [{ timeout: -1 }, "timeout expected a finite number > 0"],
    [{ trials: 1, callbacks: 3 }, "callbacks expected a list of functions"],
  ])("optimize(%o)", async (options, text) => {
    const made = await study({ space, objective: bowl });
    await expect(made.optimize(options as never)).rejects.toThrow(text);
  });

  test("optimize without an objective", async () => {
    await expect((await study({ space })).optimize({ trials: 1 })).rejects.toThrow("optimize expected an objective");
  });
});
