import type { Weights } from "../nn/layer.js";
import { scope } from "../tensor/scope.js";
import { type Tensor, tensor } from "../tensor/tensor.js";
import type { Variable } from "../tensor/variable.js";
import { checkNumber, checkOptions, show } from "../util/check.js";
import { NumericError, StateError, ValueError } from "../util/errors.js";
import { BaseModel } from "./base.js";
import { blocksOf } from "./blocks.js";
import type { Fields, ModelInputs } from "./fields.js";
import type { Step } from "./graph.js";
import { batchFields, inputDataset, type TrainingData } from "./inputs.js";
import type { Model } from "./model.js";
import { run } from "./network.js";

export interface RecomputeBatchNormOptions {
  /** Rows computed at once; changes speed and memory, not the result beyond its rounding. Default: 256. */
  batchSize?: number;
}

/**
 * Puts the exact statistics of the training set in place of the moving averages of every `batchNormalization` layer that is trainable:
 * over all N values of a channel that reach the layer, μ = Σx / N and the unbiased σ² = Σ(x − μ)² / (N − 1) (0 for N = 1). Layers are
 * done in order, each from what it is fed in inference: by layers whose statistics are recomputed already, with dropout off. So what is
 * stored is what `predict` meets, whatever the batch size. One pass over the data for each such layer, summed in float64.
 *
 * Algorithm 2 of Ioffe and Szegedy (2015) takes the mean over mini-batches of μ_B and of m/(m − 1) · σ²_B with every layer in training
 * mode, an estimate that depends on m; Wu and Johnson, "Rethinking 'Batch' in BatchNorm" (2021), section 3, compares it with moving
 * averages, which lag behind weights that still move.
 *
 * @param data the training set: a `Dataset`, `{ x, y }`, or x alone
 * @throws StateError where no layer has statistics to recompute; ShapeError, ValueError and NumericError for data that does not fit or is
 *   not finite, and then nothing has changed
 * @example
 * const model = wg.sequential([wg.layers.batchNormalization({ inputShape: [1] })]);
 * await wg.recomputeBatchNorm(model, [[1], [2], [6]]);
 * const [, , mean, variance] = model.getWeights();
 * mean?.toArray(); // [3]
 * variance?.toArray(); // [7]
 */
export async function recomputeBatchNorm(
  model: Model,
  data: TrainingData | ModelInputs,
  options: RecomputeBatchNormOptions = {},
): Promise<void> {
  const operation = "recomputeBatchNorm";
  if (!(model instanceof BaseModel)) {
    throw new ValueError(`${operation}: model expected what wg.sequential or wg.model returns, got ${show(model)}`);
  }
  checkOptions(operation, options, ["batchSize"]);
  const batchSize = checkNumber(operation, "batchSize", options.batchSize ?? 256, { min: 1, whole: true });
  const dataset = inputDataset(operation, data, model);
  if (dataset.size === Infinity) {
    throw new ValueError(`${operation}: data expected an end, got a Dataset repeated without one; call take(rows)`);
  }
  const { graph, weights } = model.network;
  const steps = graph.steps.filter(({ layer }) => layer.kind === "batchNormalization" && layer.trainable);
  const layers = [...new Set(steps.map(({ layer }) => layer))];
  if (layers.length === 0) {
    throw new StateError(
      `${operation}: model "${model.name}" expected a batchNormalization layer that is trainable, got none`,
    );
  }
  const blocks = blocksOf(model.parameters);
  const before = blocks.snapshot();
  try {
    for (const layer of layers) {
      // A layer that is used in several places meets what reaches all of them.
      const uses = steps.filter((step) => step.layer === layer);
      const { name, inputShape } = uses[0] as Step;
      const found = new Moments(inputShape[inputShape.length - 1] as number);
      for await (const batch of await dataset.batches(dataset.batched ? {} : { batchSize })) {
        const fields = batchFields(operation, model, batch);
        for (const use of uses) found.add(reaching(model, use, fields));
      }
      store(operation, name, weights.get(name) as Weights, found, model.dtype);
    }
  } catch (error) {
    blocks.restore(before);
    throw error;
  }
}

/** What a layer is fed in inference. */
function reaching(model: Model, before: Step, fields: Fields): ArrayLike<number> {
  const { network, dtype } = model;
  return scope(() => {
    const context = { training: false, stepCell: model.plans.stepCell, seed: model.seed };
    const inputs = fields.map(({ data, shape }, i) => tensor(data, shape, network.graph.inputs[i]?.dtype ?? dtype));
    return (run(network, inputs, context, { before })[0] as Tensor).toTypedArray();
  });
}

function store(operation: string, name: string, weights: Weights, found: Moments, dtype: "float32" | "float64"): void {
  const { mean, variance, rows } = found;
  if (rows === 0) throw new StateError(`${operation}: data expected at least one row, got none`);
  const bad = mean.findIndex((m, channel) => !Number.isFinite(m + (variance[channel] as number)));
  if (bad >= 0) {
    throw new NumericError(
      `${operation}: data expected finite numbers, got ${mean[bad]} as the mean that reaches channel ${bad} of "${name}"; clean the data or the weights first`,
    );
  }
  (weights.movingMean as Variable).assign(tensor(mean, [mean.length], dtype));
  (weights.movingVariance as Variable).assign(tensor(variance, [mean.length], dtype));
}

/** Mean and spread of each channel, batch by batch (Chan, Golub and LeVeque 1979): no large numbers are subtracted. */
class Moments {
  rows = 0;
  readonly mean: Float64Array;
  private readonly squares: Float64Array;

  constructor(private readonly channels: number) {
    this.mean = new Float64Array(channels);
    this.squares = new Float64Array(channels);
  }

  /** Σ(x − μ)² / (n − 1), 0 for one value. */
  get variance(): Float64Array {
    return this.squares.map((sum) => sum / Math.max(1, this.rows - 1));
  }

  add(values: ArrayLike<number>): void {
    const { channels, mean, squares } = this;
    const rows = values.length / channels;
    if (rows === 0) return;
    const own = new Float64Array(channels);
    for (let i = 0; i < values.length; i++) (own[i % channels] as number) += values[i] as number;
    for (let c = 0; c < channels; c++) (own[c] as number) /= rows;
    const spread = new Float64Array(channels);
    for (let i = 0; i < values.length; i++) {
      const d = (values[i] as number) - (own[i % channels] as number);
      (spread[i % channels] as number) += d * d;
    }
    const total = this.rows + rows;
    for (let c = 0; c < channels; c++) {
      const d = (own[c] as number) - (mean[c] as number);
      (mean[c] as number) += (d * rows) / total;
      (squares[c] as number) += (spread[c] as number) + (d * d * this.rows * rows) / total;
    }
    this.rows = total;
  }
}
