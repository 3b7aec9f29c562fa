import { dominates } from "../../pareto.js";

type Points = readonly (readonly number[])[];

/**
 * The front of each point, from 0: those that nothing dominates, those that only these dominate, and so on (Deb, Pratap, Agarwal and
 * Meyarivan, "A Fast and Elitist Multiobjective Genetic Algorithm: NSGA-II", IEEE Trans. Evol. Comput. 6, 2002, section III.A).
 */
export function frontsOf(points: Points): number[] {
  const beats: number[][] = points.map(() => []);
  const beatenBy = points.map(() => 0);
  points.forEach((a, i) => {
    points.forEach((b, j) => {
      if (!dominates(a, b)) return;
      beats[i]?.push(j);
      beatenBy[j] = (beatenBy[j] as number) + 1;
    });
  });
  const fronts = points.map(() => 0);
  let front = Array.from(points.keys()).filter((i) => beatenBy[i] === 0);
  for (let number = 0; front.length > 0; number++) {
    const next: number[] = [];
    for (const i of front) {
      fronts[i] = number;
      for (const j of beats[i] as number[]) {
        beatenBy[j] = (beatenBy[j] as number) - 1;
        if (beatenBy[j] === 0) next.push(j);
      }
    }
    front = next;
  }
  return fronts;
}

/** How far the neighbours of each point of a front are apart, summed over the objectives in units of their ranges; ∞ at the ends (section III.B). */
export function crowdingOf(points: Points): number[] {
  const out = points.map(() => 0);
  const objectives = points[0]?.length ?? 0;
  for (let k = 0; k < objectives; k++) {
    const at = (i: number) => points[i]?.[k] as number;
    const order = Array.from(points.keys()).sort((a, b) => (at(a) < at(b) ? -1 : at(a) > at(b) ? 1 : a - b));
    const [first, last] = [order[0], order.at(-1)] as [number, number];
    const range = at(last) - at(first);
    out[first] = Number.POSITIVE_INFINITY;
    out[last] = Number.POSITIVE_INFINITY;
    if (!(range > 0 && range < Number.POSITIVE_INFINITY)) continue;
    for (let i = 1; i < order.length - 1; i++) {
      const own = order[i] as number;
      out[own] = (out[own] as number) + (at(order[i + 1] as number) - at(order[i - 1] as number)) / range;
    }
  }
  return out;
}

/** A point as tournaments see it. */
export interface Ranked {
  readonly index: number;
  readonly front: number;
  readonly crowding: number;
}

/** In a lower front, or in the same one with more room. */
export const isBetter = (a: Ranked, b: Ranked): boolean =>
  a.front < b.front || (a.front === b.front && a.crowding > b.crowding);

/** The best `count` points, the last front cut where it is most crowded. */
export function select(points: Points, count: number): Ranked[] {
  const fronts = frontsOf(points);
  const out: Ranked[] = [];
  for (let front = 0; out.length < Math.min(count, points.length); front++) {
    const members = Array.from(points.keys()).filter((i) => fronts[i] === front);
    const crowding = crowdingOf(members.map((i) => points[i] as readonly number[]));
    const ranked = members.map((index, i) => ({ index, front, crowding: crowding[i] as number }));
    ranked.sort((a, b) => (a.crowding === b.crowding ? a.index - b.index : b.crowding - a.crowding));
    out.push(...ranked.slice(0, count - out.length));
  }
  return out;
}
