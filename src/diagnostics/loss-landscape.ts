import type { Inputs } from "../model/fields.js";
import { type TrainingData, targetRows } from "../model/inputs.js";
import type { Model } from "../model/model.js";
import { checkSeed, randomNormal } from "../tensor/random.js";
import { asTensor, checkSameShape, type TensorLike } from "../tensor/tensor.js";
import { checkBoolean, checkNumber, checkOptions, show } from "../util/check.js";
import { ValueError } from "../util/errors.js";
import { checkModel, firstRows } from "./batch.js";
import { addTo } from "./lanczos.js";
import { type Probe, type ProbeParameter, probe } from "./probe.js";

export interface LossLandscapeOptions {
  /** A line or a plane through the weights. Default: 2. */
  dimensions?: 1 | 2;
  /** How far to go along each direction: so far to both sides, or from and to. Default: 1; between two weight sets [−0.5, 1.5]. */
  range?: number | readonly [from: number, to: number];
  /** Points along each direction, from 2. Default: 21. */
  steps?: number;
  /** Draws the directions. Default: 0. */
  seed?: number;
  /** Two sets of weights, as `getWeights` returns them: the line through them, 0 at the first and 1 at the second. One dimension. */
  between?: readonly [readonly TensorLike[], readonly TensorLike[]];
  /** Rows of the data from the first on. Default: 1024. */
  maxRows?: number;
  /** True takes the loss as `fit` does, with dropout (one mask) and batch normalization by each batch. Default: false. */
  training?: boolean;
}

/** What `lossLandscape` returns. */
export interface LossLandscape {
  /** Positions along the first direction. */
  readonly x: readonly number[];
  /** Positions along the second; `[0]` in one dimension. */
  readonly y: readonly number[];
  /** The loss at `x[column]`, `y[row]`: `values[row][column]`. */
  readonly values: readonly (readonly number[])[];
  /** The loss at the model's own weights. */
  readonly loss: number;
}

const OPERATION = "lossLandscape";

/**
 * The loss around a model's weights w, along one or two random directions: L(w + x d), or L(w + x d + y e). Each filter of a direction (the
 * weights into one unit or one channel) is scaled to the length of the model's own, dᵢⱼ ← dᵢⱼ / ‖dᵢⱼ‖ · ‖wᵢⱼ‖, since units that relu or batch
 * normalization makes free of scale would otherwise look flat for being large; biases and other weights of one axis stay where they are. After
 * Li et al., "Visualizing the loss landscape of neural nets" (2018), section 4. So a position of 1 changes the weights by as much as they are.
 *
 * With `between`, the line through two sets of weights A and B: L((1 − x) A + x B) (Goodfellow, Vinyals and Saxe, 2015). Weights that are
 * not trained, such as moving averages, stay those of the model.
 *
 * All in float64 on a copy; the model is left as it is.
 *
 * @param model compiled
 * @param data rows with their targets
 * @throws StateError for a model that is not compiled or data without rows; ValueError for an unknown option or one out of range; ShapeError
 *   where rows or weights do not fit
 * @example
 * const model = wg.sequential([wg.layers.dense({ units: 1, inputShape: [1], useBias: false })]).compile({ optimizer: "sgd", loss: "mse" });
 * model.setWeights([[[2]]]);
 * // (2 + x·d − 3)², where d has the length of the weight, 2: the loss is least half a weight up.
 * const { x, values } = await lossLandscape(model, [[1]], [[3]], { dimensions: 1, steps: 5 });
 * x; // [-1, -0.5, 0, 0.5, 1]
 * [...(values[0] ?? [])].sort((a, b) => a - b); // [0, 1, 1, 4, 9]
 */
