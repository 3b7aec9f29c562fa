import { integerPower, log } from "../../../util/math.js";
import type { Draws } from "../../draws.js";
import { logImprovement } from "../../normal.js";
import type { Values } from "../../parameter.js";
import { isActive, placesOf, valuesAt } from "../../space.js";
import { Sobol } from "../sobol/sequence.js";
import type { Encoding } from "./encoding.js";
import type { GaussianProcess } from "./gaussian-process.js";
import { lbfgs } from "./lbfgs.js";

/** Points that the search begins with: spread over the space, and around the best trials. */
const SPREAD = 768;
const NEAR = 256;
/** The best of them that are climbed from. */
const STARTS = 6;
/** Values of a discrete parameter that are all tried; of more, those at distances 1, 2, 4, … */
const ALL_TRIED = 16;
const ROUNDS = 6;

interface Candidate {
  /** Places in the unit interval by axis, those of inactive parameters too. */
  readonly places: number[];
  readonly values: Values;
  readonly score: number;
}

/** Where the expected improvement on `best` is largest, as far as the search finds. */
export function acquire(
  encoding: Encoding,
  process: GaussianProcess,
  best: number,
  leaders: readonly Values[],
  draws: Draws,
): Values {
  const { axes, space } = encoding;
  const valuesOf = (places: readonly number[]): Values => {
    let next = 0;
    return valuesAt(space, () => places[next++] as number);
  };
  const judged = (all: readonly number[][]): Candidate[] => {
    const values = all.map(valuesOf);
    const points = new Float64Array(all.length * encoding.width);
    values.forEach((each, i) => {
      points.set(encoding.encode(each), i * encoding.width);
    });
    const { means, variances } = process.posterior(points);
    return all.map((places, i) => {
      const deviation = Math.sqrt(variances[i] as number);
      const score = logImprovement((best - (means[i] as number)) / deviation) + log(deviation);
      return { places, values: values[i] as Values, score };
    });
  };
  const first = judged(startingPoints(encoding, leaders, draws));
  const starts = chosen(first);
  let found = starts[0] as Candidate;
  for (const each of starts) {
    const local = climb(each);
    if (local.score > found.score) found = local;
  }
  return found.values;

  /** By turns along the continuous parameters and through the values of each discrete one, until neither gains. */
  function climb(from: Candidate): Candidate {
    let at = from;
    for (let round = 0; round < ROUNDS; round++) {
      const before = at.score;
      at = slide(at);
      const discrete = axes.some(({ count }) => Number.isFinite(count));
      if (!discrete) break;
      axes.forEach((_, i) => {
        at = step(at, i);
      });
      if (at.score <= before + 1e-9) break;
    }
    return at;
  }

  function slide(from: Candidate): Candidate {
    const moving = axes.flatMap(({ parameter, count }, i) =>
      !Number.isFinite(count) && isActive(parameter, from.values) ? [i] : [],
    );
    if (moving.length === 0) return from;
    // In units of the lengths the function is as steep in each direction.
    const units = moving.map((i) => Math.sqrt(process.hyper.weights[i] as number));
    const point = encoding.encode(from.values);
    const slopes = new Float64Array(point.length);
    const { x, value } = lbfgs(
      (scaled, gradient) => {
        moving.forEach((axis, i) => {
          point[axes[axis]?.start as number] = (scaled[i] as number) / (units[i] as number);
        });
        const improvement = process.logImprovement(point, best, slopes);
        moving.forEach((axis, i) => {
          gradient[i] = -(slopes[axes[axis]?.start as number] as number) / (units[i] as number);
        });
        return -improvement;
      },
      Float64Array.from(moving, (axis, i) => (from.places[axis] as number) * (units[i] as number)),
      new Float64Array(moving.length),
      Float64Array.from(units),
      { steps: 40, tolerance: 1e-3 },
    );
    if (-value <= from.score) return from;
    const places = [...from.places];
    moving.forEach((axis, i) => {
      places[axis] = Math.min(1, (x[i] as number) / (units[i] as number));
    });
    return { places, values: valuesOf(places), score: -value };
  }

  function step(from: Candidate, axis: number): Candidate {
    const { count, parameter } = axes[axis] as (typeof axes)[number];
    if (!Number.isFinite(count) || !isActive(parameter, from.values)) return from;
    const others = neighbours(parameter.type === "choice", count, from.places[axis] as number).map((place) => {
      const places = [...from.places];
      places[axis] = place;
      return places;
    });
    return judged(others).reduce((a, b) => (b.score > a.score ? b : a), from);
  }
}

/** Middles of the parts that the values of a discrete parameter own, but that of `place`. */
function neighbours(choice: boolean, count: number, place: number): number[] {
  const own = Math.min(count - 1, Math.floor(place * count));
  const middle = (i: number) => (i + 0.5) / count;
  if (choice || count <= ALL_TRIED) {
    return Array.from({ length: count }, (_, i) => i)
      .filter((i) => i !== own)
      .map(middle);
  }
  const out: number[] = [];
  for (let distance = 1; distance < count; distance *= 2) {
    out.push(...[own - distance, own + distance].filter((i) => i >= 0 && i < count).map(middle));
  }
  return out;
}

function startingPoints({ axes, space }: Encoding, leaders: readonly Values[], draws: Draws): number[][] {
  const spread = new Sobol(draws.word(), axes.length, "candidates");
  const out = Array.from({ length: SPREAD }, (_, i) => spread.point(i));
  const places = leaders.map((values) => placesOf(space, values));
  for (let i = 0; i < NEAR && places.length > 0; i++) {
    const leader = places[i % places.length] as Record<string, number>;
    // From 0.2 down to 0.002 of the ranges; choices, and what the leader lacks, change now and then.
    const width = 0.2 / integerPower(10, i % 3);
    const changed = draws.below(axes.length);
    const one = draws.uniform() < 0.5;
    out.push(
      axes.map(({ name, parameter }, axis) => {
        const place = leader[name];
        const moves = !one || axis === changed;
        if (place === undefined || (parameter.type === "choice" && moves && draws.uniform() < 0.3))
          return draws.uniform();
        return moves && parameter.type !== "choice" ? folded(place + width * draws.normal()) : place;
      }),
    );
  }
  return out;
}

/** A number mirrored into [0, 1) at the ends. */
function folded(x: number): number {
  const turn = Math.abs(x) % 2;
  return Math.min(turn > 1 ? 2 - turn : turn, 1 - 2 ** -53);
}

/** The best ones, no two of them close to each other. */
function chosen(candidates: readonly Candidate[]): Candidate[] {
  const order = Array.from(candidates.keys()).sort((a, b) => {
    const [p, q] = [candidates[a] as Candidate, candidates[b] as Candidate];
    return q.score - p.score || a - b;
  });
  const out: Candidate[] = [];
  for (const i of order) {
    const each = candidates[i] as Candidate;
    if (out.every(({ places }) => distance(places, each.places) > 0.1)) out.push(each);
    if (out.length === STARTS) break;
  }
  return out;
}

const distance = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((most, each, i) => Math.max(most, Math.abs(each - (b[i] as number))), 0);
