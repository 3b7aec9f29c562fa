import { existsSync, readFileSync, writeFileSync } from "node:fs";
import type { Sampler } from "../../src/search/sampler.js";
import { bayesian } from "../../src/search/samplers/bayesian.js";
import { tpe } from "../../src/search/samplers/tpe.js";
import { printTable } from "../support.js";
import { type Panel, picture } from "./picture.js";
import { median, medians, type Problem, problems, SEEDS } from "./problems.js";

const OPTUNA = "bench/search/optuna.json";
/** What runs of some of the problems leave for the picture of all. */
const CURVES = "build/bench/search-curves.json";
const PICTURE = "bench/search/search.svg";
/** Each with the numbers of trials after which it is compared. */
const SAMPLERS: readonly (readonly [name: string, make: () => Sampler, budgets: readonly number[]])[] = [
  ["tpe", () => tpe(), [40, 60]],
  ["bayesian", () => bayesian(), [40]],
];
/** Trials of random search. */
const CHANCE = 400;

/** Both samplers on the problems beside random search and Optuna, as a table; and the picture, once each problem has been run. */
export async function compare(wanted: readonly string[]): Promise<void> {
  const all = await problems();
  const unknown = wanted.find((each) => !all.some(({ name }) => name === each));
  if (unknown !== undefined) {
    throw new Error(`bench: no problem "${unknown}"; there are ${all.map(({ name }) => name).join(", ")}`);
  }
  const chosen = all.filter(({ name }) => wanted.length === 0 || wanted.includes(name));
  const rows: string[][] = [];
  const kept: Record<string, Panel> = json(CURVES);
  for (const problem of chosen) {
    const chance = await problem.chance(CHANCE);
    const curves: Record<string, number[]> = { random: chance };
    for (const [name, make, budgets] of SAMPLERS) {
      const runs: number[][] = [];
      for (let seed = 0; seed < SEEDS; seed++) runs.push(await problem.run(make(), Math.max(...budgets), seed));
      const values = medians(runs);
      curves[name] = values;
      for (const budget of budgets) rows.push(row(problem, name, budget, values[budget - 1] as number, chance));
    }
    kept[problem.name] = { title: problem.name, measure: problem.measure, curves };
    writeFileSync(CURVES, JSON.stringify(kept));
  }
  printTable([`median of ${SEEDS} seeds`, "sampler", "trials", "reached", "random needs", "Optuna", "ratio"], rows);
  const panels = all.flatMap(({ name }) => kept[name] ?? []);
  if (panels.length === all.length) writeFileSync(PICTURE, await picture(panels));
}

const json = (path: string) => (existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : {});

function row({ name, measure }: Problem, sampler: string, budget: number, own: number, chance: number[]): string[] {
  const theirs: number[] | undefined = json(OPTUNA)[sampler]?.[name]?.[budget];
  const needed = chance.findIndex((each) => each <= own);
  return [
    `${name}, ${measure}`,
    sampler,
    String(budget),
    own.toPrecision(3),
    needed < 0 ? `> ${chance.length}` : String(needed + 1),
    theirs ? median(theirs).toPrecision(3) : "",
    theirs ? (own / median(theirs)).toFixed(2) : "",
  ];
}
