import { checkNumber, checkOptions } from "../../util/check.js";
import { integerPower } from "../../util/math.js";
import type { Sampler, Sampling } from "../sampler.js";
import { placesOf, valuesAt } from "../space.js";
import type { FrozenTrial } from "../trial.js";

export interface CoarseToFineOptions {
  /** Trials over the whole space before the first narrowing, and between narrowings. Default: 20. */
  trials?: number;
  /** The side of the region after each narrowing over that before it. Default: 0.5. */
  shrink?: number;
  /** How many of the best trials the region is laid around. Default: 3. */
  best?: number;
}

/**
 * Random search that narrows: after each round of `trials` the region is laid around the middle of the best trials, with `shrink` of the
 * side that it had, and kept inside the space. Ng, Deep Learning Specialization, course 2, week 3, "Tuning Process": coarse to fine.
 * Choices are drawn from those of the best trials.
 *
 * @throws ValueError
 * @example
 * coarseToFine({ trials: 25, shrink: 0.4 }).name; // "coarseToFine"
 */
export function coarseToFine(options: CoarseToFineOptions = {}): Sampler {
  const operation = "coarseToFine";
  checkOptions(operation, options, ["trials", "shrink", "best"]);
  const { trials: round = 20, shrink = 0.5, best = 3 } = options;
  checkNumber(operation, "trials", round, { min: 2, whole: true });
  checkNumber(operation, "shrink", shrink, { above: 0, below: 1 });
  checkNumber(operation, "best", best, { min: 1, max: round, whole: true });
  return {
    name: operation,
    sample(sampling) {
      const { space, draws, number } = sampling;
      const turns = Math.floor(number / round);
      const leaders = turns === 0 ? [] : leading(sampling, turns * round, best);
      if (leaders.length === 0) return valuesAt(space, () => draws.uniform());
      const places = leaders.map(({ params }) => placesOf(space, params));
      const side = integerPower(shrink, turns);
      return valuesAt(space, (name, parameter) => {
        const u = draws.uniform();
        const known = places.flatMap((each) => each[name] ?? []);
        if (known.length === 0) return u;
        if (parameter.type === "choice") return known[Math.floor(u * known.length)] as number;
        const middle = known.reduce((sum, place) => sum + place, 0) / known.length;
        const low = Math.min(1 - side, Math.max(0, middle - side / 2));
        return low + side * u;
      });
    },
  };
}

/** The best complete trials of those that were begun before `end`. */
function leading({ trials, directions }: Sampling, end: number, count: number): FrozenTrial[] {
  const sign = directions[0] === "maximize" ? -1 : 1;
  const costOf = ({ values }: FrozenTrial): number => sign * (values?.[0] as number);
  return trials
    .filter(({ state, number }) => state === "complete" && number < end)
    .sort((p, q) => costOf(p) - costOf(q) || p.number - q.number)
    .slice(0, count);
}
