import { Words } from "../data/words.js";
import type { Inputs } from "../model/fields.js";
import { type TrainingData, targetRows } from "../model/inputs.js";
import type { Model } from "../model/model.js";
import { checkSeed, stream } from "../tensor/random.js";
import type { Tensor, TensorLike } from "../tensor/tensor.js";
import { checkBoolean, checkNumber, checkOptions } from "../util/check.js";
import { NumericError } from "../util/errors.js";
import { checkModel, firstRows } from "./batch.js";
import { type CriticalKind, curvatureAt, probeAlong } from "./curvature.js";
import { functionProbe } from "./function-probe.js";
import { norm } from "./lanczos.js";
import { type Probe, probe, rowsOf } from "./probe.js";

export interface CriticalPointOptions {
  /** The gradient counts as 0 up to this length, > 0. Default: 1e-3. */
  gradientTolerance?: number;
  /** A curvature counts as 0 up to this, times the largest where that is above 1; > 0. Default: 1e-4. */
  curvatureTolerance?: number;
  /** Lanczos iterations, two gradients each, at most one for each weight. Default: 64. */
  iterations?: number;
  /** How far steps go that look beyond the second order, > 0. Default: 0.1. */
  radius?: number;
  /** Rows of the data from the first on. Default: 2048. */
  maxRows?: number;
  /** Of a model: true takes the loss as `fit` does, with dropout (one mask) and batch normalization by each batch. Default: false. */
  training?: boolean;
  /** Draws the directions. Default: 0. */
  seed?: number;
}

/** What `criticalPoint` found. */
export interface CriticalPoint {
  readonly kind: CriticalKind;
  /** The Hessian has a direction without curvature, which the verdict had to look along. */
  readonly degenerate: boolean;
  readonly loss: number;
  /** ‖∇f‖₂. */
  readonly gradientNorm: number;
  /** The extreme eigenvalues of the Hessian, each with how far from one it is at most. */
  readonly smallest: { readonly value: number; readonly error: number };
  readonly largest: { readonly value: number; readonly error: number };
  /** The direction of length 1 in which the loss bends down most, for a step off a saddle: the weights one behind the other. */
  readonly downward: Float64Array;
  /** Up to which gradient and curvature count as 0. */
  readonly tolerance: { readonly gradient: number; readonly curvature: number };
  /** All of it as lines to read. */
  readonly summary: string;
  toString(): string;
}

const OPERATION = "criticalPoint";
/** Directions at random, beside those of the eigenvectors and of the axes. */
const DIRECTIONS = 32;
const MOST_AXES = 64;
const OPTIONS = ["gradientTolerance", "curvatureTolerance", "iterations", "radius", "seed"];

/**
 * What kind of point a model's weights, or the arguments of a function, are at. Where ‖∇f‖ is above its tolerance: `"not critical"`. Else by
 * the extreme eigenvalues λ of the Hessian: both signs `"saddle"`, all above 0 `"minimum"`, all below `"maximum"`.
 *
 * They come from Lanczos iterations on products H v = (∇f(w + h v) − ∇f(w − h v)) / 2h, in float64. Where the least curvature, or all of it,
 * counts as 0, the second order cannot tell; steps of length `radius` along the flat directions do: down somewhere is a `"saddle"`, as of
 * x³ − 3xy² at 0; up everywhere a `"minimum"`, as of x⁴; no change within the tolerance leaves a `"plateau"` where all is flat, else a minimum
 * with `degenerate: true`. They are a sample, no proof. A kink, as of relu, has no Hessian: its curvature is then that of one side or a spike.
 *
 * After Goodfellow, Bengio and Courville, Deep Learning, sections 4.3.1 and 8.2.3; Dauphin et al., "Identifying and attacking the saddle
 * point problem" (2014); "The problem of local optima" in Ng's "Improving deep neural networks". A network is copied and left as it is.
 *
 * @param target a compiled model, or a function of tensors that returns a scalar one
 * @param data for a model rows with their targets; for a function its arguments
 * @throws StateError for a model that is not compiled or data without rows; ShapeError, ValueError for rows or arguments that do not fit;
 *   NumericError where loss or gradient is not finite
 * @example
 * const monkey = (p: wg.Tensor) => {
 *   const [x, y] = [wg.slice(p, [0], [1]), wg.slice(p, [1], [1])];
 *   return wg.sum(wg.sub(wg.mul(x, wg.square(x)), wg.mul(3, wg.mul(x, wg.square(y)))));
 * };
 * const found = await criticalPoint(monkey, [[0, 0]]);
 * found.kind; // "saddle"
 * found.degenerate; // true
 * (await criticalPoint((x) => wg.sum(wg.square(x)), [[0, 0]])).kind; // "minimum"
 */
export async function criticalPoint(
  target: Model,
  data: TrainingData,
  options?: CriticalPointOptions,
): Promise<CriticalPoint>;
export async function criticalPoint(
  target: Model,
  x: Inputs,
  y: Inputs,
  options?: CriticalPointOptions,
): Promise<CriticalPoint>;
export async function criticalPoint<A extends Tensor[]>(
  target: (...x: A) => Tensor,
  data: readonly TensorLike[],
  options?: Omit<CriticalPointOptions, "training" | "maxRows">,
): Promise<CriticalPoint>;
export async function criticalPoint(
  target: Model | ((...x: never[]) => Tensor),
  data: unknown,
  second?: unknown,
  third?: unknown,
): Promise<CriticalPoint> {
  if (typeof target === "function") {
    const options = checkAll(second, OPTIONS);
    return classify(functionProbe(OPERATION, target, data), options, "the function");
  }
  checkModel(OPERATION, target);
  const [source, given] = targetRows(OPERATION, target, data, second, third);
  const options = checkAll(given, [...OPTIONS, "maxRows", "training"]);
  const batches = await firstRows(OPERATION, source, options.maxRows);
  const surface = probe(OPERATION, target, batches, { training: options.training });
  const rows = batches.reduce((sum, batch) => sum + rowsOf(batch), 0);
  return classify(surface, options, `model "${target.name}" on ${rows} rows`);
}

