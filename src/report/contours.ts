type Point = readonly [number, number];

/**
 * The curves on which a grid has one value, as polylines: marching squares with straight cuts through each cell. Cells with a NaN corner
 * have none.
 *
 * @param z `z[row][column]`, at the places `ys[row]` and `xs[column]`
 */
export function contourLines(
  xs: readonly number[],
  ys: readonly number[],
  z: readonly ArrayLike<number>[],
  level: number,
): Point[][] {
  const segments: [Point, Point][] = [];
  const at = (row: number, column: number) => (z[row] as ArrayLike<number>)[column] as number;
  for (let row = 0; row + 1 < ys.length; row++) {
    for (let column = 0; column + 1 < xs.length; column++) {
      const corners = [
        [column, row],
        [column + 1, row],
        [column + 1, row + 1],
        [column, row + 1],
      ] as const;
      const values = corners.map(([i, j]) => at(j, i));
      if (values.some((value) => !Number.isFinite(value))) continue;
      const cuts = corners.flatMap((corner, k) => {
        const next = (k + 1) % 4;
        const [from, to] = [values[k] as number, values[next] as number];
        if (from < level === to < level) return [];
        return [between(xs, ys, corner, corners[next] as readonly [number, number], from, to, level)];
      });
      if (cuts.length === 2) segments.push([cuts[0] as Point, cuts[1] as Point]);
      if (cuts.length === 4) {
        // A saddle: its middle says which corners belong together.
        const isMiddleBelow = values.reduce((sum, value) => sum + value, 0) / 4 < level;
        const pairs = isMiddleBelow === (values[0] as number) < level ? [0, 1, 2, 3] : [3, 0, 1, 2];
        segments.push([cuts[pairs[0] as number] as Point, cuts[pairs[1] as number] as Point]);
        segments.push([cuts[pairs[2] as number] as Point, cuts[pairs[3] as number] as Point]);
      }
    }
  }
  return join(segments);
}

/** Where the level is met on the way from one corner to another; the same bits from either side, so that cells join. */
function between(
  xs: readonly number[],
  ys: readonly number[],
  a: readonly [number, number],
  b: readonly [number, number],
  from: number,
  to: number,
  level: number,
): Point {
  const isForward = a[0] < b[0] || a[1] < b[1];
  const [p, q, low, high] = isForward ? [a, b, from, to] : [b, a, to, from];
  const share = (level - low) / (high - low);
  const mix = (list: readonly number[], i: number, j: number) =>
    (list[i] as number) + ((list[j] as number) - (list[i] as number)) * share;
  return [mix(xs, p[0], q[0]), mix(ys, p[1], q[1])];
}

/** Segments that meet end to end, as lines. */
function join(segments: readonly (readonly [Point, Point])[]): Point[][] {
  const key = ([x, y]: Point) => `${x},${y}`;
  const ends = new Map<string, number[]>();
  segments.forEach((segment, i) => {
    for (const point of segment) ends.set(key(point), [...(ends.get(key(point)) ?? []), i]);
  });
  const isUsed = new Array<boolean>(segments.length).fill(false);
  const follow = (line: Point[]): Point[] => {
    for (;;) {
      const last = line.at(-1) as Point;
      const next = ends.get(key(last))?.find((i) => !isUsed[i]);
      if (next === undefined) return line;
      isUsed[next] = true;
      const [a, b] = segments[next] as readonly [Point, Point];
      line.push(key(a) === key(last) ? b : a);
    }
  };
  return segments.flatMap(([a, b], i) => {
    if (isUsed[i]) return [];
    isUsed[i] = true;
    return [follow(follow([a, b]).reverse())];
  });
}
