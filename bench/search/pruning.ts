import { existsSync, readFileSync, writeFileSync } from "node:fs";
import type { Logs } from "../../src/model/callback.js";
import { Draws } from "../../src/search/draws.js";
import { type Pruner, study } from "../../src/search/index.js";
import { asha, hyperband, successiveHalving } from "../../src/search/pruners/halving.js";
import { median as medianPruner } from "../../src/search/pruners/percentile.js";
import { random } from "../../src/search/samplers/random.js";
import { percent, printTable } from "../support.js";
import { fashion, network, space } from "./networks.js";
import { median, SEEDS } from "./problems.js";

const EPOCHS = 27;
const CONFIGURATIONS = 64;
/** Configurations that are trained to the end; each draw takes some of them, in another order. */
const POOL = 128;
const DRAWS = 500;
const RECORDED = "build/bench/fashion-losses.json";

const PRUNERS: readonly (readonly [name: string, make: () => Pruner])[] = [
  ["asha()", () => asha()],
  ["asha({ reductionFactor: 2 })", () => asha({ reductionFactor: 2 })],
  ["asha({ reductionFactor: 4 })", () => asha({ reductionFactor: 4 })],
  ["asha({ minResource: 2 })", () => asha({ minResource: 2 })],
  ["successiveHalving({ trials: 64 })", () => successiveHalving({ trials: CONFIGURATIONS })],
  ["hyperband({ maxResource: 27 })", () => hyperband({ maxResource: EPOCHS })],
  ["median()", () => medianPruner()],
];

/** Of 64 configurations on Fashion-MNIST: how many epochs a pruner takes, and whether the best one of all is the one that it finds. */
export async function pruning(): Promise<void> {
  const pool = await recorded();
  const rows: string[][] = [];
  for (const [name, make] of PRUNERS) {
    const runs = [];
    for (let seed = 0; seed < DRAWS; seed++) {
      const order = new Draws(seed, 0, "configurations").order(POOL).slice(0, CONFIGURATIONS);
      runs.push(
        await replay(
          order.map((i) => pool[i] as number[]),
          make(),
        ),
      );
    }
    const shares = runs.map(({ epochs }) => epochs / (CONFIGURATIONS * EPOCHS)).sort((a, b) => a - b);
    const isBest = ({ excess }: { excess: number }) => excess === 0;
    const part = (count: number, of = DRAWS) => percent(count / of);
    rows.push([
      name,
      percent(median(shares)),
      `${percent(shares[DRAWS / 20] as number)} to ${percent(shares[DRAWS - DRAWS / 20 - 1] as number)}`,
      `${runs.slice(0, SEEDS).filter(isBest).length} of ${SEEDS}`,
      part(runs.filter(isBest).length),
      part(runs.filter(({ excess }) => excess <= 0.02).length),
      part(runs.filter(({ excess }) => excess <= 0.1).length),
    ]);
  }
  printTable(
    [
      `${CONFIGURATIONS} configurations of ${EPOCHS} epochs`,
      "epochs",
      "of 9 in 10",
      "best found",
      `of ${DRAWS} draws`,
      "within 2 %",
      "within 10 %",
    ],
    rows,
  );
}

/** A study whose trials have these losses epoch by epoch; one that has fewer diverged behind them. */
async function replay(losses: readonly number[][], pruner: Pruner) {
  let epochs = 0;
  const found = await study({
    space,
    sampler: random(),
    pruner,
    async objective(trial) {
      const own = losses[trial.number] as number[];
      for (const [epoch, loss] of own.entries()) {
        epochs++;
        await trial.report(epoch, loss);
        if (await trial.shouldPrune()) return loss;
      }
      return own.length === EPOCHS ? (own.at(-1) as number) : Number.NaN;
    },
  });
  await found.optimize({ trials: losses.length, progress: false });
  const whole = losses.filter(({ length }) => length === EPOCHS).map((each) => each.at(-1) as number);
  return { epochs, excess: found.best.value / Math.min(...whole) - 1 };
}

/** The losses of the dev rows after each epoch, by configuration; trained once and kept. */
async function recorded(): Promise<number[][]> {
  if (existsSync(RECORDED)) return JSON.parse(readFileSync(RECORDED, "utf8"));
  const { train, dev } = await fashion(2000, 1000);
  const all: number[][] = [];
  const found = await study({
    space,
    sampler: random(),
    async objective(trial) {
      const losses: number[] = [];
      all[trial.number] = losses;
      const keep = (_: number, logs: Logs) => void losses.push(logs.val_crossEntropy as number);
      await network(trial, 784).fit(train, { epochs: EPOCHS, batchSize: 64, validation: dev, callbacks: [keep] });
      return 0;
    },
  });
  await found.optimize({ trials: POOL });
  writeFileSync(RECORDED, JSON.stringify(all));
  return all;
}