function checkAll(given: unknown, known: readonly string[]): Required<CriticalPointOptions> {
  checkOptions(OPERATION, given, known);
  const options = (given ?? {}) as CriticalPointOptions;
  const above0 = (name: "gradientTolerance" | "curvatureTolerance" | "radius", standard: number) =>
    checkNumber(OPERATION, name, options[name] ?? standard, { above: 0 });
  const whole = (name: "iterations" | "maxRows", standard: number) =>
    checkNumber(OPERATION, name, options[name] ?? standard, { min: 1, whole: true });
  return {
    gradientTolerance: above0("gradientTolerance", 1e-3),
    curvatureTolerance: above0("curvatureTolerance", 1e-4),
    radius: above0("radius", 0.1),
    iterations: whole("iterations", 64),
    maxRows: whole("maxRows", 2048),
    training: checkBoolean(OPERATION, "training", options.training ?? false),
    seed: checkSeed(OPERATION, options.seed ?? 0),
  };
}

function classify(surface: Probe, options: Required<CriticalPointOptions>, what: string): CriticalPoint {
  const { gradientTolerance, iterations, radius, seed } = options;
  const at = surface.weights();
  const found = curvatureAt(surface, at, iterations, seed);
  const gradientNorm = norm(found.gradient);
  const [first, last] = [found.pairs[0], found.pairs.at(-1)];
  const finite = [found.loss, gradientNorm, first?.value, last?.value].every(Number.isFinite);
  if (!first || !last || !finite) {
    throw new NumericError(`${OPERATION}: loss and gradient expected finite numbers, got a loss of ${found.loss}`);
  }
  const widest = Math.max(Math.abs(first.value), Math.abs(last.value));
  const flat = options.curvatureTolerance * Math.max(1, widest);
  const isCritical = gradientNorm <= gradientTolerance;
  const degenerate = found.pairs.some(({ value }) => Math.abs(value) <= flat);
  const allFlat = widest <= flat;
  let kind: CriticalKind;
  let beyond = "";
  if (!isCritical) kind = "not critical";
  else if (first.value < -flat && last.value > flat) kind = "saddle";
  else if (!degenerate) kind = first.value > 0 ? "minimum" : "maximum";
  else {
    const level = found.pairs.filter(({ value }) => Math.abs(value) <= flat).map(({ vector }) => vector);
    const directions = allFlat ? [...level, ...spread(surface.size, seed)] : level;
    const { lowest, highest } = probeAlong(surface, at, found, directions, radius);
    const [down, up] = [lowest < -flat, highest > flat];
    const bendsUp = up || last.value > flat;
    const bendsDown = down || first.value < -flat;
    kind = bendsUp && bendsDown ? "saddle" : bendsUp ? "minimum" : bendsDown ? "maximum" : "plateau";
    beyond =
      `The second order cannot tell: ${allFlat ? "every" : "some"} direction has no curvature. ` +
      `Steps of ${radius} along ${directions.length} direction${directions.length === 1 ? "" : "s"} and back ` +
      `${down && up ? "go up in some and down in others" : down ? "go down in some" : up ? "go up in some and down in none" : "change nothing"}.`;
  }
  const text = (v: number) => v.toPrecision(3);
  const lines = [
    `${what}: loss ${text(found.loss)}, gradient norm ${text(gradientNorm)} (counts as 0 up to ${text(gradientTolerance)})`,
    `Hessian eigenvalues from ${text(first.value)} ± ${first.error.toExponential(0)} to ${text(last.value)} ± ${last.error.toExponential(0)} (count as 0 up to ${text(flat)})`,
  ];
  if (beyond) lines.push(beyond);
  lines.push(`${WORDS[kind]}${degenerate && kind === "minimum" ? " There are directions in which it is flat." : ""}`);
  const summary = lines.join("\n");
  return {
    kind,
    degenerate,
    loss: found.loss,
    gradientNorm,
    smallest: { value: first.value, error: first.error },
    largest: { value: last.value, error: last.error },
    downward: first.vector,
    tolerance: { gradient: gradientTolerance, curvature: flat },
    summary,
    toString: () => summary,
  };
}

const WORDS: Record<CriticalKind, string> = {
  minimum: "A minimum: it bends down in no direction that was seen.",
  maximum: "A maximum: it bends up in no direction that was seen.",
  saddle: "A saddle: up in some directions, down in others.",
  plateau: "A plateau: flat in all directions that were tried.",
  "not critical": "Not a critical point: the gradient still leads down.",
};

/** The axes where they are few, and random directions of length 1. */
function spread(size: number, seed: number): Float64Array[] {
  const axes = Array.from({ length: size <= MOST_AXES ? size : 0 }, (_, i) => {
    const axis = new Float64Array(size);
    axis[i] = 1;
    return axis;
  });
  const words = new Words(stream("criticalPoint/directions", seed), 0);
  const random = Array.from({ length: DIRECTIONS }, () => {
    const direction = Float64Array.from({ length: size }, () => words.between(-1, 1));
    const length = norm(direction);
    return direction.map((each) => each / length);
  });
  return [...axes, ...random];
}
