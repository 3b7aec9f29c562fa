import { ValueError } from "../util/errors.js";

/** Quotas nearer than this to a whole number, or to each other, differ by rounding alone: 2^31 rows times 2^-52. */
const ROUNDING = 1e-6;

/**
 * `count` rows by ratios that sum to 1, by largest remainder: each part gets the whole part of its quota, and the rows left over go one
 * each to the parts whose quota lost most, the earlier part first where they lost the same.
 */
export function partSizes(count: number, ratios: readonly number[]): number[] {
  const quotas = quotasOf(count, ratios);
  const sizes = quotas.map(({ whole }) => whole);
  const left = count - sum(sizes);
  const byRemainder = quotas.map((_, p) => p).sort((a, b) => remainder(quotas[b]) - remainder(quotas[a]) || a - b);
  for (const p of byRemainder.slice(0, left)) (sizes[p] as number)++;
  return sizes;
}

interface Quota {
  readonly whole: number;
  /** In millionths, so that equal ones compare equal. */
  readonly millionths: number;
}

function quotasOf(count: number, ratios: readonly number[]): Quota[] {
  const total = sum(ratios);
  return ratios.map((ratio) => {
    const exact = (count * ratio) / total;
    const whole = Math.floor(exact + ROUNDING);
    return { whole, millionths: Math.max(0, Math.round((exact - whole) / ROUNDING)) };
  });
}

function remainder(quota: Quota | undefined): number {
  return (quota as Quota).millionths;
}

/**
 * How many rows of each class go to each part: `result[c][p]` is the quota of class c in part p, rounded down or up and at least 1. Part
 * sizes are those of `partSizes` as far as that allows.
 *
 * @throws ValueError where a class would be missing in a part
 */
export function classSizes(
  operation: string,
  classes: readonly { readonly name: string; readonly count: number }[],
  ratios: readonly number[],
): number[][] {
  const counts = classes.map(({ count }) => count);
  const total = sum(counts);
  const space = partSizes(total, ratios);
  const open: boolean[][] = [];
  const sizes = classes.map(({ name, count }, c) => {
    const quotas = quotasOf(count, ratios);
    open[c] = quotas.map(({ whole, millionths }) => whole > 0 && millionths > 0);
    const least = quotas.map(({ whole }) => Math.max(1, whole));
    if (sum(least) > count) {
      const p = quotas.findIndex(({ whole }) => whole === 0);
      throw missing(
        operation,
        `class ${name} with ${count} ${count === 1 ? "row" : "rows"}, of which ratio ${ratios[p]} leaves none`,
      );
    }
    return least;
  });
  space.forEach((size, p) => {
    const least = sum(sizes.map((row) => row[p] as number));
    if (least > size && classes.length > size) {
      throw missing(operation, `${classes.length} classes for the ${size} rows of ratio ${ratios[p]}`);
    }
    space[p] = size - least;
  });
  placeRest(counts, sizes, open, space);
  return sizes;
}

function missing(operation: string, got: string): ValueError {
  return new ValueError(
    `${operation}: stratify expected rows enough for every class in every part, got ${got}; ` +
      "merge rare classes, make that part bigger, or leave stratify out",
  );
}

/**
 * Rounds up as many cells as rows are left of each class: first where the part has space; where none of a class's open cells has,
 * another class moves over; and where none can, the part grows.
 */
