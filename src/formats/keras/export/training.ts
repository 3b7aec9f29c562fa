import type { BaseModel } from "../../../model/base.js";
import { blocksOf } from "../../../model/blocks.js";
import type { Loss } from "../../../nn/loss.js";
import type { Metric } from "../../../nn/metric.js";
import { type Optimizer, rateAt } from "../../../optim/optimizer.js";
import { type FileArray, fromHost } from "../../../util/file-array.js";
import { Unsupported, UnsupportedModel } from "../../graph/unsupported.js";
import type { Optimizers } from "../training/optimizers.js";
import { arrayOrder } from "../training/state.js";
import type { Json } from "./config.js";
import type { ExportedLayer } from "./export.js";
import { type NamedArray, weightsOf } from "./written.js";

/** How a model is compiled, in the words of a framework. */
export interface ExportedTraining {
  /** The arguments of `compile`. */
  readonly config: Json;
  /** What the optimizer keeps, in the framework's order. */
  readonly variables: readonly NamedArray[];
}

/** An optimizer's class and its settings. */
export interface SavedOptimizer {
  readonly className: string;
  readonly config: Json;
}

/** A framework's words for how models are compiled. Each throws Unsupported where it has no equal. */
export interface TrainingWords {
  optimizer(optimizer: Optimizer): SavedOptimizer;
  loss(loss: Loss): unknown;
  /** @param columns of the output that it judges */
  metric(metric: Metric, loss: Loss, columns: number): unknown;
  lossWeights(weights: readonly number[]): unknown;
  /** Those of all outputs together, from those of each. */
  metrics(lists: readonly (readonly unknown[])[]): unknown;
  /** The arguments of `compile`. */
  settings(optimizer: SavedOptimizer, losses: readonly unknown[], lossWeights: unknown, metrics: unknown): Json;
  variables(model: BaseModel, layers: readonly ExportedLayer[], optimizer: SavedOptimizer): readonly NamedArray[];
}

/**
 * The settings and the optimizer's state of a compiled model.
 *
 * @param include true: all of it, or an error; false: none; undefined: where there is an equal of optimizer and loss, without the metrics of which
 *   there is none
 * @throws UnsupportedModel that lists what the framework has no equal of
 */
export function exportTraining(
  model: BaseModel,
  layers: readonly ExportedLayer[],
  words: TrainingWords,
  include: boolean | undefined,
): ExportedTraining | undefined {
  const { compiled } = model;
  if (include === false) return undefined;
  if (!compiled) {
    if (!include) return undefined;
    throw new UnsupportedModel(`save: model "${model.name}"`, [
      "includeOptimizer: true, of a model that is not compiled",
    ]);
  }
  const problems: string[] = [];
  const attempt = <T>(run: () => T): T | undefined => {
    try {
      return run();
    } catch (error) {
      if (!(error instanceof Unsupported)) throw error;
      problems.push(error.message);
      return undefined;
    }
  };
  const { heads } = compiled;
  const optimizer = attempt(() => words.optimizer(compiled.optimizer));
  const losses = heads.map(({ loss }) => attempt(() => words.loss(loss)));
  const lossWeights = attempt(() => words.lossWeights(heads.map(({ weight }) => weight)));
  if (compiled.kernelRegularizer || compiled.biasRegularizer) {
    problems.push("regularizers of compile; give them to the layers");
  }
  const isWhole = problems.length === 0;
  const lists = heads.map(({ metrics, loss }, i) =>
    metrics.flatMap((metric) => {
      const found = attempt(() => words.metric(metric, loss, model.outputShapes[i]?.at(-1) ?? 1));
      return found === undefined ? [] : [found];
    }),
  );
  const metrics = attempt(() => words.metrics(lists));
  if (include && problems.length > 0) throw new UnsupportedModel(`save: model "${model.name}"`, problems);
  if (!isWhole || !optimizer) return undefined;
  return {
    config: words.settings(optimizer, losses, lossWeights, metrics ?? null),
    variables: words.variables(model, layers, optimizer),
  };
}

/** A number that an optimizer keeps. */
export const scalar = (value: number, dtype: "int32" | "int64" | "float32"): FileArray =>
  fromHost("save", { data: Float64Array.of(value), shape: [] }, dtype);

/**
 * The arrays that an optimizer keeps, each with its slot and the path of its weight.
 *
 * @param slotBySlot whether all of one slot follow each other
 */
export function slotArrays(
  model: BaseModel,
  layers: readonly ExportedLayer[],
  optimizers: Optimizers,
  slotBySlot: boolean,
): (readonly [slot: string, path: string, array: FileArray])[] {
  const { optimizer } = model.requireCompiled("save");
  const rate = rateAt(optimizer, Math.max(1, model.position.step));
  const groups = optimizers.slots(optimizer);
  const bySlot = new Map(
    groups.flat().map((slot) => [slot, arraysOf(model, layers, slot, optimizers.turn(optimizer, slot, rate)?.to)]),
  );
  const count = bySlot.values().next().value?.length ?? 0;
  return arrayOrder(groups, count, slotBySlot).map(([slot, i]) => {
    const [path, array] = (bySlot.get(slot) as NamedArray[])[i] as NamedArray;
    return [slot, path, array];
  });
}

/** Of each trained weight, in Keras's order, under Keras's path of it; zeros of a slot that the optimizer does not have. */
function arraysOf(
  model: BaseModel,
  layers: readonly ExportedLayer[],
  slot: string,
  to: ((ours: number) => number) | undefined,
): (readonly [path: string, array: FileArray])[] {
  const isKept = model.requireCompiled("save").optimizer.slots.includes(slot);
  const tensors = isKept ? blocksOf(model.parameters).slotTensors([slot]) : undefined;
  return layers.flatMap(({ name, own, trainable, weights, hold }) => {
    const arrays = Object.entries(weights).flatMap(([weight, variable]): NamedArray[] => {
      const found = tensors ? tensors.get(`${slot}/${own}/${weight}`)?.toTypedArray() : new Float32Array(variable.size);
      if (!trainable || !variable.trainable || !found) return [];
      const data = Float32Array.from(found);
      return [[weight, fromHost("save", { data: to ? data.map(to) : data, shape: variable.shape })]];
    });
    // Some hold more in a file than they have.
    return arrays.length === 0 ? [] : weightsOf(hold(arrays), name);
  });
}
