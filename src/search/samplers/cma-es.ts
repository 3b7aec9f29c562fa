import { checkNumber, checkOptions } from "../../util/check.js";
import type { Parameter, Space } from "../parameter.js";
import type { Sampler, Sampling } from "../sampler.js";
import { placesOf, valuesAt } from "../space.js";
import { defaultPopulation, initial, pointOf, type State, updated } from "./cma-es/state.js";
import { onlyDirection, scores } from "./scores.js";

export interface CmaEsOptions {
  /** Trials of a generation. Default 4 + ⌊3 ln n⌋ for n numbers. */
  population?: number;
  /** The first deviation, in units of the ranges, around their middle. Default 0.25. */
  sigma?: number;
}

/** A point outside the ranges is drawn anew so often, then moved to the border. */
const TRIES = 20;

/**
 * CMA-ES, the evolution strategy that learns which way the numbers depend on each other (Hansen and Ostermeier, 2001; constants of Hansen,
 * "The CMA Evolution Strategy: A Tutorial", 2016). For hundreds of trials of numbers that depend on each other. Choices, and parameters that
 * hang on a condition, are drawn at random.
 *
 * The trial with number n belongs to generation ⌊n / population⌋, and the distribution is computed anew from the trials of those before:
 * any worker can go on. Trials of other workers that have not finished count in later ones as if they had not been.
 *
 * In a page it needs the kernels of float64: `await wg.init({ float64: true })`.
 *
 * @throws ValueError for an unknown option or a value out of range, and in a study with several directions
 * @example
 * cmaEs({ sigma: 0.1 }).name; // "cmaEs"
 */
export function cmaEs(options: CmaEsOptions = {}): Sampler {
  checkOptions("cmaEs", options, ["population", "sigma"]);
  const { population, sigma = 0.25 } = options;
  if (population !== undefined) checkNumber("cmaEs", "population", population, { min: 2, whole: true });
  checkNumber("cmaEs", "sigma", sigma, { above: 0, max: 1 });
  return {
    name: "cmaEs",
    sample(sampling) {
      onlyDirection("cmaEs", sampling.directions);
      const names = numbersOf(sampling.space);
      const { draws } = sampling;
      const state = names.length > 0 ? replayed(sampling, names, sigma, population) : undefined;
      const point = state ? inside(state, () => names.map(() => draws.normal())) : [];
      return valuesAt(sampling.space, (name) => {
        const i = names.indexOf(name);
        return i < 0 ? draws.uniform() : (point[i] as number);
      });
    },
  };
}

const isOwn = ({ type, when }: Parameter): boolean => type !== "choice" && when === undefined;
const numbersOf = (space: Space): string[] =>
  Object.entries(space).flatMap(([name, parameter]) => (isOwn(parameter) ? [name] : []));

function replayed(sampling: Sampling, names: readonly string[], sigma: number, population?: number): State {
  const { space, number } = sampling;
  const size = population ?? defaultPopulation(names.length);
  const all = scores(sampling).flatMap(({ trial, score }) => {
    const places = placesOf(space, trial.params);
    const point = names.map((name) => places[name]);
    if (trial.state === "failed" || point.includes(undefined)) return [];
    return [{ number: trial.number, point: point as number[], score }];
  });
  let state = initial(names.length, sigma);
  for (let generation = 0; generation < Math.floor(number / size); generation++) {
    const born = all.filter((each) => Math.floor(each.number / size) === generation);
    born.sort((a, b) => a.score - b.score || a.number - b.number);
    if (born.length > 1) {
      state = updated(
        state,
        born.map(({ point }) => point),
      );
    }
  }
  return state;
}

function inside(state: State, draw: () => number[]): number[] {
  for (let tries = 1; ; tries++) {
    const point = pointOf(state, draw());
    if (point.every((each) => each >= 0 && each <= 1)) return point;
    if (tries === TRIES) return point.map((each) => Math.min(1, Math.max(0, each)));
  }
}