function placeRest(counts: readonly number[], sizes: number[][], open: boolean[][], space: number[]): void {
  const round = (c: number, p: number, by: 1 | -1) => {
    ((sizes[c] as number[])[p] as number) += by;
    (open[c] as boolean[])[p] = by < 0;
  };
  /** Cells that are rounded up and can be rounded down again. */
  const raised = counts.map(() => new Set<number>());
  const raise = (c: number, p: number) => {
    round(c, p, 1);
    (raised[c] as Set<number>).add(p);
  };
  const lower = (c: number, p: number) => {
    round(c, p, -1);
    (raised[c] as Set<number>).delete(p);
  };
  const openOf = (c: number) => (open[c] as boolean[]).flatMap((isOpen, p) => (isOpen ? [p] : []));

  /** Breadth first from a class, over classes that could move over, to a part with space. */
  const moveOver = (from: number): boolean => {
    const reached = new Map<number, { c: number; p: number | undefined }>();
    const queue: { c: number; p: number | undefined }[] = [{ c: from, p: undefined }];
    for (const here of queue) {
      for (const p of openOf(here.c)) {
        if (reached.has(p)) continue;
        reached.set(p, here);
        if ((space[p] as number) > 0) {
          (space[p] as number)--;
          for (let step: number | undefined = p; step !== undefined; ) {
            const { c, p: left } = reached.get(step) as { c: number; p: number | undefined };
            raise(c, step);
            if (left !== undefined) lower(c, left);
            step = left;
          }
          return true;
        }
        raised.forEach((parts, c) => {
          if (parts.has(p)) queue.push({ c, p });
        });
      }
    }
    return false;
  };

  counts.forEach((count, c) => {
    for (let left = count - sum(sizes[c] as number[]); left > 0; left--) {
      const [roomiest] = openOf(c).sort((a, b) => (space[b] as number) - (space[a] as number) || a - b) as [number];
      if ((space[roomiest] as number) <= 0 && moveOver(c)) continue;
      raise(c, roomiest);
      (space[roomiest] as number)--;
    }
  });
}

/**
 * The part of each group, so that part sizes come near to those of `partSizes`: the largest group first, each to the part that lacks most;
 * then groups move and change places while that brings the sizes nearer (by the sum of squared differences). Every part gets a group.
 *
 * @param counts rows of each group, at least as many groups as ratios
 */
export function groupParts(counts: readonly number[], ratios: readonly number[]): Uint32Array {
  const lack = partSizes(sum(counts), ratios);
  const partOf = new Uint32Array(counts.length);
  /** The groups of each part, by their size. */
  const groups = ratios.map(() => new Map<number, number[]>());
  const groupCount = ratios.map(() => 0);
  const put = (group: number, p: number) => {
    const size = counts[group] as number;
    const alike = groups[p] as Map<number, number[]>;
    partOf[group] = p;
    (lack[p] as number) -= size;
    (groupCount[p] as number)++;
    const list = alike.get(size);
    if (list) list.push(group);
    else alike.set(size, [group]);
  };
  const pull = (size: number, p: number): number => {
    const alike = groups[p] as Map<number, number[]>;
    const list = alike.get(size) as number[];
    if (list.length === 1) alike.delete(size);
    (lack[p] as number) += size;
    (groupCount[p] as number)--;
    return list.pop() as number;
  };

  const bySize = counts.map((_, group) => group).sort((a, b) => (counts[b] as number) - (counts[a] as number) || a - b);
  for (const group of bySize) put(group, lack.indexOf(Math.max(...lack)));
  ratios.forEach((_, p) => {
    if (groupCount[p] !== 0) return;
    const from = groupCount.indexOf(Math.max(...groupCount));
    put(pull(Math.min(...(groups[from] as Map<number, number[]>).keys()), from), p);
  });

  /** The best exchange between two parts: a size from each, 0 for none. */
  const best = (p: number, q: number): { gain: number; a: number; b: number } => {
    const found = { gain: 0, a: 0, b: 0 };
    const [fromP, fromQ] = [p, q].map((part) => [0, ...(groups[part] as Map<number, number[]>).keys()]);
    const gap = (lack[p] as number) - (lack[q] as number);
    for (const a of fromP as number[]) {
      for (const b of fromQ as number[]) {
        if ((b === 0 && groupCount[p] === 1) || (a === 0 && groupCount[q] === 1)) continue;
        // lack[p]² + lack[q]² less the same after `b − a` rows have gone from q to p, halved.
        const gain = (b - a) * (gap - (b - a));
        if (gain > found.gain) Object.assign(found, { gain, a, b });
      }
    }
    return found;
  };
  for (let better = true; better; ) {
    better = false;
    for (let p = 0; p < ratios.length; p++) {
      for (let q = p + 1; q < ratios.length; q++) {
        const { gain, a, b } = best(p, q);
        if (gain <= 0) continue;
        const [out, back] = [a > 0 ? pull(a, p) : undefined, b > 0 ? pull(b, q) : undefined];
        if (out !== undefined) put(out, q);
        if (back !== undefined) put(back, p);
        better = true;
      }
    }
  }
  return partOf;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, n) => total + n, 0);
}
