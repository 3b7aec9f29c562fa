import type { Column, Leaf, Side } from "./forest.js";

/**
 * What share of a tree's variance over the whole space each column explains by itself: the variance of its marginal, the tree's mean over all
 * other columns, exact since a tree is constant in boxes (Hutter, Hoos and Leyton-Brown, "An Efficient Approach for Assessing
 * Hyperparameter Importance", ICML 2014, section 3).
 *
 * @returns undefined for a tree that says the same everywhere
 */
export function sharesOf(leaves: readonly Leaf[], columns: readonly Column[]): number[] | undefined {
  const volumes = leaves.map(({ sides }) => sides.reduce((volume, { width }) => volume * width, 1));
  const mean = leaves.reduce((sum, { value }, i) => sum + (volumes[i] as number) * value, 0);
  const variance = leaves.reduce((sum, { value }, i) => sum + (volumes[i] as number) * (value - mean) ** 2, 0);
  if (!(variance > 0)) return undefined;
  return columns.map(({ count }, column) => {
    // A leaf's part in the marginal, wherever the leaf reaches in this column.
    const parts = leaves.map(({ sides, value }, i) => {
      const side = sides[column] as Side;
      return { side, part: ((value - mean) * (volumes[i] as number)) / side.width };
    });
    return (count === undefined ? varianceAlong(parts) : varianceOver(count, parts)) / variance;
  });
}

interface Part {
  readonly side: Side;
  readonly part: number;
}

/** The variance of a marginal that is constant between the edges of the leaves. */
function varianceAlong(parts: readonly Part[]): number {
  const edges = Float64Array.from(new Set(parts.flatMap(({ side }) => [side.from, side.to]))).sort();
  const indexOf = new Map(Array.from(edges, (edge, i) => [edge, i]));
  const changes = new Float64Array(edges.length);
  for (const { side, part } of parts) {
    (changes[indexOf.get(side.from) as number] as number) += part;
    (changes[indexOf.get(side.to) as number] as number) -= part;
  }
  let [sum, level] = [0, 0];
  for (let i = 0; i + 1 < edges.length; i++) {
    level += changes[i] as number;
    sum += level * level * ((edges[i + 1] as number) - (edges[i] as number));
  }
  return sum;
}

function varianceOver(count: number, parts: readonly Part[]): number {
  const levels = new Float64Array(count);
  for (const { side, part } of parts) {
    for (const member of side.members as readonly number[]) (levels[member] as number) += part;
  }
  return levels.reduce((sum, level) => sum + level * level, 0) / count;
}
