import { permutation, stream } from "../tensor/random.js";
import { NumericError } from "../util/errors.js";
import type { Shape } from "../util/shapes.js";
import { defaultStep } from "./numeric-gradient.js";
import type { Probe, ProbeParameter } from "./probe.js";

/** How a difference is judged: up to 1e-7, up to 1e-5, up to 1e-3, above. */
export type GradientVerdict = "right" | "look" | "suspect" | "wrong";

/** One tensor of the gradient. */
export interface CheckedTensor {
  /** `layer/weight`; `x0`, `x1`, … or a variable's name for the arguments of a function. */
  readonly name: string;
  readonly shape: Shape;
  /** Its entries, and how many of them were compared. */
  readonly size: number;
  readonly checked: number;
  /** ‖g − n‖₂ / (‖g‖₂ + ‖n‖₂) over those. */
  readonly difference: number;
  readonly verdict: GradientVerdict;
}

/** One entry of the gradient, computed in both ways. */
export interface CheckedEntry {
  readonly name: string;
  /** Its place along each axis. */
  readonly index: readonly number[];
  /** By backpropagation. */
  readonly gradient: number;
  /** By differences. */
  readonly numeric: number;
}

/** An entry at which the loss bends. */
export interface Kink extends CheckedEntry {
  /** The slopes on both sides. */
  readonly left: number;
  readonly right: number;
}

/** What the comparison of a gradient with differences found. */
export interface Comparison {
  /** ‖g − n‖₂ / (‖g‖₂ + ‖n‖₂) over all entries that were compared. */
  readonly difference: number;
  readonly verdict: GradientVerdict;
  readonly parameters: readonly CheckedTensor[];
  /** Up to five entries that differ by more than rounding, those with the largest part in the difference of their tensor first. */
  readonly worst: readonly CheckedEntry[];
  readonly kinks: readonly Kink[];
  readonly loss: number;
  /** Entries in all, and how many of them were compared. */
  readonly size: number;
  readonly checked: number;
  /** What the sample was drawn with; undefined where every entry was compared. */
  readonly seed: number | undefined;
  /** Undefined for the default, which grows with the entry. */
  readonly h: number | undefined;
}

export interface CompareSettings {
  readonly h: number | undefined;
  readonly maxEntries: number;
  readonly seed: number;
}

const WORST = 5;
/** A loss comes out of its sums and functions with an error of a few ε. */
const LOSS_ERROR = 4 * Number.EPSILON;
const VERDICTS: readonly GradientVerdict[] = ["right", "look", "suspect", "wrong"];
const BOUNDS = [1e-7, 1e-5, 1e-3];

interface Compared extends CheckedEntry {
  readonly kink: { readonly left: number; readonly right: number } | undefined;
  /** |g − n|, at a kink the distance of g from what lies between the two slopes. */
  readonly error: number;
  /** What rounding alone may make of it. */
  readonly rounding: number;
}

/** @throws NumericError where the loss is not finite */
export function compareGradients(operation: string, target: Probe, settings: CompareSettings): Comparison {
  const at = target.weights();
  const finite = (loss: number, where: string) => {
    if (Number.isFinite(loss)) return loss;
    throw new NumericError(
      `${operation}: loss expected a finite number ${where}, got ${loss}; check the data and the weights`,
    );
  };
  const loss = finite(target.lossAt(at), "at the weights");
  const gradient = target.gradientAt(at);
  const lossNear = (i: number, position: number) => {
    const moved = at.slice();
    moved[i] = position;
    return finite(target.lossAt(moved), "within h of the weights");
  };
  const groups = sample(target.parameters, settings).map(({ parameter, places }) => ({
    parameter,
    entries: places.map((place) => {
      const i = parameter.begin + place;
      const found = compareEntry((position) => lossNear(i, position), {
        loss,
        center: at[i] as number,
        gradient: gradient[i] as number,
        h: settings.h,
      });
      return { name: parameter.name, index: indexOf(place, parameter.shape), ...found };
    }),
  }));
  const parameters = groups.map(({ parameter, entries }): CheckedTensor => {
    const { name, shape, begin, end } = parameter;
    return { name, shape, size: end - begin, checked: entries.length, ...judged(entries) };
  });
  const all = groups.flatMap(({ entries }) => entries);
  const whole = judged(all);
  const bad = parameters.map(({ verdict }) => verdict).filter((each) => each === "suspect" || each === "wrong");
  return {
    difference: whole.difference,
    verdict: worse([whole.verdict, ...bad]),
    parameters,
    worst: worstOf(groups.map(({ entries }) => entries)),
    kinks: all.flatMap(({ kink, ...each }) => (kink ? [{ ...plain(each), ...kink }] : [])),
    loss,
    size: target.size,
    checked: all.length,
    seed: all.length < target.size ? settings.seed : undefined,
    h: settings.h,
  };
}

/**
 * The central difference of one entry. Where it disagrees with the gradient, differences at h / 10 tell why: the error of the formula falls,
 * a mistake stays, and a kink shows by one-sided slopes whose distance is not in proportion to h, as that of a smooth loss is.
 */
