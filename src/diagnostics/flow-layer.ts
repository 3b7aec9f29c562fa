import type { TypedArray } from "../util/dtypes.js";
import type { Move, Passage } from "./flow-step.js";

/** The numbers of a batch at one place of a network. */
export interface FlowStatistics {
  readonly mean: number;
  readonly deviation: number;
  /** √(mean² + deviation²). */
  readonly rms: number;
  /** The share of units that are 0 for every row. */
  readonly dead: number;
  /**
   * Of activations: the share where the activation's slope is below a fifth of its greatest, so that little gradient passes: a sigmoid below
   * 0.053 or above 0.947, a tanh beyond ±0.894, a relu at 0. Of gradients: the share of Σ|gradient| that arrives there. Undefined where the
   * slope cannot be told from the output.
   */
  readonly saturated: number | undefined;
}

/** A layer's weights and what the next update would change. */
export interface FlowWeights {
  /** ‖w‖₂ over all trained weights of the layer. */
  readonly norm: number;
  /** Of the gradient of the loss, before clipping. */
  readonly gradientMean: number;
  readonly gradientDeviation: number;
  readonly gradientNorm: number;
  /** ‖Δw‖₂ / ‖w‖₂; undefined where the weights are 0 or the loss is not finite. */
  readonly updateRatio: number | undefined;
}

/** What passes one layer. */
export interface FlowLayer {
  readonly name: string;
  readonly kind: string;
  readonly activation: string | undefined;
  readonly activations: FlowStatistics;
  /** Of the loss with respect to the layer's output, in the last layer to what its fused activation takes; undefined before the first weights. */
  readonly gradients: FlowStatistics | undefined;
  readonly weights: FlowWeights | undefined;
}

const SELU_SCALE = 1.0507009873554805;
const SELU_STEEPEST = SELU_SCALE * 1.6732632423543772;

/** The slope of an activation over its greatest, from what it puts out. */
const slopes: Record<string, (y: number) => number> = {
  relu: (y) => (y > 0 ? 1 : 0),
  leakyRelu: (y) => (y > 0 ? 1 : 0.2),
  elu: (y) => (y > 0 ? 1 : 1 + y),
  selu: (y) => (y > 0 ? SELU_SCALE : SELU_STEEPEST + y) / SELU_STEEPEST,
  sigmoid: (y) => 4 * y * (1 - y),
  hardSigmoid: (y) => (y > 0 && y < 1 ? 1 : 0),
  hardSigmoidKeras2: (y) => (y > 0 && y < 1 ? 1 : 0),
  tanh: (y) => 1 - y * y,
  softplus: (y) => 1 - Math.exp(-y),
};
const FLAT = 0.2;

export function flowLayer({ name, kind, activation, units, output, gradient, weights }: Passage): FlowLayer {
  const slope = activation === undefined ? undefined : slopes[activation];
  const flat = slope && Array.from(output, (y) => slope(y) < FLAT);
  return {
    name,
    kind,
    activation,
    activations: { ...statisticsOf(output, units), saturated: flat && shareOf(flat, () => 1) },
    gradients: gradient && {
      ...statisticsOf(gradient, units),
      saturated: flat && shareOf(flat, (i) => Math.abs(gradient[i] as number)),
    },
    weights: weights.length === 0 ? undefined : weightsOf(weights),
  };
}

function weightsOf(moves: readonly Move[]): FlowWeights {
  const norm = Math.sqrt(sumOver(moves, ({ before }) => sum(before, (w) => w * w)));
  const square = sumOver(moves, ({ gradient }) => sum(gradient, (g) => g * g));
  const count = sumOver(moves, ({ gradient }) => gradient.length);
  const mean = sumOver(moves, ({ gradient }) => sum(gradient, (g) => g)) / count;
  const change = Math.sqrt(
    sumOver(moves, ({ before, after }) => sum(after ?? before, (w, i) => (w - (before[i] as number)) ** 2)),
  );
  const known = norm > 0 && moves.every(({ after }) => after);
  return {
    norm,
    gradientMean: mean,
    gradientDeviation: Math.sqrt(Math.max(0, square / count - mean * mean)),
    gradientNorm: Math.sqrt(square),
    updateRatio: known ? change / norm : undefined,
  };
}

function statisticsOf(values: TypedArray, units: number): Omit<FlowStatistics, "saturated"> {
  const mean = sum(values, (v) => v) / values.length;
  const variance = sum(values, (v) => (v - mean) ** 2) / values.length;
  const alive = new Uint8Array(units);
  for (let i = 0; i < values.length; i++) if (values[i] !== 0) alive[i % units] = 1;
  const dead = 1 - alive.reduce((count, each) => count + each, 0) / units;
  return { mean, deviation: Math.sqrt(variance), rms: Math.sqrt(mean * mean + variance), dead };
}

/** The weight of those that are flat in the weight of all; 0 where there is none. */
function shareOf(flat: readonly boolean[], weight: (i: number) => number): number {
  const [all, part] = [(_: boolean, i: number) => weight(i), (is: boolean, i: number) => (is ? weight(i) : 0)].map(
    (each) => flat.reduce((total, is, i) => total + each(is, i), 0),
  ) as [number, number];
  return all === 0 ? 0 : part / all;
}

function sum(values: TypedArray, of: (value: number, i: number) => number): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += of(values[i] as number, i);
  return total;
}

function sumOver<T>(list: readonly T[], of: (each: T) => number): number {
  return list.reduce((total, each) => total + of(each), 0);
}
