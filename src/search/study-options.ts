import { type Address, addressOf } from "../backend/options.js";
import { checkName, checkNumber, checkOptions, checkText, show } from "../util/check.js";
import { ValueError } from "../util/errors.js";
import type { Trial } from "./active-trial.js";
import type { Space } from "./parameter.js";
import type { Pruner } from "./pruner.js";
import type { Direction, Sampler } from "./sampler.js";
import { random } from "./samplers/random.js";
import { checkSpace } from "./space.js";
import type { Storage } from "./storage/storage.js";

/** What a trial tries to make small, or large: one number, or one a direction. */
export type Objective<S extends Space> = (trial: Trial<S>) => Outcome | Promise<Outcome>;
export type Outcome = number | readonly number[];

export interface StudyOptions<S extends Space> {
  /** Under which name the storage keeps it. Default: `"study"`. */
  name?: string;
  /** The parameters and what they may be. */
  space: S;
  /** What is to be optimized; not needed where only `ask` and `tell` are used. */
  objective?: Objective<S>;
  /** Chooses the values of each trial. Default: `random()`. */
  sampler?: Sampler;
  /** Gives up trials that do badly. Default: none. */
  pruner?: Pruner;
  /** Default: `"minimize"`. */
  direction?: Direction;
  /** In place of `direction`, where the objective returns several numbers. */
  directions?: readonly Direction[];
  /** A path to a SQLite file, `postgres://…`, or a storage. Default: in memory. */
  storage?: string | Storage;
  /** Of the sampler's random numbers, and of those of the trials. Default: 0. */
  seed?: number;
  /** The file whose default export these options are, such as `import.meta.url`: what the threads of `optimize({ parallel })` import. */
  module?: Address;
}

const OPTIONS = [
  "name",
  "space",
  "objective",
  "sampler",
  "pruner",
  "direction",
  "directions",
  "storage",
  "seed",
  "module",
];

/**
 * The options of a study, for a file that has them as its default export: what `optimize({ parallel })` and `npx wasmgrad search` import. The
 * types of `trial.params` come from `space`.
 *
 * @returns the options as they are
 * @example
 * const definition = defineStudy({
 *   name: "line",
 *   space: { x: uniform(-1, 1) },
 *   objective: ({ params }) => params.x ** 2,
 * });
 * const found = await study({ ...definition, seed: 1 });
 * await found.optimize({ trials: 20, progress: false });
 * found.best.value < 0.1; // true
 */
export function defineStudy<const S extends Space>(options: StudyOptions<S>): StudyOptions<S> {
  checkOptions("defineStudy", options, OPTIONS, true);
  return options;
}

/** What a study was opened with, checked. */
export interface Settings<S extends Space> {
  readonly name: string;
  readonly space: S;
  readonly directions: readonly Direction[];
  readonly objective: Objective<S> | undefined;
  readonly sampler: Sampler;
  readonly pruner: Pruner | undefined;
  readonly seed: number;
  readonly module: string | undefined;
}

/** @throws ValueError for an unknown option, or one that cannot be */
export function settingsOf<S extends Space>(options: StudyOptions<S>): Settings<S> {
  checkOptions("study", options, OPTIONS, true);
  const name = checkText("study", "name", options.name ?? "study");
  const operation = `study "${name}"`;
  const space = checkSpace(operation, options.space) as S;
  const directions = directionsOf(operation, options);
  const seed = checkNumber(operation, "seed", options.seed ?? 0, { min: 0, max: Number.MAX_SAFE_INTEGER, whole: true });
  const { objective, sampler = random(), pruner, module } = options;
  if (objective !== undefined && typeof objective !== "function") {
    throw new ValueError(`${operation}: objective expected a function of a trial, got ${show(objective)}`);
  }
  if (typeof sampler?.sample !== "function") {
    throw new ValueError(
      `${operation}: sampler expected what random() or another sampler returns, got ${show(sampler)}`,
    );
  }
  if (pruner !== undefined && typeof pruner?.shouldPrune !== "function") {
    throw new ValueError(`${operation}: pruner expected what median() or another pruner returns, got ${show(pruner)}`);
  }
  if (pruner && directions.length > 1) {
    throw new ValueError(`${operation}: pruner expected one direction, got ${directions.length}; leave the pruner out`);
  }
  const file = module && addressOf(module);
  if (module !== undefined) checkText(operation, "module", file);
  return { name, space, directions, objective, sampler, pruner, seed, module: file };
}

function directionsOf<S extends Space>(operation: string, options: StudyOptions<S>): readonly Direction[] {
  const { direction, directions } = options;
  if (directions === undefined) {
    return [checkName(operation, "direction", direction ?? "minimize", ["minimize", "maximize"])];
  }
  if (direction !== undefined) {
    throw new ValueError(`${operation}: directions expected to stand in place of direction, got both; leave one out`);
  }
  if (!Array.isArray(directions) || directions.length === 0) {
    throw new ValueError(
      `${operation}: directions expected a list of "minimize" and "maximize", got ${show(directions)}`,
    );
  }
  return directions.map((each, i) => checkName(operation, `directions[${i}]`, each, ["minimize", "maximize"]));
}
