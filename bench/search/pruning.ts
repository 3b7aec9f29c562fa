import { existsSync, readFileSync, writeFileSync } from "node:fs";
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
/** Configurations that are trained to the end; each seed takes some of them, in another order. */
const POOL = 128;
const RECORDED = "build/bench/fashion-losses.json";

const PRUNERS: readonly (readonly [name: string, make: () => Pruner])[] = [
  ["asha()", () => asha()],
  ["asha({ reductionFactor: 3 })", () => asha({ reductionFactor: 3 })],
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
    for (let seed = 0; seed < SEEDS; seed++) {
      const order = new Draws(seed, 0, "configurations").order(POOL).slice(0, CONFIGURATIONS);
      runs.push(
        await replay(
          order.map((i) => pool[i] as number[]),
          make(),
        ),
      );
    }
    const shares = runs.map(({ epochs }) => epochs / (CONFIGURATIONS * EPOCHS));
    const ranks = runs.map(({ rank }) => rank);
    rows.push([
      name,
      percent(median(shares)),
      `${percent(Math.min(...shares))} to ${percent(Math.max(...shares))}`,
      `${ranks.filter((rank) => rank === 1).length} of ${SEEDS}`,
      `${Math.max(...ranks)}`,
      `${(100 * median(runs.map(({ excess }) => excess))).toFixed(1)} %`,
      `${(100 * Math.max(...runs.map(({ excess }) => excess))).toFixed(1)} %`,
    ]);
  }
  printTable(
    [
      `${CONFIGURATIONS} configurations of ${EPOCHS} epochs`,
      "epochs",
      "least to most",
      "best found",
      "last rank",
      "loss above",
      "at most",
    ],
    rows,
  );
}

/** A study whose trials have these losses epoch by epoch. */
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
        if (await trial.shouldPrune()) break;
      }
      return own.at(-1) as number;
    },
  });
  await found.optimize({ trials: losses.length, progress: false });
  const whole = losses.map((each) => each.at(-1) as number);
  const { value } = found.best;
  return {
    epochs,
    rank: 1 + whole.filter((each) => each < value).length,
    excess: value / Math.min(...whole.filter(Number.isFinite)) - 1,
  };
}

/** The losses of the dev rows after each epoch, by configuration; trained once and kept. */
async function recorded(): Promise<number[][]> {
  if (existsSync(RECORDED)) return JSON.parse(readFileSync(RECORDED, "utf8"));
  const { train, dev } = await fashion(2000, 1000);
  // What diverges has thrown, and keeps this.
  const all: number[][] = Array.from({ length: POOL }, () => new Array(EPOCHS).fill(1e9));
  const found = await study({
    space,
    sampler: random(),
    async objective(trial) {
      const model = network(trial, 784);
      const { history } = await model.fit(train, { epochs: EPOCHS, batchSize: 64, validation: dev });
      all[trial.number] = history.val_crossEntropy as number[];
      return 0;
    },
  });
  await found.optimize({ trials: POOL });
  writeFileSync(RECORDED, JSON.stringify(all));
  return all;
}
