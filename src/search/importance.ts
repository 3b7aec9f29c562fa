import { checkNumber, checkOptions, show } from "../util/check.js";
import { StateError, ValueError } from "../util/errors.js";
import { type Column, forest } from "./importance/forest.js";
import { sharesOf } from "./importance/marginals.js";
import type { Choice, Parameter, Space } from "./parameter.js";
import type { Direction } from "./sampler.js";
import { checkSpace, isValueOf } from "./space.js";
import type { FrozenTrial } from "./trial.js";
import { toUnit } from "./unit.js";

export interface ImportanceOptions {
  /** Which of the values of a study with several directions, from 0. */
  target?: number;
  /** Of the forest. Default: 64. */
  trees?: number;
  /** Of the forest's random numbers. Default: 0. */
  seed?: number;
}

/** A study, or what of one has been read. */
export interface Studied {
  readonly space: Space;
  readonly directions: readonly Direction[];
  readonly trials: readonly FrozenTrial[];
}

/** A trial and what it reached, from 0 for the least of all to 1 for the most. */
interface Known {
  readonly trial: FrozenTrial;
  readonly value: number;
}

/**
 * How much of the difference between trials each parameter explains by itself, as shares that sum to 1 (functional analysis of variance:
 * Hutter, Hoos and Leyton-Brown, ICML 2014). A random forest learns the value from the places of the parameters in their ranges, on the
 * scale of each; V_j = Var(E[y | parameter j]) comes exactly from its trees, and the importance is V_j / V, averaged over the trees, as a
 * share of the sum. What parameters do only together counts for none of them.
 *
 * Complete trials with a finite value count. A parameter that some of them lack (`when`) is assessed within those that have it, by a forest
 * of what they all have, and counts as much as their part of the sum of squares: (n_j / n) · (Var_j y / Var y).
 *
 * @param study a study, or `{ space, directions, trials }`
 * @param options.target which of several values, from 0; needed where the study has several directions
 * @param options.trees default 64 @param options.seed default 0; the same seed gives the same shares
 * @returns shares by name, the largest first
 * @throws StateError for fewer than two complete trials, or where all have the same value or the same parameters; ValueError
 * @example
 * const search = await study({ space: { a: uniform(0, 1), b: uniform(0, 1) }, objective: ({ params }) => 3 * params.a + params.b });
 * await search.optimize({ trials: 100, progress: false });
 * const { a } = importance(search);
 * Math.abs((a as number) - 0.9) < 0.05; // true, of the variance (3² + 1²) / 12
 */
export function importance(study: Studied, options: ImportanceOptions = {}): Record<string, number> {
  const { target, trees, seed } = checked(study, options);
  const { space } = study;
  const known = knownOf(study.trials, target);
  if (known.length < 2) {
    throw new StateError(
      `importance: trials expected two or more complete ones, got ${known.length} of ${study.trials.length}; run more`,
    );
  }
  const all = squares(known);
  if (all === 0) {
    throw new StateError(
      `importance: trials expected values that differ, got ${known[0]?.trial.values?.[target]} from all of them`,
    );
  }
  const found = groupsOf(space, known).flatMap(({ names, trials }) => {
    const weight = squares(trials) / all;
    const shares = weight === 0 ? new Map<string, number>() : assess(space, trials, trees, seed);
    return names.map((name) => [name, weight * (shares.get(name) ?? 0)] as const);
  });
  const sum = found.reduce((total, [, share]) => total + share, 0);
  if (!(sum > 0)) {
    throw new StateError(
      "importance: trials expected parameters that differ, got trials that differ in their values alone; is the objective random?",
    );
  }
  const shares = found.map(([name, share]) => [name, share / sum] as const);
  return Object.fromEntries(shares.sort(([, a], [, b]) => b - a));
}

/** The trials that count, with their values from 0 to 1: squares of large ones would be infinite. */
function knownOf(trials: readonly FrozenTrial[], target: number): Known[] {
  const known = trials.flatMap((trial): Known[] => {
    const value = trial.state === "complete" ? trial.values?.[target] : undefined;
    return value !== undefined && Number.isFinite(value) ? [{ trial, value }] : [];
  });
  const [least, most] = known.reduce(
    ([low, high], { value }) => [Math.min(low, value), Math.max(high, value)],
    [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  ) as [number, number];
  // Halves, since the difference of two numbers may be more than the largest.
  const range = most / 2 - least / 2;
  return known.map(({ trial, value }) => ({ trial, value: range > 0 ? (value / 2 - least / 2) / range : 0 }));
}

/** Σ (y − mean)² */
function squares(known: readonly Known[]): number {
  const mean = known.reduce((sum, { value }) => sum + value / known.length, 0);
  return known.reduce((sum, { value }) => sum + (value - mean) ** 2, 0);
}

/** The parameters by the trials that have them. */
function groupsOf(space: Space, known: readonly Known[]): { names: string[]; trials: readonly Known[] }[] {
  const groups = new Map<string, { names: string[]; trials: readonly Known[] }>();
  for (const [name, parameter] of Object.entries(space)) {
    const trials = known.filter(({ trial }) => has(trial, name, parameter));
    const key = trials.map(({ trial }) => trial.number).join();
    const group = groups.get(key);
    if (group) group.names.push(name);
    else groups.set(key, { names: [name], trials });
  }
  return [...groups.values()];
}

function has({ params }: FrozenTrial, name: string, parameter: Parameter): boolean {
  const value = params[name];
  return value !== undefined && isValueOf(parameter, value);
}

/** The mean shares of the trees, for the parameters that all of these trials have. */
function assess(space: Space, known: readonly Known[], trees: number, seed: number): Map<string, number> {
  const common = Object.entries(space).filter(([name, parameter]) =>
    known.every(({ trial }) => has(trial, name, parameter)),
  );
  const columns = common.map(([name, parameter]) =>
    columnOf(
      parameter,
      known.map(({ trial }) => trial.params[name] as Choice),
    ),
  );
  const values = Float64Array.from(known, ({ value }) => value);
  const shares = forest(columns, values, trees, seed).flatMap((leaves) => {
    const found = sharesOf(leaves, columns);
    return found ? [found] : [];
  });
  const mean = (column: number) => shares.reduce((sum, each) => sum + (each[column] as number) / shares.length, 0);
  return new Map(common.map(([name], column) => [name, mean(column)]));
}

function columnOf(parameter: Parameter, values: readonly Choice[]): Column {
  if (parameter.type !== "choice") return { values: Float64Array.from(values, (value) => toUnit(parameter, value)) };
  const { choices } = parameter;
  return { values: Float64Array.from(values, (value) => choices.indexOf(value)), count: choices.length };
}

function checked(study: Studied, options: ImportanceOptions): Required<ImportanceOptions> {
  if (!study || typeof study !== "object" || !Array.isArray(study.trials) || !Array.isArray(study.directions)) {
    throw new ValueError(`importance: study expected a study, or { space, directions, trials }, got ${show(study)}`);
  }
  checkSpace("importance", study.space);
  checkOptions("importance", options, ["target", "trees", "seed"]);
  const { trees = 64, seed = 0 } = options;
  const { length } = study.directions;
  if (options.target === undefined && length !== 1) {
    throw new ValueError(
      `importance: target expected for a study of ${length} directions, got none; say which value: { target: 0 } is the first`,
    );
  }
  return {
    target: checkNumber("importance", "target", options.target ?? 0, { min: 0, max: length - 1, whole: true }),
    trees: checkNumber("importance", "trees", trees, { min: 1, whole: true }),
    seed: checkNumber("importance", "seed", seed, { min: 0, whole: true }),
  };
}
