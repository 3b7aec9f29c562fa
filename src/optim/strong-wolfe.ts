/** A point on the line x + t · d: the loss there, its slope along d, and where its gradient is kept. */
export interface Point {
  readonly t: number;
  readonly loss: number;
  readonly slope: number;
  readonly gradient: number;
}

/** Enough decrease (Armijo) and enough flattening (curvature): Nocedal and Wright, equations 3.7. */
const DECREASE = 1e-4;
const FLATTENING = 0.9;
const MOST_TRIALS = 25;

/**
 * A step length t that satisfies the strong Wolfe conditions, loss(t) ≤ loss(0) + 1e-4 · t · slope(0) and |slope(t)| ≤ 0.9 · |slope(0)|: first
 * the interval is widened until it holds one, then narrowed by cubic interpolation (Nocedal and Wright, Numerical Optimization, 2006,
 * algorithms 3.5 and 3.6; the trial lengths and the 25 trials at most are those of PyTorch 1.13, after Schmidt's minFunc).
 *
 * @param start the point t = 0
 * @param first the first trial
 * @param size the largest element of d, ∞-norm
 * @param tolerance an interval whose end points differ by less, in the weight that moves most, is not narrowed
 * @param evaluate makes the point at t; the gradients of `live` points must stay
 */
export function strongWolfe(
  start: Point,
  first: number,
  size: number,
  tolerance: number,
  evaluate: (t: number, live: readonly Point[]) => Point,
): { point: Point; evaluations: number } {
  const enough = (point: Point) => point.loss <= start.loss + DECREASE * point.t * start.slope;
  const flat = (point: Point) => Math.abs(point.slope) <= -FLATTENING * start.slope;

  let trials = 0;
  let before = start;
  let now = evaluate(first, [start]);
  let ends: [Point, Point] | undefined;
  for (; trials < MOST_TRIALS; trials++) {
    if (!enough(now) || (trials > 1 && now.loss >= before.loss)) {
      ends = [before, now];
      break;
    }
    if (flat(now)) return { point: now, evaluations: trials + 1 };
    if (now.slope >= 0) {
      ends = [before, now];
      break;
    }
    const t = cubicMinimum(before, now, now.t + 0.01 * (now.t - before.t), now.t * 10);
    before = now;
    now = evaluate(t, [start, before]);
  }
  const bracket = ends ?? [start, now];
  // The end with the smaller loss; of two alike the first, as in PyTorch.
  let low = bracket[0].loss <= bracket[1].loss ? 0 : 1;
  let done = false;
  let stuck = false;
  while (!done && trials < MOST_TRIALS && Math.abs(bracket[1].t - bracket[0].t) * size >= tolerance) {
    const [least, most] = bracket.map(({ t }) => t).sort((a, b) => a - b) as [number, number];
    let t = cubicMinimum(...bracket, least, most);
    // Twice in a row close to an end, or on it: a tenth of the interval away from it instead.
    const margin = 0.1 * (most - least);
    const close = Math.min(most - t, t - least) < margin;
    if (close && (stuck || t >= most || t <= least)) {
      t = Math.abs(t - most) < Math.abs(t - least) ? most - margin : least + margin;
      stuck = false;
    } else stuck = close;

    const [best, other] = [bracket[low] as Point, bracket[1 - low] as Point];
    const point = evaluate(t, bracket);
    trials++;
    if (!enough(point) || point.loss >= best.loss) {
      bracket[1 - low] = point;
      low = bracket[0].loss <= bracket[1].loss ? 0 : 1;
      continue;
    }
    done = flat(point);
    if (!done && point.slope * (other.t - best.t) >= 0) bracket[1 - low] = best;
    bracket[low] = point;
  }
  return { point: bracket[low] as Point, evaluations: trials + 1 };
}

/** Where the cubic through both losses with both slopes is least, within bounds; their middle where it has no minimum. */
function cubicMinimum(a: Point, b: Point, least: number, most: number): number {
  const [x, y] = a.t <= b.t ? [a, b] : [b, a];
  const mean = x.slope + y.slope - (3 * (x.loss - y.loss)) / (x.t - y.t);
  const square = mean * mean - x.slope * y.slope;
  if (!(square >= 0)) return (least + most) / 2;
  const root = Math.sqrt(square);
  const t = y.t - (y.t - x.t) * ((y.slope + root - mean) / (y.slope - x.slope + 2 * root));
  return Math.min(Math.max(t, least), most);
}