export async function lossLandscape(
  model: Model,
  data: TrainingData,
  options?: LossLandscapeOptions,
): Promise<LossLandscape>;
export async function lossLandscape(
  model: Model,
  x: Inputs,
  y: Inputs,
  options?: LossLandscapeOptions,
): Promise<LossLandscape>;
export async function lossLandscape(
  model: Model,
  data: unknown,
  second?: unknown,
  third?: unknown,
): Promise<LossLandscape> {
  checkModel(OPERATION, model);
  const [source, given] = targetRows(OPERATION, model, data, second, third);
  const options = (given ?? {}) as LossLandscapeOptions;
  checkOptions(OPERATION, given, ["dimensions", "range", "steps", "seed", "between", "maxRows", "training"]);
  const {
    between,
    dimensions = between === undefined ? 2 : 1,
    range = between === undefined ? 1 : [-0.5, 1.5],
  } = options;
  if (dimensions !== 1 && dimensions !== 2) {
    throw new ValueError(`${OPERATION}: dimensions expected 1 or 2, got ${show(dimensions)}`);
  }
  if (between !== undefined && dimensions !== 1) {
    throw new ValueError(`${OPERATION}: dimensions expected 1 for the line between two weight sets, got ${dimensions}`);
  }
  const steps = checkNumber(OPERATION, "steps", options.steps ?? 21, { min: 2, whole: true });
  const maxRows = checkNumber(OPERATION, "maxRows", options.maxRows ?? 1024, { min: 1, whole: true });
  const seed = checkSeed(OPERATION, options.seed ?? 0);
  const training = checkBoolean(OPERATION, "training", options.training ?? false);
  const axis = axisOf(range, steps);
  const ends = between === undefined ? undefined : checkEnds(model, between);
  const surface = probe(OPERATION, model, await firstRows(OPERATION, source, maxRows), { training });
  const own = surface.weights();
  const loss = surface.lossAt(own);
  const [start, directions] = ends
    ? lineThrough(surface, own, ends)
    : [own, randomDirections(surface, own, dimensions, seed)];
  const y = dimensions === 2 ? axis : [0];
  const values = y.map((b) =>
    axis.map((a) => {
      const at = start.slice();
      directions.forEach((direction, i) => {
        addTo(at, direction, i === 0 ? a : b);
      });
      return surface.lossAt(at);
    }),
  );
  return { x: axis, y, values, loss };
}

function axisOf(range: unknown, steps: number): number[] {
  const pair = typeof range === "number" ? [-range, range] : range;
  const ok = Array.isArray(pair) && pair.length === 2 && pair.every(Number.isFinite) && pair[0] < pair[1];
  if (!ok) {
    throw new ValueError(`${OPERATION}: range expected a number > 0, or two in ascending order, got ${show(range)}`);
  }
  const [from, to] = pair as [number, number];
  return Array.from({ length: steps }, (_, i) => (from * (steps - 1 - i) + to * i) / (steps - 1));
}

/** Normal directions, filter by filter as long as the weights. */
function randomDirections({ size, parameters }: Probe, own: Float64Array, count: number, seed: number): Float64Array[] {
  const drawn = Float64Array.from(randomNormal([count, size], 0, 1, "float64", seed).toTypedArray());
  return Array.from({ length: count }, (_, i) => {
    const direction = drawn.slice(i * size, (i + 1) * size);
    for (const each of parameters) normalizeFilters(direction, own, each);
    return direction;
  });
}

/** The last axis of a kernel, `[inputs, units]` or `[height, width, channels, filters]`, tells its filters apart. */
function normalizeFilters(direction: Float64Array, own: Float64Array, { shape, begin, end }: ProbeParameter): void {
  if (shape.length < 2) {
    direction.fill(0, begin, end);
    return;
  }
  const filters = shape.at(-1) as number;
  for (let filter = 0; filter < filters; filter++) {
    let [ofDirection, ofWeights] = [0, 0];
    for (let i = begin + filter; i < end; i += filters) {
      ofDirection += (direction[i] as number) ** 2;
      ofWeights += (own[i] as number) ** 2;
    }
    const factor = ofDirection === 0 ? 0 : Math.sqrt(ofWeights / ofDirection);
    for (let i = begin + filter; i < end; i += filters) direction[i] = (direction[i] as number) * factor;
  }
}

type WeightSet = ReadonlyMap<string, ArrayLike<number>>;

/** @throws ValueError, ShapeError where one is no set of weights of the model */
function checkEnds(model: Model, between: unknown): [WeightSet, WeightSet] {
  if (!Array.isArray(between) || between.length !== 2) {
    throw new ValueError(`${OPERATION}: between expected two weight sets as getWeights returns, got ${show(between)}`);
  }
  return between.map((weights: readonly TensorLike[]) => {
    if (!Array.isArray(weights) || weights.length !== model.variables.length) {
      throw new ValueError(
        `${OPERATION}: between expected ${model.variables.length} tensors as getWeights returns them, got ${show(weights)}`,
      );
    }
    return new Map(
      model.variables.map(({ name, shape }, i) => {
        const value = asTensor(weights[i] as TensorLike, model.dtype, OPERATION, "between");
        checkSameShape(OPERATION, `"${name}"`, shape, value.shape);
        return [name, value.toTypedArray()];
      }),
    );
  }) as unknown as [WeightSet, WeightSet];
}

function lineThrough(
  { parameters }: Probe,
  own: Float64Array,
  ends: readonly [WeightSet, WeightSet],
): [Float64Array, Float64Array[]] {
  const [from, to] = ends.map((weights) => {
    const flat = own.slice();
    for (const { name, begin } of parameters) flat.set(weights.get(name) as ArrayLike<number>, begin);
    return flat;
  }) as [Float64Array, Float64Array];
  return [from, [to.map((each, i) => each - (from[i] as number))]];
}
