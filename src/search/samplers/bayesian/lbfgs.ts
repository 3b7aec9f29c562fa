/** What is minimized: its value at x, its gradient into `gradient`. ∞ where it has none. */
export type Objective = (x: Float64Array, gradient: Float64Array) => number;

export interface LbfgsOptions {
  /** The most steps. */
  readonly steps: number;
  /** Ends where no component of the projected gradient is larger, or a step gains less than this share of the value. */
  readonly tolerance: number;
}

interface Pair {
  readonly s: Float64Array;
  readonly y: Float64Array;
  readonly rho: number;
}

/** Pairs of a step and the gradient's change that the curvature is made of. */
const MEMORY = 10;

/**
 * A minimum between bounds near `start`: L-BFGS (Nocedal, "Updating quasi-Newton matrices with limited storage", 1980) in the variables
 * that no bound holds, with a backtracking search along the projected path (Bertsekas, "Projected Newton methods", 1982).
 */
export function lbfgs(
  objective: Objective,
  start: Float64Array,
  lower: Float64Array,
  upper: Float64Array,
  { steps, tolerance }: LbfgsOptions,
): { x: Float64Array; value: number } {
  const n = start.length;
  let x: Float64Array = start.map((each, i) => Math.min(upper[i] as number, Math.max(lower[i] as number, each)));
  let gradient: Float64Array = new Float64Array(n);
  let value = objective(x, gradient);
  let pairs: Pair[] = [];
  for (let step = 0; step < steps && Number.isFinite(value); step++) {
    const held = Array.from(x, (each, i) => {
      const g = gradient[i] as number;
      return (each <= (lower[i] as number) && g > 0) || (each >= (upper[i] as number) && g < 0);
    });
    const free = gradient.map((g, i) => (held[i] ? 0 : g));
    if (free.every((g) => Math.abs(g) <= tolerance)) break;
    let direction = descent(free, pairs, held);
    if (!(dot(direction, free) < 0)) {
      pairs = [];
      direction = free.map((g) => -g);
    }
    const found = search(objective, x, value, gradient, direction, lower, upper, pairs.length > 0);
    if (!found) {
      if (pairs.length === 0) break;
      pairs = [];
      continue;
    }
    const s = found.x.map((each, i) => each - (x[i] as number));
    const y = found.gradient.map((each, i) => each - (gradient[i] as number));
    const curvature = dot(s, y);
    if (curvature > 1e-10 * Math.sqrt(dot(s, s) * dot(y, y))) {
      pairs = [...pairs.slice(1 - MEMORY), { s, y, rho: 1 / curvature }];
    }
    const gained = value - found.value;
    ({ x, gradient, value } = found);
    if (gained <= 1e-3 * tolerance * Math.max(1, Math.abs(value))) break;
  }
  return { x, value };
}

/** −H·g by the two loops. */
function descent(gradient: Float64Array, pairs: readonly Pair[], held: readonly boolean[]): Float64Array {
  const d = gradient.map((g) => -g);
  const alphas: number[] = [];
  for (let k = pairs.length - 1; k >= 0; k--) {
    const { s, y, rho } = pairs[k] as Pair;
    alphas[k] = rho * dot(s, d);
    add(d, -(alphas[k] as number), y);
  }
  const last = pairs.at(-1);
  if (last) {
    const scale = 1 / (last.rho * dot(last.y, last.y));
    for (let i = 0; i < d.length; i++) d[i] = (d[i] as number) * scale;
  }
  pairs.forEach(({ s, y, rho }, k) => {
    add(d, (alphas[k] as number) - rho * dot(y, d), s);
  });
  return d.map((each, i) => (held[i] ? 0 : each));
}

function search(
  objective: Objective,
  from: Float64Array,
  value: number,
  slopes: Float64Array,
  direction: Float64Array,
  lower: Float64Array,
  upper: Float64Array,
  scaled: boolean,
): { x: Float64Array; value: number; gradient: Float64Array } | undefined {
  let t = scaled ? 1 : Math.min(1, 1 / Math.sqrt(dot(direction, direction)));
  for (let tries = 0; tries < 20; tries++) {
    const x = from.map((each, i) =>
      Math.min(upper[i] as number, Math.max(lower[i] as number, each + t * (direction[i] as number))),
    );
    const gradient = new Float64Array(x.length);
    const next = objective(x, gradient);
    const expected = slopes.reduce((sum, g, i) => sum + g * ((x[i] as number) - (from[i] as number)), 0);
    if (next <= value + 1e-4 * expected && expected < 0) return { x, value: next, gradient };
    // The least point of the parabola through both values and the slope, kept away from the ends.
    const bend = next - value - expected;
    t *= Number.isFinite(next) && bend > 0 ? Math.min(0.5, Math.max(0.1, (-0.5 * expected) / bend)) : 0.2;
  }
  return undefined;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}

function add(y: Float64Array, a: number, x: Float64Array): void {
  for (let i = 0; i < y.length; i++) y[i] = (y[i] as number) + a * (x[i] as number);
}