function compareEntry(
  lossAt: (position: number) => number,
  { loss, center, gradient, h }: { loss: number; center: number; gradient: number; h: number | undefined },
): Pick<Compared, "gradient" | "numeric" | "kink" | "error" | "rounding"> {
  const slopes = (step: number) => {
    const [above, below] = [center + step, center - step];
    const [high, low] = [lossAt(above), lossAt(below)];
    const numeric = (high - low) / (above - below);
    const [left, right] = [(loss - low) / (center - below), (high - loss) / (above - center)];
    const rounding = (2 * LOSS_ERROR * Math.max(Math.abs(high), Math.abs(low))) / (above - below);
    return { numeric, left, right, rounding, bend: Math.abs(right - left), error: Math.abs(gradient - numeric) };
  };
  const step = h ?? defaultStep("central", center);
  const wide = slopes(step);
  const { numeric, rounding, error, bend } = wide;
  const asItIs = { gradient, numeric, kink: undefined, error, rounding };
  if (error <= rounding) return asItIs;
  const near = slopes(step / 10);
  const smooth = (other: typeof near, part: number) =>
    Math.abs(other.bend - bend * part) <= (bend * part) / 2 + 4 * other.rounding;
  const bent = bend > 10 * rounding && !(smooth(near, 0.1) && smooth(slopes(step / 2), 0.5));
  // One-sided slopes are wrong by a multiple of h, which two of them cancel.
  const [left, right] = [(10 * near.left - wide.left) / 9, (10 * near.right - wide.right) / 9];
  const kink = bent ? { left, right } : undefined;
  if (near.error <= Math.max(near.rounding, error / 50)) {
    return { gradient, numeric: near.numeric, kink, error: near.error, rounding: near.rounding };
  }
  if (!kink || near.error > near.bend) return asItIs;
  const beyond = Math.max(0, gradient - Math.max(left, right), Math.min(left, right) - gradient);
  return { gradient, numeric, kink, error: beyond, rounding: 3 * near.rounding };
}

/** All entries, or of each tensor a share of `maxEntries`; small ones leave theirs to the others. */
function sample(
  parameters: readonly ProbeParameter[],
  { maxEntries, seed }: CompareSettings,
): { parameter: ProbeParameter; places: readonly number[] }[] {
  const sizes = parameters.map(({ begin, end }) => end - begin);
  const quotas = new Map<number, number>();
  let left = maxEntries;
  const bySize = sizes.map((size, i) => [size, i] as const).sort(([a], [b]) => a - b);
  for (const [done, [size, i]] of bySize.entries()) {
    const quota = Math.min(size, Math.max(1, Math.floor(left / (bySize.length - done))));
    quotas.set(i, quota);
    left -= quota;
  }
  return parameters.map((parameter, i) => {
    const [size, quota] = [sizes[i] as number, quotas.get(i) as number];
    const order = quota === size ? undefined : permutation(size, stream(`gradientCheck/${parameter.name}`, seed), 0);
    const places = order ? Array.from(order.subarray(0, quota)).sort((a, b) => a - b) : [...Array(size).keys()];
    return { parameter, places };
  });
}

function judged(entries: readonly Compared[]): { difference: number; verdict: GradientVerdict } {
  const error = norm(entries.map((each) => each.error));
  const scale = scaleOf(entries);
  const difference = error === 0 ? 0 : error / scale;
  if (error <= norm(entries.map((each) => each.rounding))) return { difference, verdict: "right" };
  const level = BOUNDS.findIndex((bound) => difference <= bound);
  return { difference, verdict: VERDICTS[level < 0 ? BOUNDS.length : level] as GradientVerdict };
}

/** ‖g‖ + ‖n‖; at a kink, where n is not one number, g stands for both. */
function scaleOf(entries: readonly Compared[]): number {
  return (
    norm(entries.map(({ gradient }) => gradient)) +
    norm(entries.map(({ kink, gradient, numeric }) => (kink ? gradient : numeric)))
  );
}

function worstOf(groups: readonly (readonly Compared[])[]): CheckedEntry[] {
  const parts = groups.flatMap((entries) => {
    const scale = scaleOf(entries);
    return entries.map((each) => ({ each, part: each.error <= each.rounding ? 0 : each.error / scale }));
  });
  // Of NaN and infinite entries nothing can be told but that they are the worst.
  const ranked = parts.map(({ each, part }) => ({ each, part: Number.isNaN(part) ? Number.POSITIVE_INFINITY : part }));
  const sorted = ranked.filter(({ part }) => part > 0).sort((a, b) => (a.part === b.part ? 0 : b.part - a.part));
  return sorted.slice(0, WORST).map(({ each }) => plain(each));
}

function plain({ name, index, gradient, numeric }: CheckedEntry): CheckedEntry {
  return { name, index, gradient, numeric };
}

function worse(verdicts: readonly GradientVerdict[]): GradientVerdict {
  return verdicts.reduce((worst, each) => (VERDICTS.indexOf(each) > VERDICTS.indexOf(worst) ? each : worst));
}

function norm(values: readonly number[]): number {
  return Math.sqrt(values.reduce((sum, each) => sum + each * each, 0));
}

/** The place along each axis of an element of a row-major array. */
function indexOf(place: number, shape: Shape): number[] {
  const index: number[] = [];
  let rest = place;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    index.unshift(rest % (shape[axis] as number));
    rest = Math.floor(rest / (shape[axis] as number));
  }
  return index;
}
