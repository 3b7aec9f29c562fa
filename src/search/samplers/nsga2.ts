import { checkName, checkNumber, checkOptions } from "../../util/check.js";
import type { Draws } from "../draws.js";
import type { Values } from "../parameter.js";
import { type Costs, costsOf } from "../pareto.js";
import type { Sampler, Sampling } from "../sampler.js";
import { placesOf, valuesAt } from "../space.js";
import { isBetter, type Ranked, select } from "./nsga2/sorting.js";
import { crossed, mutated } from "./nsga2/variation.js";
import { sobolValues } from "./sobol.js";

export interface Nsga2Options {
  /** Trials of a generation, and parents of the next. Default 50. */
  population?: number;
  /** `"sbx"`: numbers between and around the parents'; `"uniform"`: each from one of them. Choices are always the latter. Default `"sbx"`. */
  crossover?: "sbx" | "uniform";
  /** How often two parents are crossed rather than one copied. Default 0.9. */
  crossoverProbability?: number;
  /** How often each parameter changes; default 1 / parameters. */
  mutationProbability?: number;
}

/** A child that some trial has tried already is bred anew, so often. */
const TRIES = 10;

/** How close children are to their parents (Deb et al., 2002, section V). */
const ETA_CROSSOVER = 20;
const ETA_MUTATION = 20;

/**
 * NSGA-II for studies of several objectives (Deb, Pratap, Agarwal and Meyarivan, 2002): generations of trials, each bred from the ones before
 * that least others beat and that lie where the front has fewest. The first is a Sobol sequence's; the trial with number n belongs to
 * generation ⌊n / population⌋, so any worker can go on. What other workers have not finished, failed or pruned is no parent.
 *
 * @throws ValueError for an unknown option or a value out of range
 * @example
 * nsga2({ population: 20 }).name; // "nsga2"
 */
export function nsga2(options: Nsga2Options = {}): Sampler {
  checkOptions("nsga2", options, ["population", "crossover", "crossoverProbability", "mutationProbability"]);
  const { population = 50, crossover = "sbx", crossoverProbability = 0.9, mutationProbability } = options;
  checkNumber("nsga2", "population", population, { min: 2, whole: true });
  checkName("nsga2", "crossover", crossover, ["sbx", "uniform"]);
  checkNumber("nsga2", "crossoverProbability", crossoverProbability, { min: 0, max: 1 });
  if (mutationProbability !== undefined) {
    checkNumber("nsga2", "mutationProbability", mutationProbability, { min: 0, max: 1 });
  }
  return {
    name: "nsga2",
    sample(sampling) {
      const parents = parentsOf(sampling, Math.floor(sampling.number / population), population);
      if (parents.length < 2) return sobolValues(sampling);
      const known = new Set(sampling.trials.map(({ params }) => keyOf(params)));
      const breed = () => child(sampling, parents, crossover, crossoverProbability, mutationProbability);
      let values = breed();
      for (let tries = 1; tries < TRIES && known.has(keyOf(values)); tries++) values = breed();
      return values;
    },
  };
}

/** Values by name, in any order, as one text. */
const keyOf = (values: Values): string => JSON.stringify(Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1)));

function child(
  { space, draws }: Sampling,
  parents: readonly Parent[],
  crossover: "sbx" | "uniform",
  crossoverProbability: number,
  mutationProbability?: number,
): Values {
  const [a, b] = [tournament(parents, draws), tournament(parents, draws)].map((each) =>
    placesOf(space, each.values),
  ) as [Record<string, number>, Record<string, number>];
  const cross = draws.uniform() < crossoverProbability;
  const rate = mutationProbability ?? 1 / Object.keys(space).length;
  return valuesAt(space, (name, parameter) => {
    const [own, other] = [a[name] ?? b[name], b[name] ?? a[name]];
    const [mixes, swaps, changes] = [draws.uniform() < 0.5, draws.uniform() < 0.5, draws.uniform() < rate];
    if (own === undefined || other === undefined) return draws.uniform();
    const isNumber = parameter.type !== "choice";
    let place = own;
    if (cross && crossover === "sbx" && isNumber && mixes) place = crossed(own, other, ETA_CROSSOVER, draws);
    else if (cross && swaps) place = other;
    if (!changes) return place;
    return isNumber ? mutated(place, ETA_MUTATION, draws) : draws.uniform();
  });
}

interface Parent extends Ranked {
  readonly values: Values;
}

/** The survivors of all generations before this one. */
function parentsOf({ trials, directions }: Sampling, generation: number, population: number): Parent[] {
  const all = costsOf(trials, directions);
  let survivors: Costs[] = [];
  let ranked: Ranked[] = [];
  for (let each = 0; each < generation; each++) {
    const born = all.filter(({ trial }) => Math.floor(trial.number / population) === each);
    const together = [...survivors, ...born];
    ranked = select(
      together.map(({ costs }) => costs),
      population,
    );
    survivors = ranked.map(({ index }) => together[index] as Costs);
  }
  return ranked.map((each, i) => ({ ...each, values: (survivors[i] as Costs).trial.params }));
}

function tournament(parents: readonly Parent[], draws: Draws): Parent {
  const [a, b] = [parents[draws.below(parents.length)], parents[draws.below(parents.length)]] as [Parent, Parent];
  return isBetter(b, a) ? b : a;
}
