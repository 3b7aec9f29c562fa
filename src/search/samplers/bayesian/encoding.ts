import type { Parameter, Space, Values } from "../../parameter.js";
import { placesOf } from "../../space.js";

/** One parameter among the coordinates of the Gaussian process. */
interface Axis {
  readonly name: string;
  readonly parameter: Parameter;
  /** Its first coordinate, and how many it has. */
  readonly start: number;
  readonly width: number;
  /** How many values it has; ∞ where it is continuous. */
  readonly count: number;
}

/**
 * Trials as points of the Gaussian process. A number is its place in the unit interval; whole numbers and steps are what they are rounded
 * to, so that the process is constant in between (Garrido-Merchán and Hernández-Lobato, "Dealing with categorical and integer-valued
 * variables in Bayesian Optimization with Gaussian processes", 2020). A choice has a corner of a simplex of edge 1 for each of its values:
 * two different ones are as far apart as any others. What a trial lacks, since its condition does not hold, is in the middle.
 */
export class Encoding {
  readonly axes: readonly Axis[];
  readonly width: number;
  /** The axis of each coordinate. */
  readonly owners: readonly number[];

  constructor(readonly space: Space) {
    let start = 0;
    this.axes = Object.entries(space).map(([name, parameter]) => {
      const width = parameter.type === "choice" && parameter.choices.length > 2 ? parameter.choices.length : 1;
      const axis = { name, parameter, start, width, count: countOf(parameter) };
      start += width;
      return axis;
    });
    this.width = start;
    this.owners = this.axes.flatMap(({ width }, i) => Array<number>(width).fill(i));
  }

  encode(values: Values): Float64Array {
    const places = placesOf(this.space, values);
    const out = new Float64Array(this.width);
    for (const { name, parameter, start, width, count } of this.axes) {
      const place = places[name];
      if (width > 1) {
        if (place !== undefined) out[start + Math.floor(place * count)] = Math.SQRT1_2;
      } else if (place === undefined) out[start] = 0.5;
      else out[start] = parameter.type === "choice" ? Math.floor(place * count) : place;
    }
    return out;
  }
}

function countOf(parameter: Parameter): number {
  if (parameter.type === "choice") return parameter.choices.length;
  const { type, low, high, step } = parameter;
  if (step !== undefined) return Math.round((high - low) / step) + 1;
  return type === "int" ? high - low + 1 : Number.POSITIVE_INFINITY;
}
