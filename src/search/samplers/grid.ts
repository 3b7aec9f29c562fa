import { checkNumber, checkOptions } from "../../util/check.js";
import { ValueError } from "../../util/errors.js";
import type { Choice, Parameter, Space, Values } from "../parameter.js";
import type { Sampler } from "../sampler.js";
import { isActive } from "../space.js";
import { fromUnit } from "../unit.js";

export interface GridOptions {
  /** How many values a range of numbers gets, evenly on its scale; whole numbers and steps have no more than there are. Default: 5. */
  resolution?: number;
}

/**
 * Every combination of the choices and of `resolution` values of each number, in the order of the space; the last parameter turns fastest.
 * Trials past the last combination begin anew. What a condition leaves out is not counted: combinations are those that trials can have.
 *
 * @throws ValueError where there are more than a million combinations
 * @example
 * grid({ resolution: 3 }).name; // "grid"
 */
export function grid(options: GridOptions = {}): Sampler {
  checkOptions("grid", options, ["resolution"]);
  const resolution = checkNumber("grid", "resolution", options.resolution ?? 5, { min: 1, whole: true });
  const made = new WeakMap<Space, readonly Values[]>();
  return {
    name: "grid",
    learns: false,
    sample({ space, number }) {
      const points = made.get(space) ?? pointsOf(space, resolution);
      made.set(space, points);
      return points[number % points.length] as Values;
    },
  };
}

const MOST = 1_000_000;

/** The combinations, all of them. */
export function pointsOf(space: Space, resolution: number): readonly Values[] {
  let points: Values[] = [{}];
  for (const [name, parameter] of Object.entries(space)) {
    const levels = levelsOf(parameter, resolution);
    if (points.length * levels.length > MOST) {
      throw new ValueError(
        `grid: space expected at most ${MOST} combinations, got more at "${name}"; a smaller resolution than ${resolution}, or the sampler random(), which does not grow with the parameters`,
      );
    }
    points = points.flatMap((values) =>
      isActive(parameter, values) ? levels.map((value) => ({ ...values, [name]: value })) : [values],
    );
  }
  return points;
}

/** The values of a parameter: the ends of a range and what lies evenly between. */
function levelsOf(parameter: Parameter, resolution: number): readonly Choice[] {
  if (parameter.type === "choice") return parameter.choices;
  const levels = Array.from({ length: resolution }, (_, i) => {
    if (resolution === 1) return fromUnit(parameter, 0.5);
    return fromUnit(parameter, i === resolution - 1 ? 1 : i / (resolution - 1));
  });
  return [...new Set(levels)];
}
