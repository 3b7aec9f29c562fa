import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import * as wg from "../../src/index.js";
import { memoryStorage, type Storage, sqliteStorage, study, uniform } from "../../src/search/index.js";

const quiet = { progress: false };
const space = { x: uniform(-1, 1) };
const pause = (ms: number) => new Promise((done) => setTimeout(done, ms));
const folder = mkdtempSync(join(tmpdir(), "wasmgrad-optimize-"));
afterAll(() => rmSync(folder, { recursive: true }));

const storages: [string, () => Storage][] = [
  ["memory", memoryStorage],
  ["sqlite", () => sqliteStorage(join(folder, `${Math.random()}.sqlite`))],
];

describe.each(storages)("%s: several on one study", (_, makeStorage) => {
  test("end together once it has `total` trials", async () => {
    const storage = makeStorage();
    const objective = async () => {
      await pause(5);
      return 1;
    };
    const workers = await Promise.all(Array.from({ length: 3 }, () => study({ space, objective, storage })));
    await Promise.all(workers.map((worker) => worker.optimize({ total: 20, ...quiet })));
    await workers[0]?.refresh();
    expect(workers[0]?.trials.map(({ number, state }) => [number, state])).toEqual(
      Array.from({ length: 20 }, (_, i) => [i, "complete"]),
    );
    await storage.close();
  });

  test("take over the trial of one that died, which counts once", async () => {
    const storage = makeStorage();
    const dead = await study({ space, storage });
    const lost = await dead.ask();
    const other = await study({ space, objective: ({ params }) => params.x, storage });
    await other.optimize({ total: 3, heartbeat: 0.5, ...quiet });
    expect(other.trials.map(({ state }) => state)).toEqual(["failed", "complete", "complete", "complete"]);
    expect(other.trials.slice(1).map(({ params }) => params)).toContainEqual(lost.params);
    await storage.close();
  });

  test("a trial that gives signs of life is left alone, however long it takes", async () => {
    const storage = makeStorage();
    const long = await study({ space, storage, objective: () => pause(3000).then(() => 0) });
    const running = long.optimize({ trials: 1, heartbeat: 0.5, ...quiet });
    await pause(50);
    const other = await study({ space, storage, objective: () => 1 });
    await other.optimize({ total: 2, heartbeat: 0.5, ...quiet });
    await running;
    await other.refresh();
    expect(other.trials.map(({ state, values }) => [state, values])).toEqual([
      ["complete", [0]],
      ["complete", [1]],
    ]);
    await storage.close();
  });

  test("a trial that another took over in vain is not told twice; the search goes on", async () => {
    const storage = makeStorage();
    const made = await study({
      space,
      storage,
      objective: async ({ number }) => {
        if (number === 0) {
          await pause(20);
          await other.reap(0.001);
        }
        return number;
      },
    });
    const other = await study({ space, storage });
    await made.optimize({ trials: 3, ...quiet });
    expect(made.trials.map(({ state, values }) => [state, values?.[0]])).toEqual([
      ["failed", undefined],
      ["complete", 1],
      ["complete", 2],
    ]);
    await storage.close();
  });
});

describe("a search", () => {
  test("leaves a trial that another took over before it had its values, and begins the next", async () => {
    const storage = memoryStorage();
    const stored = await storage.open({ name: "study", directions: ["minimize"] });
    const setParams = stored.setParams.bind(stored);
    // A storage that is away for a while.
    stored.setParams = async (number, params) => {
      if (number === 0) {
        await pause(20);
        expect(await stored.reap(0.01)).toEqual([0]);
      }
      return setParams(number, params);
    };
    const found = await study({ space, objective: ({ params }) => params.x, storage });
    await found.optimize({ total: 2, ...quiet });
    expect(found.trials.map(({ state }) => state)).toEqual(["failed", "complete", "complete"]);
    expect(found.trials[1]?.attributes).toMatchObject({ failed_trial: 0 });
  });

  test("has the same random numbers in trial after trial, also where it goes on, and leaves those of the program alone", async () => {
    const drawn = () => wg.randomNormal([1]).item() as number;
    const objective = () => drawn() + drawn();
    wg.setSeed(1);
    const own = [drawn(), drawn()];
    wg.setSeed(1);
    expect(drawn()).toBe(own[0]);
    const all = await study({ space, objective, seed: 5 });
    await all.optimize({ trials: 6, ...quiet });
    expect(drawn()).toBe(own[1]);
    const storage = memoryStorage();
    const first = await study({ space, objective, storage, seed: 5 });
    await first.optimize({ trials: 4, ...quiet });
    const second = await study({ space, objective, storage, seed: 5 });
    await second.optimize({ trials: 2, ...quiet });
    const valuesOf = ({ trials }: typeof all) => trials.map(({ values }) => values?.[0]);
    expect(valuesOf(second)).toEqual(valuesOf(all));
    expect(new Set(valuesOf(all)).size).toBe(6);
  });

  test("begins no trial once its signal is aborted, and finishes the one that runs", async () => {
    const controller = new AbortController();
    const made = await study({
      space,
      objective: async ({ number }) => {
        if (number === 2) controller.abort();
        await pause(5);
        return number;
      },
    });
    await made.optimize({ trials: 100, signal: controller.signal, ...quiet });
    expect(made.trials.map(({ state }) => state)).toEqual(["complete", "complete", "complete"]);
  });

  test("keeps the random numbers of a trial while a late one ends beside it", async () => {
    const drawn = () => wg.randomNormal([1]).item() as number;
    const valueBeside = async (isLate: boolean) => {
      const made = await study({
        space,
        objective: async ({ number }) => {
          await pause(number === 0 && isLate ? 400 : number * 600);
          return number === 0 ? 0 : drawn();
        },
      });
      await made.optimize({ trials: 1, ...(isLate ? { trialTimeout: 0.1 } : {}), ...quiet });
      await made.optimize({ trials: 1, ...quiet });
      return made.trials[1]?.values;
    };
    expect(await valueBeside(true)).toEqual(await valueBeside(false));
  });

  test("lets timers have their turn, though each trial ends at once", async () => {
    const controller = new AbortController();
    const made = await study({ space, objective: () => 1 });
    setTimeout(() => controller.abort(), 100);
    await made.optimize({ timeout: 3, signal: controller.signal, ...quiet });
    expect(controller.signal.aborted).toBe(true);
    expect(made.trials.length).toBeGreaterThan(1);
  });

  test("an error of a callback ends it", async () => {
    const made = await study({ space, objective: () => 1 });
    const callbacks = [
      () => {
        throw new RangeError("full");
      },
    ];
    await expect(made.optimize({ trials: 3, callbacks, ...quiet })).rejects.toThrow("full");
    expect(made.trials).toHaveLength(1);
  });

  test("with several directions has a front in place of a best", async () => {
    const made = await study({
      space,
      directions: ["minimize", "maximize"],
      objective: ({ number }) =>
        [
          [1, 1],
          [2, 3],
          [2, 2],
          [0, 0],
        ][number] as number[],
    });
    await made.optimize({ trials: 4, ...quiet });
    expect(made.front.map(({ number }) => number)).toEqual([0, 1, 3]);
    expect(() => made.best).toThrow("best expected one direction, got 2; see front");
  });
});
